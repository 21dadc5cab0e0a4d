//! What the specs of imports share: sending a file, and looking at what became of it.

use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

pub(crate) const PATH: &str = "/api/leads/import";

/// Announces a file with `more` beside its name and size, and sends it; what was answered. Nothing is worked yet.
pub(crate) async fn send(app: &TestApp, who: &Someone<'_>, file: &[u8], more: Value) -> Value {
    let mut body = json!({"fileName": "leads.csv", "size": file.len()});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let announced = who.post(PATH, body).await.expect(201).json();
    let put = app.upload(&announced["upload"], file.to_vec()).await;
    assert_eq!(put, 200);
    announced["import"].clone()
}

/// Imports a file; the import once everything is worked.
pub(crate) async fn import(app: &TestApp, who: &Someone<'_>, file: &str, more: Value) -> Value {
    let begun = send(app, who, file.as_bytes(), more).await;
    app.settle().await;
    get(who, &begun).await
}

/// An import as it is now.
pub(crate) async fn get(who: &Someone<'_>, import: &Value) -> Value {
    let id = import["id"].as_str().unwrap();
    let path = format!("/api/leads/imports/{id}");
    who.get(&path).await.expect(200).json()
}

/// How many rows were created, updated, skipped and failed.
pub(crate) fn counts(import: &Value) -> [u64; 4] {
    ["created", "updated", "skipped", "failed"].map(|came| import["counts"][came].as_u64().unwrap())
}

/// The rows of a table that an import tells of, without the header.
pub(crate) async fn table(app: &TestApp, download: &Value) -> Vec<Vec<String>> {
    let url = download["url"].as_str().expect("there is such a table");
    let answer = app.download(url).await;
    assert_eq!(answer.status, 200);
    let mut sheet = plat_sheets::Sheet::new();
    let mut rows = Vec::new();
    let mut each = |_: &plat_sheets::Table, row: plat_sheets::Row| rows.push(row.cells);
    sheet.push(&answer.bytes, &mut each).unwrap();
    sheet.finish(&mut each).unwrap();
    rows
}

/// What each row came to and why: `2 created `.
pub(crate) async fn verdicts(app: &TestApp, import: &Value) -> Vec<String> {
    let rows = table(app, &import["result"]).await;
    let told = rows.iter();
    told.map(|row| format!("{} {} {}", row[0], row[1], row[3]))
        .collect()
}

/// All leads of a team, by name.
pub(crate) async fn leads(who: &Someone<'_>) -> Vec<Value> {
    let mut leads = super::support::walk(who, "/api/leads", 100).await;
    leads.sort_by_key(|lead| lead["name"].as_str().unwrap().to_owned());
    leads
}

/// A lead, whole, by its name.
pub(crate) async fn lead(who: &Someone<'_>, name: &str) -> Value {
    let leads = leads(who).await;
    let lead = leads.iter().find(|lead| lead["name"] == name);
    let id = lead.unwrap_or_else(|| panic!("no {name} in {leads:?}"))["id"].clone();
    let path = format!("/api/leads/{}", id.as_str().unwrap());
    who.get(&path).await.expect(200).json()
}
