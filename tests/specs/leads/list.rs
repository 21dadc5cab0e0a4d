//! `GET /api/leads`: filters, words, pages and what is refused. `walks` compares whole walks with a model.

use super::support::{texts, walk};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::json;

async fn names(who: &Someone<'_>, query: &str) -> Vec<String> {
    let mut names = texts(&walk(who, &format!("/api/leads{query}"), 3).await, "name");
    names.sort();
    names
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for query in [
        "",
        "?sort=name",
        "?q=ann",
        "?sort=-score&minScore=5",
        "?tag=01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ] {
        let list = owner.get(&format!("/api/leads{query}")).await.expect(200);
        assert_eq!(
            list.json(),
            json!({"items": [], "nextCursor": null}),
            "{query}"
        );
    }
    app.get("/api/leads").await.expect(401);
}

#[tokio::test]
async fn a_row_shows_what_the_lead_shows() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead("Ann", json!({
            "phone": "(512) 555-0142", "company": "Doe", "score": 8, "source": "Zillow", "stage": "Visit",
            "value": {"amount": "10.50", "currency": "USD"}, "assignedTo": owner.id, "lastContactAt": "2026-03-01T00:00:00Z",
        }))
        .await;
    owner
        .post(
            &format!("/api/leads/{}/tags", lead["id"].as_str().unwrap()),
            json!({"tags": ["hot"]}),
        )
        .await
        .expect(200);
    app.settle().await;
    let full = owner
        .get(&format!("/api/leads/{}", lead["id"].as_str().unwrap()))
        .await
        .json();

    for query in ["", "?sort=name", "?q=ann", "?assignedTo=me", "?status=new"] {
        let row = owner.get(&format!("/api/leads{query}")).await.json()["items"][0].clone();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(value, &full[field], "{field} of {query}");
        }
        assert_eq!(row.as_object().unwrap().len(), 16);
    }
}

#[tokio::test]
async fn a_lead_is_found_by_what_people_type() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann-Marie O'Neil", json!({"email": "Ann.ONeil@Mail.Example.com", "phone": "(512) 555-0142", "company": "\u{141}\u{f3}d\u{17a} Homes, Inc."})).await;
    owner.lead("Bob Stone", json!({"email": "bob@stone.example", "phone": "+44 20 7946 0958", "company": "Stone & Sons"})).await;
    app.settle().await;
    let (ann, bob) = ("Ann-Marie O'Neil", "Bob Stone");
    let found = [
        ("ann", ann),
        ("ANN%20mar", ann),
        ("neil", ann),
        ("o'neil", ann),
        ("lodz", ann),
        ("%C5%81%C3%93D%C5%B9", ann),
        ("homes%20ann", ann),
        ("ann.oneil@mail.example.com", ann),
        ("Ann.ONeil@m", ann),
        ("@mail.ex", ann),
        ("%2B1%20512%20555%200142", ann),
        ("(512)%20555-0142", ann),
        ("512.555.0142", ann),
        ("5125550142", ann),
        ("512555", ann),
        ("0142", ann),
        ("+1%20512", ann),
        ("bob", bob),
        ("sto", bob),
        ("sons%20stone", bob),
        ("%2B44%2020%207946", bob),
        ("020%207946%200958", bob),
        ("0958", bob),
    ];
    for (q, name) in found {
        assert_eq!(names(&owner, &format!("?q={q}")).await, [name], "{q}");
        assert_eq!(
            names(&owner, &format!("?q={q}&sort=-name")).await,
            [name],
            "{q} sorted"
        );
    }
    for q in ["nn", "ann%20bob", "9999", "ann@", "eil", "5550142"] {
        assert_eq!(
            names(&owner, &format!("?q={q}")).await,
            Vec::<String>::new(),
            "{q}"
        );
    }
}

#[tokio::test]
async fn a_list_never_shows_what_no_longer_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead(
            "Ann Lee",
            json!({"score": 90, "source": "Zillow", "email": "lee@example.com"}),
        )
        .await;
    let other = owner
        .lead("Zoe", json!({"score": 50, "source": "Zillow"}))
        .await;
    app.settle().await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    owner
        .patch(
            &path,
            json!({"name": "Bea Lee", "score": 10, "source": "Referral"}),
        )
        .await
        .expect(200);
    owner
        .delete(&format!("/api/leads/{}", other["id"].as_str().unwrap()))
        .await
        .expect(204);

    for query in [
        "?q=ann",
        "?source=zillow",
        "?minScore=20&sort=score",
        "?q=zoe",
    ] {
        assert_eq!(names(&owner, query).await, Vec::<String>::new(), "{query}");
    }
    assert_eq!(names(&owner, "?q=lee").await, ["Bea Lee"]);
    app.settle().await;
    for query in ["?q=bea", "?source=REFERRAL", "?sort=score", "?sort=name"] {
        assert_eq!(names(&owner, query).await, ["Bea Lee"], "{query}");
    }
}

#[tokio::test]
async fn leads_of_a_deleted_tag_are_not_listed_by_it() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let tagged = owner
        .post(
            &format!("/api/leads/{}/tags", lead["id"].as_str().unwrap()),
            json!({"tags": ["hot"]}),
        )
        .await
        .expect(200)
        .json();
    let tag = tagged["tags"][0]["id"].as_str().unwrap();
    app.settle().await;
    assert_eq!(names(&owner, &format!("?tag={tag}")).await, ["Ann"]);

    owner.delete(&format!("/api/tags/{tag}")).await.expect(204);

    assert_eq!(
        names(&owner, &format!("?tag={tag}")).await,
        Vec::<String>::new()
    );
    assert_eq!(
        owner.get("/api/leads").await.json()["items"][0]["tags"],
        json!([])
    );
}

#[tokio::test]
async fn a_time_of_creation_begins_with_its_first_moment_and_ends_before_its_last() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for name in ["A", "B", "C"] {
        owner.lead(name, json!({"source": "Zillow"})).await;
        app.advance(SignedDuration::from_secs(1));
    }
    app.settle().await;
    let second = "2026-03-02T15:00:01Z";

    for order in [
        "",
        "&sort=oldest",
        "&sort=name",
        "&source=zillow",
        "&status=new",
        "&assignedTo=none",
    ] {
        let after = names(&owner, &format!("?createdAfter={second}{order}")).await;
        let before = names(&owner, &format!("?createdBefore={second}{order}")).await;
        let neither = names(
            &owner,
            &format!("?createdAfter={second}&createdBefore={second}{order}"),
        )
        .await;
        assert_eq!(
            (after, before, neither.len()),
            (
                vec!["B".to_owned(), "C".to_owned()],
                vec!["A".to_owned()],
                0
            ),
            "{order}"
        );
    }
}

#[tokio::test]
async fn a_contact_before_1970_sorts_as_time_does() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (name, at) in [
        ("C", Some("2026-01-01")),
        ("A", Some("1950-01-01")),
        ("B", Some("1969-12-31")),
        ("None", None),
    ] {
        owner.lead(name, json!({"lastContactAt": at})).await;
    }
    app.settle().await;

    let sorted = walk(&owner, "/api/leads?sort=lastContact", 3).await;

    assert_eq!(texts(&sorted, "name"), ["None", "A", "B", "C"]);
}

#[tokio::test]
async fn a_name_comes_before_those_that_it_begins() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let sorted = [
        "#1 Realty",
        "ann",
        "Ann Lee",
        "Ann-Lee Zed",
        "Anna",
        "\u{c1}nna B",
        "Bob",
    ];
    for (n, name) in sorted.iter().enumerate().rev() {
        owner
            .lead(name, json!({"email": format!("l{n}@example.com")}))
            .await;
    }
    app.settle().await;

    let up = walk(&owner, "/api/leads?sort=name", 2).await;
    let down = walk(&owner, "/api/leads?sort=-name", 2).await;

    assert_eq!(texts(&up, "name"), sorted);
    assert_eq!(
        texts(&down, "name"),
        sorted.iter().rev().copied().collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn wrong_parameters_are_all_named() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let cases = [
        ("limit=0", vec!["/limit out_of_range"]),
        ("limit=101", vec!["/limit out_of_range"]),
        ("limit=abc", vec!["/limit out_of_range"]),
        ("limit=5&limit=6", vec!["/limit repeated_parameter"]),
        ("page=0", vec!["/page out_of_range"]),
        ("page=401&limit=25", vec!["/page out_of_range"]),
        ("page=1&cursor=x", vec!["/page conflicting_parameter"]),
        ("sort=age", vec!["/sort invalid_choice"]),
        ("colour=red", vec!["/colour unknown_parameter"]),
        (
            "status=open&minScore=101&createdAfter=soon",
            vec![
                "/createdAfter invalid_time",
                "/minScore invalid_score",
                "/status invalid_choice",
            ],
        ),
        ("assignedTo=you", vec!["/assignedTo invalid_id"]),
        ("tag=hot", vec!["/tag invalid_id"]),
    ];
    for (query, expected) in cases {
        let refused = owner.get(&format!("/api/leads?{query}")).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{query}");
    }
    owner.get("/api/leads?page=400&limit=25").await.expect(200);
}

#[tokio::test]
async fn a_cursor_is_good_for_one_person_one_list_and_one_day() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let stranger = app.owner("Sam").await;
    for n in 0..4 {
        owner.lead(&format!("Ann {n}"), json!({})).await;
    }
    let first = owner.get("/api/leads?limit=2&status=new").await.json();
    let cursor = first["nextCursor"].as_str().unwrap().to_owned();
    let at = async |who: &Someone<'_>, query: &str| who.get(&format!("/api/leads?{query}")).await;

    let good = at(&owner, &format!("status=new&limit=2&cursor={cursor}"))
        .await
        .expect(200)
        .json();
    let mut altered = cursor.clone().into_bytes();
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    let refused = [
        at(&owner, &format!("status=new&cursor={altered}")).await,
        at(&owner, "status=new&cursor=x").await,
        at(&owner, &format!("cursor={cursor}")).await,
        at(&owner, &format!("status=new&sort=oldest&cursor={cursor}")).await,
        at(&stranger, &format!("status=new&cursor={cursor}")).await,
        owner.get(&format!("/api/tags?cursor={cursor}")).await,
    ];

    assert_eq!(good["items"].as_array().unwrap().len(), 2);
    assert_eq!(good["nextCursor"], json!(null));
    for answer in refused {
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (400, "bad-cursor"),
            "{}",
            answer.text
        );
    }
    app.advance(SignedDuration::from_hours(25));
    let login = json!({"email": owner.email, "password": plat_testing::PASSWORD});
    let again = Someone::signed_in(
        &app,
        &app.post("/api/auth/login", login).await.expect(200).json(),
    );
    let late = at(&again, &format!("status=new&limit=2&cursor={cursor}")).await;
    assert_eq!(late.expect(400).problem(), "bad-cursor");
}

#[tokio::test]
async fn pages_by_number_are_the_rows_of_the_walk() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..33 {
        owner
            .lead(
                &format!("Ann {n:02}"),
                json!({"score": (n * 7) % 20, "source": if n % 2 == 0 { "Zillow" } else { "Web" }}),
            )
            .await;
    }
    app.settle().await;

    for query in [
        "",
        "?sort=name",
        "?sort=-score",
        "?source=zillow",
        "?minScore=8",
        "?q=ann",
        "?assignedTo=none&minScore=3",
    ] {
        let rows = texts(
            &walk(&owner, &format!("/api/leads{query}"), 10).await,
            "name",
        );
        let sign = if query.is_empty() { '?' } else { '&' };
        let second = owner
            .get(&format!("/api/leads{query}{sign}page=2&limit=10"))
            .await
            .expect(200)
            .json();
        let expected: Vec<_> = rows.iter().skip(10).take(10).cloned().collect();
        assert_eq!(
            texts(second["items"].as_array().unwrap(), "name"),
            expected,
            "{query}"
        );
        let beyond = owner
            .get(&format!("/api/leads{query}{sign}page=9&limit=10"))
            .await
            .expect(200)
            .json();
        assert_eq!(beyond, json!({"items": [], "nextCursor": null}), "{query}");
    }
}

#[tokio::test]
async fn a_common_word_is_walked_without_empty_pages() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    // Each lead has several words that begin alike: it counts under the first, and the rest are passed over.
    for n in 0..60 {
        owner.lead(&format!("Example {n}"), json!({"email": format!("example.{n}@example.example"), "company": "Examples and Exams"})).await;
    }
    app.settle().await;

    let mut cursor = String::new();
    let mut pages = Vec::new();
    loop {
        let page = owner
            .get(&format!("/api/leads?q=exam&limit=7{cursor}"))
            .await
            .expect(200)
            .json();
        pages.push(page["items"].as_array().unwrap().len());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }

    assert_eq!(pages.iter().sum::<usize>(), 60);
    assert_eq!(pages.len(), 9, "{pages:?}");
}

#[tokio::test]
async fn a_lead_is_found_by_where_its_property_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let address = json!({"street": "1200 N \u{c9}lm Street", "unit": "4B", "city": "Boston", "state": "MA", "zip": "02139"});
    let ann = owner.lead("Ann Lee", json!({"address": address})).await;
    owner.lead("Bob Stone", json!({})).await;
    app.settle().await;

    for q in [
        "elm",
        "1200%20elm",
        "elm%201200",
        "12%20el",
        "boston%20ma",
        "02139",
        "lee%20boston",
        "ann%20le%20elm",
        "4b",
    ] {
        for sort in ["", "&sort=newest", "&sort=name"] {
            let query = format!("?q={q}{sort}");
            assert_eq!(names(&owner, &query).await, ["Ann Lee"], "{query}");
        }
    }
    let path = format!("/api/leads/{}", ann["id"].as_str().unwrap());
    let moved = json!({"address": {"street": "7 Oak Ave"}});
    owner.patch(&path, moved).await.expect(200);
    app.settle().await;
    assert_eq!(names(&owner, "?q=oak%20ann").await, ["Ann Lee"]);
    for q in ["elm", "1200%20elm", "1200%20elm&sort=newest"] {
        assert!(names(&owner, &format!("?q={q}")).await.is_empty(), "{q}");
    }
}

#[tokio::test]
async fn two_words_find_those_that_have_both_wherever_they_have_them() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (name, company) in [
        ("John Smith", "Oak Homes"),
        ("Smith Johnson", "Elm Homes"),
        ("John Doe", "Smith & Sons"),
        ("Ann Lee", "John Smithson"),
        ("Joan Smith", "Elm Homes"),
        ("John Stone", "Oak Homes"),
        ("Ann Marie Lee", "Elm Homes"),
    ] {
        owner.lead(name, json!({"company": company})).await;
    }
    app.settle().await;

    let all = ["Ann Lee", "John Doe", "John Smith", "Smith Johnson"];
    for q in ["john%20smith", "smith%20john", "smi%20joh"] {
        assert_eq!(names(&owner, &format!("?q={q}")).await, all, "{q}");
    }
    assert_eq!(names(&owner, "?q=jo%20smi").await.len(), 5);
    assert_eq!(names(&owner, "?q=j%20smi").await.len(), 5);
    assert_eq!(names(&owner, "?q=lee%20ann%20ma").await, ["Ann Marie Lee"]);
    assert_eq!(names(&owner, "?q=john%20smith%20oak").await, ["John Smith"]);
    let mia = owner.invite("Mia", "member").await;
    assert_eq!(names(&mia, "?q=john%20smith&status=won").await, [""; 0]);
}

#[tokio::test]
async fn a_name_is_found_in_two_requests_among_many_that_share_each_word() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..60 {
        owner.lead(&format!("John Stone{n}"), json!({})).await;
        owner.lead(&format!("Mary{n} Smith"), json!({})).await;
    }
    owner.lead("John Smith", json!({})).await;
    app.settle().await;

    let reply = owner.get("/api/leads?q=john%20smith").await.expect(200);

    // The gate, the pair, the lead.
    assert_eq!(reply.cost.requests, 3);
    assert_eq!(
        texts(reply.json()["items"].as_array().unwrap(), "name"),
        ["John Smith"]
    );
}

#[tokio::test]
async fn the_last_four_digits_find_a_lead_in_two_requests() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..50 {
        let fields = json!({"phone": format!("(512) 555-01{n:02}")});
        owner.lead(&format!("Lead {n}"), fields).await;
    }
    app.settle().await;

    let reply = owner.get("/api/leads?q=0142").await.expect(200);

    assert_eq!(reply.cost.requests, 3);
    assert_eq!(reply.json()["items"][0]["name"], "Lead 42");
}
