//! `POST /api/leads`

use super::support::{assert_whole, of_kind, table};
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_new_lead_has_what_was_sent_and_an_address_of_its_own() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive Owner").await;
    let body = json!({
        "name": "  Jane   Doe ", "email": "Jane.Doe@Example.com", "phone": "(512) 555-0142",
        "company": "Doe Homes", "position": "Owner", "status": "contacted", "score": 80, "source": "Zillow",
        "value": {"amount": "185000.00", "currency": "USD"}, "stage": "Second visit",
        "assignedTo": owner.id, "lastContactAt": "2026-03-01T10:00:00Z",
        "address": {"street": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701", "country": "US"},
        "propertyType": "residential", "preferredContact": "sms", "consent": {"sms": true},
        "customFields": {"beds": 3, "pool": false, "roof": "new"},
    });

    let created = owner.post("/api/leads", body.clone()).await.expect(201);

    let lead = created.json();
    for (field, sent) in body.as_object().unwrap() {
        match field.as_str() {
            "name" => assert_eq!(lead["name"], "Jane   Doe"),
            "consent" => assert_eq!(
                lead["consent"],
                json!({"email": false, "sms": true, "call": false})
            ),
            "address" => assert_eq!(lead["address"]["city"], sent["city"]),
            _ => assert_eq!(&lead[field], sent, "{field}"),
        }
    }
    assert_eq!(lead["version"], 1);
    assert_eq!(lead["tags"], json!([]));
    assert_eq!(
        lead["createdBy"],
        json!({"id": owner.id, "name": "Olive Owner"})
    );
    assert_eq!(lead["createdAt"], "2026-03-02T15:00:00Z");
    assert_eq!(created.header("etag"), "\"1\"");
    assert_eq!(
        created.header("location"),
        format!("/api/leads/{}", created.id())
    );
    let got = owner.get(created.header("location")).await.expect(200);
    assert_eq!(got.json(), lead);
    assert_whole(&app).await;
}

#[tokio::test]
async fn what_is_not_said_has_its_default() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let lead = owner
        .post(
            "/api/leads",
            json!({"name": "Ann", "phone": "+44 20 7946 0958"}),
        )
        .await;

    let lead = lead.expect(201).json();
    assert_eq!(lead["status"], "new");
    assert_eq!(
        lead["consent"],
        json!({"email": false, "sms": false, "call": false})
    );
    assert_eq!(lead["customFields"], json!({}));
    for absent in [
        "email",
        "company",
        "score",
        "source",
        "value",
        "assignedTo",
        "lastContactAt",
    ] {
        assert_eq!(lead[absent], Value::Null, "{absent}");
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let cases = [
        (
            json!({"name": "Ann", "email": "nobody", "phone": "12"}),
            vec!["/email invalid_email", "/phone invalid_phone"],
        ),
        (
            json!({"email": "a@example.com", "nickname": "x", "score": 101}),
            vec![
                "/name required",
                "/nickname unknown_field",
                "/score invalid_score",
            ],
        ),
        (json!({"name": "Ann"}), vec!["/email contact_required"]),
        (
            json!({"name": "Nul\u{0}", "email": "a@example.com"}),
            vec!["/name control_character"],
        ),
        (
            json!({"name": "Ann", "email": "a@example.com", "status": "open", "consent": {"fax": true}}),
            vec!["/consent/fax unknown_field", "/status invalid_choice"],
        ),
        (
            json!({"name": "Ann", "email": "a@example.com", "assignedTo": "me"}),
            vec!["/assignedTo invalid_id"],
        ),
    ];
    for (body, expected) in cases {
        let refused = owner.post("/api/leads", body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    let money = json!({"name": "Ann", "email": "a@example.com", "value": {"amount": 185000.5, "currency": "USD"}});
    let refused = owner.post("/api/leads", money).await.expect(422);
    assert_eq!(refused.field_errors(), ["/value/amount invalid_amount"]);
    assert!(of_kind(&table(&app).await, "lead").is_empty());
}

#[tokio::test]
async fn custom_fields_have_limits() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = |count: usize| -> Value {
        (0..count)
            .map(|n| (format!("f{n}"), json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let body =
        |fields: Value| json!({"name": "Ann", "phone": "5125550142", "customFields": fields});

    let most = owner.post("/api/leads", body(fields(100))).await;
    let more = owner.post("/api/leads", body(fields(101))).await;
    let nested = owner.post("/api/leads", body(json!({"a": {"b": 1}}))).await;

    most.expect(201);
    assert_eq!(
        more.expect(422).field_errors(),
        ["/customFields too_many_custom_fields"]
    );
    assert_eq!(
        nested.expect(422).field_errors(),
        ["/customFields/a invalid_custom_value"]
    );
}

#[tokio::test]
async fn nobody_creates_without_signing_in() {
    let app = TestApp::start().await;

    let refused = app
        .post("/api/leads", json!({"name": "Ann", "phone": "5125550142"}))
        .await;

    assert_eq!(refused.expect(401).problem(), "unauthenticated");
}

#[tokio::test]
async fn a_lead_is_assigned_to_members_only() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;

    let refused = owner
        .post(
            "/api/leads",
            json!({"name": "Ann", "email": "ann@example.com", "assignedTo": stranger.id}),
        )
        .await;

    assert_eq!(
        refused.expect(422).field_errors(),
        ["/assignedTo reference_not_found"]
    );
    owner
        .post(
            "/api/leads",
            json!({"name": "Ann", "email": "ann@example.com"}),
        )
        .await
        .expect(201);
}

#[tokio::test]
async fn an_address_belongs_to_one_lead_of_a_team_in_any_letter_case() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    owner.lead("Ann", json!({"email": "ann@example.com"})).await;

    let refused = owner
        .post(
            "/api/leads",
            json!({"name": "B", "email": "ANN@Example.com"}),
        )
        .await;
    let elsewhere = other
        .post(
            "/api/leads",
            json!({"name": "B", "email": "ann@example.com"}),
        )
        .await;

    let refused = refused.expect(409);
    assert_eq!(refused.problem(), "duplicate");
    assert_eq!(refused.field_errors(), ["/email taken"]);
    elsewhere.expect(201);
    assert_whole(&app).await;
}

#[tokio::test]
async fn an_address_is_free_again_once_its_lead_is_deleted_or_has_another() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deleted = owner.lead("Ann", json!({"email": "ann@example.com"})).await;
    let moved = owner.lead("Bob", json!({"email": "bob@example.com"})).await;
    let path = |lead: &Value| format!("/api/leads/{}", lead["id"].as_str().unwrap());
    owner.delete(&path(&deleted)).await.expect(204);
    owner
        .patch(&path(&moved), json!({"email": "robert@example.com"}))
        .await
        .expect(200);

    for email in ["ann@example.com", "bob@example.com"] {
        owner
            .post("/api/leads", json!({"name": "New", "email": email}))
            .await
            .expect(201);
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn of_many_who_claim_one_address_at_once_one_gets_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let answers = join_all((0..12).map(|n| {
        owner.post(
            "/api/leads",
            json!({"name": format!("Lead {n}"), "email": "same@example.com"}),
        )
    }))
    .await;

    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(
        statuses[1..].iter().all(|status| *status == 409),
        "{statuses:?}"
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_repeated_request_under_its_key_gets_the_first_reply() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let send = |body: Value| {
        owner
            .call(Method::POST, "/api/leads")
            .json(body)
            .idempotency_key("key-1")
            .send()
    };
    let body = json!({"name": "Ann", "email": "ann@example.com"});

    let first = send(body.clone()).await.expect(201);
    let again = send(body).await.expect(201);
    let differs = send(json!({"name": "Bob", "email": "bob@example.com"})).await;

    assert_eq!(first.text, again.text);
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(differs.expect(422).problem(), "idempotency-key-reused");
    assert_eq!(of_kind(&table(&app).await, "lead").len(), 1);
}

#[tokio::test]
async fn two_requests_with_one_key_at_once_make_one_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let send = || {
        owner
            .call(Method::POST, "/api/leads")
            .json(json!({"name": "Ann", "phone": "5125550142"}))
            .idempotency_key("key-1")
            .send()
    };

    let answers = join_all((0..5).map(|_| send())).await;

    assert!(answers.iter().any(|answer| answer.status == 201));
    for answer in &answers {
        assert!(
            answer.status == 201 || answer.problem() == "still-running",
            "{}",
            answer.text
        );
    }
    let last = send().await.expect(201);
    assert_eq!(last.header("idempotency-replayed"), "true");
    assert_eq!(of_kind(&table(&app).await, "lead").len(), 1);
}
