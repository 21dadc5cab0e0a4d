//! `POST /api/documents/presigned-url`

use super::support::{PDF, announce, documents, next, path, pdf, put, read, status};
use crate::leads::support::{of_kind, table};
use plat_testing::TestApp;
use serde_json::{Value, json};

const PATH: &str = "/api/documents/presigned-url";

fn of(field: &str, id: &Value) -> Value {
    let mut body = pdf("contract.pdf", PDF);
    body[field] = id.clone();
    body
}

#[tokio::test]
async fn a_file_can_be_attached_to_a_lead_or_a_deal() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    for (field, kind, record) in [("leadId", "lead", &lead), ("dealId", "deal", &deal)] {
        let reply = owner.post(PATH, of(field, &record["id"])).await.expect(201);
        let announced = reply.json();
        assert_eq!(reply.header("location"), path(&announced));
        assert_eq!(reply.header("etag"), "\"1\"");
        put(&app, &announced, PDF).await;

        let document = read(&owner, &announced).await;
        assert_eq!(
            document["record"],
            json!({"kind": kind, "id": record["id"]})
        );
        assert_eq!(document["status"], "available");
        let got = app
            .download(document["download"]["url"].as_str().unwrap())
            .await;
        assert_eq!(got.bytes, PDF);
    }
    let listed = owner.get(&documents(&deal)).await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn exactly_one_record_is_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let mut both = of("leadId", &lead["id"]);
    both["dealId"] = deal["id"].clone();

    let none = owner.post(PATH, pdf("contract.exe", PDF)).await.expect(422);
    let both = owner.post(PATH, both).await.expect(422);

    assert_eq!(
        none.field_errors(),
        [
            "/fileName wrong_extension",
            "/clientId required",
            "/dealId required",
            "/leadId required",
            "/propertyId required",
        ]
    );
    assert_eq!(
        both.field_errors(),
        ["/dealId not_together", "/leadId not_together"]
    );
    assert!(of_kind(&table(&app).await, "document").is_empty());
}

#[tokio::test]
async fn a_record_that_is_not_there_is_told_by_its_field_and_nothing_is_written() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let unknown = json!("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    for (field, id) in [
        ("leadId", &foreign),
        ("leadId", &unknown),
        ("dealId", &unknown),
        ("clientId", &unknown),
        ("propertyId", &unknown),
    ] {
        let refused = owner.post(PATH, of(field, id)).await.expect(422);
        assert_eq!(
            refused.field_errors(),
            [format!("/{field} reference_not_found")]
        );
    }
    let items = table(&app).await;
    assert!(of_kind(&items, "document").is_empty() && of_kind(&items, "file").is_empty());
}

#[tokio::test]
async fn a_new_version_is_of_a_document_of_the_same_record() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let (deal, other) = (
        owner.deal("12 Elm St", json!({})).await,
        owner.deal("14 Elm St", json!({})).await,
    );
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    for body in [of("leadId", &lead["id"]), of("dealId", &other["id"])] {
        let refused = owner.post(PATH, next(&announced, body)).await.expect(422);
        assert_eq!(refused.field_errors(), ["/documentId reference_not_found"]);
    }

    let again = next(&announced, of("dealId", &deal["id"]));
    let again = owner.post(PATH, again).await.expect(201).json();

    assert_eq!(again["documentId"], announced["documentId"]);
    assert_eq!(again["fileVersion"], 2);
    put(&app, &again, PDF).await;
    assert_eq!(status(&owner, &announced).await.0, "available");
}
