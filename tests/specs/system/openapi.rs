//! `GET /openapi.json`

use http::Method;
use plat_testing::TestApp;

#[tokio::test]
async fn the_reference_is_the_committed_file() {
    let app = TestApp::start().await;

    let answer = app.get("/openapi.json").await.expect(200);

    let committed = std::fs::read_to_string(plat_infra::root().join("openapi.json")).unwrap();
    assert_eq!(answer.text, committed);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}

#[tokio::test]
async fn who_has_the_reference_already_is_told_so() {
    let app = TestApp::start().await;
    let tag = app.get("/openapi.json").await.header("etag").to_owned();

    let again = app.call(Method::GET, "/openapi.json");
    let answer = again.header("if-none-match", &tag).send().await.expect(304);

    assert_eq!(answer.text, "");
    assert_eq!(answer.header("etag"), tag);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
}
