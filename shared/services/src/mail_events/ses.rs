//! What SES tells, as the default bus carries it.
//!
//! Sources: "Contents of event data that Amazon SES publishes" in the developer guide, which names the same fields for
//! every destination; EventBridge puts its envelope around it.

use super::{LONGEST_TEXT, LONGEST_URL, UnreadableEvent, by_machine, kept};
use crate::mail::tags::FoundTags;
use jiff::Timestamp;
use plat_domain::{MailEvent, MailEventKind, MailProvider};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reads an event of SES in the bus's envelope. None if nothing happened to the e-mail, such as a person who changed
/// their mind and said that a message is wanted.
///
/// # Errors
/// It is something else.
pub fn from_ses(envelope: &str) -> Result<Option<MailEvent>, UnreadableEvent> {
    let Envelope { id, time, detail } =
        serde_json::from_str(envelope).map_err(|_| UnreadableEvent("no event of SES"))?;
    let (kind, about) = match detail.event_type.as_str() {
        "Send" => (MailEventKind::Sent, detail.send),
        "Delivery" => (MailEventKind::Delivered, detail.delivery),
        "DeliveryDelay" => (MailEventKind::Deferred, detail.delivery_delay),
        "Open" => (MailEventKind::Opened, detail.open),
        "Click" => (MailEventKind::Clicked, detail.click),
        "Bounce" => {
            // A transient one is told when SES has given up on it. What it cannot tell is not held against an address.
            let hard = detail.bounce.bounce_type.as_deref() == Some("Permanent");
            (MailEventKind::Bounced { hard }, detail.bounce)
        }
        "Complaint" => match complaint(&detail.complaint) {
            Some(kind) => (kind, detail.complaint),
            None => return Ok(None),
        },
        "Reject" => (MailEventKind::Dropped, detail.reject),
        "Rendering Failure" | "RenderingFailure" => (MailEventKind::Failed, detail.failure),
        "Subscription" if wants_no_more(&detail.subscription) => {
            (MailEventKind::Unsubscribed, detail.subscription)
        }
        "Subscription" => return Ok(None),
        _ => return Err(UnreadableEvent("no type of SES that is known")),
    };
    let tags = FoundTags::read(|name| {
        let values = detail.mail.tags.get(name)?;
        values.first().map(String::as_str)
    });
    // Some parts have no time of their own; what they tell happens as the message is sent.
    let times = [about.timestamp.as_deref(), detail.mail.timestamp.as_deref()];
    let at = times.into_iter().flatten().find_map(|at| at.parse().ok());
    Ok(Some(MailEvent {
        provider: MailProvider::Ses,
        event_id: id,
        email_id: tags.email,
        team_id: tags.team,
        task_id: tags.task,
        message_id: detail.mail.message_id,
        kind,
        at: at.unwrap_or(time),
        ip: about
            .ip_address
            .as_deref()
            .and_then(|address| address.parse().ok()),
        machine: by_machine(kind, about.user_agent.as_deref()),
        user_agent: kept(about.user_agent.as_deref(), LONGEST_TEXT),
        url: kept(about.link.as_deref(), LONGEST_URL),
        reason: about.reason(),
    }))
}

/// What a complaint is. Some say that a message is wanted after all; and one that is on the account's list was not
/// delivered at all.
fn complaint(about: &About) -> Option<MailEventKind> {
    if about.complaint_feedback_type.as_deref() == Some("not-spam") {
        return None;
    }
    match about.complaint_sub_type.as_deref() {
        Some("OnAccountSuppressionList") => Some(MailEventKind::Dropped),
        Some(_) | None => Some(MailEventKind::Complained),
    }
}

fn wants_no_more(about: &About) -> bool {
    about.new_topic_preferences.as_ref().is_some_and(|wants| {
        wants.unsubscribe_all
            || wants
                .topics
                .iter()
                .any(|topic| topic.subscription.as_deref() == Some("OptOut"))
    })
}

#[derive(Deserialize)]
struct Envelope {
    id: String,
    time: Timestamp,
    detail: Detail,
}

/// Besides the message there is one part, named after the type of the event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_type: String,
    mail: Message,
    #[serde(default)]
    send: About,
    #[serde(default)]
    delivery: About,
    #[serde(default)]
    delivery_delay: About,
    #[serde(default)]
    open: About,
    #[serde(default)]
    click: About,
    #[serde(default)]
    bounce: About,
    #[serde(default)]
    complaint: About,
    #[serde(default)]
    reject: About,
    #[serde(default)]
    failure: About,
    #[serde(default)]
    subscription: About,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    timestamp: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

/// What the parts say, each some of it.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct About {
    timestamp: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    link: Option<String>,
    bounce_type: Option<String>,
    bounce_sub_type: Option<String>,
    bounced_recipients: Vec<Returned>,
    complaint_feedback_type: Option<String>,
    complaint_sub_type: Option<String>,
    delay_type: Option<String>,
    delayed_recipients: Vec<Returned>,
    smtp_response: Option<String>,
    reason: Option<String>,
    error_message: Option<String>,
    new_topic_preferences: Option<Topics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Returned {
    diagnostic_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Topics {
    #[serde(default)]
    unsubscribe_all: bool,
    #[serde(default, rename = "topicSubscriptionStatus")]
    topics: Vec<Topic>,
}

#[derive(Deserialize)]
struct Topic {
    #[serde(rename = "subscriptionStatus")]
    subscription: Option<String>,
}

impl About {
    /// What kind it is, and what the recipient's server said, as far as either is told.
    fn reason(&self) -> Option<String> {
        let returned = self.bounced_recipients.iter();
        let diagnostics = returned
            .chain(&self.delayed_recipients)
            .find_map(|returned| returned.diagnostic_code.as_deref());
        let parts = [
            self.bounce_sub_type.as_deref(),
            self.complaint_sub_type.as_deref(),
            self.complaint_feedback_type.as_deref(),
            self.delay_type.as_deref(),
            self.reason.as_deref(),
            self.error_message.as_deref(),
            self.smtp_response.as_deref(),
            diagnostics,
        ];
        let told: Vec<&str> = parts.into_iter().flatten().collect();
        kept(Some(&told.join(": ")), LONGEST_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::Id;
    use serde_json::{Value, json};

    const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0 Safari/537.36";

    /// An event of SES with its part under `name`.
    fn told(kind: &str, name: &str, part: &Value) -> String {
        let mut detail = json!({
            "eventType": kind,
            "mail": {
                "timestamp": "2026-03-02T15:00:00.123Z",
                "source": "Ann <hello@plat.example>",
                "sendingAccountId": "111122223333",
                "messageId": "0102-abc",
                "destination": ["bob@example.com"],
                "headersTruncated": false,
                "headers": [{"name": "From", "value": "Ann <hello@plat.example>"}],
                "commonHeaders": {"subject": "Your house"},
                "tags": {
                    "ses:configuration-set": ["plat-teams"],
                    "plat_team": ["00000000000000000000000001"],
                    "plat_email": ["00000000000000000000000002"],
                    "plat_task": ["00000000000000000000000003"],
                },
            },
        });
        detail[name] = part.clone();
        json!({
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": "Email Event",
            "source": "aws.ses",
            "account": "111122223333",
            "time": "2026-03-02T15:00:09Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:ses:eu-west-1:111122223333:configuration-set/plat-teams"],
            "detail": detail,
        })
        .to_string()
    }

    fn read(kind: &str, name: &str, part: &Value) -> MailEvent {
        from_ses(&told(kind, name, part)).unwrap().unwrap()
    }

    #[test]
    fn a_click_is_told_with_all_there_is() {
        let part = json!({
            "timestamp": "2026-03-02T15:00:05.500Z",
            "ipAddress": "203.0.113.7",
            "userAgent": BROWSER,
            "link": "https://homes.example/offer",
            "linkTags": {"a": ["b"]},
        });
        assert_eq!(
            read("Click", "click", &part),
            MailEvent {
                provider: MailProvider::Ses,
                event_id: "17793124-05d4-b198-2fde-7ededc63b103".to_owned(),
                email_id: Some(Id::from_bits(2)),
                team_id: Some(Id::from_bits(1)),
                task_id: Some(Id::from_bits(3)),
                message_id: "0102-abc".to_owned(),
                kind: MailEventKind::Clicked,
                at: "2026-03-02T15:00:05.500Z".parse().unwrap(),
                ip: Some("203.0.113.7".parse().unwrap()),
                user_agent: Some(BROWSER.to_owned()),
                url: Some("https://homes.example/offer".to_owned()),
                reason: None,
                machine: false,
            }
        );
    }

    #[test]
    fn every_type_is_read_for_what_happened() {
        let at = "2026-03-02T15:00:05Z";
        let bounce = |kind: &str| {
            json!({
                "bounceType": kind, "bounceSubType": "General", "timestamp": at, "feedbackId": "f",
                "bouncedRecipients": [{
                    "emailAddress": "bob@example.com", "action": "failed", "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }],
            })
        };
        let bounced = |hard| MailEventKind::Bounced { hard };
        let unknown = Some("General: smtp; 550 5.1.1 user unknown");
        let delay = json!({"delayType": "MailboxFull", "timestamp": at, "delayedRecipients": []});
        let complained = json!({"complaintFeedbackType": "abuse", "timestamp": at});
        let listed = json!({"complaintSubType": "OnAccountSuppressionList", "timestamp": at});
        let stopped = json!({"timestamp": at, "newTopicPreferences": {"unsubscribeAll": true}});
        let opted_out = json!({"newTopicPreferences": {
            "unsubscribeAll": false,
            "topicSubscriptionStatus": [{"topicName": "a", "subscriptionStatus": "OptOut"}],
        }});
        let delivery = json!({"timestamp": at, "smtpResponse": "250 ok", "recipients": []});
        let rows = [
            ("Send", "send", json!({}), MailEventKind::Sent, None),
            (
                "Delivery",
                "delivery",
                delivery,
                MailEventKind::Delivered,
                Some("250 ok"),
            ),
            (
                "DeliveryDelay",
                "deliveryDelay",
                delay,
                MailEventKind::Deferred,
                Some("MailboxFull"),
            ),
            (
                "Open",
                "open",
                json!({"timestamp": at, "userAgent": BROWSER}),
                MailEventKind::Opened,
                None,
            ),
            (
                "Bounce",
                "bounce",
                bounce("Permanent"),
                bounced(true),
                unknown,
            ),
            (
                "Bounce",
                "bounce",
                bounce("Transient"),
                bounced(false),
                unknown,
            ),
            (
                "Bounce",
                "bounce",
                bounce("Undetermined"),
                bounced(false),
                unknown,
            ),
            (
                "Complaint",
                "complaint",
                complained,
                MailEventKind::Complained,
                Some("abuse"),
            ),
            (
                "Complaint",
                "complaint",
                listed,
                MailEventKind::Dropped,
                Some("OnAccountSuppressionList"),
            ),
            (
                "Reject",
                "reject",
                json!({"reason": "Bad content"}),
                MailEventKind::Dropped,
                Some("Bad content"),
            ),
            (
                "Rendering Failure",
                "failure",
                json!({"errorMessage": "no x"}),
                MailEventKind::Failed,
                Some("no x"),
            ),
            (
                "Subscription",
                "subscription",
                stopped,
                MailEventKind::Unsubscribed,
                None,
            ),
            (
                "Subscription",
                "subscription",
                opted_out,
                MailEventKind::Unsubscribed,
                None,
            ),
        ];
        for (kind, name, part, expected, reason) in rows {
            let event = read(kind, name, &part);
            assert_eq!(event.kind, expected, "{kind}");
            assert_eq!(event.reason.as_deref(), reason, "{kind}");
            assert!(!event.machine);
        }
    }

    #[test]
    fn what_has_no_time_has_that_of_its_message_or_its_envelope() {
        let sent = read("Send", "send", &json!({}));
        assert_eq!(sent.at, "2026-03-02T15:00:00.123Z".parse().unwrap());
        let nowhere = told("Send", "send", &json!({})).replace("2026-03-02T15:00:00.123Z", "soon");
        let sent = from_ses(&nowhere).unwrap().unwrap();
        assert_eq!(sent.at, "2026-03-02T15:00:09Z".parse().unwrap());
    }

    #[test]
    fn what_happens_to_no_mail_is_nothing() {
        let subscribed = json!({"newTopicPreferences": {"unsubscribeAll": false}});
        for (kind, name, part) in [
            (
                "Complaint",
                "complaint",
                json!({"complaintFeedbackType": "not-spam"}),
            ),
            ("Subscription", "subscription", subscribed),
        ] {
            assert_eq!(from_ses(&told(kind, name, &part)), Ok(None), "{kind}");
        }
    }

    #[test]
    fn a_proxy_that_opens_is_a_machine() {
        let part = json!({"userAgent": "Firefox/11.0 (via ggpht.com GoogleImageProxy)"});
        assert!(read("Open", "open", &part).machine);
    }

    #[test]
    fn mail_without_our_tags_is_told_without_them() {
        let plain = told("Send", "send", &json!({})).replace("plat_", "other_");
        let event = from_ses(&plain).unwrap().unwrap();
        assert_eq!(
            (event.team_id, event.email_id, event.task_id),
            (None, None, None)
        );
    }

    #[test]
    fn what_is_no_event_does_not_read() {
        for wrong in ["", "{}", "[]", &told("Party", "party", &json!({}))] {
            assert!(from_ses(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_others_write_is_kept_short_and_on_one_line() {
        let agent = format!("a\r\nb{}", "x".repeat(10_000));
        let event = read("Open", "open", &json!({"userAgent": agent}));
        let kept = event.user_agent.unwrap();
        assert!(kept.starts_with("a  b"));
        assert_eq!(kept.chars().count(), LONGEST_TEXT);
    }
}
