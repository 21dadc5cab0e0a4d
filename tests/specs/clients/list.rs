//! `GET /api/clients`

use super::support::path;
use crate::leads::support::{Dice, texts, walk};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn names(who: &Someone<'_>, query: &str) -> Vec<String> {
    let rows = walk(who, &format!("/api/clients{query}"), 3).await;
    let mut names = texts(&rows, "name");
    names.sort();
    names
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for query in [
        "",
        "?sort=-name",
        "?q=ann",
        "?stage=lost&stage=lead",
        "?leadId=01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ] {
        let list = owner.get(&format!("/api/clients{query}")).await.expect(200);
        assert_eq!(list.json(), json!({"items": [], "nextCursor": null}));
    }
    app.get("/api/clients").await.expect(401);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for (query, expected) in [
        ("stage=won", "/stage invalid_choice"),
        ("sort=email", "/sort invalid_choice"),
        ("propertyType=castle", "/propertyType invalid_choice"),
        ("assignedTo=ann", "/assignedTo invalid_id"),
        ("email=ann@example.com", "/email unknown_parameter"),
    ] {
        let refused = owner.get(&format!("/api/clients?{query}")).await;
        assert_eq!(refused.expect(422).field_errors(), [expected], "{query}");
    }
}

#[tokio::test]
async fn a_row_shows_what_the_client_shows() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"phone": "(512) 555-0142", "assignedTo": owner.id, "notes": "Not in rows"});
    let client = owner.client("Ann", fields).await;
    app.settle().await;

    for query in ["", "?sort=name", "?q=ann", "?assignedTo=me", "?stage=lead"] {
        let list = owner.get(&format!("/api/clients{query}")).await.expect(200);
        let row = list.json()["items"][0].clone();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(value, &client[field], "{field} of {query}");
        }
        assert_eq!(row.as_object().unwrap().len(), 13);
    }
}

#[tokio::test]
async fn a_client_is_found_by_what_people_type() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({
        "email": "Ann.ONeil@Mail.Example.com", "phone": "(512) 555-0142", "propertyAddress": "1200 \u{141}\u{f3}d\u{17a} Ave, Austin TX 78701",
    });
    owner.client("Ann-Marie O'Neil", fields).await;
    let fields = json!({"propertyAddress": "7 Oak Rd, Dallas", "phone": "+44 20 7946 0958"});
    owner.client("Bob Stone", fields).await;
    app.settle().await;
    let (ann, bob) = ("Ann-Marie O'Neil", "Bob Stone");

    for (q, name) in [
        ("ann", ann),
        ("neil%20ANN", ann),
        ("lodz", ann),
        ("1200%20lodz", ann),
        ("78701", ann),
        ("austin%20marie", ann),
        ("ann.oneil@m", ann),
        ("@mail.ex", ann),
        ("(512)%20555-0142", ann),
        ("512555", ann),
        ("oak%20bob", bob),
        ("0958", bob),
    ] {
        assert_eq!(names(&owner, &format!("?q={q}")).await, [name], "{q}");
        let sorted = names(&owner, &format!("?q={q}&sort=-name")).await;
        assert_eq!(sorted, [name], "{q} sorted");
    }
    for q in ["nn", "ann%20oak", "9999", "bob@stone"] {
        assert!(names(&owner, &format!("?q={q}")).await.is_empty(), "{q}");
    }
}

#[tokio::test]
async fn filters_narrow_a_list_alone_and_together() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    for (name, fields) in [
        ("A", json!({"stage": "lead", "propertyType": "land"})),
        ("B", json!({"stage": "lost", "assignedTo": owner.id})),
        ("C", json!({"stage": "closed", "leadId": lead})),
        (
            "D",
            json!({"stage": "lead", "leadId": lead, "assignedTo": owner.id}),
        ),
    ] {
        owner.client(name, fields).await;
        app.advance(SignedDuration::from_secs(1));
    }
    app.settle().await;
    let of_lead = format!("leadId={}", lead.as_str().unwrap());

    for (query, expected) in [
        ("stage=lead", &["A", "D"][..]),
        ("stage=lead&stage=lost", &["A", "B", "D"]),
        ("assignedTo=me", &["B", "D"]),
        ("assignedTo=none&stage=closed", &["C"]),
        ("propertyType=land", &["A"]),
        ("propertyType=residential&stage=lead", &["D"]),
        (of_lead.as_str(), &["C", "D"]),
        (&format!("{of_lead}&stage=lead"), &["D"]),
        (&format!("{of_lead}&q=d"), &["D"]),
        (&format!("{of_lead}&sort=name"), &["C", "D"]),
        ("createdAfter=2026-03-02T15:00:02Z", &["C", "D"]),
        (
            "createdAfter=2026-03-02T15:00:01Z&createdBefore=2026-03-02T15:00:03Z&sort=name",
            &["B", "C"],
        ),
    ] {
        let found = names(&owner, &format!("?{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_never_shows_what_no_longer_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    let change = json!({
        "name": "Bea Lee", "email": "bea@clients.example", "propertyAddress": "9 Oak Rd", "stage": "lost",
    });
    owner.patch(&path(&client), change).await.expect(200);

    for query in ["?q=ann", "?q=elm", "?stage=lead", "?stage=lead&sort=name"] {
        assert!(names(&owner, query).await.is_empty(), "{query}");
    }
    assert_eq!(names(&owner, "?q=lee").await, ["Bea Lee"]);
    app.settle().await;
    for query in ["?q=bea", "?q=oak", "?sort=name", "?stage=lost"] {
        assert_eq!(names(&owner, query).await, ["Bea Lee"], "{query}");
    }
}

#[tokio::test]
async fn walks_in_every_order_visit_each_client_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(7);
    let stages = ["lead", "negotiating", "under_contract", "closed", "lost"];
    let mut made: Vec<Value> = Vec::new();
    for n in 0..40 {
        let fields = json!({
            "email": format!("c{n}@example.com"), "stage": dice.pick(&stages),
            "assignedTo": dice.chance(50).then_some(&owner.id),
        });
        let name = format!("{} {n:02}", dice.pick(&["Ann", "Bob", "Zoe"]));
        made.push(owner.client(&name, fields).await);
        if dice.chance(70) {
            app.advance(SignedDuration::from_millis(1));
        }
    }
    app.settle().await;

    for filter in ["", "&stage=lead&stage=lost", "&assignedTo=none", "&q=bob"] {
        let listed = |order: &'static str| {
            let path = format!("/api/clients?sort={order}{filter}");
            let owner = &owner;
            async move { texts(&walk(owner, &path, 7).await, "name") }
        };
        let names = listed("name").await;
        let wanted: BTreeSet<&str> = made
            .iter()
            .filter(|client| match filter {
                "&stage=lead&stage=lost" => client["stage"] == "lead" || client["stage"] == "lost",
                "&assignedTo=none" => client["assignedTo"].is_null(),
                "&q=bob" => client["name"].as_str().unwrap().starts_with("Bob"),
                _ => true,
            })
            .map(|client| client["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, Vec::from_iter(wanted), "{filter}");
        for (up, down) in [
            ("name", "-name"),
            ("oldest", "newest"),
            ("lastContacted", "-lastContacted"),
        ] {
            let (up, mut down) = (listed(up).await, listed(down).await);
            down.reverse();
            assert_eq!(up, down, "{filter}");
            assert_eq!(up.len(), names.len(), "{filter}");
        }
    }
    let first = owner.get("/api/clients?limit=25").await.expect(200);
    assert_eq!(first.cost.requests, 2);
}
