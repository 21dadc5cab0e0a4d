//! `GET /api/teams/{teamId}/audit`

use super::{UNKNOWN, one_of_each_role, set_role};
use crate::audit::{log_of, rows, texts, verified, walk};
use jiff::SignedDuration;
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

/// A team in which Olive and Mia each did something to a lead of their own, a minute apart.
async fn scene(app: &TestApp) -> (Someone<'_>, Someone<'_>, [String; 2]) {
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let mut leads = [String::new(), String::new()];
    for (who, lead) in [&owner, &mia].into_iter().zip(&mut leads) {
        app.advance(SignedDuration::from_mins(1));
        let made = who.lead(&format!("Lead of {}", who.id), json!({})).await;
        *lead = made["id"].as_str().unwrap().to_owned();
        app.advance(SignedDuration::from_mins(1));
        let path = format!("/api/leads/{lead}/status");
        who.patch(&path, json!({"status": "contacted"}))
            .await
            .expect(200);
    }
    (owner, mia, leads)
}

#[tokio::test]
async fn a_log_says_who_changed_what_from_where_newest_first() {
    let app = TestApp::start().await;
    let (owner, mia, leads) = scene(&app).await;

    let (first, rows) = walk(&app, &owner, &log_of(&owner.team), 3).await;

    let newest = &rows[0];
    assert_eq!(newest["type"], "lead.status_changed");
    assert_eq!(newest["at"], "2026-03-02T15:04:00Z");
    assert_eq!(newest["teamId"], owner.team.as_str());
    assert_eq!(newest["actor"], json!({"id": mia.id, "name": "Mia"}));
    assert_eq!(newest["subject"], json!({"kind": "lead", "id": leads[1]}));
    assert_eq!(
        newest["changes"],
        json!({"status": {"from": "new", "to": "contacted"}})
    );
    assert!(newest["ip"].as_str().unwrap().starts_with("10."));
    assert_eq!(newest["requestId"], "test-request");
    assert_eq!(newest["previousHash"], rows[1]["hash"]);
    let head = format!("{}:{}", rows.len(), newest["hash"].as_str().unwrap());
    assert_eq!(first.header("x-audit-head"), head);
    let times = texts(&rows, "/at");
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let kinds = texts(&rows, "/type");
    for kind in [
        "team.created",
        "member.joined",
        "invitation.sent",
        "lead.created",
    ] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    let places: Vec<_> = rows
        .iter()
        .map(|row| row["seq"].as_u64().unwrap())
        .collect();
    let expected: Vec<_> = (1..=rows.len() as u64).collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
    assert!(verified(&rows, Some(&head)).is_ok());
}

#[tokio::test]
async fn what_one_request_changed_shares_its_command() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    app.advance(SignedDuration::from_secs(1));
    owner
        .patch(&path, json!({"company": "Lee & Co", "status": "contacted"}))
        .await
        .expect(200);

    let rows = rows(&app, &owner, &log_of(&owner.team)).await;

    assert_eq!(
        texts(&rows[..2], "/type"),
        ["lead.status_changed", "lead.updated"]
    );
    assert_eq!(rows[0]["commandId"], rows[1]["commandId"]);
    assert_ne!(rows[1]["commandId"], rows[2]["commandId"]);
}

#[tokio::test]
async fn a_log_is_filtered_by_person_type_record_and_time() {
    let app = TestApp::start().await;
    let (owner, mia, leads) = scene(&app).await;
    let log = log_of(&owner.team);
    let found = async |query: &str| {
        let (_, rows) = walk(&app, &owner, &format!("{log}?{query}"), 2).await;
        let of = |row: &Value| {
            format!(
                "{} {}",
                row["actor"]["name"].as_str().unwrap(),
                row["type"].as_str().unwrap()
            )
        };
        rows.iter().map(of).collect::<Vec<_>>()
    };

    let moved = ["Mia lead.status_changed", "Olive lead.status_changed"];
    let made = ["Mia lead.created", "Olive lead.created"];
    assert_eq!(found("type=lead.status_changed").await, moved);
    assert_eq!(
        found("type=lead.status_changed&type=lead.created").await,
        [moved[0], made[0], moved[1], made[1]]
    );
    let hers = found(&format!(
        "actor={}&type=lead.created&type=lead.status_changed",
        mia.id
    ))
    .await;
    assert_eq!(hers, [moved[0], made[0]]);
    assert_eq!(
        found(&format!("subject=lead:{}", leads[0])).await,
        [moved[1], made[1]]
    );
    // Olive's lead was made at 15:01 and moved at 15:02, Mia's a minute and two later.
    let between = found("from=2026-03-02T15:01:00Z&to=2026-03-02T15:04:00Z").await;
    assert_eq!(between, [made[0], moved[1], made[1]]);
    assert_eq!(
        found("from=2026-03-02T15:02:00Z&type=lead.created").await,
        [made[0]]
    );
    for nothing in [
        "from=2026-03-02T15:04:00.001Z".to_owned(),
        "to=2026-03-02T15:00:00Z".to_owned(),
        "from=2026-03-02T15:02:00Z&to=2026-03-02T15:02:00Z".to_owned(),
        "from=2026-03-03&to=2026-03-02".to_owned(),
        "type=token.issued".to_owned(),
        format!("actor={UNKNOWN}"),
        format!("subject=note:{}", leads[0]),
    ] {
        assert_eq!(found(&nothing).await, [""; 0], "{nothing}");
    }
}

#[tokio::test]
async fn a_time_is_sought_and_not_walked_to() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("First", json!({})).await;
    app.advance(SignedDuration::from_mins(10));
    let changes = (0..150).map(|n| {
        let owner = &owner;
        async move { owner.lead(&format!("Lead {n}"), json!({})).await }
    });
    futures::future::join_all(changes).await;
    app.settle().await;
    let log = log_of(&owner.team);

    let early = owner
        .get(&format!("{log}?to=2026-03-02T15:05:00Z&limit=1"))
        .await
        .expect(200);
    let rare = owner
        .get(&format!("{log}?type=team.created"))
        .await
        .expect(200);

    assert_eq!((early.cost.requests, early.cost.read_tenths), (2, 5));
    assert!(early.json()["nextCursor"].is_string());
    // A rare type is looked for in batches of a hundred.
    assert_eq!(rare.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(rare.cost.requests, 3);
}

#[tokio::test]
async fn a_filter_that_finds_little_answers_with_what_it_found_and_where_to_go_on() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    app.advance(SignedDuration::from_secs(1));
    crate::audit::fill(&app, &owner.team, 1_100).await;
    let rare = format!("{}?type=team.created", log_of(&owner.team));

    let first = owner.get(&rare).await.expect(200);
    let (_, found) = walk(&app, &owner, &rare, 100).await;

    assert_eq!(first.json()["items"], json!([]));
    assert!(first.json()["nextCursor"].is_string());
    assert_eq!(first.cost.requests, 11);
    assert_eq!(texts(&found, "/type"), ["team.created"]);
}

#[tokio::test]
async fn a_page_can_be_asked_for_by_its_number() {
    let app = TestApp::start().await;
    let (owner, _, _) = scene(&app).await;
    let log = log_of(&owner.team);
    let all = rows(&app, &owner, &log).await;

    let second = owner
        .get(&format!("{log}?limit=3&page=2"))
        .await
        .expect(200)
        .json();
    let filtered = format!("{log}?limit=1&page=2&type=lead.created");
    let filtered = owner.get(&filtered).await.expect(200).json();

    assert_eq!(second["items"].as_array().unwrap()[..], all[3..6]);
    assert_eq!(
        texts(filtered["items"].as_array().unwrap(), "/actor/name"),
        ["Olive"]
    );
}

#[tokio::test]
async fn what_is_no_filter_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let log = log_of(&owner.team);
    let cases = [
        ("type=lead.exploded", "/type invalid_choice"),
        ("type=lead.created&type=x", "/type/1 invalid_choice"),
        ("actor=me", "/actor invalid_id"),
        ("subject=lead", "/subject invalid_subject"),
        (
            "subject=leads:01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "/subject invalid_subject",
        ),
        ("from=yesterday", "/from invalid_time"),
        ("to=2026-13-01", "/to invalid_time"),
        ("seq=3", "/seq unknown_parameter"),
    ];
    for (query, error) in cases {
        let refused = owner.get(&format!("{log}?{query}")).await.expect(422);
        assert_eq!(refused.field_errors(), [error], "{query}");
    }
    app.settle().await;
    let first = owner
        .get(&format!("{log}?limit=1"))
        .await
        .expect(200)
        .json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let other = owner
        .get(&format!("{log}?limit=1&type=lead.created&cursor={cursor}"))
        .await;
    assert_eq!(other.expect(400).problem(), "bad-cursor");
}

#[tokio::test]
async fn admins_and_owners_read_it_and_nobody_else() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let log = log_of(&owner.team);
    for (role, person) in one_of_each_role(&owner).await {
        let status = if role == "admin" { 200 } else { 403 };
        person.get(&log).await.expect(status);
    }
    let former = owner.invite("Former Admin", "admin").await;
    former.get(&log).await.expect(200);
    set_role(&owner, &former.id, "member").await.expect(200);
    assert_eq!(former.get(&log).await.expect(403).problem(), "forbidden");
    app.get(&log).await.expect(401);
}

#[tokio::test]
async fn the_log_of_another_team_is_absent() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.owner("Ann").await, app.owner("Eve").await);
    ann.lead("Secret", json!({})).await;
    app.settle().await;

    let foreign = eve.get(&log_of(&ann.team)).await.expect(404);
    let unknown = eve.get(&log_of(UNKNOWN)).await.expect(404);

    assert_eq!(foreign.text, unknown.text);
    let own = rows(&app, &eve, &log_of(&eve.team)).await;
    assert!(own.iter().all(|row| row["teamId"] == eve.team.as_str()));
}
