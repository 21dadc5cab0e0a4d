//! `POST /api/deals`

use super::support::{asked, dollars, path};
use crate::leads::support::{of_kind, table};
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_deal_has_what_was_sent_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive Owner").await;
    let lead = owner.lead("Ann", json!({})).await;
    let body = json!({
        "leadId": lead["id"], "propertyAddress": "12 Elm St, Austin", "sellerName": "Ann Lee",
        "sellerPhone": "(512) 555-0142", "targetPrice": dollars(185_000), "assignedPrice": dollars(190_000),
        "kind": "flip", "purchasePrice": dollars(120_000), "estimatedRepairs": dollars(30_000),
        "expectedProfit": {"amount": "-1500.50", "currency": "USD"}, "notes": "Roof leaks", "assignedTo": owner.id,
    });

    let created = owner.post("/api/deals", body.clone()).await.expect(201);

    let deal = created.json();
    for (field, sent) in body.as_object().unwrap() {
        assert_eq!(&deal[field], sent, "{field}");
    }
    assert_eq!(
        deal["stages"],
        json!([{"status": "new", "enteredAt": "2026-03-02T15:00:00Z"}])
    );
    assert_eq!(
        (&deal["status"], &deal["version"], &deal["documents"]),
        (&json!("new"), &json!(1), &json!(0))
    );
    assert_eq!(deal["inStatusSince"], "2026-03-02T15:00:00Z");
    assert_eq!(
        deal["createdBy"],
        json!({"id": owner.id, "name": "Olive Owner"})
    );
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(created.header("location"), path(&deal));
    let got = owner.get(created.header("location")).await.expect(200);
    assert_eq!(got.json(), deal);
}

#[tokio::test]
async fn only_the_address_must_be_known() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let deal = owner.deal("12 Elm St", json!({})).await;

    assert_eq!(deal["kind"], "wholesale");
    for absent in [
        "leadId",
        "clientId",
        "propertyId",
        "sellerName",
        "sellerPhone",
        "targetPrice",
        "assignedPrice",
        "expectedProfit",
        "notes",
        "assignedTo",
        "statusNote",
        "closedAt",
    ] {
        assert_eq!(deal.get(absent), Some(&Value::Null), "{absent}");
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let wrong = json!({
        "kind": "rent", "leadId": "ann", "sellerPhone": "12", "status": "closed",
        "targetPrice": {"amount": 185_000.5, "currency": "USD"}, "documents": 3,
    });

    let refused = owner.post("/api/deals", wrong).await.expect(422);
    let negative =
        json!({"propertyAddress": "X", "targetPrice": {"amount": "-1.00", "currency": "USD"}});
    let negative = owner.post("/api/deals", negative).await.expect(422);

    assert_eq!(
        refused.field_errors(),
        [
            "/documents unknown_field",
            "/kind invalid_choice",
            "/leadId invalid_id",
            "/propertyAddress required",
            "/sellerPhone invalid_phone",
            "/status unknown_field",
            "/targetPrice/amount invalid_amount",
        ]
    );
    assert_eq!(negative.field_errors(), ["/targetPrice invalid_amount"]);
    assert!(of_kind(&table(&app).await, "deal").is_empty());
}

#[tokio::test]
async fn a_deal_points_only_to_what_is_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let deleted = owner.lead("Bob", json!({})).await["id"].clone();
    owner
        .delete(&format!("/api/leads/{}", deleted.as_str().unwrap()))
        .await
        .expect(204);
    let unknown = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");

    for (field, id) in [
        ("leadId", &foreign),
        ("leadId", &deleted),
        ("leadId", &unknown),
        ("clientId", &unknown),
        ("propertyId", &unknown),
        ("assignedTo", &json!(other.id)),
    ] {
        let mut body = json!({"propertyAddress": "12 Elm St"});
        body[field] = id.clone();
        let refused = owner.post("/api/deals", body).await.expect(422);
        assert_eq!(
            refused.field_errors(),
            [format!("/{field} reference_not_found")]
        );
    }
    assert!(of_kind(&table(&app).await, "deal").is_empty());
}

#[tokio::test]
async fn a_deal_is_made_with_a_client_that_is_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let client = owner.client("Ann", json!({})).await;
    let foreign = other.client("Ann", json!({})).await;
    let deleted = owner.client("Bob", json!({})).await;
    let at = crate::clients::support::path(&deleted);
    owner.delete(&at).await.expect(204);
    let with = |client: &Value| json!({"propertyAddress": "12 Elm St", "clientId": client["id"]});

    let made = owner.post("/api/deals", with(&client)).await.expect(201);

    for client in [&foreign, &deleted] {
        let refused = owner.post("/api/deals", with(client)).await.expect(422);
        assert_eq!(refused.field_errors(), ["/clientId reference_not_found"]);
    }
    let of_client = format!("/api/deals?clientId={}", client["id"].as_str().unwrap());
    app.settle().await;
    let listed = owner.get(&of_client).await.expect(200).json();
    assert_eq!(listed["items"][0]["id"], made.json()["id"]);
}

#[tokio::test]
async fn creating_a_deal_is_one_write_and_no_read() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    app.settle().await;

    app.faults().clear_seen();
    owner.deal("12 Elm St", json!({"leadId": lead["id"]})).await;

    // The first is the session gate.
    assert_eq!(asked(&app), ["UpdateItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_deal_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let create = || {
        owner
            .call(Method::POST, "/api/deals")
            .json(json!({"propertyAddress": "12 Elm St", "leadId": lead["id"]}))
            .idempotency_key("k1")
            .send()
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });
    create().await.expect(503);
    app.faults().heal();
    let listed = of_kind(&table(&app).await, "deal").len();
    assert_eq!(listed, 1);

    let repeated = create().await.expect(201);

    assert_eq!(of_kind(&table(&app).await, "deal").len(), 1);
    let now = owner.get(repeated.header("location")).await.expect(200);
    assert_eq!(now.json(), repeated.json());
}

#[tokio::test]
async fn assistants_and_strangers_make_no_deals() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let assistant = owner.invite("Abe", "assistant").await;
    let body = json!({"propertyAddress": "12 Elm St"});

    let refused = assistant.post("/api/deals", body.clone()).await.expect(403);
    let nobody = app.post("/api/deals", body).await;

    assert_eq!(refused.json()["permission"], "deals:write");
    nobody.expect(401);
}
