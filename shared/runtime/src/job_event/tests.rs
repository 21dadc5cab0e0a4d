//! Batches as AWS hands them over, worked by jobs that note what they saw.

use super::*;
use crate::testing::app;
use plat_registry::Schedule;
use serde_json::json;
use std::sync::Mutex;

const CHANGES: &str = include_str!("../../../../events/search.index/stream.json");
const UPLOAD: &str = include_str!("../../../../events/documents.record_upload/object-created.json");
const CLEAN: &str = include_str!("../../../../events/documents.record_scan/no-threats.json");
const THREAT: &str = include_str!("../../../../events/documents.record_scan/threats-found.json");

type Seen = Arc<Mutex<Vec<String>>>;

/// A job that notes which changes of leads it saw, and fails, or panics, at the one with this sequence.
fn follower(seen: &Seen, fails_at: Option<&'static str>, panics: bool) -> Job {
    let seen = seen.clone();
    Job::on_change("search.index", &["lead"], move |_, change| {
        let seen = seen.clone();
        async move {
            if fails_at == Some(change.sequence.as_str()) {
                assert!(!panics, "ouch");
                return Err("no luck".into());
            }
            let side = |item: &Option<Item>| if item.is_some() { "x" } else { "-" };
            let place = change.sequence.trim_start_matches("10");
            let place = place.trim_start_matches('0');
            let noted = format!("{place}{}{}", side(&change.old), side(&change.new));
            seen.lock().unwrap().push(noted);
            Ok(())
        }
    })
}

/// A job that notes the numbers it is sent, and fails at 13.
fn counter(seen: &Seen) -> Job {
    let seen = seen.clone();
    Job::on_message("tasks.count", move |_, number: u32| {
        let seen = seen.clone();
        async move {
            if number == 13 {
                return Err("unlucky".into());
            }
            seen.lock().unwrap().push(number.to_string());
            Ok(())
        }
    })
}

fn run(job: &Job, event: Value) -> Result<Value, String> {
    let off = Metrics::off();
    let worked = futures::executor::block_on(work(&app(), job, &off, event, None));
    worked
        .map(|reply| serde_json::to_value(reply).unwrap())
        .map_err(|error| error.error_message)
}

fn noted(seen: &Seen) -> Vec<String> {
    seen.lock().unwrap().clone()
}

#[test]
fn a_job_sees_the_changes_of_its_kinds_in_order() {
    let seen = Seen::default();
    let reply = run(
        &follower(&seen, None, false),
        serde_json::from_str(CHANGES).unwrap(),
    );
    assert_eq!(noted(&seen), ["1-x", "2xx", "5x-"]);
    assert_eq!(reply, Ok(json!({"batchItemFailures": []})));
}

#[test]
fn a_batch_of_changes_stops_at_the_first_that_fails() {
    for panics in [false, true] {
        let seen = Seen::default();
        let job = follower(&seen, Some("100000000000000000002"), panics);
        let reply = run(&job, serde_json::from_str(CHANGES).unwrap());
        assert_eq!(noted(&seen), ["1-x"]);
        let again = json!({"batchItemFailures": [{"itemIdentifier": "100000000000000000002"}]});
        assert_eq!(reply, Ok(again));
    }
}

#[test]
fn a_change_that_does_not_read_fails_under_its_sequence() {
    let event = json!({"Records": [
        {"dynamodb": {"SequenceNumber": "7", "NewImage": {"PK": "bare"}}}
    ]});
    let reply = run(&follower(&Seen::default(), None, false), event);
    let again = json!({"batchItemFailures": [{"itemIdentifier": "7"}]});
    assert_eq!(reply, Ok(again));
}

#[test]
fn of_messages_only_those_that_failed_come_again() {
    let seen = Seen::default();
    let message = |id: &str, body: &str| json!({"messageId": id, "body": body});
    let event = json!({"Records": [
        message("a", "1"), message("b", "13"), message("c", "no number"), message("d", "4"),
    ]});
    let reply = run(&counter(&seen), event);
    assert_eq!(noted(&seen), ["1", "4"]);
    let again = json!({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "c"}]});
    assert_eq!(reply, Ok(again));
}

#[test]
fn what_is_not_begun_by_the_deadline_comes_again() {
    let seen = Seen::default();
    let batch = json!({"Records": [{"messageId": "a", "body": "1"}]});
    let batch = read(Source::Messages, batch).unwrap();
    let failed =
        futures::executor::block_on(counter(&seen).run(&app(), batch, Some(Instant::now())));
    assert_eq!(noted(&seen), Vec::<String>::new());
    assert_eq!(failed.len(), 1);
}

#[test]
fn a_schedule_tells_when_it_was_due_and_its_failure_is_one_of_the_function() {
    let seen = Seen::default();
    let noting = seen.clone();
    let hourly = Schedule::Every { minutes: 60 };
    let job = Job::on_schedule("admin.chime", hourly, move |_, at| {
        let noting = noting.clone();
        async move {
            noting.lock().unwrap().push(at.to_string());
            if at.as_second() == 0 {
                return Err("too early".into());
            }
            Ok(())
        }
    });
    let event = |time: &str| json!({"version": "0", "source": "aws.scheduler", "time": time, "detail": "{}"});
    assert!(run(&job, event("2026-03-02T15:00:00Z")).is_ok());
    assert_eq!(noted(&seen), ["2026-03-02T15:00:00Z"]);
    assert_eq!(
        run(&job, event("1970-01-01T00:00:00Z")),
        Err("admin.chime failed".to_owned())
    );
}

#[test]
fn an_event_is_taken_out_of_its_envelope() {
    let payload = message(
        Source::Events { types: &[] },
        json!({"detail-type": "lead.created", "detail": {"id": "x"}}).to_string(),
    );
    assert!(matches!(payload, Payload::Message(text) if text == r#"{"id":"x"}"#));
}

#[test]
fn what_happens_to_files_is_read_with_its_envelope() {
    let seen = Seen::default();
    let uploads = seen.clone();
    let on_upload = Job::on_upload("documents.note", "documents/", move |_, uploaded| {
        uploads
            .lock()
            .unwrap()
            .push(format!("{} bytes at {}", uploaded.size, uploaded.at));
        async { Ok::<_, JobFailure>(()) }
    });
    let scans = seen.clone();
    let on_scan = Job::on_scan("documents.doubt", "documents/", move |_, scanned| {
        scans.lock().unwrap().push(format!("{:?}", scanned.verdict));
        async { Ok::<_, JobFailure>(()) }
    });
    let event = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let done = Ok(json!({"batchItemFailures": []}));

    assert_eq!(run(&on_upload, event(UPLOAD)), done);
    assert_eq!(run(&on_scan, event(CLEAN)), done);
    assert_eq!(run(&on_scan, event(THREAT)), done);
    let astray = run(&on_upload, event(CLEAN)).unwrap();

    assert_eq!(
        noted(&seen),
        [
            "20597 bytes at 2026-11-21T13:40:01Z",
            "Clean",
            "Threat { names: [\"EICAR-Test-File (not a virus)\"] }",
        ]
    );
    assert_eq!(astray["batchItemFailures"].as_array().unwrap().len(), 1);
}

#[test]
fn what_becomes_of_mail_is_read_with_its_envelope_if_it_is_a_teams() {
    let seen = Seen::default();
    let noting = seen.clone();
    let job = Job::on_mail_event("emails.note", move |_, event| {
        noting
            .lock()
            .unwrap()
            .push(format!("{} {:?}", event.event_id, event.kind));
        async { Ok::<_, JobFailure>(()) }
    });
    let told = |id: &str, kind: &str, tags: Value| {
        let mail = json!({"messageId": "m", "timestamp": "2026-03-02T15:00:00Z", "tags": tags});
        json!({
            "id": id, "detail-type": format!("Email {kind}"), "source": "aws.ses", "time": "2026-03-02T15:00:00Z",
            "detail": {"eventType": kind, "mail": mail},
        })
    };
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let ours = || json!({"plat_team": [id], "plat_email": [id]});
    let message = |id: &str, body: Value| json!({"messageId": id, "body": body.to_string()});
    let event = json!({"Records": [
        message("a", told("1", "Delivery", ours())),
        message("b", told("2", "Open", json!({}))),
        message("c", told("3", "Open", json!({"plat_team": [id]}))),
        message("d", told("4", "Party", ours())),
        message("e", json!({"detail": "none"})),
        message("f", told("5", "Open", ours())),
    ]});

    let reply = run(&job, event);

    assert_eq!(noted(&seen), ["1 Delivered", "5 Opened"]);
    let again = json!({"batchItemFailures": [{"itemIdentifier": "d"}, {"itemIdentifier": "e"}]});
    assert_eq!(reply, Ok(again));
}

#[test]
fn a_batch_that_cannot_be_worked_together_is_worked_one_by_one() {
    let seen = Seen::default();
    let noting = seen.clone();
    let job = Job::on_events("analytics.count", &[], move |_, events| {
        let noting = noting.clone();
        async move {
            let names: Vec<_> = events
                .iter()
                .map(|event| event.actor.name.clone())
                .collect();
            if names.iter().any(|name| name == "Poison") {
                return Err("indigestible".into());
            }
            noting.lock().unwrap().push(names.join("+"));
            Ok(())
        }
    });
    let message = |id: &str, name: &str| {
        let detail = json!({
            "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "type": "user.updated", "data": {}, "at": "2026-03-02T15:00:00Z",
            "actor": {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "name": name},
            "subject": {"kind": "user", "id": "x"},
            "causation": {"commandId": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        });
        json!({"messageId": id, "body": json!({"detail": detail}).to_string()})
    };
    let good = json!({"Records": [message("a", "Ann"), message("b", "Bob")]});
    assert_eq!(run(&job, good), Ok(json!({"batchItemFailures": []})));
    assert_eq!(noted(&seen), ["Ann+Bob"]);

    let bad =
        json!({"Records": [message("a", "Ann"), message("b", "Poison"), message("c", "Cid")]});

    let again = json!({"batchItemFailures": [{"itemIdentifier": "b"}]});
    assert_eq!(run(&job, bad), Ok(again));
    assert_eq!(noted(&seen), ["Ann+Bob", "Ann", "Cid"]);
}

#[test]
fn a_schedule_was_last_due_at_its_time() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let daily = Schedule::Daily {
        hour: 3,
        minute: 15,
    };
    let every = Schedule::Every { minutes: 5 };
    for (schedule, now, due) in [
        (every, "2026-03-02T15:04:59Z", "2026-03-02T15:00:00Z"),
        (every, "2026-03-02T15:05:00Z", "2026-03-02T15:05:00Z"),
        (daily, "2026-03-02T03:14:59Z", "2026-03-01T03:15:00Z"),
        (daily, "2026-03-02T03:15:00Z", "2026-03-02T03:15:00Z"),
        (daily, "2026-03-02T23:59:59Z", "2026-03-02T03:15:00Z"),
    ] {
        assert_eq!(schedule.last_due(at(now)), at(due), "{schedule:?} at {now}");
    }
}
