//! Every endpoint, asked by everybody: nobody, a stranger, and every role of the team that the records are in.
//!
//! `tests/authorization.csv` says what each is answered: `ok`, or the status of the refusal. It is written by hand and
//! does not follow from the code.

use crate::endpoints;
use crate::scene::Scene;
use crate::table::Table;
use plat_registry::Endpoint;
use plat_testing::{Someone, TestApp};

/// Who may belong to the team.
const ROLES: [&str; 5] = ["assistant", "member", "manager", "admin", "owner"];

#[test]
fn every_endpoint_has_a_row() {
    let endpoints = endpoints();
    let names: Vec<&str> = endpoints
        .iter()
        .map(|endpoint| endpoint.operation)
        .collect();
    Table::read("authorization.csv").has_rows_for(&names);
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let table = Table::read("authorization.csv");
    let mut wrong = Vec::new();
    for endpoint in &endpoints() {
        wrong.extend(ask_as_everybody(endpoint, &table).await);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn ask_as_everybody(endpoint: &Endpoint, table: &Table) -> Vec<String> {
    let app = TestApp::start().await;
    let scene = Scene::new(&app).await;
    let operation = endpoint.operation;
    let mut wrong = Vec::new();
    let mut compare = |who: &str, status: u16, text: &str| {
        let expected = table.cell(operation, who);
        let fits = match expected {
            // Somebody who may do it can still be told that it makes no sense now.
            "ok" => matches!(status, 200..=299 | 409 | 412 | 422),
            refused => refused == status.to_string(),
        };
        if !fits {
            wrong.push(format!(
                "{operation} as {who}: {status} instead of {expected}: {text}"
            ));
        }
    };

    let absent = app.owner("Abby Absent").await;
    let request = scene.ready(endpoint, &absent).await;
    let answer = request.send(&app, None).await;
    compare("nobody", answer.status, &answer.text);

    let stranger = app.owner("Sam Stranger").await;
    let secret = scene.lead().await;
    // A path leads to a record of the owner; without one, strangers do it for themselves.
    let has_path = endpoint.path.parameters().next().is_some();
    let about = if has_path { &scene.owner } else { &stranger };
    let request = scene.ready(endpoint, about).await;
    let answer = request.send(&app, Some(&stranger.token)).await;
    compare("stranger", answer.status, &answer.text);
    for theirs in [
        &secret,
        &scene.owner.id,
        &scene.owner.email,
        &scene.owner.team,
    ] {
        if answer.text.contains(theirs.as_str()) {
            compare("stranger", 0, &format!("is shown {theirs}"));
        }
    }

    for role in ROLES {
        let invited;
        let person: &Someone<'_> = if role == "owner" {
            &scene.owner
        } else {
            invited = scene.owner.invite(&format!("Casey {role}"), role).await;
            &invited
        };
        let request = scene.ready(endpoint, person).await;
        let answer = request.send(&app, Some(&person.token)).await;
        compare(role, answer.status, &answer.text);
    }
    wrong
}
