//! `PATCH /api/tasks/{taskId}` and `PUT`

use super::support::{DUE, follow_up, now, path, task, told};
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_named_changes_and_what_is_null_is_cleared() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let fields = json!({"description": "The deed", "notes": "After lunch", "leadId": lead["id"]});
    let task = task(&owner, "Call Ann", fields).await;
    let change = json!({
        "title": "Call Bob", "description": null, "dueAt": "2026-03-09T15:00:00Z", "priority": "low",
        "status": "in_progress", "assignedTo": null,
    });
    let mut about = change.clone();
    about["dealId"] = deal["id"].clone();

    for method in [Method::PATCH, Method::PUT] {
        let changed = owner.call(method, &path(&task)).json(about.clone()).send();
        let changed = changed.await.expect(200);

        let mut expected = task.clone();
        let fields = expected.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        fields.insert("version".to_owned(), json!(2));
        fields.insert(
            "record".to_owned(),
            json!({"kind": "deal", "id": deal["id"]}),
        );
        assert_eq!(changed.json(), expected);
        assert_eq!(changed.header("etag"), "\"2\"");
    }
    assert_eq!(now(&owner, &task).await["notes"], "After lunch");
    app.settle().await;
    assert_eq!(
        told(&app),
        [
            "task.created",
            "task.updated",
            "task.assigned",
            "task.started"
        ]
    );
}

#[tokio::test]
async fn what_a_task_is_about_is_one_record_or_none() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let task = task(&owner, "Call Ann", json!({"leadId": lead})).await;
    let about = async |change: Value| {
        let changed = owner.patch(&path(&task), change).await.expect(200);
        changed.json()["record"].clone()
    };

    let of_lead = json!({"kind": "lead", "id": lead});
    assert_eq!(about(json!({"dealId": null})).await, of_lead);
    assert_eq!(about(json!({"leadId": null})).await, Value::Null);
    assert_eq!(
        about(json!({"leadId": lead, "dealId": null})).await,
        of_lead
    );
    let both = json!({"leadId": lead, "dealId": lead});
    let both = owner.patch(&path(&task), both).await.expect(422);
    assert_eq!(
        both.field_errors(),
        ["/dealId not_together", "/leadId not_together"]
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let follow_up = follow_up(&owner, &client, DUE).await;

    for (change, errors) in [
        (json!({"kind": "todo"}), vec!["/kind unknown_field"]),
        (json!({"emailId": null}), vec!["/emailId unknown_field"]),
        (
            json!({"title": null, "dueAt": null, "priority": null, "status": null}),
            vec![
                "/dueAt required",
                "/priority required",
                "/status required",
                "/title required",
            ],
        ),
        (json!({"clientId": null}), vec!["/clientId client_required"]),
        (json!({"leadId": foreign}), vec!["/leadId client_required"]),
        (
            json!({"clientId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
            vec!["/clientId reference_not_found"],
        ),
        (
            json!({"assignedTo": other.id}),
            vec!["/assignedTo reference_not_found"],
        ),
        (json!({}), vec![" empty_patch"]),
    ] {
        let refused = owner.patch(&path(&follow_up), change).await.expect(422);
        assert_eq!(refused.field_errors(), errors);
    }
    assert_eq!(now(&owner, &follow_up).await, follow_up);
}

#[tokio::test]
async fn a_task_becomes_only_what_its_status_leads_to() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let task = task(&owner, "Call Ann", json!({})).await;
    let path = path(&task);
    let moved = |status: &str| owner.patch(&path, json!({"status": status}));

    moved("skipped").await.expect(200);
    let refused = moved("completed").await.expect(409);
    let same = moved("skipped").await.expect(200).json();
    let again = moved("pending").await.expect(200).json();

    assert_eq!(refused.problem(), "illegal-transition");
    assert_eq!(refused.json()["legalMoves"], json!(["pending"]));
    assert_eq!(
        (&same["version"], &again["version"]),
        (&json!(2), &json!(3))
    );
    app.settle().await;
    assert_eq!(
        told(&app),
        ["task.created", "task.skipped", "task.reopened"]
    );
}

#[tokio::test]
async fn a_change_of_what_changed_meanwhile_is_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let task = task(&owner, "Call Ann", json!({})).await;
    let change = |n: usize| {
        owner
            .call(Method::PATCH, &path(&task))
            .if_match(1)
            .json(json!({"notes": format!("{n}")}))
            .send()
    };

    let answers = join_all((0..4).map(change)).await;

    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
    let foreign = other.patch(&path(&task), json!({"notes": "X"})).await;
    foreign.expect(404);
}

#[tokio::test]
async fn changes_of_many_at_once_are_all_made() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let task = task(&owner, "Call Ann", json!({})).await;
    let changes = [
        json!({"notes": "After lunch"}),
        json!({"priority": "high"}),
        json!({"title": "Call Bob"}),
        json!({"status": "completed"}),
    ];

    let path = path(&task);
    let changed = join_all(
        changes
            .iter()
            .map(|change| owner.patch(&path, change.clone())),
    );
    for answer in changed.await {
        answer.expect(200);
    }

    let now = now(&owner, &task).await;
    for change in changes {
        for (field, value) in change.as_object().unwrap() {
            assert_eq!(&now[field], value);
        }
    }
    assert_eq!(now["version"], 5);
}
