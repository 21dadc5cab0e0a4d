//! What somebody finds who reads the table.

use super::{login, refresh, text};
use http::Method;
use plat_testing::{PASSWORD, TestApp, mailed_token};
use serde_json::json;

#[tokio::test]
async fn no_password_and_no_token_is_at_rest() {
    let app = TestApp::start().await;
    let registered = app
        .call(Method::POST, "/api/auth/register")
        .json(json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"}))
        .idempotency_key("kept-reply")
        .send()
        .await
        .expect(201)
        .json();
    let refreshed = refresh(&app, &text(&registered["refreshToken"]))
        .await
        .expect(200)
        .json();
    login(&app, "ann@example.com", "Wrong Moon 77")
        .send()
        .await
        .expect(401);
    app.post(
        "/api/auth/forgot-password",
        json!({"email": "ann@example.com"}),
    )
    .await
    .expect(202);
    let mails = app.mail_to("ann@example.com").await;

    let items = app
        .host
        .client
        .scan()
        .table_name("plat")
        .send()
        .await
        .unwrap();
    let table = format!("{:?}", items.items());

    let mut secrets = vec![PASSWORD.to_owned(), "Wrong Moon 77".to_owned()];
    secrets.extend(mails.iter().map(|sent| mailed_token(&sent.mail.text)));
    for reply in [&registered, &refreshed] {
        secrets.push(text(&reply["refreshToken"]));
        secrets.push(text(&reply["accessToken"]));
    }
    assert_eq!(secrets.len(), 8);
    assert!(items.last_evaluated_key().is_none());
    for secret in secrets {
        assert!(
            secret.len() > 8 && !table.contains(&secret),
            "{secret} is at rest"
        );
    }
    assert!(table.contains("ann@example.com"), "the scan found nothing");
}
