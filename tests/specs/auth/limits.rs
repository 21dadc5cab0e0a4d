//! The limits that every request passes.

use super::seconds;
use http::Method;
use plat_testing::Started;
use serde_json::json;

#[tokio::test]
async fn the_hundred_and_first_request_of_a_person_in_a_minute_waits() {
    let app = Started::default().with_real_limits().start().await;
    let ann = app.owner("Ann").await;
    let bob = app.owner("Bob").await;
    for _ in 0..100 {
        ann.get("/api/auth/me").await.expect(200);
    }

    let over = ann.get("/api/auth/me").await.expect(429);

    assert_eq!(over.problem(), "too-many-requests");
    let wait: i64 = over.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    bob.get("/api/auth/me").await.expect(200);
    app.advance(seconds(wait));
    ann.get("/api/auth/me").await.expect(200);
}

#[tokio::test]
async fn all_devices_of_a_person_count_together() {
    let app = Started::default().with_real_limits().start().await;
    let ann = app.owner("Ann").await;
    let phone = super::signed_in(&app, &ann.email).await;
    for device in [&ann, &phone] {
        for _ in 0..50 {
            device.get("/api/auth/me").await.expect(200);
        }
    }

    for device in [&ann, &phone] {
        device.get("/api/auth/me").await.expect(429);
    }
}

#[tokio::test]
async fn the_twenty_first_public_request_from_an_address_in_a_minute_waits() {
    let app = Started::default().with_real_limits().start().await;
    let from = |ip: &str| {
        app.call(Method::POST, "/api/auth/verify-email")
            .json(json!({"token": "x"}))
            .from(ip)
    };
    for _ in 0..20 {
        from("203.0.113.9").send().await.expect(422);
    }

    let over = from("203.0.113.9").send().await.expect(429);

    assert_eq!(over.problem(), "too-many-requests");
    let wait: i64 = over.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    from("203.0.113.10").send().await.expect(422);
    app.advance(seconds(wait));
    from("203.0.113.9").send().await.expect(422);
}

#[tokio::test]
async fn the_public_keys_are_not_counted() {
    let app = Started::default().with_real_limits().start().await;

    for _ in 0..25 {
        app.call(Method::GET, "/.well-known/jwks.json")
            .from("203.0.113.9")
            .send()
            .await
            .expect(200);
    }
}
