//! What SendGrid tells by its event webhook: many events in a body, each for itself.
//!
//! Source: SendGrid's "Event Webhook Reference". What a message carried in `custom_args` stands among an event's own fields.

use super::{LONGEST_TEXT, LONGEST_URL, UnreadableEvent, by_machine, kept};
use crate::mail::tags::FoundTags;
use jiff::Timestamp;
use plat_domain::TeamId;
use plat_domain::{MailEvent, MailEventKind, MailProvider};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a body held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromSendGrid {
    /// What happened to the team's e-mails, each event once.
    pub events: Vec<MailEvent>,
    /// Why each of the others does not read.
    pub unreadable: Vec<UnreadableEvent>,
    /// Events of messages that the account sent by other means, or that name another team.
    pub foreign: usize,
    /// Events that change nothing, such as a person who subscribes again.
    pub ignored: usize,
}

/// Reads a body that was signed with the key of `team`. An event that does not read loses no other; one that is there
/// twice counts once.
///
/// # Errors
/// It is no list.
pub fn from_sendgrid(body: &[u8], team: TeamId) -> Result<FromSendGrid, UnreadableEvent> {
    let list: Vec<Value> =
        serde_json::from_slice(body).map_err(|_| UnreadableEvent("no list of events"))?;
    let mut told = FromSendGrid::default();
    let mut seen = BTreeSet::new();
    for value in &list {
        match read(value) {
            Err(error) => told.unreadable.push(error),
            Ok(None) => told.ignored += 1,
            Ok(Some(event)) if event.team_id != Some(team) || event.email_id.is_none() => {
                told.foreign += 1;
            }
            Ok(Some(event)) => {
                if seen.insert(event.event_id.clone()) {
                    told.events.push(event);
                }
            }
        }
    }
    Ok(told)
}

fn read(value: &Value) -> Result<Option<MailEvent>, UnreadableEvent> {
    let Value::Object(fields) = value else {
        return Err(UnreadableEvent("no object"));
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let name = text("event").ok_or(UnreadableEvent("no type"))?;
    let Some(kind) = kind(name, fields)? else {
        return Ok(None);
    };
    let event_id = kept(text("sg_event_id"), LONGEST_TEXT).ok_or(UnreadableEvent("no id"))?;
    let at = fields
        .get("timestamp")
        .and_then(Value::as_i64)
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(UnreadableEvent("no time"))?;
    let tags = FoundTags::read(text);
    let is_machine_open = fields.get("sg_machine_open").and_then(Value::as_bool);
    let reasons = ["bounce_classification", "reason", "response"];
    let reason: Vec<&str> = reasons.into_iter().filter_map(text).collect();
    Ok(Some(MailEvent {
        provider: MailProvider::SendGrid,
        event_id,
        email_id: tags.email,
        team_id: tags.team,
        task_id: tags.task,
        message_id: message_id(text("sg_message_id").unwrap_or_default()),
        kind,
        at,
        ip: text("ip").and_then(|address| address.parse().ok()),
        machine: is_machine_open == Some(true) || by_machine(kind, text("useragent")),
        user_agent: kept(text("useragent"), LONGEST_TEXT),
        url: kept(text("url"), LONGEST_URL),
        reason: kept(Some(&reason.join(": ")), LONGEST_TEXT),
    }))
}

/// What happened; none if it is nothing to us.
fn kind(name: &str, fields: &Map<String, Value>) -> Result<Option<MailEventKind>, UnreadableEvent> {
    Ok(Some(match name {
        "processed" => MailEventKind::Sent,
        "delivered" => MailEventKind::Delivered,
        "deferred" => MailEventKind::Deferred,
        "open" => MailEventKind::Opened,
        "click" => MailEventKind::Clicked,
        "bounce" => {
            // A server that blocks today may not tomorrow.
            let blocked = fields.get("type").and_then(Value::as_str) == Some("blocked");
            MailEventKind::Bounced { hard: !blocked }
        }
        "dropped" => MailEventKind::Dropped,
        "spamreport" => MailEventKind::Complained,
        "unsubscribe" | "group_unsubscribe" => MailEventKind::Unsubscribed,
        "group_resubscribe" | "account_status_change" => return Ok(None),
        _ => return Err(UnreadableEvent("no type that is known")),
    }))
}

/// The id that SendGrid gave when it took the message. In events, where it was worked follows it.
fn message_id(told: &str) -> String {
    let end = [".filter", ".recvd"]
        .iter()
        .filter_map(|behind| told.find(behind))
        .min();
    let id = end.map_or(told, |end| told.get(..end).unwrap_or(told));
    kept(Some(id), LONGEST_TEXT).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::Id;
    use proptest::prelude::*;
    use serde_json::json;

    const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36";

    fn team() -> TeamId {
        Id::from_bits(1)
    }

    fn event(id: &str, name: &str, more: &Value) -> Value {
        let mut event = json!({
            "email": "bob@example.com",
            "timestamp": 1_772_463_600,
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "event": name,
            "category": ["follow-up"],
            "sg_event_id": id,
            "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "plat_team": "00000000000000000000000001",
            "plat_email": "00000000000000000000000002",
            "plat_task": "00000000000000000000000003",
        });
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    }

    fn read_all(events: &[Value]) -> FromSendGrid {
        from_sendgrid(&serde_json::to_vec(events).unwrap(), team()).unwrap()
    }

    #[test]
    fn a_click_is_told_with_all_there_is() {
        let more = json!({"ip": "203.0.113.7", "useragent": BROWSER, "url": "https://homes.example/offer"});
        let told = read_all(&[event("a", "click", &more)]);
        assert_eq!(
            told.events,
            [MailEvent {
                provider: MailProvider::SendGrid,
                event_id: "a".to_owned(),
                email_id: Some(Id::from_bits(2)),
                team_id: Some(Id::from_bits(1)),
                task_id: Some(Id::from_bits(3)),
                message_id: "14c5d75ce93.dfd.64b469".to_owned(),
                kind: MailEventKind::Clicked,
                at: "2026-03-02T15:00:00Z".parse().unwrap(),
                ip: Some("203.0.113.7".parse().unwrap()),
                user_agent: Some(BROWSER.to_owned()),
                url: Some("https://homes.example/offer".to_owned()),
                reason: None,
                machine: false,
            }]
        );
    }

    #[test]
    fn every_type_is_read_for_what_happened() {
        let bounced = |hard| MailEventKind::Bounced { hard };
        for (name, more, expected, reason) in [
            ("processed", json!({}), MailEventKind::Sent, None),
            (
                "delivered",
                json!({"response": "250 OK"}),
                MailEventKind::Delivered,
                Some("250 OK"),
            ),
            (
                "deferred",
                json!({"response": "400 later"}),
                MailEventKind::Deferred,
                Some("400 later"),
            ),
            ("open", json!({}), MailEventKind::Opened, None),
            (
                "bounce",
                json!({"type": "bounce", "reason": "550 no"}),
                bounced(true),
                Some("550 no"),
            ),
            (
                "bounce",
                json!({"type": "blocked", "reason": "554 no"}),
                bounced(false),
                Some("554 no"),
            ),
            (
                "dropped",
                json!({"reason": "Invalid"}),
                MailEventKind::Dropped,
                Some("Invalid"),
            ),
            ("spamreport", json!({}), MailEventKind::Complained, None),
            ("unsubscribe", json!({}), MailEventKind::Unsubscribed, None),
            (
                "group_unsubscribe",
                json!({"asm_group_id": 10}),
                MailEventKind::Unsubscribed,
                None,
            ),
        ] {
            let told = read_all(&[event("a", name, &more)]).events.remove(0);
            assert_eq!(told.kind, expected, "{name}");
            assert_eq!(told.reason.as_deref(), reason, "{name}");
        }
    }

    #[test]
    fn an_event_that_does_not_read_loses_no_other() {
        let good = |id: &str| event(id, "delivered", &json!({}));
        let told = read_all(&[
            good("a"),
            json!("hello"),
            json!({}),
            event("b", "party", &json!({})),
            event("c", "open", &json!({"timestamp": "yesterday"})),
            event("d", "open", &json!({"sg_event_id": null})),
            event("e", "open", &json!({"timestamp": i64::MAX})),
            good("f"),
        ]);

        let ids: Vec<_> = told
            .events
            .iter()
            .map(|event| event.event_id.as_str())
            .collect();
        assert_eq!(ids, ["a", "f"]);
        assert_eq!(
            told.unreadable,
            [
                "no object",
                "no type",
                "no type that is known",
                "no time",
                "no id",
                "no time"
            ]
            .map(UnreadableEvent)
        );
    }

    #[test]
    fn an_event_that_is_there_twice_counts_once() {
        let one = event("a", "open", &json!({}));
        let told = read_all(&[one.clone(), event("b", "open", &json!({})), one]);
        assert_eq!(told.events.len(), 2);
    }

    #[test]
    fn nobody_tells_of_mail_of_another_team() {
        let theirs = json!({"plat_team": "00000000000000000000000009"});
        let told = read_all(&[
            event("a", "open", &theirs),
            event("b", "open", &json!({"plat_team": null})),
            event("c", "open", &json!({"plat_email": null})),
        ]);
        assert_eq!((told.events.len(), told.foreign), (0, 3));
    }

    #[test]
    fn who_subscribes_again_is_not_written_to_for_that() {
        let told = read_all(&[event("a", "group_resubscribe", &json!({}))]);
        assert_eq!((told.events.len(), told.ignored), (0, 1));
    }

    #[test]
    fn what_sendgrid_takes_for_a_machine_is_one() {
        for (more, machine) in [
            (json!({"sg_machine_open": true, "useragent": BROWSER}), true),
            (
                json!({"sg_machine_open": false, "useragent": BROWSER}),
                false,
            ),
            (
                json!({"sg_machine_open": false, "useragent": "YahooMailProxy"}),
                true,
            ),
        ] {
            let told = read_all(&[event("a", "open", &more)]);
            assert_eq!(told.events[0].machine, machine, "{more}");
        }
    }

    #[test]
    fn the_id_of_a_message_is_what_it_was_called_when_it_was_taken() {
        for (told, id) in [
            (
                "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
                "14c5d75ce93.dfd.64b469",
            ),
            ("aBc-1_x.recvd-5c9f-1-5D.0", "aBc-1_x"),
            ("plain", "plain"),
            ("", ""),
        ] {
            assert_eq!(message_id(told), id);
        }
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = from_sendgrid(&body, team());
        }
    }
}
