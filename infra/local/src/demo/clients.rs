//! Clients of the demo team: some at each stage, with to-dos, and with follow-ups that were sent, opened and clicked as the
//! days went by.

use super::{Demo, Dice, text};
use crate::mail_events::HappeningKind;
use http::Method;
use jiff::SignedDuration;
use plat_services::Clock;
use serde_json::{Value, json};

/// Clients that come of the leads of every second arrival.
const EACH: usize = 3;

/// Who finds the follow-ups that are due.
const DISPATCHER: &str = "tasks.dispatch_due";

/// Where clients end that have come as far as they will, weighted as a team's list is.
const ENDS: [&str; 8] = [
    "lead",
    "lead",
    "negotiating",
    "negotiating",
    "under_contract",
    "closed",
    "closed",
    "lost",
];
const PATH: [&str; 4] = ["lead", "negotiating", "under_contract", "closed"];
const NOTES: [&str; 4] = [
    "Inherited the house with two siblings; wants it sold before school starts.",
    "Moving to Denver for work. Prefers e-mail over calls.",
    "Has paid for a new roof and wants to see that in the price.",
    "Two other investors have looked at it.",
];
const TODOS: [&str; 4] = [
    "Send the comps of the street",
    "Order the title search",
    "Ask for the survey",
    "Book a walk-through",
];
/// What becomes of a to-do; most are still to be done.
const OUTCOMES: [&str; 6] = [
    "pending",
    "pending",
    "in_progress",
    "completed",
    "completed",
    "skipped",
];

/// A client who is still on their way.
struct Underway {
    id: String,
    /// The stages that are left, first one last.
    stages: Vec<&'static str>,
}

/// The clients of the demo team.
#[derive(Default)]
pub(super) struct Clients {
    underway: Vec<Underway>,
    arrivals: usize,
    /// How much of the mail that was sent has been seen.
    mail: usize,
}

impl Clients {
    /// Lets some days pass: clients who are under way go on, and new ones come of `leads`.
    pub(super) async fn pass(
        &mut self,
        demo: &Demo<'_>,
        token: &str,
        leads: &[Value],
        dice: &mut Dice,
    ) -> Result<(), String> {
        for client in &mut self.underway {
            if dice.roll(3) == 0
                && let Some(stage) = client.stages.pop()
            {
                let path = format!("/api/clients/{}", client.id);
                let body = json!({"stage": stage});
                demo.send(Method::PATCH, &path, token, &body).await?;
            }
        }
        self.arrivals += 1;
        let reachable = leads.iter().filter(|lead| !text(lead, "/email").is_empty());
        let come = if self.arrivals.is_multiple_of(2) {
            EACH
        } else {
            0
        };
        for lead in reachable.take(come) {
            let path = format!("/api/leads/{}/convert", text(lead, "/id"));
            let body = json!({"stage": "lead", "notes": dice.pick(&NOTES)});
            let id = text(&demo.post(&path, token, &body).await?, "/id");
            todo(demo, token, &id, dice).await?;
            let stages = way_to(dice.pick(&ENDS));
            self.underway.push(Underway { id, stages });
        }
        Ok(())
    }

    /// Writes to those who came last, today and by hand.
    pub(super) async fn write(
        &mut self,
        demo: &Demo<'_>,
        token: &str,
        dice: &mut Dice,
    ) -> Result<(), String> {
        for client in self.underway.iter().rev().take(EACH) {
            let body = json!({"clientId": client.id});
            demo.post("/api/emails/send", token, &body).await?;
        }
        self.hear(demo, dice).await
    }

    /// Sends what is due now, and lets people do with it what they do.
    pub(super) async fn hear(&mut self, demo: &Demo<'_>, dice: &mut Dice) -> Result<(), String> {
        let host = demo.host;
        let broken = |error: &dyn std::error::Error| error.to_string();
        let now = host.clock.now();
        host.settle().await.map_err(|error| broken(&error))?;
        host.queues
            .run(DISPATCHER, now)
            .map_err(|error| broken(&error))?;
        host.settle().await.map_err(|error| broken(&error))?;
        let sent = host.outbox.sent();
        for mail in sent
            .iter()
            .skip(self.mail)
            .filter(|mail| !mail.tags.is_empty())
        {
            for kind in becomes(dice) {
                let told = host.tell_of_mail(mail, &kind.into());
                told.map_err(|error| broken(&error))?;
            }
        }
        self.mail = sent.len();
        host.settle().await.map_err(|error| broken(&error))?;
        Ok(())
    }
}

/// A to-do about a client, perhaps done by now.
async fn todo(demo: &Demo<'_>, token: &str, client: &str, dice: &mut Dice) -> Result<(), String> {
    let days = i64::try_from(dice.roll(20)).unwrap_or_default();
    let due = demo.host.clock.now() + SignedDuration::from_hours(24 * days);
    let body = json!({"title": dice.pick(&TODOS), "clientId": client, "dueAt": due});
    let id = text(&demo.post("/api/tasks", token, &body).await?, "/id");
    let status = dice.pick(&OUTCOMES);
    if status != "pending" {
        let path = format!("/api/tasks/{id}");
        let body = json!({"status": status});
        demo.send(Method::PATCH, &path, token, &body).await?;
    }
    Ok(())
}

/// The stages that lead from the first to `end`, first one last.
fn way_to(end: &'static str) -> Vec<&'static str> {
    let mut stages: Vec<_> = match PATH.iter().position(|stage| *stage == end) {
        Some(place) => PATH.iter().copied().take(place + 1).skip(1).collect(),
        None => vec!["negotiating", end],
    };
    stages.reverse();
    stages
}

/// What becomes of an e-mail: one in twenty comes back, half of the others are opened, and of those a third leads on.
fn becomes(dice: &mut Dice) -> Vec<HappeningKind> {
    let (arrives, is_opened, leads_on) = (dice.roll(20) != 0, dice.roll(2) == 0, dice.roll(3) == 0);
    match (arrives, is_opened, leads_on) {
        (false, _, _) => vec![HappeningKind::SoftBounce],
        (true, false, _) => vec![HappeningKind::Delivery],
        (true, true, false) => vec![HappeningKind::Delivery, HappeningKind::Open],
        (true, true, true) => vec![
            HappeningKind::Delivery,
            HappeningKind::Open,
            HappeningKind::Click,
        ],
    }
}
