//! `POST /api/leads/export`, `GET /api/leads/exports/{exportId}`, and the job between them

use super::import_support::{counts, import};
use super::support::{assert_whole, of_kind, table, texts, walk};
use http::Method;
use jiff::SignedDuration;
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Someone, Started, TestApp};
use serde_json::{Value, json};

const PATH: &str = "/api/leads/export";

/// Asks for an export, lets it be written, and gets it.
async fn export(app: &TestApp, who: &Someone<'_>, body: Value) -> String {
    let begun = who.post(PATH, body).await.expect(202);
    app.settle().await;
    let export = who.get(begun.header("location")).await.expect(200).json();
    assert_eq!(export["status"], "completed", "{export}");
    let file = app.download(export["download"]["url"].as_str().unwrap());
    let file = file.await;
    assert_eq!(file.status, 200);
    String::from_utf8(file.bytes.to_vec()).unwrap()
}

/// The rows of a file whose cells hold no line ends, under its first one.
fn rows(file: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    let mut lines = file.split("\r\n").filter(|line| !line.is_empty());
    let header = lines.next().map(cells).unwrap_or_default();
    (header, lines.map(cells).collect())
}

/// What stands in the column of this name, row by row.
fn column(file: &str, name: &str) -> Vec<String> {
    let (header, rows) = rows(file);
    let place = header.iter().position(|column| column == name);
    let place = place.unwrap_or_else(|| panic!("no {name} in {header:?}"));
    rows.into_iter().map(|row| row[place].clone()).collect()
}

#[tokio::test]
async fn everything_about_a_lead_is_in_its_row() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner
        .lead(
            "Ann Lee",
            json!({
                "phone": "512-555-0142", "company": "Lee & Co", "position": "Owner",
                "status": "qualified", "score": 72, "source": "Zillow", "stage": "Second visit",
                "value": {"amount": "185000.50", "currency": "USD"}, "assignedTo": owner.id,
                "address": {"street": "12 Elm St", "city": "Austin", "state": "TX", "zip": "78701", "country": "US"},
                "propertyType": "land", "preferredContact": "sms", "consent": {"sms": true},
                "customFields": {"beds": 3, "code": "007", "Status": "gone"},
            }),
        )
        .await;
    let path = format!("/api/leads/{}", lead["id"].as_str().unwrap());
    let tags = json!({"tags": ["Hot"]});
    owner.post(&format!("{path}/tags"), tags).await.expect(200);
    let note = json!({"content": "Call back"});
    owner.post(&format!("{path}/notes"), note).await.expect(201);
    app.settle().await;

    let file = export(&app, &owner, json!({})).await;

    for (name, cell) in [
        ("Name", "Ann Lee"),
        ("Company", "Lee & Co"),
        ("Position", "Owner"),
        ("Email", "ann.lee@leads.example"),
        ("Phone", "512-555-0142"),
        ("Status", "qualified"),
        ("Stage", "Second visit"),
        ("Score", "72"),
        ("Source", "Zillow"),
        ("Value", "185000.50"),
        ("Value Currency", "USD"),
        ("Assigned To", "olive@example.com"),
        ("Tags", "Hot"),
        ("Property Type", "land"),
        ("Street", "12 Elm St"),
        ("City", "Austin"),
        ("State", "TX"),
        ("Zip", "78701"),
        ("Country", "US"),
        ("Preferred Contact", "sms"),
        ("Email Consent", ""),
        ("Text Consent", "yes"),
        ("Notes", "Call back"),
        ("Plat Notes", "1"),
        ("Plat Lead", lead["id"].as_str().unwrap()),
        ("beds", "3"),
        ("code", "007"),
        ("custom:Status", "gone"),
    ] {
        assert_eq!(column(&file, name), [cell], "{name}");
    }
}

#[tokio::test]
async fn the_leads_of_a_filter_are_exported_in_its_order() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for (name, score) in [("Ann", 10), ("Bob", 90), ("Cid", 50)] {
        owner.lead(name, json!({"score": score})).await;
    }
    app.settle().await;

    let best = json!({"filter": {"minScore": 50, "sort": "-score"}, "columns": ["name", "score"]});
    let file = export(&app, &owner, best).await;

    assert_eq!(file, "Name,Score\r\nBob,90\r\nCid,50\r\n");
    let none = json!({"filter": {"tag": "01ARZ3NDEKTSV4RRFFQ6900000"}, "columns": ["name"]});
    assert_eq!(export(&app, &owner, none).await, "Name\r\n");
}

#[tokio::test]
async fn a_spreadsheet_runs_no_cell_and_is_told_the_encoding_if_it_wants() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({"company": "=1+1"})).await;

    let body = json!({"columns": ["company"], "bom": true});
    let file = export(&app, &owner, body).await;

    assert_eq!(file, "\u{feff}Company,Position\r\n'=1+1,\r\n");
}

#[tokio::test]
async fn notes_are_in_one_cell_oldest_first() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let notes = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    for content in ["First", "Then\n---\nmore"] {
        app.advance(SignedDuration::from_secs(1));
        owner
            .post(&notes, json!({"content": content}))
            .await
            .expect(201);
    }

    let file = export(&app, &owner, json!({"columns": ["notes"]})).await;

    assert_eq!(file, "Notes\r\n\"First\n---\nThen\n----\nmore\"\r\n");
}

#[tokio::test]
async fn many_leads_are_all_exported_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    for n in 0..230 {
        owner.lead(&format!("Lead {n:03}"), json!({})).await;
    }
    app.settle().await;

    let filter = json!({"filter": {"sort": "oldest"}, "columns": ["name"]});
    let file = export(&app, &owner, filter).await;

    let mut names = column(&file, "Name");
    names.sort();
    let expected: Vec<String> = (0..230).map(|n| format!("Lead {n:03}")).collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn an_export_that_is_interrupted_begins_anew() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    for n in 0..3 {
        owner.lead(&format!("Lead {n}"), json!({})).await;
    }
    app.settle().await;
    let fault = Fault::once_on("BatchGetItem", FaultKind::InternalError);
    app.faults().inject(Fault { times: 3, ..fault });

    let body = json!({"columns": ["name"], "filter": {"sort": "name"}});
    let begun = owner.post(PATH, body).await.expect(202);
    app.pass(SignedDuration::from_mins(10)).await;

    let export = owner.get(begun.header("location")).await.expect(200).json();
    assert_eq!(export["counts"], json!({"exported": 3}));
    let file = app.download(export["download"]["url"].as_str().unwrap());
    let file = file.await;
    assert_eq!(
        String::from_utf8_lossy(&file.bytes),
        "Name\r\nLead 0\r\nLead 1\r\nLead 2\r\n"
    );
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let body = json!({"filter": {"colour": "red"}, "columns": ["name", "colour"]});
    let refused = owner.post(PATH, body).await.expect(422);

    let errors = refused.field_errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors.contains(&"/filter/colour unknown_field".to_owned()));
    assert!(errors.iter().any(|error| error.starts_with("/columns/1 ")));
}

#[tokio::test]
async fn only_managers_and_above_export() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = owner.post(PATH, json!({})).await.expect(202);
    let export = begun.header("location").to_owned();

    for role in ["assistant", "member"] {
        let person = owner.invite(&format!("{role} One"), role).await;
        assert_eq!(
            person.post(PATH, json!({})).await.expect(403).problem(),
            "forbidden"
        );
        person.get(&export).await.expect(403);
    }
    let manager = owner.invite("Manager One", "manager").await;
    manager.post(PATH, json!({})).await.expect(202);
    manager.get(&export).await.expect(200);
}

#[tokio::test]
async fn another_team_sees_no_export_and_no_lead_of_it() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    other.lead("Bob", json!({})).await;
    let begun = owner.post(PATH, json!({})).await.expect(202);
    app.settle().await;

    other.get(begun.header("location")).await.expect(404);
    assert_eq!(
        export(&app, &owner, json!({"columns": ["name"]})).await,
        "Name\r\n"
    );
}

#[tokio::test]
async fn a_file_can_be_got_until_it_is_removed() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = owner.post(PATH, json!({})).await.expect(202);
    let path = begun.header("location").to_owned();

    let waiting = owner.get(&path).await.expect(200).json();
    app.settle().await;
    let done = owner.get(&path).await.expect(200).json();
    app.advance(SignedDuration::from_hours(24 * 31));
    let body = json!({"email": owner.email, "password": plat_testing::PASSWORD});
    let reply = app.post("/api/auth/login", body).await.expect(200).json();
    let later = Someone::signed_in(&app, &reply);
    let gone = later.get(&path).await.expect(200).json();

    assert_eq!(
        (&waiting["status"], &waiting["download"]),
        (&json!("running"), &Value::Null)
    );
    assert_eq!(done["status"], "completed");
    assert!(done["download"]["expiresAt"].is_string());
    assert_eq!(gone["download"], Value::Null);
}

#[tokio::test]
async fn the_audit_log_says_who_exported() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = owner.post(PATH, json!({})).await.expect(202).json();
    app.settle().await;

    let path = format!("/api/teams/{}/audit?limit=100", owner.team);
    let log = owner.get(&path).await.expect(200).json();

    let rows = log["items"].as_array().unwrap().iter();
    let of_export: Vec<&Value> = rows
        .filter(|row| row["subject"] == json!({"kind": "batch", "id": begun["id"]}))
        .collect();
    let kinds: Vec<&Value> = of_export.iter().map(|row| &row["type"]).collect();
    assert_eq!(kinds, [&json!("batch.ended"), &json!("batch.started")]);
    assert_eq!(of_export[1]["actor"]["id"], json!(owner.id));
}

#[tokio::test]
async fn a_repeated_request_begins_one_export() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let send = || {
        let call = owner.call(Method::POST, PATH).idempotency_key("once");
        call.json(json!({})).send()
    };

    let (first, again) = (send().await, send().await);

    assert_eq!(first.text, again.text);
    assert_eq!(of_kind(&table(&app).await, "batch").len(), 1);
}

/// Everything that is told of each lead, but for what only its own team's Plat knows.
async fn told(who: &Someone<'_>) -> Vec<Value> {
    let mut told = Vec::new();
    for row in walk(who, "/api/leads", 100).await {
        let path = format!("/api/leads/{}", row["id"].as_str().unwrap());
        let mut lead = who.get(&path).await.expect(200).json();
        let fields = lead.as_object_mut().unwrap();
        for own in ["id", "version", "createdAt", "updatedAt", "createdBy"] {
            fields.remove(own);
        }
        let tags = fields["tags"].as_array().unwrap().iter();
        fields["tags"] = tags.map(|tag| tag["name"].clone()).collect();
        let notes = walk(who, &format!("{path}/notes"), 100).await;
        fields.insert("notes".to_owned(), json!(texts(&notes, "content")));
        told.push(lead);
    }
    told.sort_by_key(|lead| lead["name"].as_str().unwrap().to_owned());
    told
}

#[tokio::test]
async fn what_was_exported_and_imported_into_an_empty_team_is_the_same() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let leads = [
        json!({
            "name": "Zoë \"Z\" O'Neil, Jr.", "email": "zoe@leads.example", "phone": "(512) 555-0142",
            "company": "=SUM(A1)", "position": "Owner;\u{a0}CEO", "status": "qualified", "score": 0,
            "source": "Zillow", "stage": "-", "value": {"amount": "185000.50", "currency": "EUR"},
            "assignedTo": owner.id, "lastContactAt": "2026-02-03T04:05:06.007Z",
            "address": {"street": "12 Elm St, Rear", "unit": "#4", "city": "Austin", "state": "TX", "zip": "07001", "country": "US"},
            "propertyType": "land", "preferredContact": "call", "consent": {"email": true, "call": true},
            "customFields": {
                "beds": 3, "code": "007", "text": "3", "marked": "'3", "pool": true, "said": "true",
                "low": -1.5, "minus": "-1.5", "Email": "another", "Year.Built": 1974, "lines": "a\nb",
            },
        }),
        json!({"name": "+Ann", "phone": "+44 20 7946 0958", "status": "lost"}),
        json!({"name": "Bob", "email": "Bob@Leads.example", "consent": {"sms": true}, "propertyType": "other"}),
    ];
    for (n, lead) in leads.into_iter().enumerate() {
        app.advance(SignedDuration::from_secs(1));
        let id = owner.post("/api/leads", lead).await.expect(201).id();
        let tags = ["Hot", "Elm, odd side", "6\" pipe", "a;b"];
        let tags = json!({"tags": &tags[n..]});
        let path = format!("/api/leads/{id}/tags");
        owner.post(&path, tags).await.expect(200);
        for content in ["First", "Then\n---\n\n----\nmore", "=1"]
            .into_iter()
            .skip(n)
        {
            app.advance(SignedDuration::from_secs(1));
            let path = format!("/api/leads/{id}/notes");
            let note = json!({"content": content});
            owner.post(&path, note).await.expect(201);
        }
    }
    app.settle().await;

    let file = export(&app, &owner, json!({"bom": true})).await;
    let empty = json!({"name": "Second team"});
    let second = owner.post("/api/teams", empty).await.expect(201).id();
    let to = json!({"teamId": second});
    let there = owner.post("/api/auth/switch-team", to).await.expect(200);
    let there = Someone::signed_in(&app, &there.json());
    let import = import(&app, &there, &file, json!({})).await;

    assert_eq!(counts(&import), [3, 0, 0, 0], "{import}");
    assert_eq!(told(&there).await, told(&owner).await);
    assert_whole(&app).await;
}
