//! `PATCH /api/deals/{dealId}` and `PUT`

use super::support::{bring_to, dollars, path};
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_named_changes_and_what_is_null_is_cleared() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"sellerName": "Ann Lee", "targetPrice": dollars(5), "notes": "Roof leaks"});
    let deal = owner.deal("12 Elm St", fields).await;
    let change = json!({
        "propertyAddress": "14 Elm St", "sellerName": null, "kind": "hold", "assignedTo": owner.id,
        "expectedProfit": {"amount": "-7.00", "currency": "USD"}, "purchasePrice": dollars(3),
    });

    for method in [Method::PATCH, Method::PUT] {
        let changed = owner
            .call(method, &path(&deal))
            .json(change.clone())
            .send()
            .await
            .expect(200);

        let mut expected = deal.clone();
        let fields = expected.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        fields.insert("version".to_owned(), json!(2));
        assert_eq!(changed.json(), expected);
        assert_eq!(changed.header("etag"), "\"2\"");
    }
    let got = owner.get(&path(&deal)).await.expect(200).json();
    assert_eq!(
        (&got["notes"], &got["version"]),
        (&deal["notes"], &json!(2))
    );
}

#[tokio::test]
async fn what_cannot_change_here_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let cases = [
        (json!({"status": "closed"}), vec!["/status unknown_field"]),
        (json!({"documents": 4}), vec!["/documents unknown_field"]),
        (
            json!({"propertyAddress": null, "kind": null}),
            vec!["/kind required", "/propertyAddress required"],
        ),
        (
            json!({"sellerPhone": "12"}),
            vec!["/sellerPhone invalid_phone"],
        ),
        (json!({}), vec![" empty_patch"]),
    ];

    for (body, expected) in cases {
        let refused = owner.patch(&path(&deal), body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    assert_eq!(owner.get(&path(&deal)).await.json(), deal);
}

#[tokio::test]
async fn what_a_deal_comes_to_point_to_must_be_there() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let foreign = other.lead("Ann", json!({})).await["id"].clone();
    let lead = owner.lead("Bob", json!({})).await["id"].clone();
    let deal = owner.deal("12 Elm St", json!({"leadId": lead})).await;

    for (field, id) in [
        ("leadId", foreign),
        ("propertyId", json!("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
        ("assignedTo", json!(other.id)),
    ] {
        let mut body = json!({"notes": "X"});
        body[field] = id;
        let refused = owner.patch(&path(&deal), body).await.expect(422);
        assert_eq!(
            refused.field_errors(),
            [format!("/{field} reference_not_found")]
        );
    }
    assert_eq!(owner.get(&path(&deal)).await.json(), deal);
}

#[tokio::test]
async fn a_deal_whose_lead_was_deleted_can_still_be_changed() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let deal = owner.deal("12 Elm St", json!({"leadId": lead})).await;
    owner
        .delete(&format!("/api/leads/{}", lead.as_str().unwrap()))
        .await
        .expect(204);

    let changed = owner
        .patch(&path(&deal), json!({"leadId": lead, "notes": "X"}))
        .await;

    assert_eq!(changed.expect(200).json()["notes"], "X");
}

#[tokio::test]
async fn an_assigned_deal_keeps_a_price() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let priced = json!({"assignedPrice": dollars(9)});
    let clear = json!({"assignedPrice": null, "notes": "X"});
    for status in ["assigned", "closed"] {
        let deal = owner.deal("12 Elm St", priced.clone()).await;
        bring_to(&owner, &deal, status).await;

        let cleared = owner.patch(&path(&deal), clear.clone()).await;
        let other = owner
            .patch(&path(&deal), json!({"assignedPrice": dollars(8)}))
            .await;

        assert_eq!(
            cleared.expect(422).field_errors(),
            ["/assignedPrice required"]
        );
        let other = other.expect(200).json();
        assert_eq!(
            (&other["assignedPrice"], &other["notes"]),
            (&dollars(8), &Value::Null)
        );
    }
    let deal = owner.deal("12 Elm St", priced).await;
    bring_to(&owner, &deal, "under_contract").await;

    let cleared = owner.patch(&path(&deal), clear).await.expect(200);

    assert_eq!(cleared.json()["assignedPrice"], Value::Null);
}

#[tokio::test]
async fn a_change_keeps_where_the_deal_stands_and_since_when() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    bring_to(&owner, &deal, "under_contract").await;
    let before = owner.get(&path(&deal)).await.json();
    app.advance(SignedDuration::from_mins(5));

    let after = owner
        .patch(&path(&deal), json!({"notes": "X"}))
        .await
        .expect(200)
        .json();

    for field in [
        "status",
        "inStatusSince",
        "stages",
        "statusNote",
        "createdAt",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["updatedAt"], "2026-03-02T15:05:00Z");
}

#[tokio::test]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let to = path(&deal);
    let patches = [
        json!({"notes": "N"}),
        json!({"sellerName": "Ann"}),
        json!({"targetPrice": dollars(1)}),
        json!({"kind": "flip"}),
    ];

    let answers = join_all(patches.iter().map(|patch| owner.patch(&to, patch.clone()))).await;

    assert!(answers.iter().all(|answer| answer.status == 200));
    let after = owner.get(&to).await.json();
    assert_eq!(after["version"], 5);
    for patch in &patches {
        for (field, value) in patch.as_object().unwrap() {
            assert_eq!(&after[field], value);
        }
    }
}

#[tokio::test]
async fn a_stale_change_and_one_of_another_team_are_refused() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let deal = owner.deal("12 Elm St", json!({})).await;
    owner
        .patch(&path(&deal), json!({"notes": "X"}))
        .await
        .expect(200);

    let stale = owner
        .call(Method::PATCH, &path(&deal))
        .if_match(1)
        .json(json!({"notes": "Y"}))
        .send()
        .await;
    let foreign = other.patch(&path(&deal), json!({"notes": "Y"})).await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 2);
    foreign.expect(404);
    assert_eq!(owner.get(&path(&deal)).await.json()["notes"], "X");
}
