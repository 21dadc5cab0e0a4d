//! E-mails that a team sends to its clients, and everything that becomes of one.
//!
//! What belongs here: the record, who wrote it, and how what providers tell moves it. What does not: what it says
//! (`writing`), and how it is sent and stored.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::mail_event::{EmailStatus, MailEvent, MailEventKind, MailProvider};
use crate::{ClientId, Email, EmailId, FollowUpType, Name, TaskId, Text, UserId};

/// What somebody asks of whoever writes an e-mail.
pub type Instructions = Text<1, 500>;

/// How often sending one is tried before it is left to people.
pub const SEND_TRIES: u8 = 3;

/// How long handing one over lasts at most. What is silent for longer was left behind by a process that ended.
const HANDING_OVER: SignedDuration = SignedDuration::from_mins(5);

/// Whether an e-mail that is being handed over since then was left behind.
pub fn is_silent(sending_since: Option<Timestamp>, now: Timestamp) -> bool {
    sending_since.is_some_and(|since| now.duration_since(since) > HANDING_OVER)
}

/// When an e-mail is tried again that could not be handed over so often: a provider that stumbles is soon back, one that
/// is down is not.
pub fn try_again_after(failures: u8) -> SignedDuration {
    SignedDuration::from_mins(match failures {
        0 | 1 => 1,
        2 => 5,
        3.. => 15,
    })
}

wire_enum! {
    /// Whose models write for a team.
    pub enum WritingProvider {
        /// OpenAI.
        OpenAi = "openai",
        /// Anthropic.
        Anthropic = "anthropic",
        /// Amazon Bedrock, in the account that Plat runs in.
        Bedrock = "bedrock",
    }
}

/// Who wrote an e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum WrittenBy {
    /// A model.
    Model {
        /// Whose.
        provider: WritingProvider,
        /// Which.
        model: String,
        /// How many tokens it read.
        input_tokens: u64,
        /// How many tokens it wrote.
        output_tokens: u64,
        /// What that cost, in millionths of a US dollar; absent for a model whose price is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cost: Option<u64>,
    },
    /// The template of its follow-up.
    Template {
        /// Why no model did: `no_key`, or what was wrong with the model or its answer.
        reason: String,
    },
}

/// What came of handing an e-mail to its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandingOver {
    /// The provider has it.
    Taken {
        /// What it calls it, if it says.
        message_id: Option<String>,
    },
    /// The provider does not have it.
    NotTaken {
        /// Why.
        error: String,
        /// Whether trying again would be of no use.
        for_good: bool,
    },
    /// The provider does not have it, for no fault of the e-mail.
    PutOff {
        /// Why.
        error: String,
    },
    /// The provider may have it.
    Unknown {
        /// Why.
        error: String,
    },
}

/// How far an e-mail has come, to whoever is about to send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It waits to be sent, for the first time or again.
    Waits,
    /// It is being handed over, or may have been sent.
    UnderWay,
    /// The provider has it, or had it.
    Sent,
    /// It could not be sent, and is left to people.
    Failed,
}

/// Why an e-mail is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryRefused {
    /// It was sent.
    Sent,
    /// It is being sent just now.
    UnderWay,
    /// It is tried again by itself.
    Waits,
}

/// An e-mail from a team to one of its clients. Serialised for events, not for the wire; what it says is told to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutgoingEmail {
    /// The id, which also says when it was made.
    pub id: EmailId,
    /// Who it is to.
    pub client_id: ClientId,
    /// Their name when it was made.
    pub client_name: Name,
    /// Their address when it was made.
    pub to: Email,
    /// The task that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// Which follow-up it is.
    pub follow_up_type: FollowUpType,
    /// Who works with the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// What it is about.
    #[serde(skip)]
    pub subject: String,
    /// How its text begins.
    #[serde(skip)]
    pub snippet: String,
    /// Its text part.
    #[serde(skip)]
    pub text: String,
    /// Its HTML part.
    #[serde(skip)]
    pub html: String,
    /// Who wrote it.
    pub written_by: WrittenBy,
    /// Where it stands.
    pub status: EmailStatus,
    /// Who sends it.
    pub provider: MailProvider,
    /// What the provider calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// How often sending it failed.
    #[serde(default)]
    pub failures: u8,
    /// Why it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Since when it is being handed to the provider. Nothing is known of what came of it until that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_since: Option<Timestamp>,
    /// Whether it may have been sent: the provider did not answer, and has told nothing since. It is not sent again by
    /// itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncertain: bool,
    /// When the provider took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When the recipient's server took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// When somebody first looked at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_opened_at: Option<Timestamp>,
    /// When somebody first followed a link in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_clicked_at: Option<Timestamp>,
    /// When its recipient said by it that they want no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribed_at: Option<Timestamp>,
    /// How often somebody looked at it.
    #[serde(default)]
    pub opens: u32,
    /// How often somebody followed a link in it.
    #[serde(default)]
    pub clicks: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl OutgoingEmail {
    /// The id of the e-mail of a task. It is the task's own, so that a task has one at most, and whoever takes it up again
    /// finds it.
    pub fn id_for(task: TaskId) -> EmailId {
        EmailId::from_bits(task.bits())
    }

    /// How far it has come.
    pub fn standing(&self) -> Standing {
        if self.sent_at.is_some() {
            Standing::Sent
        } else if self.sending_since.is_some() {
            Standing::UnderWay
        } else if self.status == EmailStatus::Failed {
            Standing::Failed
        } else {
            Standing::Waits
        }
    }

    /// Whether it may have been sent, for all that is known now.
    pub fn is_uncertain(&self, now: Timestamp) -> bool {
        self.uncertain || is_silent(self.sending_since, now)
    }

    /// Whether a person may have it sent again.
    ///
    /// # Errors
    /// [`RetryRefused`].
    pub fn check_retry(&self, now: Timestamp) -> Result<(), RetryRefused> {
        match self.standing() {
            Standing::Failed => Ok(()),
            Standing::UnderWay if self.is_uncertain(now) => Ok(()),
            Standing::Sent if self.status == EmailStatus::Dropped => Ok(()),
            Standing::Waits => Err(RetryRefused::Waits),
            Standing::UnderWay => Err(RetryRefused::UnderWay),
            Standing::Sent => Err(RetryRefused::Sent),
        }
    }

    /// Takes it up to be handed over. What was known of an earlier try, holds no more.
    pub fn take_up(&mut self, at: Timestamp) {
        // Whoever sends again what failed begins to count anew.
        if self.status != EmailStatus::Queued || self.uncertain {
            self.failures = 0;
        }
        self.status = EmailStatus::Queued;
        self.sending_since = Some(at);
        self.uncertain = false;
        self.sent_at = None;
        self.message_id = None;
    }

    /// Takes in what came of handing it over. If the provider has told of it already, it is known better.
    pub fn handed_over(&mut self, how: &HandingOver, at: Timestamp) {
        if let HandingOver::Taken { message_id } = how {
            self.status = self.status.after(MailEventKind::Sent, false);
            self.message_id = self.message_id.take().or_else(|| message_id.clone());
            earliest(&mut self.sent_at, at);
            self.sending_since = None;
            self.uncertain = false;
            self.error = None;
            return;
        }
        if self.sending_since.is_none() {
            return;
        }
        match how {
            HandingOver::Taken { .. } => {}
            HandingOver::NotTaken { error, for_good } => {
                self.sending_since = None;
                self.failures = self.failures.saturating_add(1);
                self.error = Some(error.clone());
                if *for_good || self.failures >= SEND_TRIES {
                    self.status = EmailStatus::Failed;
                }
            }
            HandingOver::PutOff { error } => {
                self.sending_since = None;
                self.error = Some(error.clone());
            }
            HandingOver::Unknown { error } => {
                self.uncertain = true;
                self.error = Some(error.clone());
            }
        }
    }

    /// Takes in what a provider tells of it. An event must be told once: opens and clicks are counted.
    pub fn tell(&mut self, event: &MailEvent) {
        self.status = self.status.after(event.kind, event.machine);
        // Whatever a provider tells of it, it has it.
        if event.kind != MailEventKind::Unsubscribed {
            if self.sending_since.take().is_some() {
                self.error = None;
            }
            self.uncertain = false;
            if event.kind != MailEventKind::Failed {
                earliest(&mut self.sent_at, event.at);
            }
        }
        if self.message_id.is_none() && !event.message_id.is_empty() {
            self.message_id = Some(event.message_id.clone());
        }
        match event.kind {
            MailEventKind::Delivered => earliest(&mut self.delivered_at, event.at),
            MailEventKind::Opened if !event.machine => {
                self.opens = self.opens.saturating_add(1);
                earliest(&mut self.first_opened_at, event.at);
            }
            MailEventKind::Clicked if !event.machine => {
                self.clicks = self.clicks.saturating_add(1);
                earliest(&mut self.first_clicked_at, event.at);
            }
            MailEventKind::Unsubscribed => earliest(&mut self.unsubscribed_at, event.at),
            MailEventKind::Bounced { .. }
            | MailEventKind::Complained
            | MailEventKind::Dropped
            | MailEventKind::Failed => self.error = event.reason.clone(),
            MailEventKind::Sent
            | MailEventKind::Deferred
            | MailEventKind::Opened
            | MailEventKind::Clicked => {}
        }
    }
}

/// Keeps the first of the times: events come in any order.
fn earliest(kept: &mut Option<Timestamp>, at: Timestamp) {
    *kept = Some(kept.map_or(at, |kept| kept.min(at)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn email() -> OutgoingEmail {
        OutgoingEmail {
            id: EmailId::from_bits(1),
            client_id: ClientId::from_bits(2),
            client_name: Name::parse("Ann Lee").unwrap(),
            to: Email::parse("ann@example.com").unwrap(),
            task_id: None,
            follow_up_type: FollowUpType::Day1,
            assigned_to: None,
            subject: "Hello".to_owned(),
            snippet: String::new(),
            text: String::new(),
            html: String::new(),
            written_by: WrittenBy::Template {
                reason: "no_key".to_owned(),
            },
            status: EmailStatus::Queued,
            provider: MailProvider::Ses,
            message_id: None,
            failures: 0,
            error: None,
            sending_since: Some(at(1)),
            uncertain: true,
            sent_at: None,
            delivered_at: None,
            first_opened_at: None,
            first_clicked_at: None,
            unsubscribed_at: None,
            opens: 0,
            clicks: 0,
            created_at: at(0),
        }
    }

    fn event(kind: MailEventKind, second: i64, machine: bool) -> MailEvent {
        MailEvent {
            provider: MailProvider::Ses,
            event_id: second.to_string(),
            email_id: Some(EmailId::from_bits(1)),
            team_id: None,
            task_id: None,
            message_id: "m-1".to_owned(),
            kind,
            at: at(second),
            ip: None,
            user_agent: None,
            url: None,
            reason: None,
            machine,
        }
    }

    #[test]
    fn the_first_open_counts_and_machines_do_not() {
        let mut email = email();

        email.tell(&event(MailEventKind::Opened, 3, true));
        email.tell(&event(MailEventKind::Opened, 9, false));
        email.tell(&event(MailEventKind::Opened, 5, false));

        assert_eq!((email.opens, email.first_opened_at), (2, Some(at(5))));
        assert_eq!(email.status, EmailStatus::Opened);
    }

    #[test]
    fn an_event_settles_what_was_uncertain_unless_it_is_about_the_person() {
        let mut email = email();

        email.tell(&event(MailEventKind::Unsubscribed, 2, false));
        assert!(email.uncertain && email.sent_at.is_none());
        email.tell(&event(MailEventKind::Sent, 3, false));

        assert!(!email.uncertain && email.sending_since.is_none());
        assert_eq!(
            (email.sent_at, email.status),
            (Some(at(3)), EmailStatus::Sent)
        );
    }

    #[test]
    fn what_is_known_of_an_email_says_whether_it_may_be_sent_again() {
        let refused = HandingOver::NotTaken {
            error: "down".to_owned(),
            for_good: false,
        };
        let lost = HandingOver::Unknown {
            error: "no answer".to_owned(),
        };
        let taken = HandingOver::Taken { message_id: None };
        let after = |steps: &[&HandingOver]| {
            let mut email = email();
            for how in steps {
                email.take_up(at(1));
                email.handed_over(how, at(2));
            }
            let may = email.check_retry(at(3));
            (email.standing(), email.failures, may)
        };

        let waits = Err(RetryRefused::Waits);
        assert_eq!(after(&[&refused]), (Standing::Waits, 1, waits));
        assert_eq!(after(&[&refused; 2]), (Standing::Waits, 2, waits));
        assert_eq!(after(&[&refused; 3]), (Standing::Failed, 3, Ok(())));
        // Whoever sends it again has three tries again.
        assert_eq!(after(&[&refused; 4]), (Standing::Waits, 1, waits));
        assert_eq!(after(&[&lost]), (Standing::UnderWay, 0, Ok(())));
        let sent = (Standing::Sent, 0, Err(RetryRefused::Sent));
        assert_eq!(after(&[&lost, &taken]), sent);
    }

    #[test]
    fn what_is_silent_for_long_may_have_been_sent() {
        let mut email = email();
        email.take_up(at(1_000));

        assert_eq!(email.check_retry(at(1_300)), Err(RetryRefused::UnderWay));
        assert!(!email.is_uncertain(at(1_300)) && email.is_uncertain(at(1_301)));
        assert_eq!(email.check_retry(at(1_301)), Ok(()));
    }

    #[test]
    fn what_a_provider_told_is_known_better() {
        let mut email = email();
        email.take_up(at(1));
        email.tell(&event(MailEventKind::Sent, 2, false));

        email.handed_over(
            &HandingOver::Unknown {
                error: "no answer".to_owned(),
            },
            at(3),
        );

        assert_eq!(email.standing(), Standing::Sent);
        assert!(!email.uncertain && email.error.is_none());
    }

    #[test]
    fn what_was_dropped_may_be_sent_again() {
        let mut email = email();
        email.take_up(at(1));
        email.tell(&event(MailEventKind::Dropped, 2, false));
        assert_eq!(email.check_retry(at(3)), Ok(()));

        email.take_up(at(4));
        email.handed_over(&HandingOver::Taken { message_id: None }, at(5));

        assert_eq!(
            (email.status, email.sent_at),
            (EmailStatus::Sent, Some(at(5)))
        );
    }

    #[test]
    fn what_it_says_is_told_to_nobody() {
        let told = serde_json::to_string(&email()).unwrap();

        assert!(!told.contains("Hello"), "{told}");
    }

    proptest! {
        #[test]
        fn events_come_to_the_same_in_any_order(
            (events, shuffled) in prop::collection::vec(
                (prop::sample::select(vec![
                    MailEventKind::Sent,
                    MailEventKind::Delivered,
                    MailEventKind::Opened,
                    MailEventKind::Clicked,
                    MailEventKind::Bounced { hard: true },
                    MailEventKind::Unsubscribed,
                ]), 0_i64..9, any::<bool>()),
                1..9,
            ).prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        ) {
            let after = |events: Vec<(MailEventKind, i64, bool)>| {
                let mut email = email();
                for (kind, second, machine) in events {
                    email.tell(&event(kind, second, machine));
                }
                email
            };
            prop_assert_eq!(after(events), after(shuffled));
        }
    }
}
