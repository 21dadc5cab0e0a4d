//! Figures: what is counted of leads, and how each event changes the counts.
//!
//! What belongs here: the counters there are, and the pure functions from events to what is added to them. What does
//! not: how counters are stored, and how it is seen to that no event is added twice.
//!
//! Leads that stand are counted by status: all of them, those of each assignee and those of each source. A deleted lead
//! stands nowhere. What happened on a day stays counted, whatever becomes of the lead.
//!
//! Adding has no order and each event carries what was before it, so events may come in any order.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::event::{Event, EventType, Fact, LeadFacts};
use crate::{Currency, Invalid, LeadStatus, UserId};

/// The events that change a figure.
pub const COUNTED: &[EventType] = &[
    EventType::LeadCreated,
    EventType::LeadRestored,
    EventType::LeadUpdated,
    EventType::LeadStatusChanged,
    EventType::LeadAssigned,
    EventType::LeadDeleted,
];

/// Leads that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Figure {
    /// All that stand.
    All,
    /// Those that somebody works on, or nobody.
    Assignee(Option<UserId>),
    /// Those from one source, by its key, or from none.
    Source(Option<String>),
    /// Those to which something happened on this day, in UTC.
    Day(Date),
}

/// What of them is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Which of them.
    pub what: What,
    /// The sum of their values in this currency, in its minor units; how many they are, if none.
    pub currency: Option<Currency>,
}

/// Which of the leads that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Those of this status; on a day, those that came to it, new ones too.
    Status(LeadStatus),
    /// Those that were made.
    Created,
    /// Those that were deleted.
    Deleted,
    /// Those that were brought back.
    Restored,
}

impl What {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Status(status) => status.as_str(),
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }
}

impl fmt::Display for Field {
    /// `won` counts leads, `won:USD` sums their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency {
            None => f.write_str(self.what.as_str()),
            Some(currency) => write!(f, "{}:{currency}", self.what.as_str()),
        }
    }
}

impl FromStr for Field {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (what, currency) = match text.split_once(':') {
            None => (text, None),
            Some((what, currency)) => (what, Some(Currency::parse(currency)?)),
        };
        let what = match what {
            "created" => What::Created,
            "deleted" => What::Deleted,
            "restored" => What::Restored,
            status => What::Status(LeadStatus::parse(status)?),
        };
        Ok(Self { what, currency })
    }
}

/// Counts by figure and field, or what is to be added to them. None is zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Rows", into = "Rows")]
pub struct Figures(BTreeMap<Figure, BTreeMap<Field, i64>>);

/// How counts are written down, where keys must be text.
type Rows = Vec<(Figure, BTreeMap<String, i64>)>;

impl From<Rows> for Figures {
    fn from(rows: Rows) -> Self {
        let mut figures = Self::default();
        for (figure, fields) in rows {
            for (field, count) in fields {
                if let Ok(field) = field.parse() {
                    figures.add_to(&figure, field, count);
                }
            }
        }
        figures
    }
}

impl From<Figures> for Rows {
    fn from(figures: Figures) -> Self {
        let text = |(field, count): (Field, i64)| (field.to_string(), count);
        figures
            .0
            .into_iter()
            .map(|(figure, fields)| (figure, fields.into_iter().map(text).collect()))
            .collect()
    }
}

impl Figures {
    /// What `event` adds.
    pub fn of(event: &Event) -> Self {
        let mut figures = Self::default();
        figures.tell(event);
        figures
    }

    /// Adds what `event` adds.
    pub fn tell(&mut self, event: &Event) {
        let Some(change) = event.fact.lead_change() else {
            return;
        };
        if let Some(before) = &change.before {
            self.stand(before, -1);
        }
        self.stand(&change.after, 1);
        let day = Figure::Day(day_of(event.at));
        let entered = What::Status(change.after.status);
        match event.fact {
            Fact::LeadCreated(_) => {
                self.add_lead(&day, What::Created, &change.after, 1);
                self.add_lead(&day, entered, &change.after, 1);
            }
            Fact::LeadStatusChanged(_) => self.add_lead(&day, entered, &change.after, 1),
            Fact::LeadDeleted(_) => self.add_lead(&day, What::Deleted, &change.after, 1),
            Fact::LeadRestored(_) => self.add_lead(&day, What::Restored, &change.after, 1),
            Fact::LeadUpdated(_)
            | Fact::LeadAssigned(_)
            | Fact::LeadTagged(_)
            | Fact::LeadUntagged(_)
            | Fact::DealCreated(_)
            | Fact::DealUpdated(_)
            | Fact::DealStatusChanged(_)
            | Fact::DealAssigned(_)
            | Fact::DealDeleted(_)
            | Fact::DocumentAnnounced(_)
            | Fact::DocumentAvailable(_)
            | Fact::DocumentRejected(_)
            | Fact::DocumentDeleted(_)
            | Fact::NoteAdded(_)
            | Fact::NoteUpdated(_)
            | Fact::NoteDeleted(_)
            | Fact::TagCreated(_)
            | Fact::TagUpdated(_)
            | Fact::TagDeleted(_)
            | Fact::TeamCreated(_)
            | Fact::TeamUpdated(_)
            | Fact::InvitationSent(_)
            | Fact::MemberJoined(_)
            | Fact::MemberRoleChanged(_)
            | Fact::MemberRemoved(_)
            | Fact::UserRegistered(_)
            | Fact::UserUpdated(_)
            | Fact::UserEmailVerified(_)
            | Fact::UserPasswordChanged(_)
            | Fact::SessionStarted(_)
            | Fact::SessionEnded(_)
            | Fact::TokenIssued(_) => {}
        }
    }

    /// Adds a lead as it stands, `by` times.
    pub fn stand(&mut self, lead: &LeadFacts, by: i64) {
        if lead.deleted {
            return;
        }
        let source = lead.source.as_ref().map(crate::Source::key);
        for figure in [
            Figure::All,
            Figure::Assignee(lead.assigned_to),
            Figure::Source(source),
        ] {
            self.add_lead(&figure, What::Status(lead.status), lead, by);
        }
    }

    fn add_lead(&mut self, figure: &Figure, what: What, lead: &LeadFacts, by: i64) {
        let count = Field {
            what,
            currency: None,
        };
        self.add_to(figure, count, by);
        if let Some(value) = lead.value {
            let currency = Some(value.currency());
            self.add_to(
                figure,
                Field { what, currency },
                by.saturating_mul(value.minor()),
            );
        }
    }

    /// Adds to one counter.
    pub fn add_to(&mut self, figure: &Figure, field: Field, by: i64) {
        if by == 0 {
            return;
        }
        // 900,000 of the largest amounts fit; no team has so many leads worth so much.
        let fields = self.0.entry(figure.clone()).or_default();
        let count = fields.entry(field).or_default();
        *count = count.saturating_add(by);
        if *count == 0 {
            fields.remove(&field);
        }
        if fields.is_empty() {
            self.0.remove(figure);
        }
    }

    /// Adds all counts of `other`, `by` times.
    pub fn add(&mut self, other: &Self, by: i64) {
        for (figure, fields) in &other.0 {
            for (field, count) in fields {
                self.add_to(figure, *field, count.saturating_mul(by));
            }
        }
    }

    /// What must be added to these to come to `wanted`.
    pub fn until(&self, wanted: &Self) -> Self {
        let mut missing = wanted.clone();
        missing.add(self, -1);
        missing
    }

    /// Whether every count is zero.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many figures have a count.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many counters differ from zero.
    pub fn counters(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// A count.
    pub fn get(&self, figure: &Figure, field: Field) -> i64 {
        let fields = self.0.get(figure);
        fields
            .and_then(|fields| fields.get(&field))
            .copied()
            .unwrap_or_default()
    }

    /// Each figure with its counts.
    pub fn iter(&self) -> impl Iterator<Item = (&Figure, &BTreeMap<Field, i64>)> {
        self.0.iter()
    }
}

/// The day of a moment, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
