//! What the specs of changes of many leads share.

use jiff::SignedDuration;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};

/// So many leads, by their ids in the order in which they were made.
pub(crate) async fn leads(app: &TestApp, who: &Someone<'_>, count: usize) -> Vec<String> {
    let mut ids = Vec::with_capacity(count);
    for n in 0..count {
        app.advance(SignedDuration::from_millis(1));
        let lead = who.lead(&format!("Lead {n:04}"), json!({})).await;
        ids.push(lead["id"].as_str().unwrap().to_owned());
    }
    app.settle().await;
    ids
}

/// How the work that an answer began is, once the jobs are done.
pub(crate) async fn ended(app: &TestApp, who: &Someone<'_>, begun: &Answer) -> Value {
    app.settle().await;
    let path = begun.header("location");
    who.get(path).await.expect(200).json()
}

/// What became of a lead.
pub(crate) fn outcome<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let rows = answer["results"].as_array().unwrap();
    let row = rows.iter().find(|row| row["id"] == id);
    row.unwrap_or_else(|| panic!("nothing of {id} in {answer}"))
}
