//! Deals of the demo team: some at each status, each with a past of weeks.

use super::{Demo, Dice, text, with};
use http::Method;
use serde_json::{Value, json};

/// Deals that come of the leads of one arrival.
const EACH: usize = 3;

/// Where deals end that have come as far as they will, weighted as a team's board is.
const ENDS: [&str; 9] = [
    "new",
    "negotiating",
    "negotiating",
    "under_contract",
    "assigned",
    "closed",
    "closed",
    "closed",
    "dead",
];
const PATH: [&str; 5] = ["new", "negotiating", "under_contract", "assigned", "closed"];
const KINDS: [&str; 4] = ["wholesale", "wholesale", "flip", "hold"];
const REASONS: [&str; 3] = [
    "The seller listed with an agent.",
    "Title has a lien that the price does not cover.",
    "Repairs came in at twice the estimate.",
];
const NOTES: [&str; 3] = [
    "Walked the house: foundation is fine, kitchen and both baths have to go.",
    "Buyer wants to close before the end of the month.",
    "Seller needs two weeks to move out after closing.",
];

/// A deal that is still on its way.
struct Underway {
    id: String,
    /// The moves that are left, first one last.
    moves: Vec<&'static str>,
}

/// The deals of the demo team.
#[derive(Default)]
pub(super) struct Deals(Vec<Underway>);

impl Deals {
    /// Lets some days pass: deals that are under way go on, and new ones come of `leads`.
    pub(super) async fn pass(
        &mut self,
        demo: &Demo<'_>,
        token: &str,
        leads: &[Value],
        dice: &mut Dice,
    ) -> Result<(), String> {
        for deal in &mut self.0 {
            if dice.roll(3) == 0 {
                continue;
            }
            let Some(status) = deal.moves.pop() else {
                continue;
            };
            let body = match status {
                "dead" => json!({"status": status, "note": dice.pick(&REASONS)}),
                status => json!({"status": status}),
            };
            let path = format!("/api/deals/{}/status", deal.id);
            demo.send(Method::PUT, &path, token, &body).await?;
        }
        for lead in leads.iter().take(EACH) {
            let end = dice.pick(&ENDS);
            let body = deal_of(lead, dice);
            let made = demo.post("/api/deals", token, &body).await?;
            let id = text(&made, "/id");
            if dice.roll(2) == 0 {
                let note = json!({"content": dice.pick(&NOTES)});
                let path = format!("/api/deals/{id}/notes");
                demo.post(&path, token, &note).await?;
            }
            let moves = way_to(end);
            self.0.push(Underway { id, moves });
        }
        Ok(())
    }
}

/// The moves that lead from new to `end`, first one last.
fn way_to(end: &'static str) -> Vec<&'static str> {
    let mut moves: Vec<_> = match PATH.iter().position(|status| *status == end) {
        Some(place) => PATH.iter().copied().take(place + 1).skip(1).collect(),
        None => vec!["negotiating", end],
    };
    moves.reverse();
    moves
}

fn deal_of(lead: &Value, dice: &mut Dice) -> Value {
    let dollars = |amount: usize| json!({"amount": format!("{amount}.00"), "currency": "USD"});
    let price = 90_000 + 2_500 * dice.roll(120);
    let address = lead.get("address").unwrap_or(&Value::Null);
    let line = ["/street", "/city", "/state"].map(|part| text(address, part));
    let deal = json!({
        "leadId": lead.get("id"),
        "propertyAddress": line.join(", "),
        "sellerName": lead.get("name"),
        "sellerPhone": lead.get("phone"),
        "kind": dice.pick(&KINDS),
        "purchasePrice": dollars(price),
        "targetPrice": dollars(price + 15_000),
        "assignedPrice": dollars(price + 8_000 + 500 * dice.roll(20)),
        "estimatedRepairs": dollars(5_000 + 1_000 * dice.roll(40)),
    });
    match lead.get("assignedTo") {
        Some(assignee) if !assignee.is_null() => with(deal, "assignedTo", assignee.clone()),
        Some(_) | None => deal,
    }
}
