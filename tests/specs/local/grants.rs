//! On one machine, functions are held to their grants as their roles hold them in AWS.

use plat_registry::{Function, Grant};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn what_was_not_granted_is_refused_before_the_table_is_asked() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({})).await;
    let reads = app.host.app.store.limited(["GetItem", "Query"].into());
    let team = owner.team.parse().unwrap();

    let read = reads.team(team).get().await;
    let written = reads
        .users()
        .set_operator(owner.id.parse().unwrap(), true)
        .await;

    assert!(read.is_ok());
    let refused = written.unwrap_err().to_string();
    assert!(
        refused.contains("was not granted dynamodb:UpdateItem"),
        "{refused}"
    );
}

#[test]
fn who_only_reads_may_write_nothing_but_what_admits_requests() {
    for function in plat_local::functions() {
        let Function::Endpoint(endpoint) = &function else {
            continue;
        };
        if endpoint.method == http::Method::GET && !function.grants().contains(&Grant::WriteTable) {
            let mut actions = function.table_actions();
            for reads in ["GetItem", "BatchGetItem", "Query"] {
                actions.remove(reads);
            }
            let counts = actions.iter().all(|action| *action == "UpdateItem");
            assert!(counts, "{}: {actions:?}", endpoint.operation);
        }
    }
}
