//! `GET /.well-known/jwks.json`

use plat_testing::TestApp;

#[tokio::test]
async fn the_public_keys_are_there_for_everybody_and_for_caches() {
    let app = TestApp::start().await;

    let answer = app.get("/.well-known/jwks.json").await.expect(200);

    let known = app.host.app.keys.public().next().unwrap().clone();
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
    assert_eq!(answer.cost.requests, 0);
}
