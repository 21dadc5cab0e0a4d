//! `verify-audit`, of what the API answers after somebody wrote to the table.

use super::{log_of, verified, walk};
use aws_sdk_dynamodb::types::AttributeValue;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// A team in which six things happened to a lead, and the head of its chain.
async fn scene(app: &TestApp) -> (Someone<'_>, String) {
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    for score in 1..=6 {
        owner
            .patch(&path, json!({"score": score}))
            .await
            .expect(200);
    }
    let (first, rows) = walk(app, &owner, &log_of(&owner.team), 4).await;
    let head = first.header("x-audit-head").to_owned();
    assert!(verified(&rows, Some(&head)).is_ok());
    (owner, head)
}

/// The rows as the API answers them, and the row with this place.
async fn answered(app: &TestApp, who: &Someone<'_>, seq: usize) -> (Vec<Value>, Value) {
    let (_, rows) = walk(app, who, &log_of(&who.team), 100).await;
    let row = rows.iter().find(|row| row["seq"] == seq).unwrap().clone();
    (rows, row)
}

/// Where a row is in the table.
fn key(who: &Someone<'_>, row: &Value) -> [AttributeValue; 2] {
    let text = |text: String| AttributeValue::S(text);
    let id = row["id"].as_str().unwrap().to_owned();
    [text(format!("T#{}#AUDIT", who.team)), text(id)]
}

#[tokio::test]
async fn a_row_that_was_altered_in_the_table_is_named() {
    let app = TestApp::start().await;
    let (owner, _) = scene(&app).await;
    let (_, row) = answered(&app, &owner, 5).await;
    let [pk, sk] = key(&owner, &row);
    app.host
        .client
        .update_item()
        .table_name("plat")
        .key("PK", pk)
        .key("SK", sk)
        .update_expression("SET #row.actor.#name = :name")
        .expression_attribute_names("#row", "row")
        .expression_attribute_names("#name", "name")
        .expression_attribute_values(":name", AttributeValue::S("Somebody else".to_owned()))
        .send()
        .await
        .unwrap();

    let (rows, _) = answered(&app, &owner, 5).await;

    assert_eq!(
        verified(&rows, None),
        Err("row 5 was altered: its hash is not that of what it says".to_owned())
    );
}

#[tokio::test]
async fn a_value_that_was_altered_in_the_table_is_named() {
    let app = TestApp::start().await;
    let (owner, _) = scene(&app).await;
    let (rows, _) = answered(&app, &owner, 1).await;
    let row = rows
        .iter()
        .find(|row| row["changes"]["score"]["to"] == 3)
        .unwrap();
    let seq = row["seq"].clone();
    let [pk, sk] = key(&owner, row);
    let forged = json!({"score": {"from": 2, "to": 100}}).to_string();
    app.host
        .client
        .update_item()
        .table_name("plat")
        .key("PK", pk)
        .key("SK", sk)
        .update_expression("SET #row.changes = :forged")
        .expression_attribute_names("#row", "row")
        .expression_attribute_values(":forged", AttributeValue::S(forged))
        .send()
        .await
        .unwrap();

    let (rows, _) = answered(&app, &owner, 1).await;

    let said = verified(&rows, None).unwrap_err();
    assert!(
        said.starts_with(&format!("row {seq} was altered")),
        "{said}"
    );
}

#[tokio::test]
async fn a_row_that_was_removed_from_the_table_is_named_and_the_end_by_the_head_that_was_kept() {
    let app = TestApp::start().await;
    let (owner, head) = scene(&app).await;
    let (rows, _) = answered(&app, &owner, 1).await;
    let last = rows.len();
    let remove = async |seq: usize| {
        let (_, row) = answered(&app, &owner, seq).await;
        let [pk, sk] = key(&owner, &row);
        let delete = app.host.client.delete_item().table_name("plat");
        delete.key("PK", pk).key("SK", sk).send().await.unwrap();
        walk(&app, &owner, &log_of(&owner.team), 100).await
    };

    let (first, cut) = remove(last).await;
    let (_, holed) = remove(4).await;

    assert_eq!(
        first.header("x-audit-head"),
        head,
        "the head stands in the table"
    );
    assert!(
        verified(&cut, None).is_ok(),
        "a cut does not show without the head"
    );
    let said = verified(&cut, Some(&head)).unwrap_err();
    assert!(
        said.starts_with(&format!("the chain ends with row {}", last - 1)),
        "{said}"
    );
    let said = verified(&holed, None).unwrap_err();
    assert!(said.starts_with("row 4 is missing"), "{said}");
}

#[tokio::test]
async fn rows_that_changed_places_in_the_table_are_named() {
    let app = TestApp::start().await;
    let (owner, _) = scene(&app).await;
    let (_, third) = answered(&app, &owner, 3).await;
    let (_, sixth) = answered(&app, &owner, 6).await;
    for (row, place) in [(third, "6"), (sixth, "3")] {
        let [pk, sk] = key(&owner, &row);
        app.host
            .client
            .update_item()
            .table_name("plat")
            .key("PK", pk)
            .key("SK", sk)
            .update_expression("SET #row.seq = :place")
            .expression_attribute_names("#row", "row")
            .expression_attribute_values(":place", AttributeValue::N(place.to_owned()))
            .send()
            .await
            .unwrap();
    }

    let (rows, _) = answered(&app, &owner, 1).await;

    let said = verified(&rows, None).unwrap_err();
    assert!(said.starts_with("row 3 was altered"), "{said}");
}
