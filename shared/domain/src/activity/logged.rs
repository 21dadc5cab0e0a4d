//! What people log by hand: calls, meetings and whatever else Plat has no part in.

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

use super::ActivityType;
use crate::invalid::wire_enum;
use crate::{Invalid, Line, RecordRef, Text};

/// What is noted about something that is logged.
pub type ActivityNotes = Text<1, 2_000>;

/// A day.
const MOST_MINUTES: u16 = 24 * 60;

/// Clocks of clients go wrong by so much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

wire_enum! {
    /// What somebody logs.
    pub enum LoggedKind {
        /// They spoke by phone, or tried to.
        Call = "call",
        /// They met.
        Meeting = "meeting",
        /// An e-mail that went by another way than Plat.
        Email = "email",
        /// A text message that did.
        Text = "text",
        /// Anything else, such as a visit of the property.
        Other = "other",
    }
}

wire_enum! {
    /// What came of it.
    pub enum ContactOutcome {
        /// They were spoken to.
        Reached = "reached",
        /// They were left a message.
        LeftMessage = "left_message",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// It was somebody else's number or address.
        WrongContact = "wrong_contact",
    }
}

/// How long something took: whole minutes, 1 to 1,440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Minutes(u16);

/// Something that somebody logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedActivity {
    /// What it was.
    pub kind: LoggedKind,
    /// Whom or what it was about.
    pub record: RecordRef,
    /// When it was.
    pub at: Timestamp,
    /// What it was, in words.
    pub title: Line,
    /// What is noted about it.
    pub notes: Option<ActivityNotes>,
    /// How long it took.
    pub duration: Option<Minutes>,
    /// What came of it.
    pub outcome: Option<ContactOutcome>,
}

impl LoggedActivity {
    /// Whether it counts as the last time that somebody was talked to. A call that nobody answered does not.
    pub const fn is_contact(&self) -> bool {
        let tried_in_vain = match self.outcome {
            Some(ContactOutcome::NoAnswer | ContactOutcome::WrongContact) => true,
            Some(ContactOutcome::Reached | ContactOutcome::LeftMessage) | None => false,
        };
        match self.kind {
            LoggedKind::Call | LoggedKind::Meeting | LoggedKind::Email | LoggedKind::Text => {
                !tried_in_vain
            }
            LoggedKind::Other => false,
        }
    }

    /// What it is called unless somebody says it better.
    pub fn usual_title(kind: LoggedKind) -> Line {
        let title = match kind {
            LoggedKind::Call => "Call",
            LoggedKind::Meeting => "Meeting",
            LoggedKind::Email => "E-mail",
            LoggedKind::Text => "Text message",
            LoggedKind::Other => "Activity",
        };
        Line::from_stored(title.to_owned())
    }

    /// When it was: `at`, or else `now`. Only what has happened is logged, and nothing from before 1970, where lines of
    /// timelines have no place.
    ///
    /// # Errors
    /// `not_yet`, `too_early`.
    pub fn happened(at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Invalid> {
        match at {
            Some(at) if at > now.saturating_add(AHEAD).unwrap_or(now) => Err(Invalid::new(
                "not_yet",
                "Log what has happened; plan a task for what is to come.",
            )),
            Some(at) if at < Timestamp::UNIX_EPOCH => {
                Err(Invalid::new("too_early", "Write a time since 1970."))
            }
            Some(at) => Ok(at),
            None => Ok(now),
        }
    }
}

impl From<LoggedKind> for ActivityType {
    fn from(kind: LoggedKind) -> Self {
        match kind {
            LoggedKind::Call => Self::Call,
            LoggedKind::Meeting => Self::Meeting,
            LoggedKind::Email => Self::Email,
            LoggedKind::Text => Self::Text,
            LoggedKind::Other => Self::Other,
        }
    }
}

impl<'de> Deserialize<'de> for Minutes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let minutes = u16::try_from(i64::deserialize(deserializer)?).ok();
        let minutes = minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
        let refused = || Invalid::new("out_of_range", "Write 1 to 1440 minutes.").into_serde();
        minutes.map(Self).ok_or_else(refused)
    }
}

impl JsonSchema for Minutes {
    fn schema_name() -> Cow<'static, str> {
        "Minutes".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST_MINUTES })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LeadId;

    fn now() -> Timestamp {
        "2026-03-02T15:00:00Z".parse().unwrap()
    }

    fn call(outcome: Option<ContactOutcome>) -> LoggedActivity {
        LoggedActivity {
            kind: LoggedKind::Call,
            record: RecordRef::Lead(LeadId::first_at(now())),
            at: now(),
            title: LoggedActivity::usual_title(LoggedKind::Call),
            notes: None,
            duration: None,
            outcome,
        }
    }

    #[test]
    fn who_was_not_there_was_not_talked_to() {
        let cases = [
            (None, true),
            (Some(ContactOutcome::Reached), true),
            (Some(ContactOutcome::LeftMessage), true),
            (Some(ContactOutcome::NoAnswer), false),
            (Some(ContactOutcome::WrongContact), false),
        ];
        for (outcome, contact) in cases {
            assert_eq!(call(outcome).is_contact(), contact, "{outcome:?}");
        }
        let visit = LoggedActivity {
            kind: LoggedKind::Other,
            ..call(None)
        };
        assert!(!visit.is_contact());
    }

    #[test]
    fn what_is_logged_has_happened() {
        let hours = SignedDuration::from_hours;
        let code = |at| LoggedActivity::happened(at, now()).map_err(|invalid| invalid.code);

        assert_eq!(code(None), Ok(now()));
        assert_eq!(code(Some(now() - hours(1))), Ok(now() - hours(1)));
        assert_eq!(code(Some(now() + AHEAD)), Ok(now() + AHEAD));
        assert_eq!(code(Some(now() + hours(1))), Err("not_yet"));
        let moon = Timestamp::UNIX_EPOCH - hours(1);
        assert_eq!(code(Some(moon)), Err("too_early"));
    }

    #[test]
    fn every_kind_has_a_line_of_its_own_name() {
        for kind in LoggedKind::ALL {
            let line = ActivityType::from(*kind);
            assert_eq!(line.as_str(), kind.as_str());
            assert!(line.is_logged());
        }
    }
}
