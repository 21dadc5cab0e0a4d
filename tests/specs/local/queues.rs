//! The queues of the local host, as its jobs and pages use them.

use plat_services::{QueueDepth, Queues};
use plat_testing::TestApp;
use serde_json::json;

async fn depth(app: &TestApp, job: &str) -> QueueDepth {
    let depths = app.host.queues.depths().await.unwrap();
    depths.into_iter().find(|depth| depth.job == job).unwrap()
}

#[tokio::test]
async fn a_message_that_cannot_be_worked_is_set_aside_alone() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let poison = [json!({"type": "lead.created"})];
    app.host
        .queues
        .send("activities.record", &poison)
        .await
        .unwrap();
    let lead = owner.lead("Ann", json!({})).await;

    app.host.settle().await.unwrap();

    let timeline = format!("/api/leads/{}/activities", lead["id"].as_str().unwrap());
    let lines = owner.get(&timeline).await.expect(200).json();
    assert_eq!(lines["items"].as_array().unwrap().len(), 1);
    let queue = depth(&app, "activities.record").await;
    assert_eq!((queue.waiting, queue.in_flight, queue.dead), (0, 0, 1));
    let dead = app.host.queues.dead_letters().unwrap();
    assert_eq!(dead[0].job, "activities.record");
    assert!(dead[0].reason.contains("does not read"), "{dead:?}");
}

#[tokio::test]
async fn what_was_set_aside_is_worked_once_it_is_put_back_and_can_be() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    app.settle().await;
    let known = app.host.queues.published();
    let event = serde_json::to_value(known.last().unwrap()).unwrap();
    let mut broken = event.clone();
    broken["data"] = json!("none");
    app.host
        .queues
        .send("activities.record", &[broken])
        .await
        .unwrap();
    app.host.settle().await.unwrap();
    assert_eq!(depth(&app, "activities.record").await.dead, 1);

    assert_eq!(app.host.queues.redrive("activities.record").unwrap(), 1);

    assert_eq!(depth(&app, "activities.record").await.waiting, 1);
    app.host.settle().await.unwrap();
    assert_eq!(
        depth(&app, "activities.record").await.dead,
        1,
        "it is still broken"
    );
}

#[tokio::test]
async fn a_job_that_there_is_not_has_no_queue() {
    let app = TestApp::start().await;

    let refused = app.host.queues.send("leads.bury", &[json!({})]).await;

    assert!(refused.is_err());
}
