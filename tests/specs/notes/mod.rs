//! What `functions/notes` does, one file an endpoint.

mod delete;
mod update;

use plat_testing::Someone;
use serde_json::json;

/// The path of a note that `author` writes on a new lead.
pub(crate) async fn note_by(author: &Someone<'_>, lead: &str) -> String {
    let lead = author.lead(lead, json!({})).await;
    let notes = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    let note = author
        .post(&notes, json!({"content": "First"}))
        .await
        .expect(201);
    note.header("location").to_owned()
}

/// The path of a note that `author` writes on a new deal.
pub(crate) async fn note_on_deal(author: &Someone<'_>, address: &str) -> String {
    let deal = author.deal(address, json!({})).await;
    let notes = format!("/api/deals/{}/notes", deal["id"].as_str().unwrap());
    let note = author
        .post(&notes, json!({"content": "First"}))
        .await
        .expect(201);
    note.header("location").to_owned()
}
