//! Figures: what is counted of leads and deals, and how each event changes the counts.
//!
//! What belongs here: the counters there are, the pure functions from events to what is added to them (`deals` has those of
//! deals and what is made of them, `active` who was at work). What does not: how counters are stored, and how it is seen to
//! that no event is added twice.
//!
//! Records that stand are counted by status: all of them, those of each assignee, and leads of each source. A deleted record
//! stands nowhere. What happened on a day stays counted, whatever becomes of the record.
//!
//! Adding has no order and each event carries what was before it, so events may come in any order.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

mod active;
mod deals;

pub use active::{Week, active_on, weeks};
pub use deals::{ClosingTimes, DealFigures, MOST_DAYS};

use crate::event::{Event, EventType, Fact, LeadFacts};
use crate::{Currency, DealStatus, Invalid, LeadStatus, UserId};

/// The events that change a figure, or show that somebody was at work: all that belong to a team, but for what jobs find
/// out about files.
pub const COUNTED: &[EventType] = &[
    EventType::LeadCreated,
    EventType::LeadRestored,
    EventType::LeadUpdated,
    EventType::LeadStatusChanged,
    EventType::LeadAssigned,
    EventType::LeadTagged,
    EventType::LeadUntagged,
    EventType::LeadDeleted,
    EventType::DealCreated,
    EventType::DealUpdated,
    EventType::DealStatusChanged,
    EventType::DealAssigned,
    EventType::DealDeleted,
    EventType::DocumentAnnounced,
    EventType::DocumentDeleted,
    EventType::NoteAdded,
    EventType::NoteUpdated,
    EventType::NoteDeleted,
    EventType::TagCreated,
    EventType::TagUpdated,
    EventType::TagDeleted,
    EventType::TeamCreated,
    EventType::TeamUpdated,
    EventType::InvitationSent,
    EventType::MemberJoined,
    EventType::MemberRoleChanged,
    EventType::MemberRemoved,
];

/// Records that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Figure {
    /// Leads that stand.
    Leads(Whose),
    /// Those from one source, by its key, or from none.
    Source(Option<String>),
    /// Deals that stand.
    Deals(Whose),
    /// How long closed deals took. Apart from the other counts of deals, since there may be one for each number of days.
    Closings(Whose),
    /// Records to which something happened on this day, in UTC.
    Day(Date),
}

/// Whose records are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whose {
    /// All, whoever works on them.
    All,
    /// Those that somebody works on, or nobody.
    Of(Option<UserId>),
}

/// What of them is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Which of them.
    pub what: What,
    /// How many they are, or what is added up of them.
    pub measure: Measure,
}

/// Which of the records that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Leads of this status; on a day, those that came to it, new ones too.
    Lead(LeadStatus),
    /// Leads that were made.
    LeadsCreated,
    /// Leads that were deleted.
    LeadsDeleted,
    /// Leads that were brought back.
    LeadsRestored,
    /// Deals of this status; on a day, those that came to it, new ones too.
    Deal(DealStatus),
    /// Deals that were made.
    DealsCreated,
    /// Deals that were deleted.
    DealsDeleted,
    /// Deals that have come as far as this and no farther, wherever they stand now.
    Furthest(DealStatus),
    /// Those of them that are dead.
    Lost(DealStatus),
    /// Deals that were closed so many whole days after they were made; [`MOST_DAYS`] stands for more, too.
    ClosedAfter(u16),
}

/// What is added up of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// One for each.
    Count,
    /// What leads are worth in this currency, in its minor units.
    Value(Currency),
    /// Target prices of deals, likewise.
    Target(Currency),
    /// Assigned prices of deals, likewise.
    Assigned(Currency),
    /// When they came to their status, in seconds since 1970.
    Since,
    /// How long they took from their making to their closing, in seconds.
    Seconds,
    /// Their available documents.
    Documents,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead(status) => f.write_str(status.as_str()),
            Self::LeadsCreated => f.write_str("created"),
            Self::LeadsDeleted => f.write_str("deleted"),
            Self::LeadsRestored => f.write_str("restored"),
            Self::Deal(status) => write!(f, "deal_{status}"),
            Self::DealsCreated => f.write_str("deal_created"),
            Self::DealsDeleted => f.write_str("deal_deleted"),
            Self::Furthest(status) => write!(f, "furthest_{status}"),
            Self::Lost(status) => write!(f, "lost_{status}"),
            Self::ClosedAfter(days) => write!(f, "days_{days}"),
        }
    }
}

impl FromStr for What {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let days = || Invalid::new("invalid_figure", "No such number of days is counted.");
        Ok(match text {
            "created" => Self::LeadsCreated,
            "deleted" => Self::LeadsDeleted,
            "restored" => Self::LeadsRestored,
            "deal_created" => Self::DealsCreated,
            "deal_deleted" => Self::DealsDeleted,
            other => match other.split_once('_') {
                Some(("deal", status)) => Self::Deal(DealStatus::parse(status)?),
                Some(("furthest", status)) => Self::Furthest(DealStatus::parse(status)?),
                Some(("lost", status)) => Self::Lost(DealStatus::parse(status)?),
                Some(("days", count)) => Self::ClosedAfter(count.parse().map_err(|_| days())?),
                Some(_) | None => Self::Lead(LeadStatus::parse(other)?),
            },
        })
    }
}

impl fmt::Display for Field {
    /// `won` counts leads, `won:USD` sums their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.measure {
            Measure::Count => write!(f, "{what}"),
            Measure::Value(currency) => write!(f, "{what}:{currency}"),
            Measure::Target(currency) => write!(f, "{what}:target:{currency}"),
            Measure::Assigned(currency) => write!(f, "{what}:assigned:{currency}"),
            Measure::Since => write!(f, "{what}:since"),
            Measure::Seconds => write!(f, "{what}:seconds"),
            Measure::Documents => write!(f, "{what}:documents"),
        }
    }
}

impl FromStr for Field {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (what, measure) = match text.split_once(':') {
            None => (text, Measure::Count),
            Some((what, measure)) => (what, measure.parse()?),
        };
        let what = what.parse()?;
        Ok(Self { what, measure })
    }
}

impl FromStr for Measure {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Ok(match text.split_once(':') {
            Some(("target", currency)) => Self::Target(Currency::parse(currency)?),
            Some(("assigned", currency)) => Self::Assigned(Currency::parse(currency)?),
            Some(_) | None => match text {
                "since" => Self::Since,
                "seconds" => Self::Seconds,
                "documents" => Self::Documents,
                currency => Self::Value(Currency::parse(currency)?),
            },
        })
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
        let day = Figure::Day(day_of(event.at));
        if let Some(change) = event.fact.lead_change() {
            if let Some(before) = &change.before {
                self.stand(before, -1);
            }
            self.stand(&change.after, 1);
            for what in on_its_day(&event.fact) {
                self.add_lead(&day, what, &change.after, 1);
            }
        }
        if let Some(change) = event.fact.deal_change() {
            if let Some(before) = &change.before {
                self.stand_deal(before, -1);
            }
            self.stand_deal(&change.after, 1);
            for what in on_its_day(&event.fact) {
                self.add_deal(&day, what, &change.after, 1);
            }
        }
    }

    /// Adds a lead as it stands, `by` times.
    pub fn stand(&mut self, lead: &LeadFacts, by: i64) {
        if lead.deleted {
            return;
        }
        let source = lead.source.as_ref().map(crate::Source::key);
        for figure in [
            Figure::Leads(Whose::All),
            Figure::Leads(Whose::Of(lead.assigned_to)),
            Figure::Source(source),
        ] {
            self.add_lead(&figure, What::Lead(lead.status), lead, by);
        }
    }

    fn add_lead(&mut self, figure: &Figure, what: What, lead: &LeadFacts, by: i64) {
        self.add_of(figure, what, Measure::Count, by);
        if let Some(value) = lead.value {
            let measure = Measure::Value(value.currency());
            self.add_of(figure, what, measure, by.saturating_mul(value.minor()));
        }
    }

    fn add_of(&mut self, figure: &Figure, what: What, measure: Measure, by: i64) {
        self.add_to(figure, Field { what, measure }, by);
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

/// As what an event counts on its day.
fn on_its_day(fact: &Fact) -> Vec<What> {
    match fact {
        Fact::LeadCreated(change) => vec![What::LeadsCreated, What::Lead(change.after.status)],
        Fact::LeadStatusChanged(change) => vec![What::Lead(change.after.status)],
        Fact::LeadDeleted(_) => vec![What::LeadsDeleted],
        Fact::LeadRestored(_) => vec![What::LeadsRestored],
        Fact::DealCreated(change) => vec![What::DealsCreated, What::Deal(change.after.status)],
        Fact::DealStatusChanged(change) => vec![What::Deal(change.after.status)],
        Fact::DealDeleted(_) => vec![What::DealsDeleted],
        Fact::LeadUpdated(_)
        | Fact::LeadAssigned(_)
        | Fact::LeadTagged(_)
        | Fact::LeadUntagged(_)
        | Fact::DealUpdated(_)
        | Fact::DealAssigned(_)
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
        | Fact::TokenIssued(_) => Vec::new(),
    }
}

/// The day of a moment, in UTC.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
