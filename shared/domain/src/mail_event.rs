//! What providers tell of an e-mail that was sent, and where it stands after that.
//!
//! What belongs here: the events, and the rule by which they move an e-mail. What does not: how each provider words them,
//! and how they are stored.
//!
//! Providers tell things late, twice and in any order. So statuses have a rank, and an e-mail stands at the highest that
//! was told of it: whatever the order, it ends at the same one, and it never goes back.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{EmailId, TaskId, TeamId};

wire_enum! {
    /// Where an e-mail stands, in the order of rank.
    pub enum EmailStatus {
        /// It waits to be sent.
        Queued = "queued",
        /// The provider has it.
        Sent = "sent",
        /// The recipient's server does not take it yet; the provider tries again.
        Deferred = "deferred",
        /// It could not be made or handed over.
        Failed = "failed",
        /// The provider had it, and did not try to deliver it.
        Dropped = "dropped",
        /// The recipient's server has it.
        Delivered = "delivered",
        /// It came back. A server may take a message first and return it later, so this is above delivered.
        Bounced = "bounced",
        /// Somebody saw it, so it did arrive, even if a copy of it came back.
        Opened = "opened",
        /// Somebody followed a link in it.
        Clicked = "clicked",
        /// Somebody marked it as unwanted. Nothing that they did with it before counts for more.
        SpamReport = "spamreport",
    }
}

wire_enum! {
    /// Who sends mail of teams, and tells what becomes of it.
    pub enum MailProvider {
        /// Amazon SES.
        Ses = "ses",
        /// SendGrid.
        SendGrid = "sendgrid",
    }
}

wire_enum! {
    /// Why an address is not written to any more.
    pub enum SuppressionReason {
        /// There is no such mailbox.
        Bounced = "bounced",
        /// Its owner marked an e-mail as unwanted.
        Complained = "complained",
        /// Its owner wants no more.
        Unsubscribed = "unsubscribed",
    }
}

/// What happened to an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MailEventKind {
    /// The provider has it.
    Sent,
    /// The recipient's server has it.
    Delivered,
    /// The recipient's server does not take it yet.
    Deferred,
    /// It was looked at.
    Opened,
    /// A link in it was followed.
    Clicked,
    /// It came back.
    Bounced {
        /// Whether it always would: there is no such mailbox.
        hard: bool,
    },
    /// It was marked as unwanted.
    Complained,
    /// The provider did not try to deliver it.
    Dropped,
    /// The provider could not make a message of it.
    Failed,
    /// Its recipient wants no more.
    Unsubscribed,
}

/// Something that happened to an e-mail, as a provider tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailEvent {
    /// Who told.
    pub provider: MailProvider,
    /// What the provider calls the event. It is the same when it is told again.
    pub event_id: String,
    /// The e-mail; none for a message that carried no tags, such as Plat's own.
    pub email_id: Option<EmailId>,
    /// Whose it is.
    pub team_id: Option<TeamId>,
    /// The task that it was sent for.
    pub task_id: Option<TaskId>,
    /// What the provider called the message when it took it.
    pub message_id: String,
    /// What happened.
    pub kind: MailEventKind,
    /// When.
    pub at: Timestamp,
    /// From where it was looked at or a link followed.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
    /// The link that was followed.
    pub url: Option<String>,
    /// Why, as the provider or the recipient's server put it. May hold the address.
    pub reason: Option<String>,
    /// Whether a proxy or a scanner looked, and not a person.
    pub machine: bool,
}

impl EmailStatus {
    /// Where it stands after this. What a machine looked at or followed, nobody did.
    #[must_use]
    pub fn after(self, kind: MailEventKind, by_machine: bool) -> Self {
        let told = match kind {
            MailEventKind::Sent => Self::Sent,
            MailEventKind::Deferred => Self::Deferred,
            MailEventKind::Failed => Self::Failed,
            MailEventKind::Dropped => Self::Dropped,
            MailEventKind::Delivered => Self::Delivered,
            MailEventKind::Bounced { .. } => Self::Bounced,
            MailEventKind::Opened | MailEventKind::Clicked if by_machine => return self,
            MailEventKind::Opened => Self::Opened,
            MailEventKind::Clicked => Self::Clicked,
            MailEventKind::Complained => Self::SpamReport,
            // It is about the person, not about this e-mail.
            MailEventKind::Unsubscribed => return self,
        };
        self.max(told)
    }
}

impl MailEventKind {
    /// Why nothing may be sent to this address any more because of it, if so: it does not exist, or its owner said so.
    pub const fn suppresses(self) -> Option<SuppressionReason> {
        match self {
            Self::Bounced { hard: true } => Some(SuppressionReason::Bounced),
            Self::Complained => Some(SuppressionReason::Complained),
            Self::Unsubscribed => Some(SuppressionReason::Unsubscribed),
            Self::Bounced { hard: false }
            | Self::Sent
            | Self::Delivered
            | Self::Deferred
            | Self::Opened
            | Self::Clicked
            | Self::Dropped
            | Self::Failed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOFT: MailEventKind = MailEventKind::Bounced { hard: false };
    const HARD: MailEventKind = MailEventKind::Bounced { hard: true };

    fn stands_after(events: &[(MailEventKind, bool)]) -> EmailStatus {
        events
            .iter()
            .fold(EmailStatus::Queued, |status, (kind, by_machine)| {
                status.after(*kind, *by_machine)
            })
    }

    fn any_event() -> impl Strategy<Value = (MailEventKind, bool)> {
        use MailEventKind::*;
        let kinds = vec![
            Sent,
            Delivered,
            Deferred,
            Opened,
            Clicked,
            SOFT,
            HARD,
            Complained,
            Dropped,
            Failed,
            Unsubscribed,
        ];
        (prop::sample::select(kinds), any::<bool>())
    }

    #[test]
    fn an_email_stands_where_the_table_says() {
        use MailEventKind::*;
        let rows: [(&[MailEventKind], EmailStatus); 13] = [
            (&[], EmailStatus::Queued),
            (&[Sent], EmailStatus::Sent),
            (&[Sent, Deferred], EmailStatus::Deferred),
            (&[Sent, Deferred, Delivered], EmailStatus::Delivered),
            (&[Sent, Delivered, Opened, Clicked], EmailStatus::Clicked),
            (&[Clicked, Delivered], EmailStatus::Clicked),
            (&[Sent, SOFT], EmailStatus::Bounced),
            (&[Sent, Delivered, HARD], EmailStatus::Bounced),
            (&[Delivered, Opened, HARD], EmailStatus::Opened),
            (&[Sent, Dropped], EmailStatus::Dropped),
            (&[Sent, Failed], EmailStatus::Failed),
            (&[Clicked, Complained], EmailStatus::SpamReport),
            (&[Delivered, Unsubscribed], EmailStatus::Delivered),
        ];
        for (kinds, expected) in rows {
            let events: Vec<_> = kinds.iter().map(|kind| (*kind, false)).collect();
            assert_eq!(stands_after(&events), expected, "{kinds:?}");
        }
    }

    #[test]
    fn what_a_machine_opens_nobody_has() {
        let seen = [MailEventKind::Opened, MailEventKind::Clicked].map(|kind| (kind, true));
        assert_eq!(stands_after(&seen), EmailStatus::Queued);
        let delivered = EmailStatus::Delivered.after(MailEventKind::Clicked, true);
        assert_eq!(delivered, EmailStatus::Delivered);
    }

    #[test]
    fn a_status_has_one_name() {
        for status in EmailStatus::ALL {
            let wire = serde_json::to_value(status).unwrap();
            assert_eq!(wire, status.as_str());
            assert_eq!(
                serde_json::from_value::<EmailStatus>(wire).unwrap(),
                *status
            );
        }
        assert!(EmailStatus::ALL.is_sorted());
    }

    #[test]
    fn only_what_says_no_for_good_suppresses() {
        for (kind, expected) in [
            (HARD, Some(SuppressionReason::Bounced)),
            (SOFT, None),
            (
                MailEventKind::Complained,
                Some(SuppressionReason::Complained),
            ),
            (
                MailEventKind::Unsubscribed,
                Some(SuppressionReason::Unsubscribed),
            ),
            (MailEventKind::Dropped, None),
        ] {
            assert_eq!(kind.suppresses(), expected, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_event_moves_a_status_back(
            status in prop::sample::select(EmailStatus::ALL.to_vec()),
            (kind, by_machine) in any_event(),
        ) {
            prop_assert!(status.after(kind, by_machine) >= status);
        }

        #[test]
        fn events_lead_to_the_same_status_in_any_order_and_however_often(
            (events, told) in prop::collection::vec(any_event(), 1..12).prop_flat_map(|events| {
                let again = prop::sample::subsequence(events.clone(), 0..=events.len());
                let told = again.prop_map({
                    let events = events.clone();
                    move |again| [events.clone(), again].concat()
                });
                (Just(events), told.prop_shuffle())
            }),
        ) {
            prop_assert_eq!(stands_after(&told), stands_after(&events));
        }
    }
}
