//! `GET /api/deals`: filters, words, orders, pages and what is refused. `walks` compares whole walks with a model.

use super::support::{dollars, move_to, path};
use crate::leads::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// What is asked of a list, one of each index that serves it.
const QUESTIONS: [&str; 14] = [
    "",
    "?sort=oldest",
    "?sort=price",
    "?sort=-price",
    "?sort=lastChange",
    "?sort=-lastChange",
    "?sort=timeInStage",
    "?sort=-timeInStage",
    "?status=new",
    "?status=new&status=dead",
    "?assignedTo=none",
    "?kind=wholesale",
    "?seller=ann",
    "?address=elm",
];

async fn addresses(who: &Someone<'_>, query: &str) -> Vec<String> {
    let rows = walk(who, &format!("/api/deals{query}"), 2).await;
    texts(&rows, "propertyAddress")
}

async fn sorted(who: &Someone<'_>, query: &str) -> Vec<String> {
    let mut found = addresses(who, query).await;
    found.sort();
    found
}

/// Moves a deal, a second after what came before.
async fn move_later(app: &TestApp, who: &Someone<'_>, deal: &Value, status: &str) {
    app.advance(SignedDuration::from_secs(1));
    move_to(who, deal, status).await.expect(200);
}

/// A deal, a second after what came before.
async fn later(app: &TestApp, who: &Someone<'_>, address: &str, fields: Value) -> Value {
    app.advance(SignedDuration::from_secs(1));
    who.deal(address, fields).await
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for question in QUESTIONS {
        let list = owner
            .get(&format!("/api/deals{question}"))
            .await
            .expect(200);
        assert_eq!(
            list.json(),
            json!({"items": [], "nextCursor": null}),
            "{question}"
        );
    }
    app.get("/api/deals").await.expect(401);
}

#[tokio::test]
async fn a_row_shows_what_the_deal_shows() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let deal = owner
        .deal("12 Elm St", json!({
            "sellerName": "Ann Lee", "sellerPhone": "(512) 555-0142", "targetPrice": dollars(185_000),
            "assignedPrice": dollars(190_000), "kind": "flip", "assignedTo": owner.id, "leadId": lead["id"],
            "notes": "Roof leaks",
        }))
        .await;
    move_later(&app, &owner, &deal, "negotiating").await;
    app.settle().await;
    let full = owner.get(&path(&deal)).await.expect(200).json();
    let of_lead = format!("?leadId={}", lead["id"].as_str().unwrap());

    for query in [
        "",
        "?sort=-price",
        "?sort=-lastChange",
        "?seller=ann",
        "?address=12",
        "?assignedTo=me",
        "?status=negotiating",
        &of_lead,
    ] {
        let row = owner.get(&format!("/api/deals{query}")).await.json()["items"][0].clone();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(value, &full[field], "{field} of {query}");
        }
        assert_eq!(row.as_object().unwrap().len(), 13, "{query}");
    }
}

#[tokio::test]
async fn a_deal_is_found_by_the_beginnings_of_words() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (elm, oak) = (
        "1200-B Elm Street, Austin 78701",
        "7 Old Oak Ln, \u{141}\u{f3}d\u{17a}",
    );
    owner
        .deal(elm, json!({"sellerName": "Ann-Marie O'Neil"}))
        .await;
    owner
        .deal(oak, json!({"sellerName": "Annabel Stone"}))
        .await;
    owner.deal("9 Annex Rd", json!({})).await;
    app.settle().await;

    for (query, expected) in [
        ("seller=ann", vec![elm, oak]),
        ("seller=ANN%20mar", vec![elm]),
        ("seller=neil%20ann", vec![elm]),
        ("seller=o'n", vec![elm]),
        ("seller=stone%20annab", vec![oak]),
        ("address=1200", vec![elm]),
        ("address=12%20elm", vec![elm]),
        ("address=787%20aus", vec![elm]),
        ("address=%2B1200", vec![elm]),
        ("address=lodz", vec![oak]),
        ("address=%C5%81%C3%93D%C5%B9%20o%20o", vec![oak]),
        ("address=elm&seller=neil", vec![elm]),
        ("address=o&seller=annab", vec![oak]),
        ("seller=nn", vec![]),
        ("seller=ann%20bob", vec![]),
        ("seller=elm", vec![]),
        ("address=ann%20elm", vec![]),
        ("address=200", vec![]),
        ("address=78701-1200", vec![elm]),
        ("address=elm&seller=stone", vec![]),
    ] {
        assert_eq!(
            sorted(&owner, &format!("?{query}")).await,
            expected,
            "{query}"
        );
        let priced = format!("?{query}&sort=price");
        assert_eq!(sorted(&owner, &priced).await, expected, "{query} by price");
    }
    assert_eq!(sorted(&owner, "?seller=%20-").await.len(), 3);
}

#[tokio::test]
async fn a_list_never_shows_what_no_longer_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = json!({"sellerName": "Ann Lee", "targetPrice": dollars(100)});
    let deal = owner.deal("1 Elm St", fields).await;
    let other = owner.deal("2 Elm St", json!({"sellerName": "Zoe"})).await;
    app.settle().await;
    let change =
        json!({"propertyAddress": "1 Oak St", "sellerName": "Bea Lee", "targetPrice": dollars(90)});
    owner.patch(&path(&deal), change).await.expect(200);
    move_later(&app, &owner, &deal, "negotiating").await;
    owner.delete(&path(&other)).await.expect(204);

    let gone = [
        "?seller=ann",
        "?seller=zoe",
        "?address=elm",
        "?minPrice=100&sort=price",
        "?status=new",
        "?status=new&sort=-lastChange",
        "?status=new&sort=timeInStage",
    ];
    for query in gone {
        assert_eq!(addresses(&owner, query).await, [""; 0], "{query}");
    }
    assert_eq!(addresses(&owner, "?seller=lee").await, ["1 Oak St"]);
    app.settle().await;
    for query in QUESTIONS {
        let query = query
            .replace("=new", "=negotiating")
            .replace("ann", "bea")
            .replace("elm", "oak");
        assert_eq!(addresses(&owner, &query).await, ["1 Oak St"], "{query}");
    }
    for query in gone {
        assert_eq!(addresses(&owner, query).await, [""; 0], "{query}");
    }
}

#[tokio::test]
async fn prices_are_in_order_within_each_currency_behind_deals_without_one() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let price = |amount: &str, currency: &str| json!({"targetPrice": {"amount": amount, "currency": currency}});
    for (address, fields) in [
        ("D", price("9.99", "USD")),
        ("F", price("100000000000", "USD")),
        ("B", price("100", "EUR")),
        ("A", json!({})),
        ("E", price("185000", "USD")),
        ("C", price("20000", "JPY")),
    ] {
        owner.deal(address, fields).await;
    }
    app.settle().await;

    let cases = [
        ("sort=price", vec!["A", "B", "C", "D", "E", "F"]),
        ("sort=-price", vec!["F", "E", "D", "C", "B", "A"]),
        ("sort=price&minPrice=9.99", vec!["D", "E", "F"]),
        ("sort=price&minPrice=10", vec!["E", "F"]),
        ("sort=price&maxPrice=185000.00", vec!["D", "E"]),
        ("sort=-price&minPrice=9.99&maxPrice=185000", vec!["E", "D"]),
        ("sort=price&minPrice=2&maxPrice=1", vec![]),
        ("sort=price&currency=EUR", vec!["B"]),
        (
            "sort=price&currency=JPY&minPrice=20000&maxPrice=20000",
            vec!["C"],
        ),
        ("sort=price&currency=CHF", vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(
            addresses(&owner, &format!("?{query}")).await,
            expected,
            "{query}"
        );
        let mut unordered = expected.clone();
        unordered.sort_unstable();
        let query = query
            .replace("-price", "newest")
            .replace("sort=price", "sort=oldest");
        assert_eq!(
            sorted(&owner, &format!("?{query}")).await,
            unordered,
            "{query}"
        );
    }
}

#[tokio::test]
async fn deals_are_in_the_order_of_their_changes_and_of_their_time_in_stage() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut deals = Vec::new();
    for address in ["A", "B", "C"] {
        deals.push(later(&app, &owner, address, json!({})).await);
    }
    move_later(&app, &owner, &deals[0], "negotiating").await;
    move_later(&app, &owner, &deals[2], "negotiating").await;
    app.advance(SignedDuration::from_secs(1));
    let change = json!({"sellerName": "Ann"});
    owner.patch(&path(&deals[0]), change).await.expect(200);
    app.settle().await;

    for (query, expected) in [
        ("sort=lastChange", vec!["B", "C", "A"]),
        ("sort=-lastChange", vec!["A", "C", "B"]),
        ("sort=-timeInStage", vec!["B", "A", "C"]),
        ("sort=timeInStage", vec!["C", "A", "B"]),
        ("status=negotiating&sort=-lastChange", vec!["A", "C"]),
        ("status=negotiating&sort=-timeInStage", vec!["A", "C"]),
        ("status=new&sort=-lastChange", vec!["B"]),
        (
            "status=new&status=negotiating&sort=-lastChange",
            vec!["A", "C", "B"],
        ),
    ] {
        assert_eq!(
            addresses(&owner, &format!("?{query}")).await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_time_begins_with_its_first_moment_and_ends_before_its_last() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for address in ["A", "B", "C"] {
        owner.deal(address, json!({})).await;
        app.advance(SignedDuration::from_secs(1));
    }
    app.settle().await;
    let second = "2026-03-02T15:00:01Z";

    for field in ["created", "updated"] {
        for order in [
            "",
            "&sort=oldest",
            "&sort=-price",
            "&sort=lastChange",
            "&sort=-lastChange",
            "&status=new",
            "&assignedTo=none",
        ] {
            let after = sorted(&owner, &format!("?{field}After={second}{order}")).await;
            let before = sorted(&owner, &format!("?{field}Before={second}{order}")).await;
            let neither = format!("?{field}After={second}&{field}Before={second}{order}");
            assert_eq!(after, ["B", "C"], "{field} {order}");
            assert_eq!(before, ["A"], "{field} {order}");
            assert_eq!(sorted(&owner, &neither).await, [""; 0], "{field} {order}");
        }
    }
}

#[tokio::test]
async fn deals_of_a_lead_are_listed_by_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let ann = owner.lead("Ann", json!({})).await["id"].clone();
    let bob = owner.lead("Bob", json!({})).await["id"].clone();
    let mut deals = Vec::new();
    for (address, lead) in [("A", &ann), ("B", &bob), ("C", &ann), ("D", &Value::Null)] {
        let fields = json!({"leadId": lead, "assignedTo": if address == "C" { json!(owner.id) } else { Value::Null }});
        deals.push(later(&app, &owner, address, fields).await);
    }
    app.settle().await;
    let of = |lead: &Value, more: &str| format!("?leadId={}{more}", lead.as_str().unwrap());

    assert_eq!(addresses(&owner, &of(&ann, "")).await, ["C", "A"]);
    assert_eq!(
        addresses(&owner, &of(&ann, "&sort=oldest")).await,
        ["A", "C"]
    );
    assert_eq!(
        addresses(&owner, &of(&ann, "&sort=lastChange")).await,
        ["A", "C"]
    );
    assert_eq!(addresses(&owner, &of(&ann, "&assignedTo=me")).await, ["C"]);
    assert_eq!(addresses(&owner, &of(&bob, "&status=dead")).await, [""; 0]);
    let client = "&clientId=01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(addresses(&owner, &of(&ann, client)).await, [""; 0]);
    owner
        .patch(&path(&deals[0]), json!({"leadId": bob}))
        .await
        .expect(200);
    assert_eq!(addresses(&owner, &of(&ann, "")).await, ["C"]);
    app.settle().await;
    assert_eq!(addresses(&owner, &of(&bob, "")).await, ["B", "A"]);
}

#[tokio::test]
async fn wrong_parameters_are_all_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for (query, expected) in [
        ("limit=0", vec!["/limit out_of_range"]),
        ("page=1&cursor=x", vec!["/page conflicting_parameter"]),
        ("sort=age", vec!["/sort invalid_choice"]),
        ("sort=-newest", vec!["/sort invalid_choice"]),
        ("colour=red", vec!["/colour unknown_parameter"]),
        ("minScore=5", vec!["/minScore unknown_parameter"]),
        (
            "status=won&kind=loan&updatedBefore=soon",
            vec![
                "/kind invalid_choice",
                "/status invalid_choice",
                "/updatedBefore invalid_time",
            ],
        ),
        ("assignedTo=you", vec!["/assignedTo invalid_id"]),
        (
            "leadId=ann&clientId=1&propertyId=",
            vec![
                "/clientId invalid_id",
                "/leadId invalid_id",
                "/propertyId invalid_id",
            ],
        ),
        ("currency=usd", vec!["/currency invalid_currency"]),
        (
            "minPrice=-1&maxPrice=1e5",
            vec!["/maxPrice invalid_amount", "/minPrice invalid_amount"],
        ),
        ("minPrice=1.005", vec!["/minPrice invalid_amount"]),
        (
            "minPrice=1.5&currency=JPY",
            vec!["/minPrice invalid_amount"],
        ),
        ("maxPrice=100000000000.01", vec!["/maxPrice invalid_amount"]),
        ("seller=a&seller=b", vec!["/seller repeated_parameter"]),
    ] {
        let refused = owner.get(&format!("/api/deals?{query}")).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{query}");
    }
}

#[tokio::test]
async fn a_hostile_query_finds_what_it_says_and_no_more() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.deal("1 Elm", json!({"sellerName": "Ann"})).await;
    app.settle().await;
    let long = "x".repeat(500);

    for text in [
        "%23",
        "elm%23",
        "elm~",
        "%F4%8F%BF%BF",
        "elm%F4%8F%BF%BF",
        "%00",
        "'%20OR%201=1",
        "%25",
        "elm*",
        "%EF%BC%85elm",
        "elm%23DEAL",
        "%CC%81",
        &long,
    ] {
        for field in ["seller", "address"] {
            for sort in ["", "&sort=price", "&sort=-lastChange"] {
                let path = format!("/api/deals?{field}={text}{sort}");
                let found = owner.get(&path).await.expect(200).json();
                let count = found["items"].as_array().unwrap().len();
                let is_one = text.contains("elm") && field == "address" && text != "elm%23DEAL";
                let is_nothing = ["%23", "%F4%8F%BF%BF", "%00", "%25", "%CC%81"].contains(&text);
                assert_eq!(count, usize::from(is_one || is_nothing), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_cursor_is_good_for_one_person_one_list_and_one_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    for n in 0..4 {
        owner.deal(&format!("{n} Elm"), json!({})).await;
    }
    app.settle().await;
    for sort in ["newest", "-lastChange", "price"] {
        let list = format!("status=new&sort={sort}");
        let first = owner
            .get(&format!("/api/deals?{list}&limit=2"))
            .await
            .json();
        let cursor = first["nextCursor"].as_str().unwrap().to_owned();
        let at =
            async |who: &Someone<'_>, query: &str| who.get(&format!("/api/deals?{query}")).await;

        let good = at(&owner, &format!("{list}&limit=2&cursor={cursor}")).await;
        let mut altered = cursor.clone().into_bytes();
        let middle = altered.len() / 2;
        altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        let refused = [
            at(&owner, &format!("{list}&cursor={altered}")).await,
            at(&owner, &format!("{list}&cursor=x")).await,
            at(&owner, &format!("cursor={cursor}")).await,
            at(&owner, &format!("{list}&kind=flip&cursor={cursor}")).await,
            at(&owner, &format!("status=dead&sort={sort}&cursor={cursor}")).await,
            at(&stranger, &format!("{list}&cursor={cursor}")).await,
            owner
                .get(&format!("/api/leads?status=new&cursor={cursor}"))
                .await,
        ];

        let good = good.expect(200).json();
        assert_eq!(good["items"].as_array().unwrap().len(), 2, "{sort}");
        assert_eq!(good["nextCursor"], json!(null), "{sort}");
        for answer in refused {
            let told = (answer.status, answer.problem());
            assert_eq!(told, (400, "bad-cursor".to_owned()), "{sort}");
        }
    }
    let first = owner.get("/api/deals?limit=2").await.expect(200).json();
    app.advance(SignedDuration::from_hours(25));
    let login = json!({"email": owner.email, "password": plat_testing::PASSWORD});
    let again = app.post("/api/auth/login", login).await.expect(200).json();
    let again = Someone::signed_in(&app, &again);
    let cursor = first["nextCursor"].as_str().unwrap();
    let late = again
        .get(&format!("/api/deals?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(late.expect(400).problem(), "bad-cursor");
}

#[tokio::test]
async fn pages_by_number_are_the_rows_of_the_walk() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..27 {
        let kind = if n % 2 == 0 { "flip" } else { "hold" };
        let price = dollars((n * 7) % 20);
        let fields = json!({"sellerName": "Ann", "kind": kind, "targetPrice": price});
        owner.deal(&format!("{n:02} Elm"), fields).await;
    }
    app.settle().await;

    for query in [
        "?sort=newest",
        "?sort=-price",
        "?sort=lastChange",
        "?kind=flip",
        "?minPrice=4",
        "?seller=ann",
        "?assignedTo=none&kind=hold",
        "?status=new&status=dead",
    ] {
        let rows = walk(&owner, &format!("/api/deals{query}"), 10).await;
        let second = owner
            .get(&format!("/api/deals{query}&page=2&limit=10"))
            .await
            .expect(200)
            .json();
        let expected: Vec<Value> = rows.iter().skip(10).take(10).cloned().collect();
        assert_eq!(second["items"], json!(expected), "{query}");
        let beyond = owner
            .get(&format!("/api/deals{query}&page=9&limit=10"))
            .await
            .expect(200)
            .json();
        assert_eq!(beyond, json!({"items": [], "nextCursor": null}), "{query}");
    }
}

#[tokio::test]
async fn a_member_sees_their_own_deals_and_those_of_nobody() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ned = owner.invite("Ned", "member").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    for (address, who) in [
        ("1 Elm, Mia", json!(mia.id)),
        ("2 Elm, Ned", json!(ned.id)),
        ("3 Elm, nobody", Value::Null),
        ("4 Elm, Olive", json!(owner.id)),
    ] {
        let fields = json!({"assignedTo": who, "sellerName": "Ann", "leadId": lead});
        owner.deal(address, fields).await;
    }
    app.settle().await;
    let team = format!("/api/teams/{}", owner.team);
    assert_eq!(sorted(&mia, "?assignedTo=none").await.len(), 1);
    assert_eq!(sorted(&mia, "").await.len(), 4);

    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);

    let of_lead = format!("?leadId={}", lead.as_str().unwrap());
    for query in QUESTIONS.into_iter().chain([of_lead.as_str()]) {
        let expected = match query {
            "?assignedTo=none" => vec!["3 Elm, nobody"],
            _ => vec!["1 Elm, Mia", "3 Elm, nobody"],
        };
        assert_eq!(sorted(&mia, query).await, expected, "{query}");
    }
    let of_ned = format!("?assignedTo={}", ned.id);
    assert_eq!(sorted(&mia, &of_ned).await, [""; 0]);
    assert_eq!(sorted(&mia, "?assignedTo=me").await, ["1 Elm, Mia"]);
    assert_eq!(sorted(&owner, &of_ned).await, ["2 Elm, Ned"]);
}

#[tokio::test]
async fn deals_of_another_team_are_in_no_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    let assistant = owner.invite("Ash", "assistant").await;
    let lead = owner.lead("Ann", json!({})).await["id"].clone();
    let fields = json!({"sellerName": "Ann", "leadId": lead, "assignedTo": owner.id});
    owner.deal("1 Elm", fields).await;
    app.settle().await;
    let of_lead = format!("?leadId={}", lead.as_str().unwrap());
    let of_owner = format!("?assignedTo={}", owner.id);

    for query in QUESTIONS.into_iter().chain([of_lead.as_str(), &of_owner]) {
        assert_eq!(addresses(&stranger, query).await, [""; 0], "{query}");
    }
    assistant.get("/api/deals").await.expect(403);
}
