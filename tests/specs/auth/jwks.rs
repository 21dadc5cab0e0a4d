//! `GET /.well-known/jwks.json`

use http::Method;
use jiff::SignedDuration;
use plat_services::{KeyMaterial, Keys};
use plat_store::PublishedKey;
use plat_testing::TestApp;

#[tokio::test]
async fn the_public_keys_are_there_for_everybody_and_for_caches() {
    let app = TestApp::start().await;

    let answer = app.get("/.well-known/jwks.json").await.expect(200);

    let known = app.host.app.keys.signing_key().unwrap().clone();
    let set = answer.json();
    let [key] = &set["keys"].as_array().unwrap()[..] else {
        panic!("{set}");
    };
    for (name, value) in [
        ("kty", "OKP"),
        ("crv", "Ed25519"),
        ("alg", "EdDSA"),
        ("use", "sig"),
        ("kid", &known.kid),
        ("x", &known.x),
    ] {
        assert_eq!(key[name], value, "{name}");
    }
    assert_eq!(key.as_object().unwrap().len(), 6, "{key}");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_keys_are_read_from_the_table_now_and_then_and_not_each_time() {
    let app = TestApp::start().await;

    let costs = [
        app.get("/.well-known/jwks.json").await.cost.requests,
        app.get("/.well-known/jwks.json").await.cost.requests,
    ];

    assert_eq!(costs, [1, 0]);
}

#[tokio::test]
async fn a_key_that_began_to_sign_later_is_accepted_at_once_and_the_old_one_stays() {
    let app = TestApp::start().await;
    let ann = app.owner("Ann").await;
    let next = Keys::new(&KeyMaterial::generate().unwrap()).unwrap();
    let claims = app
        .host
        .app
        .keys
        .verify_access(&ann.token, app.now())
        .unwrap();
    let token = next
        .sign_access(claims.sub, claims.sid, claims.team, claims.role, app.now())
        .unwrap();
    let me = async |token: &str| {
        let call = app.call(Method::GET, "/api/auth/me");
        call.token(token).send().await.status
    };
    assert_eq!(me(&token).await, 401, "nobody published this key");

    let key = next.signing_key().unwrap().clone();
    let published = PublishedKey {
        kid: key.kid,
        x: key.x,
    };
    let keys = app.host.app.store.public_keys();
    keys.publish(&published, app.now()).await.unwrap();
    app.advance(SignedDuration::from_secs(10));

    assert_eq!(me(&token).await, 200);
    assert_eq!(me(&ann.token).await, 200);
    let set = app.get("/.well-known/jwks.json").await.expect(200).json();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_the_last_keys_are_remembered() {
    let app = TestApp::start().await;
    let keys = app.host.app.store.public_keys();
    for _ in 0..6 {
        app.advance(SignedDuration::from_hours(1));
        let fresh = Keys::new(&KeyMaterial::generate().unwrap()).unwrap();
        let key = fresh.signing_key().unwrap().clone();
        let published = PublishedKey {
            kid: key.kid,
            x: key.x,
        };
        keys.publish(&published, app.now()).await.unwrap();
        keys.publish(&published, app.now()).await.unwrap();
        assert_eq!(keys.all().await.unwrap()[0], published);
    }
    assert_eq!(keys.all().await.unwrap().len(), 4);
}
