//! What becomes of mail on this machine: whatever somebody says, told in the words in which SES tells it.

use crate::files::envelope;
use jiff::Timestamp;
use plat_services::SentMail;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

/// Who looks at mail, if nobody says: a person with a browser.
const BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

/// Something that happens to an e-mail.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Happening {
    /// What.
    #[serde(rename = "type")]
    pub kind: HappeningKind,
    /// The link that is followed; the first one, if none is named.
    pub url: Option<String>,
    /// With what it is looked at; a browser, if nothing is named.
    pub user_agent: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// What can happen to an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// SES took it.
    Send,
    /// The recipient's server took it.
    Delivery,
    /// It was looked at.
    Open,
    /// A link was followed.
    Click,
    /// There is no such mailbox.
    Bounce,
    /// The mailbox was full, until SES gave up.
    SoftBounce,
    /// The recipient called it spam.
    Complaint,
}

impl HappeningKind {
    /// Its name in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Delivery => "delivery",
            Self::Open => "open",
            Self::Click => "click",
            Self::Bounce => "bounce",
            Self::SoftBounce => "soft_bounce",
            Self::Complaint => "complaint",
        }
    }
}

impl From<HappeningKind> for Happening {
    fn from(kind: HappeningKind) -> Self {
        Self {
            kind,
            url: None,
            user_agent: None,
            ip: None,
        }
    }
}

/// What SES would tell of `sent` on the default bus, if this happened `at` that time.
pub fn ses_event(sent: &SentMail, happening: &Happening, at: Timestamp) -> Value {
    let agent = happening.user_agent.as_deref().unwrap_or(BROWSER);
    let ip = happening.ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let looked = json!({"timestamp": at, "ipAddress": ip, "userAgent": agent});
    let bounced = |kind: &str, sub: &str, said: &str| {
        let recipient =
            json!({"emailAddress": sent.mail.to, "action": "failed", "diagnosticCode": said});
        json!({"timestamp": at, "feedbackId": sent.message_id, "bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [recipient]})
    };
    let (title, kind, name, part) = match happening.kind {
        HappeningKind::Send => ("Email Sent", "Send", "send", json!({})),
        HappeningKind::Delivery => {
            let part =
                json!({"timestamp": at, "recipients": [sent.mail.to], "smtpResponse": "250 ok"});
            ("Email Delivered", "Delivery", "delivery", part)
        }
        HappeningKind::Open => ("Email Opened", "Open", "open", looked),
        HappeningKind::Click => {
            let first = || links(&sent.mail.html).into_iter().next();
            let link = happening.url.clone().or_else(first);
            let part = json!({"timestamp": at, "ipAddress": ip, "userAgent": agent, "link": link, "linkTags": null});
            ("Email Clicked", "Click", "click", part)
        }
        HappeningKind::Bounce => {
            let part = bounced("Permanent", "General", "smtp; 550 5.1.1 user unknown");
            ("Email Bounced", "Bounce", "bounce", part)
        }
        HappeningKind::SoftBounce => {
            let part = bounced("Transient", "MailboxFull", "smtp; 552 5.2.2 mailbox full");
            ("Email Bounced", "Bounce", "bounce", part)
        }
        HappeningKind::Complaint => {
            let recipients = json!([{"emailAddress": sent.mail.to}]);
            let part = json!({"timestamp": at, "feedbackId": sent.message_id, "complaintFeedbackType": "abuse", "complainedRecipients": recipients});
            ("Email Complaint Received", "Complaint", "complaint", part)
        }
    };
    let set = ("ses:configuration-set", "plat-local-teams");
    let tags = sent.tags.iter();
    let tags = tags.map(|(name, value)| (name.as_str(), value.as_str()));
    let tags: Value = tags
        .chain([set])
        .map(|(name, value)| (name, json!([value])))
        .collect();
    let mail = json!({
        "timestamp": sent.at,
        "source": sent.from,
        "messageId": sent.message_id,
        "destination": [sent.mail.to],
        "commonHeaders": {"subject": sent.mail.subject},
        "tags": tags,
    });
    let detail = json!({"eventType": kind, "mail": mail, (name): part});
    envelope("aws.ses", title, at, detail)
}

/// The addresses on the web that a message leads to, in order.
pub(crate) fn links(html: &str) -> Vec<String> {
    html.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|link| link.replace("&amp;", "&"))
        .filter(|link| link.starts_with("http"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::MailEventKind;
    use plat_services::Mail;
    use plat_services::mail_events::from_ses;
    use std::collections::BTreeMap;

    fn sent() -> SentMail {
        let tag = |name: &str, id: &str| (name.to_owned(), format!("{id:0>26}"));
        SentMail {
            id: 1,
            from: "Ann <hello@plat.example>".to_owned(),
            mail: Mail {
                to: "bob@example.com".to_owned(),
                subject: "Hello".to_owned(),
                text: String::new(),
                html: "<a href=\"https://a.example/?x=1&amp;y=2\">A</a> <a href=\"mailto:ann@b.example\">B</a>"
                    .to_owned(),
                headers: BTreeMap::new(),
            },
            at: "2026-03-02T15:00:00Z".parse().unwrap(),
            message_id: "local-0000000000000001".to_owned(),
            reply_to: None,
            tags: [tag("plat_team", "1"), tag("plat_email", "2")].into(),
        }
    }

    #[test]
    fn what_is_told_here_reads_like_what_ses_tells() {
        let at: Timestamp = "2026-03-02T16:00:00Z".parse().unwrap();
        let bounced = |hard| MailEventKind::Bounced { hard };
        for (kind, expected, is_dated) in [
            (HappeningKind::Send, MailEventKind::Sent, false),
            (HappeningKind::Delivery, MailEventKind::Delivered, true),
            (HappeningKind::Open, MailEventKind::Opened, true),
            (HappeningKind::Click, MailEventKind::Clicked, true),
            (HappeningKind::Bounce, bounced(true), true),
            (HappeningKind::SoftBounce, bounced(false), true),
            (HappeningKind::Complaint, MailEventKind::Complained, true),
        ] {
            let named: Happening = serde_json::from_value(json!({"type": kind.as_str()})).unwrap();
            let told = ses_event(&sent(), &named, at).to_string();
            let read = from_ses(&told).unwrap().unwrap();
            assert_eq!(read.kind, expected);
            assert_eq!(read.at, if is_dated { at } else { sent().at });
            assert_eq!(read.message_id, sent().message_id);
            assert_eq!(read.email_id.map(|id| id.bits()), Some(2));
            assert!(!read.machine);
        }
    }

    #[test]
    fn a_click_is_on_the_first_link_or_on_the_one_that_is_named() {
        let click = |url: Option<&str>| {
            let happening = Happening {
                url: url.map(str::to_owned),
                ..HappeningKind::Click.into()
            };
            let told = ses_event(&sent(), &happening, sent().at).to_string();
            from_ses(&told).unwrap().unwrap().url
        };
        assert_eq!(click(None).as_deref(), Some("https://a.example/?x=1&y=2"));
        let named = "https://c.example/";
        assert_eq!(click(Some(named)).as_deref(), Some(named));
    }
}
