//! `GET /`

use plat_testing::TestApp;

#[tokio::test]
async fn the_service_tells_its_name_and_version_and_where_to_read_on() {
    let app = TestApp::start().await;

    let body = app.get("/").await.expect(200).json();

    assert_eq!(body["name"], "Plat API");
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
    for link in ["docs", "openapi", "health"] {
        let path = body["links"][link].as_str().unwrap();
        app.get(path).await.expect(200);
    }
}
