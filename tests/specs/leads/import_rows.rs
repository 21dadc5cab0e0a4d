//! `leads.import_rows`

use super::import_support::{counts, get, import, lead, leads, send, verdicts};
use super::support::{assert_whole, of_kind, table};
use plat_testing::proxy::{Fault, FaultKind};
use plat_testing::{Started, TestApp};
use serde_json::{Value, json};

/// A file of so many people, each with an address of their own.
fn people(count: usize) -> String {
    let mut file = "Name,Email,Phone\n".to_owned();
    for nth in 0..count {
        file.push_str(&format!(
            "Ann {nth},ann{nth}@example.com,(202) 555-{:04}\n",
            nth % 10_000
        ));
    }
    file
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Phone,Address,City,State,Zip\n\
        Ann Lee,ann@example.com,,,,,\n\
        Bob Ray,,(202) 555-0173,,,,\n\
        Cy Orr,cy@example.com,2025550175,12 Elm St,Austin,TX,78701\n";
    for (duplicates, reason) in [("skip", "duplicate"), ("update", "unchanged")] {
        import(&app, &owner, file, json!({})).await;
        let before = leads(&owner).await;

        let again = import(&app, &owner, file, json!({"duplicates": duplicates})).await;

        assert_eq!(counts(&again), [0, 0, 3, 0]);
        let told = verdicts(&app, &again).await;
        assert!(told.iter().all(|row| row.ends_with(reason)), "{told:?}");
        assert_eq!(leads(&owner).await, before);
    }
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_person_who_is_there_is_known_by_address_number_and_place() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let place = json!({"street": "12 Elm Street", "city": "Austin", "state": "TX"});
    owner
        .lead("Ann Lee", json!({"email": "ANN@example.com"}))
        .await;
    let body = json!({"name": "Bob Ray", "phone": "202-555-0173"});
    owner.post("/api/leads", body).await.expect(201);
    owner.lead("Cy Orr", json!({"address": place})).await;
    app.settle().await;
    let file = "Name,Email,Phone,Address,City,State\n\
        A. Lee,ann@example.com,,,,\n\
        \"Ray, Bob\",,+1 202 555 0173,,,\n\
        Cy Orr,,2025550199,12 Elm St.,Austin,Texas\n\
        Eve Ray,,2025550173,,,\n";

    let done = import(&app, &owner, file, json!({})).await;

    // Eve has Bob's number, and is somebody else.
    assert_eq!(
        verdicts(&app, &done).await,
        [
            "2 skipped duplicate",
            "3 skipped duplicate",
            "4 skipped duplicate",
            "5 created "
        ]
    );
}

#[tokio::test]
async fn an_update_replaces_what_a_row_says_and_clears_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let before = json!({
        "email": "ann@example.com", "company": "Old Co", "score": 7,
        "consent": {"email": true, "sms": true, "call": true},
    });
    owner.lead("Ann", before).await;
    let file = "Name,Email,Company,Score,DNC,Email Consent,Tags\n\
        Ann Lee,ann@example.com,New Co,,Yes,,warm\n";

    let done = import(&app, &owner, file, json!({"duplicates": "update"})).await;

    assert_eq!(counts(&done), [0, 1, 0, 0]);
    let ann = lead(&owner, "Ann Lee").await;
    assert_eq!(
        (&ann["company"], &ann["score"]),
        (&json!("New Co"), &json!(7))
    );
    assert_eq!(
        ann["consent"],
        json!({"email": true, "sms": true, "call": false})
    );
    assert_eq!(ann["tags"][0]["name"], "warm");
    assert_whole(&app).await;
}

#[tokio::test]
async fn no_row_gives_back_what_somebody_refused() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    owner.lead("Ann", json!({"email": "ann@example.com"})).await;
    let file = "Name,Email,Email Consent,DNC\nAnn,ann@example.com,yes,no\n";

    import(&app, &owner, file, json!({"duplicates": "update"})).await;

    let refused = json!({"email": false, "sms": false, "call": false});
    assert_eq!(lead(&owner, "Ann").await["consent"], refused);
}

#[tokio::test]
async fn a_row_of_its_own_is_wanted_for_each_but_addresses_are_one_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Phone\n\
        Ann,,2025550173\nAnn,,2025550173\nBob,bob@example.com,\nBob,BOB@example.com,\n";

    let done = import(&app, &owner, file, json!({"duplicates": "create"})).await;

    assert_eq!(
        verdicts(&app, &done).await,
        [
            "2 created ",
            "3 created ",
            "4 created ",
            "5 skipped address_taken"
        ]
    );
}

#[tokio::test]
async fn of_rows_of_one_person_the_first_makes_the_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Phone,Company\n\
        Ann Lee,ann@example.com,2025550173,First\n\
        Bob,bob@example.com,,\n\
        Ann Lee,,(202) 555-0173,Second\n\
        Ann Lee,ann@example.com,,Third\n\
        Ed Lee,,2025550173,\n";

    let done = import(&app, &owner, file, json!({"duplicates": "update"})).await;

    assert_eq!(
        verdicts(&app, &done).await,
        [
            "2 created ",
            "3 created ",
            "4 updated ",
            "5 updated ",
            "6 created "
        ]
    );
    assert_eq!(lead(&owner, "Ann Lee").await["company"], "Third");
    assert_eq!(leads(&owner).await.len(), 3);
}

/// Has one job work one message, and nothing else; how many transactions it wrote.
async fn transactions(app: &TestApp, operation: &str, message: &Value) -> usize {
    let jobs = plat_registry::Router::new(plat_local::functions()).1;
    let job = jobs.iter().find(|job| job.operation == operation).unwrap();
    let delivery = plat_registry::Delivery {
        id: "1".to_owned(),
        payload: plat_registry::Payload::Message(message.to_string()),
    };
    app.faults().clear_seen();
    let failed = job.run(&app.host.app, vec![delivery], None).await;
    assert_eq!(failed, []);
    let seen = app.faults().seen();
    let writes = seen.iter();
    writes
        .filter(|seen| seen.operation == "TransactWriteItems")
        .count()
}

#[tokio::test]
async fn many_rows_take_few_requests() {
    let app = Started::default().with_proxy().start().await;
    let owner = app.owner("Olive").await;
    app.settle().await;
    let file = people(2_000);
    let begun = send(&app, &owner, file.as_bytes(), json!({"tags": ["x"]})).await;
    let key = format!(
        "imports/{}/{}.csv",
        owner.team,
        begun["id"].as_str().unwrap()
    );
    let notice = json!({
        "detail-type": "Object Created", "time": "2026-03-02T15:00:01Z",
        "detail": {"bucket": {"name": "plat-files"}, "object": {"key": key, "size": file.len()}},
    });

    let mut writes = transactions(&app, "leads.import_file", &notice).await;
    for part in [json!(0), json!(1), json!(null)] {
        let message = json!({"team": owner.team, "import": begun["id"], "part": part});
        writes += transactions(&app, "leads.import_rows", &message).await;
    }

    // Fifty leads and their claims in each, and two for each part: its tags and its counts.
    assert!(writes <= 48, "{writes}");
    let done = get(&owner, &begun).await;
    assert_eq!(counts(&done), [2_000, 0, 0, 0]);
    assert_eq!(
        (&done["status"], &done["total"]),
        (&json!("completed"), &json!(2_000))
    );
    assert_whole(&app).await;
}

/// Whatever fails in whatever step: it is done again, and comes to the same.
#[tokio::test]
async fn a_crash_between_any_two_requests_changes_nothing() {
    let file = "Name,Email,Phone,Tags,Notes\n\
        Ann,ann@example.com,2025550173,warm,Call back\n\
        Bob,,2025550174,,\n\
        Ann,ann@example.com,2025550175,cold,\n\
        Cy,,,,\n";
    let kinds = [FaultKind::LoseReply, FaultKind::LoseRequest];
    for (kind, skip) in kinds.into_iter().cycle().zip((0..).step_by(7)) {
        let app = Started::default().with_proxy().start().await;
        let owner = app.owner("Olive").await;
        app.settle().await;
        let begun = send(
            &app,
            &owner,
            file.as_bytes(),
            json!({"duplicates": "update"}),
        )
        .await;
        app.faults().clear_seen();
        app.faults().inject(Fault {
            operation: None,
            kind: kind.clone(),
            skip,
            // The SDK tries three times by itself.
            times: 3,
        });

        app.settle().await;
        let seen = app.faults().seen();
        app.faults().heal();
        app.settle().await;

        let done = get(&owner, &begun).await;
        assert_eq!(
            counts(&done),
            [2, 1, 0, 1],
            "{kind:?} behind {skip}: {done}"
        );
        assert_eq!(done["status"], "completed");
        assert_eq!(leads(&owner).await.len(), 2);
        assert_eq!(of_kind(&table(&app).await, "note").len(), 1);
        assert_whole(&app).await;
        if !seen.iter().any(|seen| seen.faulted) {
            break;
        }
    }
}

#[tokio::test]
async fn a_message_that_comes_twice_counts_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let begun = send(&app, &owner, people(30).as_bytes(), json!({"tags": ["x"]})).await;
    let id = begun["id"].as_str().unwrap();
    let part = json!({"team": owner.team, "import": id, "part": 0});
    let key = format!("imports/{}/{id}.csv", owner.team);
    app.host.files.tell_created(&key, 1).unwrap();
    let queues = &app.host.app.queues;
    queues
        .send("leads.import_rows", std::slice::from_ref(&part))
        .await
        .ok();

    app.settle().await;
    queues.send("leads.import_rows", &[part]).await.ok();
    app.settle().await;

    assert_eq!(counts(&get(&owner, &begun).await), [30, 0, 0, 0]);
    assert_eq!(leads(&owner).await.len(), 30);
    assert_whole(&app).await;
}
