//! `GET /api/settings/email`

use super::EMAIL;
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn follow_ups_send_themselves_by_ses_until_somebody_sets_it_otherwise() {
    let app = TestApp::start().await;
    let olive = app.owner("Olive").await;

    let answer = olive.get(EMAIL).await.expect(200);

    assert_eq!(answer.header("etag"), "\"0\"");
    assert_eq!(
        answer.json(),
        json!({
            "senderName": null, "replyTo": null, "provider": "ses", "from": null, "writer": null, "model": null,
            "instructions": null, "followUps": true,
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
        .patch(EMAIL, json!({"followUps": false}))
        .await
        .expect(200);

    assert_eq!(andy.get(EMAIL).await.expect(200).json()["followUps"], false);
    assert_eq!(oscar.get(EMAIL).await.expect(200).json()["followUps"], true);
    app.get(EMAIL).await.expect(401);
}
