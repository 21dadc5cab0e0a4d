//! What the specs of leads share: walking a list, and looking at the table from outside.

use crate::documents::support::{PDF, pdf, put};
use aws_sdk_dynamodb::types::AttributeValue;
use plat_testing::{Someone, TestApp};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// An item as the table has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Every row of a list, page by page.
pub(crate) async fn walk(who: &Someone<'_>, path: &str, limit: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let sign = if path.contains('?') { '&' } else { '?' };
        let page = who
            .get(&format!("{path}{sign}limit={limit}{cursor}"))
            .await
            .expect(200)
            .json();
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= limit);
        rows.extend(items);
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

/// One text of each row.
pub(crate) fn texts(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter()
        .map(|row| row[name].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Attaches a PDF to a lead; what its announcement was answered.
pub(crate) async fn attach(app: &TestApp, who: &Someone<'_>, lead: &Value, name: &str) -> Value {
    let mut announced = pdf(name, PDF);
    announced["leadId"] = lead["id"].clone();
    let announced = who.post("/api/documents/presigned-url", announced).await;
    let announced = announced.expect(201).json();
    put(app, &announced, PDF).await;
    announced
}

/// Everything in the table.
pub(crate) async fn table(app: &TestApp) -> Vec<Item> {
    let mut items = Vec::new();
    let mut start = None;
    loop {
        let page = app
            .host
            .client
            .scan()
            .table_name("plat")
            .set_exclusive_start_key(start)
            .send()
            .await
            .unwrap();
        items.extend(page.items.unwrap_or_default());
        start = page.last_evaluated_key;
        if start.is_none() {
            return items;
        }
    }
}

/// A text attribute.
pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .unwrap_or_default()
}

/// The items of one kind.
pub(crate) fn of_kind<'a>(items: &'a [Item], kind: &'a str) -> Vec<&'a Item> {
    items
        .iter()
        .filter(|item| text(item, "type") == kind)
        .collect()
}

/// That the table holds together: each address has the claim of the one lead or client that has it and each claim its
/// holder, tags are worn as often as their counters say, and everything that belongs to a team says to which.
pub(crate) async fn assert_whole(app: &TestApp) {
    let items = table(app).await;
    let mut addresses = BTreeMap::new();
    let mut worn: BTreeMap<String, i64> = BTreeMap::new();
    for lead in of_kind(&items, "lead") {
        let place = text(lead, "PK");
        let notes = of_kind(&items, "note").into_iter();
        let notes = notes.filter(|note| text(note, "PK") == place).count();
        let counted = lead.get("notes").map_or("0", |count| count.as_n().unwrap());
        assert_eq!(counted, notes.to_string(), "notes of {place}");
    }
    let people = of_kind(&items, "lead")
        .into_iter()
        .chain(of_kind(&items, "client"));
    for person in people.filter(|person| !person.contains_key("deletedAt")) {
        let row: serde_json::Value = serde_json::from_str(text(person, "row")).unwrap();
        if let Some(email) = row["e"].as_str() {
            let key = format!(
                "T#{}#{}MAIL#{}",
                text(person, "teamId"),
                text(person, "type").to_uppercase(),
                email.to_lowercase()
            );
            let other = addresses.insert(key, text(person, "id").to_owned());
            assert_eq!(other, None, "two have one address");
        }
        for tag in row["tg"].as_array().into_iter().flatten() {
            *worn.entry(tag.as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    let claims: BTreeMap<_, _> = of_kind(&items, "claim")
        .into_iter()
        .filter(|item| text(item, "PK").contains("MAIL#"))
        .map(|item| (text(item, "PK").to_owned(), text(item, "holder").to_owned()))
        .collect();
    assert_eq!(claims, addresses, "claims and addresses");
    for counter in items
        .iter()
        .filter(|item| text(item, "SK").starts_with("TAGS#USE#"))
    {
        let tag = text(counter, "SK")
            .trim_start_matches("TAGS#USE#")
            .to_owned();
        let uses: i64 = counter["uses"].as_n().unwrap().parse().unwrap();
        assert_eq!(text(counter, "type"), "tag_use");
        assert_eq!(
            uses,
            worn.get(&tag).copied().unwrap_or_default(),
            "uses of {tag}"
        );
    }
    for item in items
        .iter()
        .filter(|item| text(item, "PK").starts_with("T#"))
    {
        let team = text(item, "teamId");
        assert!(
            !team.is_empty() && text(item, "PK").starts_with(&format!("T#{team}")),
            "{item:?}"
        );
    }
}

/// Numbers that look random and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    /// Numbers from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    /// Whether something of `percent` happens.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}
