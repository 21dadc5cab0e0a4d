//! `POST /api/leads/{leadId}/convert`

use super::support::{assert_whole, of_kind, table, texts, walk};
use crate::deals::support::{asked, dollars};
use futures::future::join_all;
use http::Method;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Answer, Someone, Started, TestApp};
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}", lead["id"].as_str().unwrap())
}

async fn convert(who: &Someone<'_>, lead: &Value, body: Value) -> Answer {
    who.post(&format!("{}/convert", path(lead)), body).await
}

/// All that a client needs.
fn whole() -> Value {
    json!({
        "email": "ann@example.com", "phone": "(512) 555-0142", "propertyType": "land",
        "address": {"street": "12 Elm St", "city": "Austin", "state": "TX", "zip": "78701", "country": "US"},
        "customFields": {"beds": 3},
    })
}

#[tokio::test]
async fn a_client_takes_over_what_is_known_of_the_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let mut fields = whole();
    fields["assignedTo"] = json!(mia.id);
    let lead = owner.lead("Ann", fields).await;

    let made = convert(&owner, &lead, json!({})).await.expect(201);

    let client = made.json();
    for (field, expected) in [
        ("leadId", lead["id"].clone()),
        ("name", json!("Ann")),
        ("email", json!("ann@example.com")),
        ("phone", json!("(512) 555-0142")),
        ("propertyAddress", json!("12 Elm St, Austin, TX 78701")),
        ("propertyType", json!("land")),
        ("stage", json!("lead")),
        ("customFields", json!({"beds": 3})),
        ("assignedTo", json!(mia.id)),
        ("notes", Value::Null),
        ("dealId", Value::Null),
    ] {
        assert_eq!(client[field], expected, "{field}");
    }
    let at = format!("/api/clients/{}", client["id"].as_str().unwrap());
    assert_eq!(made.header("location"), at);
    assert_eq!(made.header("etag"), "\"1\"");
    let mut got = owner.get(&at).await.expect(200).json();
    got["dealId"] = Value::Null;
    assert_eq!(got, client);
    let lead = owner.get(&path(&lead)).await.expect(200).json();
    assert_eq!(
        (&lead["clientId"], &lead["dealId"], &lead["version"]),
        (&client["id"], &Value::Null, &json!(2))
    );
    assert_eq!(lead["status"], "new");
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_is_said_goes_before_what_is_known() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;
    let body = json!({
        "name": "Ann Lee", "email": "lee@example.com", "phone": "(512) 555-0199", "propertyAddress": "9 Oak Rd",
        "propertyType": "commercial", "stage": "under_contract", "notes": "Likes it", "assignedTo": owner.id,
    });

    let client = convert(&owner, &lead, body.clone()).await.expect(201);

    let client = client.json();
    for (field, said) in body.as_object().unwrap() {
        assert_eq!(&client[field], said, "{field}");
    }
    let lead = owner.get(&path(&lead)).await.expect(200).json();
    assert_eq!(
        (&lead["email"], &lead["assignedTo"]),
        (&json!("ann@example.com"), &Value::Null)
    );
}

#[tokio::test]
async fn a_deal_is_made_with_the_client_and_all_three_keep_links() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;
    let own = json!({
        "propertyAddress": "9 Oak Rd", "sellerName": "Lou Lee", "sellerPhone": "(512) 555-0199", "kind": "flip",
        "targetPrice": dollars(185_000), "purchasePrice": dollars(120_000), "estimatedRepairs": dollars(30_000),
        "expectedProfit": {"amount": "-5.00", "currency": "USD"}, "notes": "Roof leaks",
    });
    let from_client = json!({
        "propertyAddress": "12 Elm St, Austin, TX 78701", "sellerName": "Bob", "sellerPhone": "(512) 555-0142",
        "kind": "wholesale", "targetPrice": null,
    });
    let mut bob = whole();
    bob["email"] = json!("bob@example.com");
    let bob = owner.lead("Bob", bob).await;

    for (lead, asked, expected) in [(&lead, own.clone(), own), (&bob, json!({}), from_client)] {
        let client = convert(&owner, lead, json!({"deal": asked})).await;
        let client = client.expect(201).json();
        let deal = format!("/api/deals/{}", client["dealId"].as_str().unwrap());
        let deal = owner.get(&deal).await.expect(200).json();
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&deal[field], value, "{field}");
        }
        assert_eq!(
            (&deal["leadId"], &deal["clientId"], &deal["status"]),
            (&lead["id"], &client["id"], &json!("new"))
        );
        let lead = owner.get(&path(lead)).await.expect(200).json();
        assert_eq!(
            (&lead["clientId"], &lead["dealId"]),
            (&client["id"], &client["dealId"])
        );
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_a_client_needs_and_neither_has_is_named_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let bare = json!({"email": null, "phone": "(512) 555-0142", "address": {"country": "US"}});
    let lead = owner.lead("Ann", bare).await;

    let nothing = convert(&owner, &lead, json!({})).await.expect(422);
    let address = json!({"propertyAddress": "12 Elm St", "email": "ann@example.com"});
    let no_type = convert(&owner, &lead, address).await.expect(422);
    let wrong = json!({"stage": "won", "deal": {"kind": "rent"}, "consent": {"email": true}});
    let wrong = convert(&owner, &lead, wrong).await.expect(422);

    assert_eq!(
        nothing.field_errors(),
        [
            "/email required",
            "/propertyAddress required",
            "/propertyType required"
        ]
    );
    assert_eq!(no_type.field_errors(), ["/propertyType required"]);
    assert_eq!(
        wrong.field_errors(),
        [
            "/consent unknown_field",
            "/deal/kind invalid_choice",
            "/stage invalid_choice"
        ]
    );
    let items = table(&app).await;
    assert!(of_kind(&items, "client").is_empty());
    let lead = owner.get(&path(&lead)).await.json();
    assert_eq!(lead["clientId"], Value::Null);
}

#[tokio::test]
async fn a_lead_becomes_one_client_however_many_ask() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;

    let answers = join_all((0..4).map(|_| convert(&owner, &lead, json!({"deal": {}})))).await;

    let made: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .collect();
    assert_eq!(made.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.status, 409, "{}", answer.text);
    }
    let again = convert(&owner, &lead, json!({})).await.expect(409);
    assert_eq!(again.problem(), "converted");
    assert_eq!(again.json()["clientId"], made[0].json()["id"]);
    let items = table(&app).await;
    let count = |kind| of_kind(&items, kind).len();
    assert_eq!((count("client"), count("deal")), (1, 1));
    assert_whole(&app).await;
}

#[tokio::test]
async fn nothing_is_made_where_another_client_has_the_address() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner
        .client("Anna", json!({"email": "Ann@example.com"}))
        .await;
    let lead = owner.lead("Ann", whole()).await;

    let refused = convert(&owner, &lead, json!({"deal": {}}))
        .await
        .expect(409);

    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/email taken"]);
    let now = owner.get(&path(&lead)).await.expect(200).json();
    assert_eq!(now, lead);
    assert!(of_kind(&table(&app).await, "deal").is_empty());
    let other = json!({"email": "other@example.com"});
    convert(&owner, &lead, other).await.expect(201);
    assert_whole(&app).await;
}

#[tokio::test]
async fn converting_is_one_read_and_one_transaction() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;
    app.settle().await;

    app.faults().clear_seen();
    convert(&owner, &lead, json!({"deal": {}}))
        .await
        .expect(201);

    // The first is the session gate.
    assert_eq!(asked(&app), ["UpdateItem", "GetItem", "TransactWriteItems"]);
}

#[tokio::test]
async fn a_conversion_whose_reply_was_lost_is_made_once() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;
    let convert = || {
        owner
            .call(Method::POST, &format!("{}/convert", path(&lead)))
            .json(json!({"deal": {}}))
            .idempotency_key("k1")
            .send()
    };
    app.faults().inject(Fault {
        times: 3,
        ..Fault::once_on("TransactWriteItems", FaultKind::LoseReply)
    });
    convert().await.expect(503);
    app.faults().heal();
    // Somebody changes the lead before the request is repeated, so that it could not be converted any more.
    let change = json!({"email": null, "address": null});
    owner.patch(&path(&lead), change).await.expect(200);

    let first = convert().await.expect(201);
    let second = convert().await.expect(201);

    assert_eq!(first.json(), second.json());
    assert_eq!(first.json()["email"], "ann@example.com");
    assert_eq!(second.header("idempotency-replayed"), "true");
    let items = table(&app).await;
    let count = |kind| of_kind(&items, kind).len();
    assert_eq!((count("client"), count("deal")), (1, 1));
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_conversion_is_told_and_follow_ups_are_planned() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", whole()).await;
    app.advance(jiff::SignedDuration::from_mins(1));

    let client = convert(&owner, &lead, json!({"deal": {}})).await;

    let client = client.expect(201).json();
    let planned = crate::clients::support::tasks(&app, &owner, &client).await;
    assert_eq!(planned.len(), 5);
    let lines = walk(&owner, &format!("{}/activities", path(&lead)), 5).await;
    assert_eq!(texts(&lines, "type"), ["lead_converted", "lead_created"]);
    assert_eq!(
        lines[0]["data"],
        json!({"clientId": client["id"], "dealId": client["dealId"]})
    );
    let found = format!("/api/clients?leadId={}", lead["id"].as_str().unwrap());
    let found = walk(&owner, &found, 5).await;
    assert_eq!(texts(&found, "id"), [client["id"].as_str().unwrap()]);
}

#[tokio::test]
async fn who_may_not_make_deals_makes_a_client_alone() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let ada = owner.invite("Ada", "assistant").await;
    let lead = owner.lead("Ann", whole()).await;

    let with_deal = convert(&ada, &lead, json!({"deal": {}})).await.expect(403);
    let foreign = convert(&other, &lead, json!({})).await;
    let unknown = other
        .post("/api/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV/convert", json!({}))
        .await;
    let nobody = app
        .post(&format!("{}/convert", path(&lead)), json!({}))
        .await;
    let stale = owner
        .call(Method::POST, &format!("{}/convert", path(&lead)))
        .if_match(7)
        .json(json!({}))
        .send()
        .await;

    assert_eq!(with_deal.json()["permission"], "deals:write");
    assert_eq!((foreign.status, &foreign.text), (404, &unknown.text));
    nobody.expect(401);
    stale.expect(412);
    assert!(of_kind(&table(&app).await, "client").is_empty());
    convert(&ada, &lead, json!({})).await.expect(201);
}

#[tokio::test]
async fn a_client_is_given_to_a_member_or_to_whoever_had_the_lead() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let mia = owner.invite("Mia", "member").await;
    let mut fields = whole();
    fields["assignedTo"] = json!(mia.id);
    let lead = owner.lead("Ann", fields).await;
    let to_stranger = json!({"assignedTo": other.id});

    let refused = convert(&owner, &lead, to_stranger).await.expect(422);
    let member = format!("/api/teams/{}/members/{}", owner.team, mia.id);
    owner.delete(&member).await.expect(204);
    let made = convert(&owner, &lead, json!({})).await;

    assert_eq!(refused.field_errors(), ["/assignedTo reference_not_found"]);
    // That somebody has left is no reason to refuse.
    made.expect(201);
}
