//! Documents are seen with what they are attached to.

use super::support::{PDF, attach, documents, path, pdf};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn team(app: &TestApp) -> (Someone<'_>, Someone<'_>, Someone<'_>) {
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    let own = json!({"visibility": "own"});
    owner.patch(&team, own).await.expect(200);
    (owner, mia, ned)
}

#[tokio::test]
async fn who_sees_no_others_deals_sees_no_others_documents() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let deal = owner.deal("12 Elm St", json!({"assignedTo": ned.id})).await;
    let announced = attach(&app, &owner, &deal, "contract.pdf").await;
    let unknown = mia.get("/api/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.text;

    let answers = [
        mia.get(&documents(&deal)).await,
        mia.post(&documents(&deal), pdf("a.pdf", PDF)).await,
        mia.get(&path(&announced)).await,
        mia.get(&format!("{}/versions", path(&announced))).await,
        mia.delete(&path(&announced)).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown));
    }
    let mut body = pdf("a.pdf", PDF);
    body["dealId"] = deal["id"].clone();
    let refused = mia.post("/api/documents/presigned-url", body).await;
    assert_eq!(
        refused.expect(422).field_errors(),
        ["/dealId reference_not_found"]
    );
    ned.get(&path(&announced)).await.expect(200);
    ned.delete(&path(&announced)).await.expect(204);
}

#[tokio::test]
async fn who_sees_no_others_leads_attaches_nothing_to_them() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let lead = owner.lead("Ann", json!({"assignedTo": ned.id})).await;
    let attach = async |who: &Someone<'_>, lead: &Value| {
        let mut body = pdf("a.pdf", PDF);
        body["leadId"] = lead["id"].clone();
        who.post("/api/documents/presigned-url", body).await
    };

    let refused = attach(&mia, &lead).await.expect(422);
    let announced = attach(&ned, &lead).await.expect(201).json();

    assert_eq!(refused.field_errors(), ["/leadId reference_not_found"]);
    mia.get(&path(&announced)).await.expect(404);
    owner.get(&path(&announced)).await.expect(200);
}
