//! `POST /api/leads/bulk/update`

use super::bulk_support::{ended, leads, outcome};
use super::support::assert_whole;
use plat_testing::TestApp;
use serde_json::{Value, json};

const PATH: &str = "/api/leads/bulk/update";

#[tokio::test]
async fn every_lead_is_changed_as_asked() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 3).await;
    let old = json!({"tags": ["Cold"]});
    let tags = format!("/api/leads/{}/tags", ids[0]);
    owner.post(&tags, old).await.expect(200);

    let body = json!({"ids": ids, "changes": {
        "status": "contacted", "note": "Letter sent", "source": "Mail", "stage": "Warm", "score": 40,
        "addTags": ["Spring"], "removeTags": ["cold", "nobody has it"], "customFields": {"beds": 3},
    }});
    let answer = owner.post(PATH, body).await.expect(200).json();

    assert_eq!(answer["counts"], json!({"updated": 3}));
    for id in &ids {
        let lead = owner.get(&format!("/api/leads/{id}")).await.json();
        assert_eq!(
            [
                &lead["status"],
                &lead["source"],
                &lead["stage"],
                &lead["score"]
            ],
            [
                &json!("contacted"),
                &json!("Mail"),
                &json!("Warm"),
                &json!(40)
            ]
        );
        assert_eq!(lead["customFields"], json!({"beds": 3}));
        let tags = lead["tags"].as_array().unwrap();
        assert_eq!(tags.len(), 1);
        assert_eq!(tags[0]["name"], "Spring");
        let history = owner.get(&format!("/api/leads/{id}/history")).await.json();
        assert_eq!(history["items"][0]["note"], "Letter sent");
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_lead_that_may_not_go_there_is_refused_and_the_others_go() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 3).await;
    for (id, status) in [(&ids[0], "won"), (&ids[1], "contacted")] {
        let path = format!("/api/leads/{id}/status");
        let body = json!({"status": status});
        owner.patch(&path, body).await.expect(200);
    }

    let body = json!({"ids": ids, "changes": {"status": "contacted"}});
    let answer = owner.post(PATH, body).await.expect(200).json();

    assert_eq!(outcome(&answer, &ids[0])["outcome"], "refused");
    assert_eq!(outcome(&answer, &ids[0])["reason"]["code"], "note_required");
    assert_eq!(outcome(&answer, &ids[1])["outcome"], "unchanged");
    assert_eq!(outcome(&answer, &ids[2])["outcome"], "updated");
    let won = owner.get(&format!("/api/leads/{}", ids[0])).await.json();
    assert_eq!(won["status"], "won");
}

#[tokio::test]
async fn null_clears() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"score": 5, "source": "Zillow", "customFields": {"beds": 3, "pool": true}});
    let lead = owner.lead("Ann", fields).await["id"].clone();

    let changes = json!({"score": null, "source": null, "customFields": {"pool": null}});
    let body = json!({"ids": [lead], "changes": changes});
    owner.post(PATH, body).await.expect(200);

    let path = format!("/api/leads/{}", lead.as_str().unwrap());
    let lead = owner.get(&path).await.json();
    assert_eq!(
        (&lead["score"], &lead["source"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(lead["customFields"], json!({"beds": 3}));
}

#[tokio::test]
async fn a_dry_run_tells_what_would_happen_and_does_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 2).await;
    let changes = json!({"addTags": ["Spring"], "score": 1});

    let body = json!({"ids": ids, "changes": changes, "dryRun": true});
    let by_ids = owner.post(PATH, body).await.expect(200).json();
    let body = json!({"filter": {}, "changes": changes, "dryRun": true});
    let by_filter = owner.post(PATH, body).await.expect(200).json();

    assert_eq!(by_ids["counts"], json!({"updated": 2}));
    assert_eq!(by_ids["results"].as_array().unwrap().len(), 2);
    assert_eq!(by_filter["counts"], json!({"updated": 2}));
    assert_eq!(by_filter["more"], false);
    assert_eq!(owner.get("/api/tags").await.json()["items"], json!([]));
    let lead = owner.get(&format!("/api/leads/{}", ids[0])).await.json();
    assert_eq!(
        (&lead["score"], &lead["version"]),
        (&Value::Null, &json!(1))
    );
}

#[tokio::test]
async fn a_job_changes_those_of_a_filter() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 4).await;
    let path = format!("/api/leads/{}/status", ids[0]);
    let lost = json!({"status": "lost"});
    owner.patch(&path, lost).await.expect(200);
    app.settle().await;

    let body = json!({"filter": {"status": ["new", "lost"]}, "changes": {"status": "qualified"}});
    let begun = owner.post(PATH, body).await.expect(202);
    let ended = ended(&app, &owner, &begun).await;

    assert_eq!(ended["kind"], "bulk_update");
    assert_eq!(ended["status"], "completed");
    assert_eq!(ended["counts"], json!({"updated": 3, "refused": 1}));
    assert_eq!(ended["results"].as_array().unwrap().len(), 1);
    assert_eq!(outcome(&ended, &ids[0])["reason"]["code"], "note_required");
    let lead = owner.get(&format!("/api/leads/{}", ids[3])).await.json();
    assert_eq!(lead["status"], "qualified");
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let id = owner.lead("Ann", json!({})).await["id"].clone();
    let some = json!({"score": 1});
    let unknown = json!({"addTags": ["01ARZ3NDEKTSV4RRFFQ6900000"]});

    for (body, errors) in [
        (json!({"changes": some}), ["/ids required"]),
        (
            json!({"ids": [id], "filter": {}, "changes": some}),
            ["/filter not_applicable"],
        ),
        (
            json!({"filter": {"sort": "name"}, "changes": some}),
            ["/filter/sort not_applicable"],
        ),
        (
            json!({"ids": [id], "changes": {}}),
            ["/changes empty_patch"],
        ),
        (
            json!({"ids": [id], "changes": {"note": "So"}}),
            ["/changes empty_patch"],
        ),
        (
            json!({"ids": [id], "changes": {"name": "Bob"}}),
            ["/changes/name unknown_field"],
        ),
        (
            json!({"ids": [id], "changes": {"score": 101}}),
            ["/changes/score invalid_score"],
        ),
        (
            json!({"ids": [id], "changes": unknown}),
            ["/changes/addTags/0 reference_not_found"],
        ),
    ] {
        let refused = owner.post(PATH, body).await.expect(422);
        assert_eq!(refused.field_errors(), errors);
    }
}

#[tokio::test]
async fn leads_of_another_team_are_not_found() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let theirs = leads(&app, &other, 1).await;

    let body = json!({"ids": theirs, "changes": {"score": 1}});
    let answer = owner.post(PATH, body).await.expect(200).json();

    assert_eq!(outcome(&answer, &theirs[0])["outcome"], "not_found");
    let lead = other.get(&format!("/api/leads/{}", theirs[0])).await;
    assert_eq!(lead.json()["score"], Value::Null);
}

#[tokio::test]
async fn only_managers_and_above_change_many() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ids = leads(&app, &owner, 1).await;
    let body = json!({"ids": ids, "changes": {"score": 1}});

    for role in ["assistant", "member"] {
        let person = owner.invite(&format!("{role} One"), role).await;
        let refused = person.post(PATH, body.clone()).await.expect(403);
        assert_eq!(refused.problem(), "forbidden");
    }
    let manager = owner.invite("Manager One", "manager").await;
    manager.post(PATH, body).await.expect(200);
}
