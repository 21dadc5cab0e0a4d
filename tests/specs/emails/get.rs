//! `GET /api/emails/{emailId}`

use super::support::{a_day, again, only_email};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_email_of_another_team_is_not_found() {
    let app = TestApp::start().await;
    let mut owner = app.owner("Olive").await;
    owner.client("Ann Lee", json!({})).await;
    app.settle().await;
    a_day(&app, &mut owner).await;
    let path = format!(
        "/api/emails/{}",
        only_email(&owner).await["id"].as_str().unwrap()
    );

    let other = app.owner("Otto").await;

    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(
        owner
            .get("/api/emails/00000000000000000000000007")
            .await
            .status,
        404
    );
    assert_eq!(owner.get("/api/emails/nothing").await.status, 404);
}

#[tokio::test]
async fn a_member_sees_the_emails_to_their_clients_and_to_nobodys() {
    let app = TestApp::start().await;
    let mut owner = app.owner("Olive").await;
    let agent = owner.invite("Max", "member").await;
    let team = format!("/api/teams/{}", owner.team);
    owner
        .patch(&team, json!({"visibility": "own"}))
        .await
        .expect(200);
    for (name, assignee) in [
        ("Ann Lee", json!(owner.id)),
        ("Bob Ray", json!(agent.id)),
        ("Cy Fox", json!(null)),
    ] {
        owner.client(name, json!({"assignedTo": assignee})).await;
    }
    app.settle().await;
    a_day(&app, &mut owner).await;

    let agent = again(&app, &agent).await;
    let all = owner.get("/api/emails").await.expect(200).json();
    let seen = agent.get("/api/emails").await.expect(200).json();

    let names = |page: &serde_json::Value| {
        let rows = page["items"].as_array().unwrap().iter();
        let mut names: Vec<_> = rows
            .map(|row| row["clientName"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&all), ["Ann Lee", "Bob Ray", "Cy Fox"]);
    assert_eq!(names(&seen), ["Bob Ray", "Cy Fox"]);
    for row in all["items"].as_array().unwrap() {
        let path = format!("/api/emails/{}", row["id"].as_str().unwrap());
        let expected = if row["clientName"] == "Ann Lee" {
            404
        } else {
            200
        };
        assert_eq!(agent.get(&path).await.status, expected);
        let retry = agent.post(&format!("{path}/retry"), json!({})).await.status;
        assert_eq!(retry, if expected == 404 { 404 } else { 409 });
    }
}
