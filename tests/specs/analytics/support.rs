//! What the specs of figures share: the counters as the table has them, and a count from scratch.

use crate::leads::support::{Item, of_kind, table, text};
use plat_store::{Change, Leads};
use plat_testing::TestApp;
use serde_json::Value;
use std::collections::BTreeMap;

/// `figure field` and its count, without zeros.
pub(crate) type Counts = BTreeMap<String, i64>;

/// The names that items of figures have beside their counters.
const OTHERS: [&str; 3] = ["revision", "changedAt", "version"];

/// The counters of a team: those of leads that stand, or those of days.
pub(crate) async fn counters(app: &TestApp, team: &str, days: bool) -> Counts {
    let items = table(app).await;
    let mut counts = Counts::new();
    for item in of_kind(&items, "figures") {
        let figure = text(item, "SK");
        if text(item, "PK") != format!("T#{team}#FIGURES") || figure.starts_with("DAY#") != days {
            continue;
        }
        for (name, value) in item {
            if let Ok(number) = value.as_n()
                && !OTHERS.contains(&name.as_str())
                && number != "0"
            {
                counts.insert(format!("{figure} {name}"), number.parse().unwrap());
            }
        }
    }
    counts
}

/// The same as [`counters`] of leads that stand, counted from the leads themselves.
pub(crate) async fn scratch(app: &TestApp, team: &str) -> Counts {
    let items = table(app).await;
    let mut counts = Counts::new();
    for lead in of_kind(&items, "lead") {
        if text(lead, "teamId") == team && !lead.contains_key("deletedAt") {
            count(lead, &mut counts);
        }
    }
    counts.retain(|_, count| *count != 0);
    counts
}

fn count(item: &Item, counts: &mut Counts) {
    let change = Change {
        sequence: String::new(),
        old: None,
        new: Some(plat_store::Item::from_dynamo_json(dynamo_json(item)).unwrap()),
    };
    let lead = Leads::changed(&change).unwrap().1.unwrap().value;
    let assignee = lead
        .assigned_to
        .map_or("none".to_owned(), |user| user.to_string());
    let source = lead.source.map(|source| source.as_str().to_lowercase());
    for figure in [
        "LEADS".to_owned(),
        format!("LEADS@{assignee}"),
        format!("LEADS${}", source.unwrap_or_default()),
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
    use serde_json::json;
    fn one(value: &Attribute) -> Value {
        if let Ok(text) = value.as_s() {
            json!({"S": text})
        } else if let Ok(number) = value.as_n() {
            json!({"N": number})
        } else {
            json!({"M": dynamo_json(value.as_m().unwrap())})
        }
    }
    let pairs = item.iter().map(|(name, value)| (name.clone(), one(value)));
    pairs.collect::<serde_json::Map<_, _>>().into()
}
