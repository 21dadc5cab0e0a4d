//! `GET /api/auth/sessions`

use super::{hours, login, refresh, seconds, signed_in, text};
use http::Method;
use plat_testing::{PASSWORD, START, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn every_device_is_shown_with_when_and_where_it_was_last_seen() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    app.advance(seconds(60));
    let phone = login(&app, &ann.email, PASSWORD)
        .header("user-agent", "Phone/1.0")
        .from("203.0.113.9")
        .send()
        .await
        .expect(200)
        .json();
    app.advance(seconds(60));
    app.call(Method::POST, "/api/auth/refresh")
        .json(json!({"refreshToken": phone["refreshToken"]}))
        .header("user-agent", "Phone/1.1")
        .from("198.51.100.7")
        .send()
        .await
        .expect(200);

    let reply = ann.get("/api/auth/sessions").await.expect(200).json();

    let [phone, laptop] = &reply["items"].as_array().unwrap()[..] else {
        panic!("{reply}");
    };
    assert_eq!(phone["device"], "Phone/1.1");
    assert_eq!(phone["ip"], "198.51.100.7");
    assert_eq!(phone["current"], false);
    assert_eq!(phone["teamId"], ann.team.as_str());
    assert_eq!(phone["createdAt"], "2026-03-02T15:01:00Z");
    assert_eq!(phone["lastSeenAt"], "2026-03-02T15:02:00Z");
    assert_eq!(phone["expiresAt"], "2026-03-09T15:02:00Z");
    assert_eq!(laptop["current"], true);
    assert_eq!(laptop["createdAt"], START);
    assert_eq!(reply["nextCursor"], json!(null));
}

#[tokio::test]
async fn sessions_that_ended_or_expired_are_not_shown() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let gone = signed_in(&app, &ann.email).await;
    gone.post("/api/auth/logout", json!({})).await.expect(204);
    app.advance(hours(7 * 24));
    let late = signed_in(&app, &ann.email).await;

    let reply = late.get("/api/auth/sessions").await.expect(200).json();

    let items = reply["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{reply}");
    assert_eq!(items[0]["current"], true);
}

#[tokio::test]
async fn the_list_is_walked_a_page_at_a_time() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    for _ in 0..4 {
        app.advance(seconds(1));
        signed_in(&app, &ann.email).await;
    }

    let mut seen: Vec<String> = Vec::new();
    let mut path = "/api/auth/sessions?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page: Value = ann.get(&path).await.expect(200).json();
        pages += 1;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| text(&item["id"])),
        );
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/api/auth/sessions?limit=2&cursor={cursor}"),
            None => break,
        }
    }

    assert_eq!((pages, seen.len()), (3, 5));
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{seen:?}");
    let second = ann
        .get("/api/auth/sessions?limit=2&page=2")
        .await
        .expect(200)
        .json();
    assert_eq!(text(&second["items"][0]["id"]), seen[2]);
}

#[tokio::test]
async fn nobody_sees_the_devices_of_others() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;

    let reply = ann.get("/api/auth/sessions").await.expect(200).json();

    assert_eq!(reply["items"].as_array().unwrap().len(), 1);
    app.get("/api/auth/sessions").await.expect(401);
    refresh(&app, &bob.refresh).await.expect(200);
}
