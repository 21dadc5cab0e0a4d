//! `GET /api/teams/{teamId}`

use super::one_of_each_role;
use plat_testing::TestApp;

#[tokio::test]
async fn every_member_reads_their_team_and_sees_their_own_role() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let people = one_of_each_role(&ann).await;
    let path = format!("/api/teams/{}", ann.team);

    let own = ann.get(&path).await.expect(200);

    let team = own.json();
    assert_eq!(team["id"], ann.team.as_str());
    assert_eq!(team["name"], "Ann's team");
    assert_eq!(team["role"], "owner");
    assert_eq!(team["memberCount"], 5);
    assert_eq!(own.header("etag"), format!("\"{}\"", team["version"]));
    for (role, person) in people {
        let seen = person.get(&path).await.expect(200).json();
        assert_eq!(seen["role"], role);
        assert_eq!(seen["version"], team["version"]);
    }
}

#[tokio::test]
async fn the_path_says_which_team_whatever_the_token_is_for() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = ann.invite("Bob", "assistant").await;
    let teams = bob.get("/api/teams").await.expect(200).json();
    let own = teams["items"][1]["id"].as_str().unwrap();

    let team = bob.get(&format!("/api/teams/{own}")).await.expect(200);

    assert_ne!(own, bob.team);
    assert_eq!(team.json()["name"], "Bob's team");
    assert_eq!(team.json()["role"], "owner");
}
