//! What a team sets once for all its work: who it is, and how it writes.
//!
//! What belongs here: the settings and what holds until somebody sets them. What does not: keys of providers, which are
//! sealed and kept elsewhere, and what a person sets for themselves.

use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::mail_event::MailProvider;
use crate::outgoing_email::{Instructions, WritingProvider};
use crate::{Address, Email, Line, Name, Phone, TimeZoneName};

wire_enum! {
    /// A part of a team's settings.
    pub enum SettingsSection {
        /// Who the team is.
        Business = "business",
        /// How it writes.
        Email = "email",
        /// Its own fields.
        Fields = "fields",
        /// The keys by which others send something in.
        ApiKeys = "api_keys",
    }
}

/// Who a team is to those whom it writes to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BusinessProfile {
    /// The name that it does business under; that of the team unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Where mail reaches it; shown at the foot of every e-mail, and needed for what is sent to many (15 U.S.C. § 7704(a)(5)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_address: Option<Address>,
    /// Its phone number.
    #[serde(
        default,
        with = "crate::phone::stored",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<Phone>,
    /// Its web site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<Line>,
    /// The number of its license.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<Line>,
    /// Where its clocks are read: nobody is written to at night.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZoneName>,
    /// For how many days completed tasks are kept; for good unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_completed_tasks: Option<DaysKept>,
}

/// Days for which something is kept: 30 to 3,650.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DaysKept(u16);

/// How a team writes to its clients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailSettings {
    /// Who e-mails are from, as people read it; the agent's name and the business's unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<Name>,
    /// Who gets answers if nobody works with the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Email>,
    /// Who sends.
    pub provider: MailProvider,
    /// The address that e-mails are from, with a provider of the team's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Email>,
    /// Whose model writes; the first that is connected unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<WritingProvider>,
    /// Which model; the provider's usual one unless set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Line>,
    /// What is asked of whoever writes, for every e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<Instructions>,
    /// Whether follow-ups send themselves.
    pub follow_ups: bool,
}

/// Where clocks are read for a team that has not said where it is: most of its country's people live there.
pub const USUAL_TIME_ZONE: &str = "America/New_York";

impl BusinessProfile {
    /// Where its clocks are read.
    pub fn zone(&self) -> TimeZoneName {
        let usual = || TimeZoneName::parse(USUAL_TIME_ZONE).unwrap_or_else(|_| TimeZoneName::utc());
        self.time_zone.clone().unwrap_or_else(usual)
    }
}

impl Default for EmailSettings {
    fn default() -> Self {
        Self {
            sender_name: None,
            reply_to: None,
            provider: MailProvider::Ses,
            from: None,
            writer: None,
            model: None,
            instructions: None,
            follow_ups: true,
        }
    }
}

impl DaysKept {
    /// The fewest: what was done last month can be looked up.
    pub const LEAST: u16 = 30;
    /// The most.
    pub const MOST: u16 = 3_650;

    /// A number of days.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn parse(days: i64) -> Result<Self, crate::Invalid> {
        let days = u16::try_from(days).ok();
        let days = days.filter(|days| (Self::LEAST..=Self::MOST).contains(days));
        days.map(Self).ok_or_else(|| {
            crate::Invalid::new("out_of_range", "Write a number of days from 30 to 3650.")
        })
    }

    /// How many.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl<'de> Deserialize<'de> for DaysKept {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(i64::deserialize(deserializer)?).map_err(crate::Invalid::into_serde)
    }
}

impl schemars::JsonSchema for DaysKept {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DaysKept".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": Self::LEAST, "maximum": Self::MOST })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_that_has_not_said_where_it_is_has_a_time_zone() {
        assert_eq!(BusinessProfile::default().zone().as_str(), USUAL_TIME_ZONE);
    }

    #[test]
    fn days_are_within_bounds() {
        for (days, read) in [
            (29, None),
            (30, Some(30)),
            (3_650, Some(3_650)),
            (3_651, None),
            (-1, None),
        ] {
            assert_eq!(DaysKept::parse(days).ok().map(DaysKept::get), read);
        }
    }
}
