//! `GET /api/tasks`

use super::support::{DUE, follow_up, now, task};
use crate::leads::support::{Dice, texts, walk};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_testing::{Someone, TestApp};
use serde_json::{Value, json};

async fn titles(who: &Someone<'_>, query: &str) -> Vec<String> {
    let rows = walk(who, &format!("/api/tasks{query}"), 2).await;
    texts(&rows, "title")
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    for query in [
        "",
        "?status=pending&status=skipped",
        "?assignedTo=me",
        "?assignedTo=none",
        "?clientId=01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "?overdue=true",
        "?overdue=false",
        "?sort=-dueAt",
    ] {
        let list = owner.get(&format!("/api/tasks{query}")).await.expect(200);
        assert_eq!(list.json(), json!({"items": [], "nextCursor": null}));
    }
    app.get("/api/tasks").await.expect(401);
}

#[tokio::test]
async fn a_row_shows_what_the_task_shows() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let client = owner.client("Ann", json!({"assignedTo": owner.id})).await;
    let planned = follow_up(&owner, &client, DUE).await;
    let complete = format!("/api/tasks/{}/complete", planned["id"].as_str().unwrap());
    owner
        .call(Method::PATCH, &complete)
        .send()
        .await
        .expect(200);
    let full = now(&owner, &planned).await;
    let of_client = format!("?clientId={}", client["id"].as_str().unwrap());

    for query in ["", "?assignedTo=me", "?status=completed", &of_client] {
        let row = owner.get(&format!("/api/tasks{query}")).await.json()["items"][0].clone();
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(value, &full[field], "{field} of {query}");
        }
        assert_eq!(row.as_object().unwrap().len(), 13, "{query}");
    }
}

#[tokio::test]
async fn tasks_are_in_the_order_in_which_they_are_due() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (title, due, status) in [
        ("late", "2026-03-09T15:00:00Z", "pending"),
        ("long ago", "1969-12-31T23:59:59.999Z", "skipped"),
        ("soon", "2026-03-02T15:00:00.001Z", "in_progress"),
        ("middle", DUE, "completed"),
        ("never", "9999-12-30T00:00:00Z", "cancelled"),
    ] {
        let task = task(&owner, title, json!({"dueAt": due})).await;
        if status != "pending" {
            let path = super::support::path(&task);
            let change = json!({"status": status});
            owner.patch(&path, change).await.expect(200);
        }
    }

    let up = titles(&owner, "").await;
    let mut down = titles(&owner, "?sort=-dueAt").await;

    assert_eq!(up, ["long ago", "soon", "middle", "late", "never"]);
    down.reverse();
    assert_eq!(down, up);
    for (query, expected) in [
        (
            "?dueAfter=2026-03-03T15:00:00Z",
            vec!["middle", "late", "never"],
        ),
        ("?dueBefore=2026-03-03T15:00:00Z", vec!["long ago", "soon"]),
        (
            "?dueAfter=2026-03-03T15:00:00Z&dueBefore=2026-03-09T15:00:00Z",
            vec!["middle"],
        ),
        (
            "?dueAfter=2026-03-09T15:00:00Z&dueBefore=2026-03-03T15:00:00Z",
            vec![],
        ),
        ("?status=pending&status=skipped", vec!["long ago", "late"]),
    ] {
        assert_eq!(titles(&owner, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn what_is_open_and_was_due_is_overdue() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let past = "2026-03-02T14:59:59.999Z";
    let begun = task(&owner, "begun", json!({"dueAt": past})).await;
    let done = task(&owner, "done", json!({"dueAt": past})).await;
    task(&owner, "now", json!({"dueAt": "2026-03-02T15:00:00Z"})).await;
    for (task, status) in [(&begun, "in_progress"), (&done, "completed")] {
        let change = json!({"status": status});
        let path = super::support::path(task);
        owner.patch(&path, change).await.expect(200);
    }

    for (query, expected) in [
        ("?overdue=true", vec!["begun"]),
        ("?overdue=true&assignedTo=me", vec!["begun"]),
        ("?overdue=true&status=completed", vec![]),
        ("?overdue=true&status=in_progress", vec!["begun"]),
        ("?overdue=false", vec!["done", "now"]),
    ] {
        assert_eq!(titles(&owner, query).await, expected, "{query}");
    }
    app.advance(SignedDuration::from_millis(1));
    assert_eq!(titles(&owner, "?overdue=true").await, ["begun", "now"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (query, errors) in [
        ("status=done", vec!["/status invalid_choice"]),
        ("overdue=perhaps", vec!["/overdue invalid_type"]),
        ("sort=title", vec!["/sort invalid_choice"]),
        ("q=ann", vec!["/q unknown_parameter"]),
        (
            "clientId=01ARZ3NDEKTSV4RRFFQ69G5FAV&leadId=01ARZ3NDEKTSV4RRFFQ69G5FAV",
            vec!["/clientId not_together", "/leadId not_together"],
        ),
    ] {
        let refused = owner.get(&format!("/api/tasks?{query}")).await.expect(422);
        assert_eq!(refused.field_errors(), errors, "{query}");
    }
}

/// Whether a row is what a filter wants, told from the row alone.
type Wants = Box<dyn Fn(&Value) -> bool>;

#[tokio::test]
async fn every_filter_finds_what_it_names_and_nothing_else() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mia = owner.invite("Mia", "member").await;
    let ann = owner.client("Ann", json!({})).await["id"].clone();
    let lead = owner.lead("Bob", json!({})).await["id"].clone();
    let mut dice = Dice::new(11);
    let start: Timestamp = DUE.parse().unwrap();
    for n in 0..40 {
        let due = start + SignedDuration::from_hours(i64::try_from(dice.below(9)).unwrap());
        let mut fields = json!({
            "dueAt": due.to_string(),
            "priority": dice.pick(&["high", "medium", "low"]),
            "assignedTo": dice.pick(&[json!(owner.id), json!(mia.id), Value::Null]),
        });
        match dice.below(4) {
            0 => fields["clientId"] = ann.clone(),
            1 => fields["leadId"] = lead.clone(),
            2 => {
                fields["clientId"] = ann.clone();
                fields["kind"] = json!("follow_up");
            }
            _ => {}
        }
        let task = task(&owner, &format!("{n:02}"), fields).await;
        let status = *dice.pick(&[
            "pending",
            "in_progress",
            "completed",
            "skipped",
            "cancelled",
        ]);
        if status != "pending" {
            let change = json!({"status": status});
            let path = super::support::path(&task);
            owner.patch(&path, change).await.expect(200);
        }
    }
    let all = walk(&owner, "/api/tasks", 100).await;
    assert_eq!(all.len(), 40);
    let is =
        |field: &'static str, value: Value| -> Wants { Box::new(move |row| row[field] == value) };
    let (mine, about) = (owner.id.clone(), json!({"kind": "client", "id": ann}));
    let filters: Vec<(String, Wants)> = vec![
        ("status=pending".to_owned(), is("status", json!("pending"))),
        (
            "status=skipped&status=completed".to_owned(),
            Box::new(|row| ["skipped", "completed"].contains(&row["status"].as_str().unwrap())),
        ),
        ("kind=follow_up".to_owned(), is("kind", json!("follow_up"))),
        (
            "followUpType=custom".to_owned(),
            is("followUpType", json!("custom")),
        ),
        ("followUpType=day_1".to_owned(), Box::new(|_| false)),
        ("priority=high".to_owned(), is("priority", json!("high"))),
        ("assignedTo=me".to_owned(), is("assignedTo", json!(mine))),
        ("assignedTo=none".to_owned(), is("assignedTo", Value::Null)),
        (
            format!("clientId={}", ann.as_str().unwrap()),
            is("record", about),
        ),
        (
            "dueBefore=2026-03-03T18:00:00Z".to_owned(),
            Box::new(|row| row["dueAt"].as_str().unwrap() < "2026-03-03T18:00:00Z"),
        ),
    ];
    for (first, wants) in &filters {
        for (second, also) in &filters {
            let together = format!("{first}&{second}");
            // The same filter twice is another question.
            if first.split('=').next() == second.split('=').next() {
                continue;
            }
            let found = walk(&owner, &format!("/api/tasks?{together}"), 3).await;
            let expected: Vec<Value> = all
                .iter()
                .filter(|row| wants(row) && also(row))
                .cloned()
                .collect();
            assert_eq!(found, expected, "{together}");
        }
    }
}
