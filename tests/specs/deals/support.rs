//! What the specs of deals share: paths, moves, and what must be true of a deal's history.

use crate::leads::support::walk;
use http::Method;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};

/// The statuses of a deal that goes well.
pub(crate) const LIFE: [&str; 5] = ["new", "negotiating", "under_contract", "assigned", "closed"];

/// Where a deal is.
pub(crate) fn path(deal: &Value) -> String {
    format!("/api/deals/{}", deal["id"].as_str().unwrap())
}

/// So many dollars.
pub(crate) fn dollars(amount: usize) -> Value {
    json!({"amount": format!("{amount}.00"), "currency": "USD"})
}

/// Asks for a move, with a note in case that it needs one.
pub(crate) async fn move_to(who: &Someone<'_>, deal: &Value, status: &str) -> Answer {
    who.call(Method::PUT, &format!("{}/status", path(deal)))
        .json(json!({"status": status, "note": "So it is"}))
        .send()
        .await
}

/// Moves a deal forward until it is where it should be.
pub(crate) async fn bring_to(who: &Someone<'_>, deal: &Value, status: &str) {
    let way = LIFE.iter().skip(1).take_while(|each| **each != status);
    let way = way.filter(|_| status != "new").copied();
    let last = (status != "new").then_some(status);
    for step in way.chain(last) {
        move_to(who, deal, step).await.expect(200);
    }
}

/// What was asked of the table since that was forgotten; the app must have been started with the proxy.
pub(crate) fn asked(app: &TestApp) -> Vec<String> {
    let seen = app.faults().seen().into_iter();
    seen.map(|request| request.operation).collect()
}

/// Every move of a deal, the first one first, after making sure that each begins where the one before it ended, and that
/// the last one led to where the deal is.
pub(crate) async fn chain(who: &Someone<'_>, deal: &Value) -> Vec<Value> {
    let mut rows = walk(who, &format!("{}/history", path(deal)), 7).await;
    rows.reverse();
    let mut status = json!("new");
    for row in &rows {
        assert_eq!(row["oldStatus"], status, "{rows:?}");
        assert_ne!(row["newStatus"], status, "{rows:?}");
        status = row["newStatus"].clone();
    }
    let now = who.get(&path(deal)).await.expect(200).json();
    assert_eq!(now["status"], status);
    rows
}
