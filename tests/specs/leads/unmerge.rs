//! `POST /api/leads/{leadId}/unmerge`

use super::merge::{lines, merge, notes, pair, path, surround, whose, work};
use super::support::{assert_whole, texts, walk};
use crate::analytics::support::{again, assert_counted};
use jiff::SignedDuration;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};

async fn unmerge(who: &Someone<'_>, winner: &Value, loser: &Value) -> Answer {
    let body = json!({"leadId": loser["id"]});
    who.post(&format!("{}/unmerge", path(winner)), body).await
}

async fn now(who: &Someone<'_>, lead: &Value) -> Value {
    let mut lead = who.get(&path(lead)).await.expect(200).json();
    let fields = lead.as_object_mut().unwrap();
    fields.remove("version");
    fields.remove("updatedAt");
    lead
}

#[tokio::test]
async fn both_are_as_they_were() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    let at = format!("{}/notes", path(&ann));
    owner.post(&at, json!({"content": "Own"})).await.expect(201);
    let around = surround(&app, &owner, &other).await;
    for lead in [&ann, &other] {
        let at = format!("{}/tags", path(lead));
        owner
            .post(&at, json!({"tags": ["both", lead["name"]]}))
            .await
            .expect(200);
    }
    app.settle().await;
    let before = (now(&owner, &ann).await, now(&owner, &other).await);
    let history = walk(&owner, &format!("{}/history", path(&other)), 5).await;
    let told = lines(&owner, &other).await;
    let chosen = json!({"take": ["name", "email", "status"]});
    merge(&owner, &ann, &other, chosen).await.expect(200);
    app.settle().await;

    let parted = unmerge(&owner, &ann, &other).await.expect(200).json();
    app.settle().await;

    assert_eq!(parted["kept"], json!([]));
    assert_eq!((now(&owner, &ann).await, now(&owner, &other).await), {
        let (ann, mut other) = before;
        // Who said nothing to the one said nothing to both.
        other["consent"]["email"] = json!(false);
        (ann, other)
    });
    assert_eq!(whose(&owner, &around).await, vec![other["id"].clone(); 4]);
    assert_eq!(notes(&owner, &other).await, ["Third", "Second", "First"]);
    assert_eq!(notes(&owner, &ann).await, ["Own"]);
    let back = walk(&owner, &format!("{}/history", path(&other)), 5).await;
    assert_eq!(back, history);
    let told_now = lines(&owner, &other).await;
    for line in told {
        assert!(told_now.contains(&line), "{line} in {told_now:?}");
    }
    assert!(
        lines(&owner, &ann)
            .await
            .contains(&"lead_unmerged".to_owned())
    );
    let (status, counts) = work(&app, &parted["unmerge"]).await;
    assert_eq!(
        (status.as_str(), &counts["notes"]),
        ("completed", &json!(3))
    );
    assert_eq!(counts["stayed"], Value::Null);
    assert_whole(&app).await;
    assert_counted(&app, &owner.team).await;
}

#[tokio::test]
async fn what_somebody_changed_since_stays_and_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    surround(&app, &owner, &other).await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;
    owner
        .patch(&path(&ann), json!({"company": "Lee Homes"}))
        .await
        .expect(200);
    let rows = walk(&owner, &format!("{}/notes", path(&ann)), 5).await;
    let at = format!("/api/notes/{}", rows[0]["id"].as_str().unwrap());
    owner
        .patch(&at, json!({"content": "Rewritten"}))
        .await
        .expect(200);
    let at = format!("{}/notes", path(&ann));
    owner
        .post(&at, json!({"content": "Since"}))
        .await
        .expect(201);

    let parted = unmerge(&owner, &ann, &other).await.expect(200).json();
    app.settle().await;

    assert_eq!(parted["kept"], json!(["company"]));
    assert_eq!(
        (&parted["company"], &parted["phone"]),
        (&json!("Lee Homes"), &Value::Null)
    );
    assert_eq!(parted["other"]["company"], "Lee & Co");
    let mut stayed = notes(&owner, &ann).await;
    stayed.sort_unstable();
    assert_eq!(stayed, ["Rewritten", "Since"]);
    assert_eq!(notes(&owner, &other).await, ["Second", "First"]);
    let (_, counts) = work(&app, &parted["unmerge"]).await;
    assert_eq!(
        (&counts["notes"], &counts["stayed"]),
        (&json!(2), &json!(1))
    );
    assert_whole(&app).await;
}

#[tokio::test]
async fn an_address_that_somebody_else_has_by_now_is_in_the_way() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;
    let third = owner
        .lead("Third", json!({"email": "lee@example.com"}))
        .await;

    let refused = unmerge(&owner, &ann, &other).await.expect(409);

    assert_eq!(refused.problem(), "duplicate");
    owner.get(&path(&other)).await.expect(308);
    owner.delete(&path(&third)).await.expect(204);
    unmerge(&owner, &ann, &other).await.expect(200);
    assert_whole(&app).await;
}

#[tokio::test]
async fn nobody_parts_two_before_everything_is_moved() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);

    let early = unmerge(&owner, &ann, &other).await.expect(409);

    assert_eq!(early.problem(), "conflict");
    assert_eq!(early.header("retry-after"), "1");
    app.settle().await;
    unmerge(&owner, &ann, &other).await.expect(200);
    // And not merged again before everything is back.
    merge(&owner, &ann, &other, json!({})).await.expect(409);
    app.settle().await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;
    owner.get(&path(&other)).await.expect(308);
    assert_whole(&app).await;
}

#[tokio::test]
async fn two_are_parted_within_30_days() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;

    app.advance(SignedDuration::from_hours(24 * 30 + 1));

    let owner = again(&app, &owner).await;
    let late = unmerge(&owner, &ann, &other).await.expect(422);
    assert_eq!(late.field_errors(), ["/leadId reference_not_found"]);
}

#[tokio::test]
async fn only_what_was_merged_is_parted() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    let (ann, other) = pair(&owner).await;

    unmerge(&owner, &ann, &other).await.expect(422);
    merge(&owner, &ann, &other, json!({})).await.expect(200);
    app.settle().await;
    unmerge(&stranger, &ann, &other).await.expect(404);
    assert_eq!(
        unmerge(&owner, &other, &ann).await.expect(409).problem(),
        "merged"
    );
    let empty = owner
        .post(&format!("{}/unmerge", path(&ann)), json!({}))
        .await;
    assert_eq!(empty.expect(422).field_errors(), ["/leadId required"]);
    unmerge(&owner, &ann, &other).await.expect(200);
    app.settle().await;
    unmerge(&owner, &ann, &other).await.expect(422);
}

#[tokio::test]
async fn a_chain_is_parted_from_its_end() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (ann, other) = pair(&owner).await;
    let third = owner.lead("Third", json!({})).await;
    let around = surround(&app, &owner, &ann).await;
    let history = walk(&owner, &format!("{}/history", path(&ann)), 5).await;
    for (winner, loser) in [(&other, &ann), (&third, &other)] {
        merge(&owner, winner, loser, json!({})).await.expect(200);
        app.settle().await;
    }

    for (winner, loser) in [(&third, &other), (&other, &ann)] {
        unmerge(&owner, winner, loser).await.expect(200);
        app.settle().await;
    }

    assert_eq!(whose(&owner, &around).await, vec![ann["id"].clone(); 4]);
    assert_eq!(notes(&owner, &ann).await, ["Third", "Second", "First"]);
    let back = walk(&owner, &format!("{}/history", path(&ann)), 5).await;
    assert_eq!(back, history);
    let all = walk(&owner, "/api/leads", 5).await;
    assert_eq!(texts(&all, "name").len(), 3);
    assert_whole(&app).await;
}
