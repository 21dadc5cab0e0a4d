//! `PATCH /api/settings/business` and its alias `PUT`

use super::{BUSINESS, told};
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_field_that_is_given_changes_one_that_is_null_is_cleared_and_the_others_stay() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let first = json!({
        "name": "Harbor", "timeZone": "america/chicago", "phone": "(512) 555-0100", "keepCompletedTasks": 90,
        "website": "https://harbor.example",
        "postalAddress": {"street": "12 Elm St", "city": "Austin", "state": "TX", "zip": "78701"},
    });

    olive.patch(BUSINESS, first).await.expect(200);
    let second = json!({"license": "TX-1", "website": null, "name": null});
    let call = olive.call(Method::PUT, BUSINESS).json(second);
    let answer = call.send().await.expect(200);

    let business = answer.json();
    assert_eq!(answer.header("etag"), "\"2\"");
    assert_eq!(business["timeZone"], "America/Chicago");
    assert_eq!(business["inEffect"]["timeZone"], "America/Chicago");
    assert_eq!(business["inEffect"]["name"], "Olive's team");
    assert_eq!(business["phone"], "(512) 555-0100");
    assert_eq!(business["postalAddress"]["street"], "12 Elm St");
    assert_eq!(business["keepCompletedTasks"], 90);
    assert_eq!(
        (
            &business["license"],
            &business["website"],
            &business["name"]
        ),
        (&json!("TX-1"), &json!(null), &json!(null))
    );
    assert_eq!(olive.get(BUSINESS).await.json(), business);
}

#[tokio::test]
async fn the_audit_log_tells_which_part_changed_and_how() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    olive
        .patch(BUSINESS, json!({"license": "TX-1"}))
        .await
        .expect(200);

    let again = olive.patch(BUSINESS, json!({"license": "TX-1"})).await;
    app.advance(jiff::SignedDuration::from_secs(1));
    olive
        .patch(BUSINESS, json!({"license": "TX-2"}))
        .await
        .expect(200);

    assert_eq!(again.expect(200).json()["version"], 1);
    assert_eq!(
        told(&app, &olive).await,
        [
            json!(["Olive", "business", {"license": {"from": "TX-1", "to": "TX-2"}}]),
            json!(["Olive", "business", {"license": {"to": "TX-1"}}]),
        ]
    );
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let wrong = json!({
        "keepCompletedTasks": 29, "timeZone": "Mars/Olympus", "phone": "12", "postalAddress": {}, "colour": "red",
    });

    let refused = olive.patch(BUSINESS, wrong).await.expect(422);

    assert_eq!(
        refused.field_errors(),
        [
            "/colour unknown_field",
            "/keepCompletedTasks out_of_range",
            "/phone invalid_phone",
            "/postalAddress empty_address",
            "/timeZone unknown_time_zone",
        ]
    );
    let empty = olive.patch(BUSINESS, json!({})).await.expect(422);
    assert_eq!(empty.field_errors(), [" empty_patch"]);
    assert_eq!(olive.get(BUSINESS).await.json()["version"], 0);
}

#[tokio::test]
async fn a_change_meant_for_another_version_is_refused_from_the_first_on() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let change = |version, license: &str| {
        olive
            .call(Method::PATCH, BUSINESS)
            .if_match(version)
            .json(json!({"license": license}))
    };

    let early = change(1, "TX-0").send().await;
    let first = change(0, "TX-1").send().await;
    let late = change(0, "TX-2").send().await;

    assert_eq!(early.expect(412).json()["currentVersion"], 0);
    first.expect(200);
    assert_eq!(late.expect(412).json()["currentVersion"], 1);
    assert_eq!(olive.get(BUSINESS).await.json()["license"], "TX-1");
}

#[tokio::test]
async fn first_changes_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let bodies = [
        json!({"license": "TX-1"}),
        json!({"name": "Harbor"}),
        json!({"timeZone": "UTC"}),
    ];

    let answers = join_all(bodies.map(|body| olive.patch(BUSINESS, body))).await;

    for answer in answers {
        answer.expect(200);
    }
    let business = olive.get(BUSINESS).await.json();
    assert_eq!(
        (
            &business["license"],
            &business["name"],
            &business["timeZone"]
        ),
        (&json!("TX-1"), &json!("Harbor"), &json!("UTC"))
    );
    assert_eq!(business["version"], 3);
}

#[tokio::test]
async fn only_who_manages_the_team_changes_it() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    for role in ["assistant", "member", "manager"] {
        let person = olive.invite(&format!("Casey {role}"), role).await;
        let refused = person.patch(BUSINESS, json!({"license": "TX-1"})).await;
        refused.expect(403);
    }

    let admin = olive.invite("Adam", "admin").await;
    admin
        .patch(BUSINESS, json!({"license": "TX-1"}))
        .await
        .expect(200);

    let none = app
        .call(Method::PATCH, BUSINESS)
        .json(json!({"license": "TX-2"}));
    none.send().await.expect(401);
    assert_eq!(olive.get(BUSINESS).await.json()["license"], "TX-1");
}

#[tokio::test]
async fn teams_that_keep_tasks_for_some_days_are_found_without_asking_the_others() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    let store = &app.host.app.store;
    oscar
        .patch(BUSINESS, json!({"license": "TX-1"}))
        .await
        .expect(200);

    olive
        .patch(BUSINESS, json!({"keepCompletedTasks": 30}))
        .await
        .expect(200);
    let keeping = store.keeping_for_days(None, 10).await.unwrap();
    let behind = store.keeping_for_days(keeping.first().copied(), 10).await;
    olive
        .patch(BUSINESS, json!({"keepCompletedTasks": null}))
        .await
        .expect(200);

    assert_eq!(keeping, [olive.team.parse().unwrap()]);
    assert_eq!(behind.unwrap(), []);
    assert_eq!(store.keeping_for_days(None, 10).await.unwrap(), []);
}
