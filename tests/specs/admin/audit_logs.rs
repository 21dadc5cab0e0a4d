//! `GET /api/admin/audit-logs`

use crate::audit::{rows, texts, verified, walk};
use jiff::SignedDuration;
use plat_testing::TestApp;
use serde_json::json;

const LOGS: &str = "/api/admin/audit-logs";

#[tokio::test]
async fn operators_see_what_happened_in_all_teams_newest_first() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.owner("Ann").await, app.owner("Eve").await);
    app.make_operator(&ann).await;
    for (who, name) in [(&ann, "First"), (&eve, "Second"), (&ann, "Third")] {
        app.advance(SignedDuration::from_mins(1));
        who.lead(name, json!({})).await;
    }

    let (first, rows) = walk(&app, &ann, LOGS, 4).await;

    let teams = texts(&rows[..3], "/teamId");
    assert_eq!(teams, [&ann.team, &eve.team, &ann.team]);
    assert_eq!(texts(&rows[..3], "/type"), ["lead.created"; 3]);
    assert!(texts(&rows, "/type").contains(&"user.registered"));
    let ids = texts(&rows, "/id");
    assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
    // Rows of several chains are checked chain by chain.
    let said = verified(&rows, None).unwrap();
    assert_eq!(said.matches("intact").count(), 3, "{said}");
    assert_eq!(first.header("x-audit-head"), "");
}

#[tokio::test]
async fn a_chain_is_listed_alone_with_its_head() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.owner("Ann").await, app.owner("Eve").await);
    app.make_operator(&ann).await;
    eve.lead("Lead", json!({})).await;

    let of_eve = format!("{LOGS}?teamId={}", eve.team);
    let (first, of_eve) = walk(&app, &ann, &of_eve, 2).await;
    let (of_none_first, of_none) = walk(&app, &ann, &format!("{LOGS}?teamId=none"), 2).await;

    assert!(of_eve.iter().all(|row| row["teamId"] == eve.team.as_str()));
    assert!(verified(&of_eve, Some(first.header("x-audit-head"))).is_ok());
    assert!(of_none.iter().all(|row| row["teamId"].is_null()));
    assert_eq!(texts(&of_none, "/type"), ["user.registered"; 2]);
    assert!(verified(&of_none, Some(of_none_first.header("x-audit-head"))).is_ok());
}

#[tokio::test]
async fn the_filters_are_those_of_a_team() {
    let app = TestApp::start().await;
    let (ann, eve) = (app.owner("Ann").await, app.owner("Eve").await);
    app.make_operator(&ann).await;
    app.advance(SignedDuration::from_mins(1));
    let lead = eve.lead("Lead", json!({})).await;
    app.advance(SignedDuration::from_mins(1));
    ann.lead("Other", json!({})).await;
    let subject = format!("subject=lead:{}", lead["id"].as_str().unwrap());
    let cases = [
        (
            format!("actor={}&type=lead.created", eve.id),
            vec!["Eve lead.created"],
        ),
        (subject.clone(), vec!["Eve lead.created"]),
        (format!("{subject}&teamId={}", ann.team), vec![]),
        (
            "type=user.registered".to_owned(),
            vec!["Eve user.registered", "Ann user.registered"],
        ),
        (
            "from=2026-03-02T15:01:00Z".to_owned(),
            vec!["Ann lead.created", "Eve lead.created"],
        ),
        (
            "from=2026-03-02T15:01:00Z&to=2026-03-02T15:02:00Z".to_owned(),
            vec!["Eve lead.created"],
        ),
    ];
    for (query, mut expected) in cases {
        let rows = rows(&app, &ann, &format!("{LOGS}?{query}")).await;
        let mut found: Vec<String> = rows
            .iter()
            .map(|row| {
                format!(
                    "{} {}",
                    row["actor"]["name"].as_str().unwrap(),
                    row["type"].as_str().unwrap()
                )
            })
            .collect();
        // Both registered in the same millisecond.
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn what_is_no_filter_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    app.make_operator(&ann).await;
    let cases = [
        ("teamId=mine", "/teamId invalid_id"),
        ("type=nothing", "/type invalid_choice"),
        ("day=2026-03-02", "/day unknown_parameter"),
    ];
    for (query, error) in cases {
        let refused = ann.get(&format!("{LOGS}?{query}")).await.expect(422);
        assert_eq!(refused.field_errors(), [error], "{query}");
    }
}

#[tokio::test]
async fn whoever_is_no_operator_is_refused() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    ann.lead("Lead", json!({})).await;

    let refused = ann.get(LOGS).await.expect(403);
    let own = format!("{LOGS}?teamId={}", ann.team);

    assert_eq!(refused.problem(), "forbidden");
    ann.get(&own).await.expect(403);
    app.get(LOGS).await.expect(401);
}
