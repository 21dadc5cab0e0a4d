//! `POST /api/clients`

use super::support::{body, path};
use crate::deals::support::asked;
use crate::leads::support::{assert_whole, of_kind, table};
use futures::future::join_all;
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_client_has_what_was_sent_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive Owner").await;
    let lead = owner.lead("Ann", json!({})).await;
    let sent = json!({
        "leadId": lead["id"], "name": "Ann Lee", "email": "Ann@Example.com", "phone": "(512) 555-0142",
        "propertyAddress": "12 Elm St, Austin", "propertyType": "land", "stage": "negotiating",
        "notes": "Likes the garden", "customFields": {"beds": 3, "pool": true}, "assignedTo": owner.id,
    });

    let created = owner.post("/api/clients", sent.clone()).await.expect(201);

    let client = created.json();
    for (field, value) in sent.as_object().unwrap() {
        assert_eq!(&client[field], value, "{field}");
    }
    assert_eq!(client["lastContacted"], Value::Null);
    for at in ["createdAt", "updatedAt", "inStageSince"] {
        assert_eq!(client[at], "2026-03-02T15:00:00Z", "{at}");
    }
    assert_eq!(
        client["createdBy"],
        json!({"id": owner.id, "name": "Olive Owner"})
    );
    assert_eq!(client["version"], 1);
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.header("location"), path(&client));
    let got = owner.get(created.header("location")).await.expect(200);
    assert_eq!(got.json(), client);
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_may_be_unknown_is_null_or_empty() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let client = owner.client("Ann", json!({})).await;

    for absent in ["leadId", "phone", "notes", "assignedTo", "lastContacted"] {
        assert_eq!(client.get(absent), Some(&Value::Null), "{absent}");
    }
    assert_eq!(client["customFields"], json!({}));
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let wrong = json!({
        "email": "ann", "phone": "12", "propertyType": "castle", "notes": "x".repeat(1_001),
        "customFields": {"a b": 1}, "leadId": "ann", "lastContacted": "2026-01-01T00:00:00Z",
    });

    let refused = owner.post("/api/clients", wrong).await.expect(422);

    assert_eq!(
        refused.field_errors(),
        [
            "/customFields/a b invalid_custom_field_name",
            "/email invalid_email",
            "/lastContacted unknown_field",
            "/leadId invalid_id",
            "/name required",
            "/notes too_long",
            "/phone invalid_phone",
            "/propertyAddress required",
            "/propertyType invalid_choice",
            "/stage required",
        ]
    );
    assert!(of_kind(&table(&app).await, "client").is_empty());
}

#[tokio::test]
async fn an_address_is_one_clients_in_a_team_whatever_its_case() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    // A lead of that address is another matter.
    owner.lead("Ann", json!({"email": "ann@example.com"})).await;
    let create = |address: &'static str| owner.post("/api/clients", body("Ann", address));

    let answers = join_all([
        create("ann@example.com"),
        create("Ann@Example.com"),
        create("ANN@example.com"),
    ])
    .await;
    let elsewhere = other
        .post("/api/clients", body("Ann", "ann@example.com"))
        .await;

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    let refused = answers.iter().find(|answer| answer.status == 409).unwrap();
    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/email taken"]);
    elsewhere.expect(201);
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_client_points_only_to_what_is_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let deleted = owner.lead("Bob", json!({})).await["id"].clone();
    let lead = format!("/api/leads/{}", deleted.as_str().unwrap());
    owner.delete(&lead).await.expect(204);

    for (field, id) in [
        ("leadId", foreign),
        ("leadId", deleted),
        ("leadId", json!("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
        ("assignedTo", json!(other.id)),
    ] {
        let mut body = body("Ann", "ann@example.com");
        body[field] = id;
        let refused = owner.post("/api/clients", body).await.expect(422);
        assert_eq!(
            refused.field_errors(),
            [format!("/{field} reference_not_found")]
        );
    }
    assert!(of_kind(&table(&app).await, "client").is_empty());
    assert_whole(&app).await;
}

#[tokio::test]
async fn creating_a_client_is_one_transaction_and_no_read() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let lead = owner.lead("Ann", json!({})).await;
    app.settle().await;

    app.faults().clear_seen();
    let fields = json!({"leadId": lead["id"], "assignedTo": mia.id});
    owner.client("Ann", fields).await;

    // The first is the session gate.
    assert_eq!(asked(&app), ["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_client_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let create = || {
        owner
            .call(Method::POST, "/api/clients")
            .json(body("Ann", "ann@example.com"))
            .idempotency_key("k1")
            .send()
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });
    create().await.expect(503);
    app.faults().heal();

    let repeated = create().await.expect(201);

    assert_eq!(of_kind(&table(&app).await, "client").len(), 1);
    let now = owner.get(repeated.header("location")).await.expect(200);
    assert_eq!(now.json(), repeated.json());
    assert_whole(&app).await;
}

#[tokio::test]
async fn assistants_make_clients_and_strangers_do_not() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let assistant = owner.invite("Abe", "assistant").await;

    let made = assistant
        .post("/api/clients", body("Ann", "ann@example.com"))
        .await;
    let nobody = app
        .post("/api/clients", body("Bob", "bob@example.com"))
        .await;

    made.expect(201);
    nobody.expect(401);
}
