//! Teams whose members see only their own deals and those of nobody.

use super::support::{dollars, move_to, path};
use crate::leads::support::texts;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn team(app: &TestApp) -> (Someone<'_>, Someone<'_>, Someone<'_>) {
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    owner
        .patch(
            &format!("/api/teams/{}", owner.team),
            json!({"visibility": "own"}),
        )
        .await
        .expect(200);
    (owner, mia, ned)
}

#[tokio::test]
async fn what_a_member_may_not_see_is_absent_everywhere() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let deal = owner.deal("12 Elm St", json!({"assignedTo": ned.id})).await;
    let unknown = mia.get("/api/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV").await.text;

    let answers = [
        mia.get(&path(&deal)).await,
        mia.get(&format!("{}/history", path(&deal))).await,
        mia.patch(&path(&deal), json!({"notes": "X"})).await,
        mia.patch(
            &format!("{}/assign", path(&deal)),
            json!({"assignedTo": mia.id}),
        )
        .await,
        move_to(&mia, &deal, "dead").await,
        mia.delete(&path(&deal)).await,
    ];

    for answer in answers {
        assert_eq!((answer.status, &answer.text), (404, &unknown));
    }
    move_to(&ned, &deal, "dead").await.expect(200);
}

#[tokio::test]
async fn a_board_shows_a_member_their_own_deals_and_those_of_nobody() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    for (n, who) in [
        &json!(mia.id),
        &json!(ned.id),
        &Value::Null,
        &json!(owner.id),
    ]
    .into_iter()
    .enumerate()
    {
        let fields = json!({"assignedTo": who, "targetPrice": dollars(10_usize.pow(u32::try_from(n).unwrap()))});
        owner.deal(&format!("{n} Elm St"), fields).await;
        app.advance(jiff::SignedDuration::from_millis(1));
    }
    app.settle().await;
    let first = async |who: &Someone<'_>, query: &str| {
        let board = who.get(&format!("/api/deals/board{query}")).await;
        board.expect(200).json()["columns"][0].clone()
    };

    for (query, count, total, cards) in [
        ("", 2, "101.00", &["2 Elm St", "0 Elm St"][..]),
        ("?assignedTo=me", 1, "1.00", &["0 Elm St"]),
        ("?assignedTo=none", 1, "100.00", &["2 Elm St"]),
        (&format!("?assignedTo={}", ned.id), 0, "0.00", &[]),
    ] {
        let column = first(&mia, query).await;
        assert_eq!(column["count"], count, "{query}");
        assert_eq!(column["targetTotal"]["amount"], total, "{query}");
        let shown = texts(column["items"].as_array().unwrap(), "propertyAddress");
        assert_eq!(shown, cards, "{query}");
        assert_eq!(column["nextCursor"], Value::Null, "{query}");
    }
    assert_eq!(first(&owner, "").await["count"], 4);
}

#[tokio::test]
async fn a_deal_cannot_point_to_a_lead_that_its_maker_does_not_see() {
    let app = TestApp::start().await;
    let (owner, mia, ned) = team(&app).await;
    let lead = owner.lead("Ann", json!({"assignedTo": ned.id})).await;
    let body = json!({"propertyAddress": "12 Elm St", "leadId": lead["id"]});

    let refused = mia.post("/api/deals", body.clone()).await;
    let made = ned.post("/api/deals", body).await;

    assert_eq!(
        refused.expect(422).field_errors(),
        ["/leadId reference_not_found"]
    );
    made.expect(201);
}
