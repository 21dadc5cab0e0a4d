//! Whole walks over `GET /api/deals`, compared with a model that sorts and filters in memory.

use super::support::{move_to, path};
use crate::leads::support::{Dice, Item, of_kind, table, text, texts, walk};
use futures::future::join;
use jiff::{SignedDuration, Timestamp};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SELLERS: [(&str, &str); 6] = [
    ("", ""),
    ("Ann Lee", "ann lee"),
    ("Anna O'Neil", "anna o neil"),
    ("\u{141}ukasz Leeds", "lukasz leeds"),
    ("Zo\u{eb}", "zoe"),
    ("Lee-Ann Stone", "lee ann stone"),
];
const STREETS: [(&str, &str); 5] = [
    ("Elm Street", "elm street"),
    ("Elmira Ave.", "elmira ave"),
    ("St. Anne's Rd", "st anne s rd"),
    ("Old Oak Ln", "old oak ln"),
    ("\u{c9}toile Way", "etoile way"),
];
const STATUSES: [&str; 6] = [
    "new",
    "negotiating",
    "under_contract",
    "assigned",
    "closed",
    "dead",
];
const KINDS: [&str; 3] = ["wholesale", "flip", "hold"];

/// What the model knows of a deal.
struct Known {
    id: String,
    seller: BTreeSet<String>,
    address: BTreeSet<String>,
    status: String,
    kind: String,
    /// Nothing sorts before every currency.
    price: (String, usize),
    lead: String,
    mine: bool,
    created: Timestamp,
    changed: Timestamp,
    since: Timestamp,
}

fn split(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn folded(text: &str, table: &[(&str, &str)]) -> String {
    let (_, folded) = table.iter().find(|(shown, _)| *shown == text).unwrap();
    (*folded).to_owned()
}

impl Known {
    fn of(deal: &Value) -> Self {
        let text = |field: &str| deal[field].as_str().unwrap_or_default().to_owned();
        let time = |field: &str| text(field).parse().unwrap();
        let shown = text("propertyAddress");
        let (number, street) = shown.split_once(' ').unwrap();
        let price = &deal["targetPrice"];
        let amount = price["amount"].as_str().unwrap_or("0").replace('.', "");
        Self {
            id: text("id"),
            seller: split(&folded(&text("sellerName"), &SELLERS)),
            address: split(&format!("{number} {}", folded(street, &STREETS))),
            status: text("status"),
            kind: text("kind"),
            price: (
                price["currency"].as_str().unwrap_or_default().to_owned(),
                amount.parse().unwrap(),
            ),
            lead: text("leadId"),
            mine: deal["assignedTo"].is_string(),
            created: time("createdAt"),
            changed: time("updatedAt"),
            since: time("inStatusSince"),
        }
    }
}

/// The first of the words that begins so.
fn first_word(words: &BTreeSet<String>, beginning: &str) -> Option<String> {
    let mut words = words.iter();
    words.find(|word| word.starts_with(beginning)).cloned()
}

/// What may be said of a deal, by chance.
fn fields(dice: &mut Dice, me: &str, leads: &[String]) -> Value {
    let street = dice.pick(&STREETS).0;
    let mut body = json!({
        "propertyAddress": format!("{} {street}", 1 + dice.below(30)),
        "kind": dice.pick(&KINDS),
    });
    let seller = dice.pick(&SELLERS).0;
    if !seller.is_empty() {
        body["sellerName"] = json!(seller);
    }
    if dice.chance(80) {
        let currency = if dice.chance(80) { "USD" } else { "EUR" };
        let amount = format!("{}.50", dice.below(12) * 10_000);
        body["targetPrice"] = json!({"amount": amount, "currency": currency});
    }
    if dice.chance(40) {
        body["assignedTo"] = json!(me);
    }
    if dice.chance(50) {
        body["leadId"] = json!(dice.pick(leads));
    }
    body
}

/// Creates deals with everything by chance; some are changed, moved or deleted later.
async fn deals(app: &TestApp, owner: &Someone<'_>, dice: &mut Dice, count: usize) -> Vec<Known> {
    let mut leads = Vec::new();
    for name in ["Ann", "Bob", "Cy"] {
        let lead = owner.lead(name, json!({})).await;
        leads.push(lead["id"].as_str().unwrap().to_owned());
    }
    let mut made = Vec::new();
    for _ in 0..count {
        // Several in one millisecond now and then.
        if dice.chance(70) {
            let pause = i64::try_from(dice.below(5_000)).unwrap();
            app.advance(SignedDuration::from_millis(pause));
        }
        let body = fields(dice, &owner.id, &leads);
        let created = owner.post("/api/deals", body).await.expect(201);
        made.push(created.json());
    }
    app.settle().await;
    for _ in 0..count {
        if dice.chance(50) {
            app.advance(SignedDuration::from_millis(1));
        }
        let deal = dice.pick(&made);
        if dice.chance(40) {
            let body = fields(dice, &owner.id, &leads);
            let changed = owner.patch(&path(deal), body).await;
            assert!([200, 404].contains(&changed.status), "{}", changed.text);
        } else if dice.chance(10) {
            let deleted = owner.delete(&path(deal)).await;
            assert!([204, 404].contains(&deleted.status), "{}", deleted.text);
        } else {
            // Some of these moves are not legal, and change nothing.
            let to = *dice.pick(&STATUSES);
            move_to(owner, deal, to).await;
        }
        if dice.chance(10) {
            app.settle().await;
        }
    }
    app.settle().await;
    let mut known = Vec::new();
    for deal in &made {
        let found = owner.get(&path(deal)).await;
        if found.status == 200 {
            known.push(Known::of(&found.json()));
        }
    }
    known
}

/// A list asked for, and what the model says is in it.
fn chance_list(dice: &mut Dice, known: &[Known]) -> (String, Vec<String>) {
    let mut query = Vec::new();
    let mut wanted: Vec<&Known> = known.iter().collect();
    if dice.chance(40) {
        let any: BTreeSet<&str> = (0..1 + dice.below(3))
            .map(|_| *dice.pick(&STATUSES))
            .collect();
        query.extend(any.iter().map(|status| format!("status={status}")));
        wanted.retain(|deal| any.contains(deal.status.as_str()));
    }
    match dice.below(6) {
        0 => {
            query.push("assignedTo=me".to_owned());
            wanted.retain(|deal| deal.mine);
        }
        1 => {
            query.push("assignedTo=none".to_owned());
            wanted.retain(|deal| !deal.mine);
        }
        _ => {}
    }
    if dice.chance(20) {
        let kind = *dice.pick(&KINDS);
        query.push(format!("kind={kind}"));
        wanted.retain(|deal| deal.kind == kind);
    }
    if dice.chance(20) {
        let lead = dice.pick(known).lead.clone();
        if !lead.is_empty() {
            query.push(format!("leadId={lead}"));
            wanted.retain(|deal| deal.lead == lead);
        }
    }
    if dice.chance(25) {
        let least = dice.below(12) * 10_000;
        query.push(format!("minPrice={least}"));
        wanted.retain(|deal| deal.price.0 == "USD" && deal.price.1 >= least * 100);
        if dice.chance(50) {
            let most = least + dice.below(6) * 10_000;
            query.push(format!("maxPrice={most}.50"));
            wanted.retain(|deal| deal.price.1 <= most * 100 + 50);
        }
    }
    for (field, at) in [
        ("created", (|deal| deal.created) as fn(&Known) -> Timestamp),
        ("updated", |deal| deal.changed),
    ] {
        if dice.chance(15) {
            let from = at(dice.pick(known));
            query.push(format!("{field}After={from}"));
            wanted.retain(|deal| at(deal) >= from);
        }
        if dice.chance(15) {
            let to = at(dice.pick(known));
            query.push(format!("{field}Before={to}"));
            wanted.retain(|deal| at(deal) < to);
        }
    }
    // The longest word that is asked for is the one that is looked up, the seller's of equals.
    let mut lookup: Option<(bool, &str)> = None;
    if dice.chance(25) {
        let asked = *dice.pick(&["ann", "lee", "leeds ann", "o", "lee ann", "zo", "stone"]);
        query.push(format!("seller={}", asked.replace(' ', "%20")));
        wanted.retain(|deal| begins_words(asked, &deal.seller));
        lookup = Some((true, longest(asked)));
    }
    if dice.chance(25) {
        let asked = *dice.pick(&["elm", "st", "1 elm", "2", "ann st", "etoile", "o o"]);
        query.push(format!("address={}", asked.replace(' ', "%20")));
        wanted.retain(|deal| begins_words(asked, &deal.address));
        let word = longest(asked);
        if lookup.is_none_or(|(_, other)| word.len() > other.len()) {
            lookup = Some((false, word));
        }
    }
    let sorts = ["", "newest", "oldest", "price", "lastChange", "timeInStage"];
    let sort = *dice.pick(&sorts);
    let turned = ["price", "lastChange", "timeInStage"].contains(&sort) && dice.chance(50);
    wanted.sort_by(|a, b| a.id.cmp(&b.id));
    match (sort, lookup) {
        ("", Some((is_seller, word))) => wanted.sort_by_key(|deal| {
            let words = if is_seller {
                &deal.seller
            } else {
                &deal.address
            };
            first_word(words, word)
        }),
        ("price", _) => wanted.sort_by(|a, b| a.price.cmp(&b.price)),
        ("lastChange", _) => wanted.sort_by_key(|deal| deal.changed),
        ("timeInStage", _) => {
            wanted.sort_by_key(|deal| deal.since);
            wanted.reverse();
        }
        ("oldest", _) => {}
        _ => wanted.reverse(),
    }
    if turned {
        wanted.reverse();
    }
    if !sort.is_empty() {
        query.push(format!("sort={}{sort}", if turned { "-" } else { "" }));
    }
    let path = match query.as_slice() {
        [] => "/api/deals".to_owned(),
        some => format!("/api/deals?{}", some.join("&")),
    };
    let ids = wanted.into_iter().map(|deal| deal.id.clone()).collect();
    (path, ids)
}

fn begins_words(asked: &str, words: &BTreeSet<String>) -> bool {
    asked
        .split_whitespace()
        .all(|part| first_word(words, part).is_some())
}

/// The first of the longest words.
fn longest(asked: &str) -> &str {
    let words = asked.split_whitespace().rev();
    words.max_by_key(|word| word.len()).unwrap()
}

#[tokio::test]
async fn every_walk_gives_what_the_model_gives_in_its_order() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(0xdea1_cafe);
    let known = deals(&app, &owner, &mut dice, 120).await;
    assert!(known.len() > 90, "{}", known.len());

    let mut found = 0;
    for _ in 0..120 {
        let (path, expected) = chance_list(&mut dice, &known);
        let walked = texts(&walk(&owner, &path, 7).await, "id");
        assert_eq!(walked, expected, "{path}");
        found += usize::from(!expected.is_empty());
    }

    assert!(found > 60, "only {found} lists held anything");
}

/// Each deal has the entries that it should have, and there are no others: a move leaves none behind.
#[tokio::test]
async fn entries_follow_deals_through_every_change() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(0x0dd_ba11);

    let known = deals(&app, &owner, &mut dice, 40).await;

    let mut expected = BTreeSet::new();
    for deal in &known {
        for order in ["changed", "price", "since"] {
            expected.insert((format!("{order}#{}", deal.status), deal.id.clone()));
        }
        for (of, words) in [("seller", &deal.seller), ("address", &deal.address)] {
            for word in words {
                let facet = format!("{of}#{}", word.chars().next().unwrap());
                expected.insert((facet, format!("{word}#{}", deal.id)));
            }
        }
        if !deal.lead.is_empty() {
            expected.insert((format!("of#lead#{}", deal.lead), deal.id.clone()));
        }
    }
    let items = table(&app).await;
    let entries = of_kind(&items, "deal_index");
    let found: BTreeSet<(String, String)> = entries.iter().map(|entry| place(entry)).collect();
    assert_eq!(found, expected);
    assert_eq!(entries.len(), expected.len());
}

/// The facet of an entry and its place there, without the value that orders it.
fn place(entry: &Item) -> (String, String) {
    let (_, facet) = text(entry, "PK").split_once("#IX#DEAL#").unwrap();
    let sk = text(entry, "SK");
    let ordered = ["changed#", "price#", "since#"];
    let place = match ordered.iter().any(|order| facet.starts_with(order)) {
        true => sk.rsplit_once('#').unwrap().1,
        false => sk,
    };
    (facet.to_owned(), place.to_owned())
}

#[tokio::test]
async fn a_walk_over_a_list_that_is_written_to_neither_skips_nor_repeats() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut before = Vec::new();
    for n in 0..60 {
        app.advance(SignedDuration::from_millis(1));
        let deal = owner.deal(&format!("{n} Elm"), json!({})).await;
        if n % 3 == 0 {
            move_to(&owner, &deal, "negotiating").await.expect(200);
        }
        before.push(deal);
    }
    let all: Vec<&str> = before
        .iter()
        .filter_map(|deal| deal["id"].as_str())
        .collect();
    for (query, sort) in [
        ("", "newest"),
        ("", "oldest"),
        ("status=new&status=negotiating&", "newest"),
        ("status=new&status=negotiating&", "oldest"),
    ] {
        let writing = async {
            for n in 0..40 {
                app.advance(SignedDuration::from_millis(1));
                owner.deal(&format!("{n} Late"), json!({})).await;
                let change = json!({"notes": format!("{n} {query} {sort}")});
                let deal = &before[(n * 7) % before.len()];
                owner.patch(&path(deal), change).await.expect(200);
            }
        };
        let path = format!("/api/deals?{query}sort={sort}");

        let (rows, ()) = join(walk(&owner, &path, 7), writing).await;

        let ids = texts(&rows, "id");
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{path} repeats");
        let kept = ids.iter().map(String::as_str);
        let kept: Vec<&str> = kept.filter(|id| all.contains(id)).collect();
        let mut expected = all.clone();
        if sort == "newest" {
            expected.reverse();
        }
        assert_eq!(kept, expected, "{path}");
    }
}

/// A deal that goes from one status to another is in two partitions for a moment, and in the list once.
#[tokio::test]
async fn a_walk_does_not_repeat_what_moves_meanwhile() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut made = Vec::new();
    for n in 0..40 {
        app.advance(SignedDuration::from_millis(1));
        made.push(owner.deal(&format!("{n} Elm"), json!({})).await);
    }
    let (moving, still) = made.split_at(20);
    for (sort, status) in [("newest", "negotiating"), ("oldest", "under_contract")] {
        let writing = async {
            for deal in moving {
                app.advance(SignedDuration::from_millis(1));
                move_to(&owner, deal, status).await.expect(200);
            }
        };
        let path =
            format!("/api/deals?status=new&status=negotiating&status=under_contract&sort={sort}");

        let (rows, ()) = join(walk(&owner, &path, 5), writing).await;

        let ids = texts(&rows, "id");
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{sort} repeats");
        for deal in still {
            let id = deal["id"].as_str().unwrap();
            assert!(ids.iter().any(|found| found == id), "{sort} skips");
        }
    }
}
