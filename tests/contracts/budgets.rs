//! What each endpoint asks of the table: the same requests and the same units in a team of a hundred leads and deals and in
//! one of thousands.
//!
//! The figures stand in `tests/budgets.csv` and include the session gate. `UPDATE_BUDGETS=1` writes them anew.

use crate::endpoints;
use crate::scene::Scene;
use crate::table::Table;
use futures::StreamExt;
use jiff::SignedDuration;
use plat_registry::AccessRule;
use plat_store::Cost;
use plat_testing::TestApp;
use serde_json::json;
use std::collections::BTreeMap;

/// How many records a team has.
#[derive(Debug, Clone, Copy)]
struct Size {
    leads: usize,
    deals: usize,
}

const FEW: Size = Size {
    leads: 100,
    deals: 100,
};
const MANY: Size = Size {
    leads: 10_000,
    deals: 2_000,
};

/// What reads more or less by chance. Their figures are the most that they may read; their requests are always the same.
///
/// A column of the board has from 40 to 60 deals at hand, as the job that keeps it was faster or slower.
const AT_MOST: [&str; 1] = ["deals.board"];

/// What a question begins with that is a header, not a query.
const PREFER: &str = "Prefer: ";

/// Questions to an endpoint that cost differently. Each has a row of its own.
const QUESTIONS: [(&str, &[&str]); 4] = [
    (
        "leads.list",
        &[
            "limit=100",
            "page=4",
            "status=new",
            "assignedTo=none",
            "source=referral",
            "minScore=50",
            "sort=-score",
            "sort=name",
            "q=lead",
            "q=000042",
            "status=new&source=referral&sort=-score",
        ],
    ),
    (
        "deals.list",
        &[
            "limit=100",
            "status=new",
            "status=new&status=negotiating",
            "assignedTo=none",
            "status=new&sort=-lastChange",
            "sort=-price",
            "seller=seller",
            "address=000042",
        ],
    ),
    ("deals.set_status", &["Prefer: return=minimal"]),
    ("teams.audit", &["limit=1&to=2026-03-02T15:00:00.500Z"]),
];

/// How many leads are created at a time.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_costs_what_its_budget_says_in_small_and_in_large_teams() {
    let (few, many) = tokio::join!(costs(FEW), costs(MANY));

    let grown: Vec<String> = few
        .iter()
        .filter(|(name, row)| many.get(*name) != Some(row) && !varies(name))
        .map(|(name, row)| format!("{row} with {FEW:?}, {:?} with {MANY:?}", many.get(name)))
        .collect();
    assert!(grown.is_empty(), "\n{}", grown.join("\n"));
    let table = Table::read("budgets.csv");
    if std::env::var_os("UPDATE_BUDGETS").is_some() {
        let kept = |(name, row): (&String, &String)| {
            let budget = table.row(name);
            let keeps = varies(name) && within(name, row, &budget);
            if keeps { budget } else { row.clone() }
        };
        table.write(few.iter().map(kept));
        return;
    }
    let names: Vec<&str> = few.keys().map(String::as_str).collect();
    table.has_rows_for(&names);
    let over: Vec<String> = few
        .iter()
        .filter(|(operation, row)| !within(operation, row, &table.row(operation)))
        .map(|(operation, row)| format!("- {}\n+ {row}", table.row(operation)))
        .collect();
    assert!(over.is_empty(), "\n{}", over.join("\n"));
}

/// The row of each endpoint, in a team of this size.
async fn costs(size: Size) -> BTreeMap<String, String> {
    let app = TestApp::start().await;
    let scene = Scene::new(&app).await;
    fill(&scene, size).await;
    let worker = scene.owner.invite(&scene.fresh(), "admin").await;
    let mut rows = BTreeMap::new();
    for endpoint in endpoints() {
        // These change the person who asks. A team invites so many an hour and no more.
        let one_off;
        let person = if operation_of_people(endpoint.operation) {
            one_off = scene.owner.invite(&scene.fresh(), "admin").await;
            &one_off
        } else {
            &worker
        };
        let token = endpoint
            .access
            .needs_token()
            .then_some(person.token.as_str());
        for question in questions(endpoint.operation) {
            let mut name = endpoint.operation.to_owned();
            let mut request = scene.ready(&endpoint, person).await;
            if endpoint.access == AccessRule::Platform {
                scene.app.make_operator(person).await;
            }
            if let Some(question) = question {
                name = format!("{name}?{question}");
                request = match question.strip_prefix(PREFER) {
                    Some(preference) => request.preferring(preference),
                    None => request.asking(question),
                };
            }
            let answer = request.send(&app, token).await;
            assert!(
                (200..300).contains(&answer.status),
                "{name}: {}",
                answer.text
            );
            let row = row(&name, answer.cost);
            rows.insert(name, row);
        }
    }
    rows
}

async fn fill(scene: &Scene<'_>, size: Size) {
    futures::stream::iter(0..size.leads)
        .for_each_concurrent(AT_ONCE, |n| async move {
            let name = format!("Lead {n:06}");
            let fields = json!({"status": "new", "score": n % 100, "source": "referral"});
            scene.owner.lead(&name, fields).await;
        })
        .await;
    futures::stream::iter(0..size.deals)
        .for_each_concurrent(AT_ONCE, |n| async move {
            let address = format!("{n:06} Elm St");
            let price = json!({"amount": format!("{}.00", 100_000 + n)});
            let fields = json!({"sellerName": "Sam Seller", "targetPrice": price});
            scene.owner.deal(&address, fields).await;
        })
        .await;
    scene.app.settle().await;
    // What the endpoints make is newer than all of these.
    scene.app.advance(SignedDuration::from_secs(1));
}

fn varies(name: &str) -> bool {
    AT_MOST.contains(&name)
}

/// Whether a measured row keeps to its budget.
fn within(operation: &str, row: &str, budget: &str) -> bool {
    if !varies(operation) {
        return row == budget;
    }
    let figures = |row: &str| -> Vec<f64> {
        let cells = row.split(',').skip(1);
        cells.map(|cell| cell.parse().expect("a figure")).collect()
    };
    let (measured, most) = (figures(row), figures(budget));
    measured.first() == most.first() && measured.iter().zip(&most).all(|(is, most)| is <= most)
}

fn operation_of_people(operation: &str) -> bool {
    ["admin.", "auth.", "teams."]
        .iter()
        .any(|domain| operation.starts_with(domain))
}

/// What an endpoint is asked: nothing in particular, and what [`QUESTIONS`] says.
fn questions(operation: &str) -> impl Iterator<Item = Option<&'static str>> {
    let more = QUESTIONS.iter().filter(move |(of, _)| *of == operation);
    let more = more.flat_map(|(_, questions)| questions.iter().copied());
    std::iter::once(None).chain(more.map(Some))
}

fn row(name: &str, cost: Cost) -> String {
    let tenths = |units: u32| format!("{}.{}", units / 10, units % 10);
    format!(
        "{name},{},{},{}",
        cost.requests,
        tenths(cost.read_tenths),
        tenths(cost.write_tenths)
    )
}
