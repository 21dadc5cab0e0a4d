//! `GET /api/settings/business`

use super::BUSINESS;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn what_nobody_has_set_says_what_holds() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;
    let path = format!("/api/teams/{}", olive.team);
    olive
        .patch(&path, json!({"name": "Harbor Homes"}))
        .await
        .expect(200);

    let answer = olive.get(BUSINESS).await.expect(200);

    assert_eq!(answer.header("etag"), "\"0\"");
    assert_eq!(
        answer.json(),
        json!({
            "name": null, "postalAddress": null, "phone": null, "website": null, "license": null,
            "timeZone": null, "keepCompletedTasks": null,
            "inEffect": {"name": "Harbor Homes", "timeZone": "America/New_York"},
            "version": 0, "updatedAt": null, "updatedBy": null,
        })
    );
}

#[tokio::test]
async fn everybody_in_the_team_reads_it_and_nobody_else() {
    let app = TestApp::start().await;
    let (olive, oscar) = (app.owner("Olive").await, app.owner("Oscar").await);
    let andy = olive.invite("Andy", "assistant").await;
    olive
        .patch(BUSINESS, json!({"license": "TX-1"}))
        .await
        .expect(200);

    let seen = andy.get(BUSINESS).await.expect(200).json();

    assert_eq!(seen["license"], "TX-1");
    assert_eq!(seen["updatedBy"]["name"], "Olive");
    let theirs = oscar.get(BUSINESS).await.expect(200).json();
    assert_eq!(theirs["license"], json!(null));
    app.get(BUSINESS).await.expect(401);
}
