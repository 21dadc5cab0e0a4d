//! The job `auth.send_mail`

use super::hours;
use plat_testing::TestApp;

#[tokio::test]
async fn whoever_registers_is_mailed_a_link_that_confirms_their_address() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    let mails = app.mail_to(&ann.email).await;

    let [sent] = &mails[..] else {
        panic!("{mails:?}");
    };
    let link = "https://app.plat.example/verify-email?token=";
    assert_eq!(sent.mail.subject, "Confirm your e-mail address");
    assert!(sent.mail.text.contains(link), "{}", sent.mail.text);
    assert!(
        sent.mail.html.contains(&format!("<a href=\"{link}")),
        "{}",
        sent.mail.html
    );
}

#[tokio::test]
async fn a_change_is_mailed_once() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    app.settle().await;
    app.settle().await;

    assert_eq!(app.mail_to(&ann.email).await.len(), 1);
}

#[tokio::test]
async fn a_token_that_expired_before_it_was_mailed_is_not() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;

    app.advance(hours(24));

    assert!(app.mail_to(&ann.email).await.is_empty());
}
