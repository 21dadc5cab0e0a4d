//! What the specs of figures share: the counters as the table has them, and a count from scratch.

use crate::leads::support::{Item, of_kind, table, text};
use plat_domain::{DealStatus, TaskKind, UserId};
use plat_store::{Change, Clients, Deals, Leads, Tasks};
use plat_testing::{PASSWORD, Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `figure field` and its count, without zeros.
pub(crate) type Counts = BTreeMap<String, i64>;

/// The names that items of figures have beside their counters.
const OTHERS: [&str; 3] = ["revision", "changedAt", "version"];

/// The same person on another day, when their token has expired.
pub(crate) async fn again<'a>(app: &'a TestApp, who: &Someone<'_>) -> Someone<'a> {
    let body = json!({"email": who.email, "password": PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    let signed_in = Someone::signed_in(app, &reply);
    let body = json!({"teamId": who.team});
    let switched = signed_in.post("/api/auth/switch-team", body).await;
    Someone::signed_in(app, &switched.expect(200).json())
}

/// The counters of a team: those of records that stand, or those of days. How far e-mails came is told apart.
pub(crate) async fn counters(app: &TestApp, team: &str, days: bool) -> Counts {
    let items = table(app).await;
    let mut counts = Counts::new();
    for item in of_kind(&items, "figures") {
        let figure = text(item, "SK");
        if text(item, "PK") != format!("T#{team}#FIGURES") || figure.starts_with("DAY") != days {
            continue;
        }
        for (name, value) in item {
            if let Ok(number) = value.as_n()
                && !OTHERS.contains(&name.as_str())
                && (days || !name.starts_with("email_"))
                && number != "0"
            {
                counts.insert(format!("{figure} {name}"), number.parse().unwrap());
            }
        }
    }
    counts
}

/// The same as [`counters`] of records that stand, counted from the records themselves.
pub(crate) async fn scratch(app: &TestApp, team: &str) -> Counts {
    let items = table(app).await;
    let mut counts = Counts::new();
    for lead in of_kind(&items, "lead") {
        if text(lead, "teamId") == team && !lead.contains_key("deletedAt") {
            count(lead, &mut counts);
        }
    }
    for deal in of_kind(&items, "deal") {
        if text(deal, "teamId") == team && !deal.contains_key("deletedAt") {
            count_deal(deal, &mut counts);
        }
    }
    for client in of_kind(&items, "client") {
        if text(client, "teamId") == team && !client.contains_key("deletedAt") {
            let client = Clients::changed(&written(client)).unwrap().1.unwrap().value;
            let field = format!("client_{}", client.stage);
            count_follow_up(client.assigned_to, &field, &mut counts);
        }
    }
    for task in of_kind(&items, "task") {
        if text(task, "teamId") == team {
            let task = Tasks::changed(&written(task)).unwrap().1.unwrap().value;
            let kind = match task.kind {
                TaskKind::Todo => "todo",
                TaskKind::FollowUp => "followup",
            };
            let field = format!("{kind}_{}", task.status);
            count_follow_up(task.assigned_to, &field, &mut counts);
        }
    }
    counts.retain(|_, count| *count != 0);
    counts
}

fn count_follow_up(assignee: Option<UserId>, field: &str, counts: &mut Counts) {
    let assignee = assignee.map_or("none".to_owned(), |user| user.to_string());
    for whose in [String::new(), format!("@{assignee}")] {
        let name = format!("FOLLOWUP{whose} {field}");
        *counts.entry(name).or_default() += 1;
    }
}

/// As if it had just been written.
fn written(item: &Item) -> Change {
    Change {
        sequence: String::new(),
        old: None,
        new: Some(plat_store::Item::from_dynamo_json(dynamo_json(item)).unwrap()),
    }
}

fn count_deal(item: &Item, counts: &mut Counts) {
    let deal = Deals::changed(&written(item)).unwrap().1.unwrap().value;
    let status = deal.status;
    let assignee = deal
        .assigned_to
        .map_or("none".to_owned(), |user| user.to_string());
    let life = ["new", "negotiating", "under_contract", "assigned", "closed"];
    let been = |status: &&&str| deal.stages.contains_key(&status.parse().unwrap());
    let furthest = life.iter().rev().find(been).unwrap();
    for whose in [String::new(), format!("@{assignee}")] {
        let mut add = |field: String, by: i64| *counts.entry(field).or_default() += by;
        let at = format!("DEALS{whose} deal_{status}");
        add(at.clone(), 1);
        add(format!("{at}:since"), deal.since.as_second());
        add(format!("{at}:documents"), deal.documents.into());
        if let Some(price) = deal.target_price {
            add(format!("{at}:target:{}", price.currency()), price.minor());
        }
        if let Some(price) = deal.assigned_price {
            add(format!("{at}:assigned:{}", price.currency()), price.minor());
        }
        add(format!("DEALS{whose} furthest_{furthest}"), 1);
        if status == DealStatus::Dead {
            add(format!("DEALS{whose} lost_{furthest}"), 1);
        }
        if status == DealStatus::Closed {
            let seconds = deal.since.as_second() - deal.created_at.as_second();
            let days = (seconds / 86_400).min(730);
            add(format!("DEALS#CLOSED{whose} days_{days}"), 1);
            add(format!("DEALS#CLOSED{whose} deal_closed:seconds"), seconds);
        }
    }
}

fn count(item: &Item, counts: &mut Counts) {
    let lead = Leads::changed(&written(item)).unwrap().1.unwrap().value;
    let assignee = lead
        .assigned_to
        .map_or("none".to_owned(), |user| user.to_string());
    let source = lead.source.map(|source| source.as_str().to_lowercase());
    let source = source.unwrap_or_default();
    for figure in [
        "LEADS".to_owned(),
        format!("LEADS@{assignee}"),
        format!("LEADS${source}"),
        format!("LEADS#FROM@{assignee}${source}"),
    ] {
        let status = lead.status;
        *counts.entry(format!("{figure} {status}")).or_default() += 1;
        if let Some(value) = lead.value {
            let field = format!("{figure} {status}:{}", value.currency());
            *counts.entry(field).or_default() += value.minor();
        }
    }
}

/// That the counters of a team are what a count from scratch comes to.
pub(crate) async fn assert_counted(app: &TestApp, team: &str) {
    assert_eq!(counters(app, team, false).await, scratch(app, team).await);
}

/// An item as the stream has it.
pub(crate) fn dynamo_json(item: &Item) -> Value {
    use aws_sdk_dynamodb::types::AttributeValue as Attribute;
    fn one(value: &Attribute) -> Value {
        if let Ok(text) = value.as_s() {
            json!({"S": text})
        } else if let Ok(number) = value.as_n() {
            json!({"N": number})
        } else if let Ok(truth) = value.as_bool() {
            json!({"BOOL": truth})
        } else {
            json!({"M": dynamo_json(value.as_m().unwrap())})
        }
    }
    let pairs = item.iter().map(|(name, value)| (name.clone(), one(value)));
    pairs.collect::<serde_json::Map<_, _>>().into()
}
