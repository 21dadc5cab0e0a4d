//! `leads.bulk_rows`, `GET /api/leads/bulk/{batchId}` and `POST /api/leads/bulk/{batchId}/cancel`

use super::bulk_support::{ended, leads};
use super::support::assert_whole;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

const DELETE: &str = "/api/leads/bulk/delete";
const UPDATE: &str = "/api/leads/bulk/update";

#[tokio::test]
async fn more_than_a_hundred_are_left_to_a_job() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut ids = leads(&app, &owner, 250).await;
    ids.push("01ARZ3NDEKTSV4RRFFQ6900000".to_owned());

    let begun = owner.post(DELETE, json!({"ids": ids})).await.expect(202);
    let ended = ended(&app, &owner, &begun).await;

    let batch = &begun.json()["batch"];
    assert_eq!(
        (&batch["kind"], &batch["status"]),
        (&json!("bulk_delete"), &json!("running"))
    );
    assert_eq!(ended["status"], "completed");
    assert_eq!(
        (&ended["total"], &ended["counts"]),
        (&json!(251), &json!({"deleted": 250, "not_found": 1}))
    );
    assert_eq!(
        ended["results"],
        json!([{"id": ids[250], "outcome": "not_found", "reason": null}])
    );
    assert_eq!(owner.get("/api/leads").await.json()["items"], json!([]));
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_filter_meets_every_lead_once_though_changes_take_leads_out_of_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    leads(&app, &owner, 220).await;

    let body = json!({"filter": {"status": ["new"]}, "changes": {"status": "contacted"}});
    let begun = owner.post(UPDATE, body).await.expect(202);
    let ended = ended(&app, &owner, &begun).await;

    assert_eq!(ended["counts"], json!({"updated": 220}));
    let left = owner.get("/api/leads?status=new").await.json();
    assert_eq!(left["items"], json!([]));
    assert_whole(&app).await;
}

#[tokio::test]
async fn work_that_is_cancelled_stops_and_what_was_done_stays_done() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 120).await;
    let begun = owner.post(DELETE, json!({"ids": ids})).await.expect(202);
    let path = begun.header("location").to_owned();

    let cancelled = owner.post(&format!("{path}/cancel"), Value::Null).await;
    let ended = ended(&app, &owner, &begun).await;
    let again = owner.post(&format!("{path}/cancel"), Value::Null).await;

    assert_eq!(cancelled.expect(200).json()["status"], "cancelled");
    assert_eq!(
        (&ended["status"], &ended["counts"]),
        (&json!("cancelled"), &json!({}))
    );
    assert_eq!(again.expect(200).json()["status"], "cancelled");
    let lead = owner.get(&format!("/api/leads/{}", ids[0])).await;
    lead.expect(200);
}

#[tokio::test]
async fn work_that_is_over_cannot_be_cancelled_any_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = owner.post(DELETE, json!({"filter": {}})).await.expect(202);
    let ended = ended(&app, &owner, &begun).await;

    let path = format!("{}/cancel", begun.header("location"));
    let cancelled = owner.post(&path, Value::Null).await.expect(200).json();

    assert_eq!(ended["status"], "completed");
    assert_eq!(cancelled["status"], "completed");
}

#[tokio::test]
async fn a_slice_that_was_interrupted_is_done_again_and_counts_once() {
    for skip in [0, 1, 30, 110] {
        let app = Started::default().with_proxy().start().await;
        let owner = app.owner("Olive").await;
        let ids = leads(&app, &owner, 150).await;
        let begun = owner.post(DELETE, json!({"ids": ids})).await.expect(202);
        let fault = Fault::once_on("TransactWriteItems", FaultKind::InternalError);
        app.faults().inject(Fault {
            skip,
            times: 3,
            ..fault
        });

        app.settle().await;
        app.pass(SignedDuration::from_mins(10)).await;

        app.faults().heal();
        let ended = owner.get(begun.header("location")).await.expect(200).json();
        assert_eq!(ended["counts"], json!({"deleted": 150}), "{skip}");
        assert_eq!(ended["status"], "completed");
        assert_whole(&app).await;
    }
}

#[tokio::test]
async fn only_who_may_change_many_may_cancel() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let member = owner.invite("Member One", "member").await;
    let begun = owner.post(DELETE, json!({"filter": {}})).await.expect(202);
    let path = begun.header("location").to_owned();
    let cancel = format!("{path}/cancel");

    member.get(&path).await.expect(200);
    member.post(&cancel, Value::Null).await.expect(403);
    other.get(&path).await.expect(404);
    other.post(&cancel, Value::Null).await.expect(404);
    let manager = owner.invite("Manager One", "manager").await;
    manager.post(&cancel, Value::Null).await.expect(200);
}

#[tokio::test]
async fn an_export_is_no_change_of_many() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let export = owner.post("/api/leads/export", json!({})).await.expect(202);

    let path = format!("/api/leads/bulk/{}", export.id());
    owner.get(&path).await.expect(404);
    let cancel = format!("{path}/cancel");
    owner.post(&cancel, Value::Null).await.expect(404);
    let unknown = "/api/leads/bulk/01ARZ3NDEKTSV4RRFFQ6900000";
    owner.get(unknown).await.expect(404);
}
