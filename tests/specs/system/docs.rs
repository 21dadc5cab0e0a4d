//! `GET /docs`

use http::Method;
use plat_testing::TestApp;

#[tokio::test]
async fn the_page_has_all_it_needs_inside() {
    let app = TestApp::start().await;

    let answer = app.get("/docs").await.expect(200);

    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let markup = outside_of(&outside_of(&answer.text, "script"), "style");
    for attribute in ["src=", "@import", "url("] {
        assert!(!markup.contains(attribute), "{attribute} in {markup}");
    }
    assert!(
        !markup.contains("http:") && !markup.contains("https:"),
        "{markup}"
    );
    let links: Vec<&str> = markup.split("href=\"").skip(1).collect();
    let inside = |link: &&str| link.starts_with("data:,\"") || link.starts_with("openapi.json\"");
    assert!(links.iter().all(inside), "{markup}");
    assert!(answer.text.contains("url: \"openapi.json\""));
}

#[tokio::test]
async fn a_browser_runs_nothing_but_the_pages_own_script_and_asks_nobody_else() {
    let app = TestApp::start().await;

    let answer = app.get("/docs").await;

    let policy = answer.header("content-security-policy");
    let rules: Vec<&str> = policy.split("; ").collect();
    for rule in ["default-src 'none'", "connect-src 'self'", "img-src data:"] {
        assert!(rules.contains(&rule), "{policy}");
    }
    let scripts = rules.iter().find(|rule| rule.starts_with("script-src"));
    assert!(
        scripts.unwrap().starts_with("script-src 'sha256-"),
        "{policy}"
    );
    assert!(!scripts.unwrap().contains("unsafe"), "{policy}");
    assert_eq!(answer.text.matches("<script").count(), 1);
    assert_eq!(answer.text.matches("</script").count(), 1);
}

#[tokio::test]
async fn the_page_is_sent_as_gzip_to_who_reads_it() {
    let app = TestApp::start().await;
    let asked = |coding: &str| {
        app.call(Method::GET, "/docs")
            .header("accept-encoding", coding)
            .send()
    };

    let packed = asked("br, gzip;q=0.8").await.expect(200);
    let plain = asked("gzip;q=0, identity").await.expect(200);

    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.header("vary").contains("Accept-Encoding"));
    assert!(packed.text.len() < plain.text.len());
    assert_eq!(plain.header("content-encoding"), "");
    assert!(plain.text.starts_with("<!doctype html>"));
    // Lambda replies have at most 6 MB.
    assert!(plain.text.len() < 3_000_000);
}

/// The text without the elements of one name.
fn outside_of(text: &str, element: &str) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    text.split(&open)
        .enumerate()
        .map(|(n, part)| match n {
            0 => part,
            _ => part.split_once(&close).unwrap().1,
        })
        .collect()
}
