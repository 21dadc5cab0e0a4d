//! `POST /api/tasks`

use super::support::{DUE, command, path, task, told};
use crate::leads::support::{of_kind, table};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_task_has_what_was_sent_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive Owner").await;
    let lead = owner.lead("Ann", json!({})).await;
    let body = json!({
        "title": "Call Ann", "description": "Ask for the deed", "kind": "todo", "dueAt": "2026-03-03T15:00:00.123Z",
        "priority": "high", "assignedTo": owner.id, "leadId": lead["id"], "notes": "After lunch",
    });

    let created = owner.post("/api/tasks", body.clone()).await.expect(201);

    let task = created.json();
    for (field, sent) in body.as_object().unwrap() {
        if field != "leadId" {
            assert_eq!(&task[field], sent, "{field}");
        }
    }
    assert_eq!(task["record"], json!({"kind": "lead", "id": lead["id"]}));
    assert_eq!(
        (&task["status"], &task["version"], &task["held"]),
        (&json!("pending"), &json!(1), &json!(false))
    );
    for absent in ["completedAt", "emailId", "followUpType", "statusNote"] {
        assert_eq!(task.get(absent), Some(&Value::Null), "{absent}");
    }
    assert_eq!(
        task["createdBy"],
        json!({"id": owner.id, "name": "Olive Owner"})
    );
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.header("location"), path(&task));
    let got = owner.get(created.header("location")).await.expect(200);
    assert_eq!(got.json(), task);
    app.settle().await;
    assert_eq!(told(&app), ["task.created"]);
}

#[tokio::test]
async fn only_the_title_and_the_time_of_a_to_do_must_be_known() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let mine = task(&owner, "Call Ann", json!({})).await;
    let nobodys = task(&owner, "Call Bob", json!({"assignedTo": null})).await;

    assert_eq!(
        (&mine["kind"], &mine["priority"], &mine["assignedTo"]),
        (&json!("todo"), &json!("medium"), &json!(owner.id))
    );
    assert_eq!(
        (&nobodys["assignedTo"], &nobodys["record"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_follow_up_is_custom_and_for_whoever_works_with_the_client() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let client = owner.client("Ann", json!({"assignedTo": mia.id})).await;
    let body = |fields: Value| {
        let mut body = json!({"kind": "follow_up", "dueAt": DUE, "clientId": client["id"]});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        body
    };

    let usual = owner.post("/api/tasks", body(json!({}))).await.expect(201);
    let named =
        json!({"followUpType": "custom", "title": "Ask for the deed", "assignedTo": owner.id});
    let named = owner.post("/api/tasks", body(named)).await.expect(201);
    let planned = owner
        .post("/api/tasks", body(json!({"followUpType": "day_1"})))
        .await
        .expect(422);

    let usual = usual.json();
    assert_eq!(
        (
            &usual["title"],
            &usual["followUpType"],
            &usual["assignedTo"]
        ),
        (&json!("Follow-up"), &json!("custom"), &json!(mia.id))
    );
    let named = named.json();
    assert_eq!(
        (&named["title"], &named["assignedTo"]),
        (&json!("Ask for the deed"), &json!(owner.id))
    );
    assert_eq!(planned.field_errors(), ["/followUpType only_custom"]);
}

#[tokio::test]
async fn what_a_task_is_about_fits_what_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let client = owner.client("Bob", json!({})).await["id"].clone();

    for (fields, errors) in [
        (
            json!({"kind": "follow_up"}),
            vec!["/clientId client_required"],
        ),
        (
            json!({"kind": "follow_up", "leadId": lead}),
            vec!["/leadId client_required"],
        ),
        (
            json!({"title": "Call", "followUpType": "custom", "clientId": client}),
            vec!["/followUpType not_a_follow_up"],
        ),
        (
            json!({"title": "Call", "clientId": client, "leadId": lead}),
            vec!["/clientId not_together", "/leadId not_together"],
        ),
        (json!({"kind": "todo"}), vec!["/title required"]),
    ] {
        let mut body = json!({"dueAt": DUE});
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let refused = owner.post("/api/tasks", body).await.expect(422);
        assert_eq!(refused.field_errors(), errors, "{fields}");
    }
    assert!(of_kind(&table(&app).await, "task").is_empty());
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let wrong = json!({
        "title": "", "kind": "call", "priority": "urgent", "leadId": "ann", "status": "completed",
        "notes": "x".repeat(501), "emailId": null, "dueAt": "tomorrow",
    });

    let refused = owner.post("/api/tasks", wrong).await.expect(422);
    let timeless = owner.post("/api/tasks", json!({"title": "Call"})).await;

    assert_eq!(
        refused.field_errors(),
        [
            "/dueAt invalid_time",
            "/emailId unknown_field",
            "/kind invalid_choice",
            "/leadId invalid_id",
            "/notes too_long",
            "/priority invalid_choice",
            "/status unknown_field",
            "/title required",
        ]
    );
    assert_eq!(timeless.expect(422).field_errors(), ["/dueAt required"]);
}

#[tokio::test]
async fn a_task_is_only_about_what_is_there_and_for_who_is() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let deleted = owner.lead("Bob", json!({})).await["id"].clone();
    owner
        .delete(&format!("/api/leads/{}", deleted.as_str().unwrap()))
        .await
        .expect(204);
    let unknown = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");

    for (field, id, kind) in [
        ("leadId", &foreign, "todo"),
        ("leadId", &deleted, "todo"),
        ("leadId", &unknown, "todo"),
        ("dealId", &unknown, "todo"),
        ("clientId", &unknown, "todo"),
        ("clientId", &unknown, "follow_up"),
        ("propertyId", &unknown, "todo"),
        ("assignedTo", &json!(other.id), "todo"),
    ] {
        let mut body = json!({"title": "Call", "dueAt": DUE, "kind": kind});
        body[field] = id.clone();
        let refused = owner.post("/api/tasks", body).await.expect(422);
        assert_eq!(
            refused.field_errors(),
            [format!("/{field} reference_not_found")]
        );
    }
    assert!(of_kind(&table(&app).await, "task").is_empty());
}

#[tokio::test]
async fn who_may_not_see_deals_plans_nothing_about_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let abe = owner.invite("Abe", "assistant").await;
    let deal = owner.deal("12 Elm St", json!({})).await["id"].clone();
    let body = json!({"title": "Call", "dueAt": DUE, "dealId": deal});

    let refused = abe.post("/api/tasks", body).await.expect(403);

    assert_eq!(refused.json()["permission"], "deals:read");
    task(&abe, "Call", json!({})).await;
    let body = json!({"title": "Call", "dueAt": DUE});
    app.post("/api/tasks", body).await.expect(401);
}

#[tokio::test]
async fn a_follow_up_is_planned_even_if_whoever_works_with_the_client_has_left() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let client = owner.client("Ann", json!({"assignedTo": mia.id})).await;
    let member = format!("/api/teams/{}/members/{}", owner.team, mia.id);
    owner.delete(&member).await.expect(204);
    let body = json!({"kind": "follow_up", "clientId": client["id"], "dueAt": DUE});

    owner.post("/api/tasks", body.clone()).await.expect(201);

    let mut named = body;
    named["assignedTo"] = json!(mia.id);
    let refused = owner.post("/api/tasks", named).await.expect(422);
    assert_eq!(refused.field_errors(), ["/assignedTo reference_not_found"]);
}

#[tokio::test]
async fn creating_a_task_is_one_write_and_no_read() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    app.settle().await;

    app.faults().clear_seen();
    task(&owner, "Call Ann", json!({"leadId": lead["id"]})).await;

    // The first is the session gate.
    let seen = crate::deals::support::asked(&app);
    assert_eq!(seen, ["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_task_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let create = || {
        owner
            .call(Method::POST, "/api/tasks")
            .json(json!({"title": "Call Ann", "dueAt": DUE, "leadId": lead["id"]}))
            .idempotency_key("k1")
            .send()
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });
    create().await.expect(503);
    app.faults().heal();
    assert_eq!(of_kind(&table(&app).await, "task").len(), 1);

    let repeated = create().await.expect(201);

    assert_eq!(of_kind(&table(&app).await, "task").len(), 1);
    let now = owner.get(repeated.header("location")).await.expect(200);
    assert_eq!(now.json(), repeated.json());
}

#[tokio::test]
async fn follow_ups_that_a_job_plans_are_planned_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let team = app.host.app.store.team(owner.team.parse().unwrap());
    let client = owner.client("Ann", json!({})).await;
    let client_id = client["id"].as_str().unwrap().parse().unwrap();
    let client = team.clients().standing(client_id).await.unwrap().unwrap();
    let command = command(&app, &owner, "plan");
    let plan = || {
        let planned = plat_domain::follow_ups(app.now()).zip(0..);
        let planned = planned.map(|((kind, due_at, priority), nth)| plat_domain::Task {
            priority,
            ..plat_domain::Task::follow_up(command.new_id(nth), client_id, kind, due_at, app.now())
        });
        planned.collect::<Vec<_>>()
    };
    let tasks = team.tasks();
    tasks.schedule(&command, &client, plan()).await.unwrap();
    let first = plan()[0].id;
    owner
        .delete(&format!("/api/tasks/{first}"))
        .await
        .expect(204);
    let second = plan()[1].id;
    let change = json!({"notes": "They are away"});
    owner
        .patch(&format!("/api/tasks/{second}"), change)
        .await
        .expect(200);

    let again = tasks.schedule(&command, &client, plan()).await;

    assert_eq!(again, Ok(()));
    owner.get(&format!("/api/tasks/{first}")).await.expect(404);
    let kept = owner.get(&format!("/api/tasks/{second}")).await.json();
    assert_eq!(kept["notes"], "They are away");
    assert_eq!(of_kind(&table(&app).await, "task").len(), 4);
}
