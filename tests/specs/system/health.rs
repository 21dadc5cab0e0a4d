//! `GET /health`

use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};

#[tokio::test]
async fn a_service_whose_table_answers_is_healthy() {
    let app = TestApp::start().await;

    let answer = app.get("/health").await.expect(200);

    assert_eq!(answer.json()["status"], "ok");
    assert_eq!(answer.json()["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_service_whose_table_does_not_answer_is_not() {
    let app = Started::default().with_proxy().start().await;
    for kind in [FaultKind::LoseRequest, FaultKind::InternalError] {
        app.faults().inject(Fault {
            times: usize::MAX,
            ..Fault::once(kind)
        });

        let answer = app.get("/health").await.expect(503);

        assert_eq!(answer.problem(), "unavailable");
        assert_eq!(answer.header("retry-after"), "2");
        assert_eq!(answer.header("cache-control"), "no-store");
        app.faults().heal();
        app.get("/health").await.expect(200);
    }
}

#[tokio::test]
async fn anybody_may_ask_as_often_as_they_like() {
    let app = Started::default().with_real_limits().start().await;

    for _ in 0..30 {
        let probe = app.call(http::Method::GET, "/health").from("203.0.113.7");
        probe.send().await.expect(200);
    }
}
