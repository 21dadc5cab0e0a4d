//! Figures: what is counted of records and e-mails, and how each event changes the counts.
//!
//! What belongs here: the counters there are, the pure functions from events to what is added to them (`deals` has those of
//! deals and what is made of them, `follow_up` the same of clients, tasks and e-mails, `days` what is made of days, `active`
//! who was at work). What does not: how counters are stored, and how it is seen to that no event is added twice.
//!
//! Records that stand are counted by status: all of them, those of each assignee, and leads of each source, all and those of
//! each assignee. A deleted record stands nowhere. How far e-mails came, and what happened on a day, stays counted, whatever becomes of the record.
//!
//! Adding has no order and each event carries what was before it, so events may come in any order.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

mod active;
mod days;
mod deals;
mod field;
mod follow_up;
mod leads;
mod sums;

pub use active::{Week, active_on, weeks};
pub use days::{DayFigures, began, day_of, first_day};
pub use deals::{ClosingTimes, DealFigures, MOST_DAYS};
pub use field::{Field, Measure, What};
pub use follow_up::{EmailStep, FollowUpFigures};
pub use leads::LeadFigures;

use crate::UserId;
use crate::event::{Event, EventType, Fact, LeadFacts};

/// The events that change a figure, or show that somebody was at work: all that belong to a team, but for what jobs find
/// out.
pub const COUNTED: &[EventType] = &[
    EventType::LeadCreated,
    EventType::LeadRestored,
    EventType::LeadUpdated,
    EventType::LeadStatusChanged,
    EventType::LeadAssigned,
    EventType::LeadTagged,
    EventType::LeadUntagged,
    EventType::LeadConverted,
    EventType::LeadDeleted,
    EventType::LeadMerged,
    EventType::LeadUnmerged,
    EventType::ClientCreated,
    EventType::ClientRestored,
    EventType::ClientUpdated,
    EventType::ClientStageChanged,
    EventType::ClientAssigned,
    EventType::ClientDeleted,
    EventType::DealCreated,
    EventType::DealUpdated,
    EventType::DealStatusChanged,
    EventType::DealAssigned,
    EventType::DealDeleted,
    EventType::TaskCreated,
    EventType::TaskUpdated,
    EventType::TaskAssigned,
    EventType::TaskStarted,
    EventType::TaskCompleted,
    EventType::TaskSkipped,
    EventType::TaskCancelled,
    EventType::TaskReopened,
    EventType::TaskDeleted,
    EventType::EmailSent,
    EventType::EmailDelivered,
    EventType::EmailOpened,
    EventType::EmailClicked,
    EventType::EmailBounced,
    EventType::EmailComplained,
    EventType::EmailFailed,
    EventType::EmailUnsubscribed,
    EventType::DocumentAnnounced,
    EventType::DocumentDeleted,
    EventType::BatchStarted,
    EventType::ActivityLogged,
    EventType::NoteAdded,
    EventType::NoteUpdated,
    EventType::NoteDeleted,
    EventType::TagCreated,
    EventType::TagUpdated,
    EventType::TagDeleted,
    EventType::TeamCreated,
    EventType::TeamUpdated,
    EventType::SettingsUpdated,
    EventType::IntegrationConnected,
    EventType::IntegrationDisconnected,
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
    Source(Whose, Option<String>),
    /// Deals that stand.
    Deals(Whose),
    /// How long closed deals took. Apart from the other counts of deals, since there may be one for each number of days.
    Closings(Whose),
    /// Clients and tasks that stand, and e-mails to clients. They are told together, so they are counted together.
    FollowUp(Whose),
    /// Records to which something happened on this day, in UTC.
    Day(Date, Whose),
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
        let day = day_of(event.at);
        let happened = on_its_day(&event.fact);
        if let Some(change) = event.fact.lead_change() {
            if let Some(before) = &change.before {
                self.stand(before, -1);
            }
            self.stand(&change.after, 1);
            for (whose, what) in each(change.after.assigned_to, &happened) {
                self.add_lead(&Figure::Day(day, whose), what, &change.after, 1);
            }
        } else if let Some(change) = event.fact.deal_change() {
            if let Some(before) = &change.before {
                self.stand_deal(before, -1);
            }
            self.stand_deal(&change.after, 1);
            for (whose, what) in each(change.after.assigned_to, &happened) {
                self.add_deal(&Figure::Day(day, whose), what, &change.after, 1);
            }
        } else if let Some(change) = event.fact.client_change() {
            if let Some(before) = &change.before {
                self.stand_client(before, -1);
            }
            self.stand_client(&change.after, 1);
            self.happen(day, change.after.assigned_to, &happened);
        } else if let Some(change) = event.fact.task_change() {
            if let Some(before) = &change.before {
                self.stand_task(before, -1);
            }
            self.stand_task(&change.after, 1);
            self.happen(day, change.after.assigned_to, &happened);
        } else if let Some(email) = event.fact.email() {
            for what in happened {
                self.tell_email(what, email, event.at);
            }
        }
    }

    /// Adds a lead as it stands, `by` times.
    pub fn stand(&mut self, lead: &LeadFacts, by: i64) {
        if lead.deleted {
            return;
        }
        let source = lead.source.as_ref().map(crate::Source::key);
        for whose in [Whose::All, Whose::Of(lead.assigned_to)] {
            let source = Figure::Source(whose, source.clone());
            for figure in [Figure::Leads(whose), source] {
                self.add_lead(&figure, What::Lead(lead.status), lead, by);
            }
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

/// What happened to something of `assigned_to`, for each of whose it counts.
fn each(assigned_to: Option<UserId>, happened: &[What]) -> impl Iterator<Item = (Whose, What)> {
    let whose = [Whose::All, Whose::Of(assigned_to)].into_iter();
    whose.flat_map(|whose| happened.iter().map(move |what| (whose, *what)))
}

/// As what an event counts, beside what stands after it.
fn on_its_day(fact: &Fact) -> Vec<What> {
    match fact {
        Fact::LeadCreated(change) => vec![What::LeadsCreated, What::Lead(change.after.status)],
        Fact::LeadStatusChanged(change) => vec![What::Lead(change.after.status)],
        Fact::LeadConverted(_) => vec![What::LeadsConverted],
        Fact::LeadDeleted(_) => vec![What::LeadsDeleted],
        Fact::LeadRestored(_) => vec![What::LeadsRestored],
        Fact::DealCreated(change) => vec![What::DealsCreated, What::Deal(change.after.status)],
        Fact::DealStatusChanged(change) => vec![What::Deal(change.after.status)],
        Fact::DealDeleted(_) => vec![What::DealsDeleted],
        Fact::ClientCreated(change) => vec![What::ClientsCreated, What::Client(change.after.stage)],
        Fact::ClientStageChanged(change) => vec![What::Client(change.after.stage)],
        Fact::TaskCompleted(change) => vec![What::Task(change.after.kind, change.after.status)],
        Fact::EmailSent(_) => vec![What::Email(EmailStep::Sent)],
        Fact::EmailDelivered(_) => vec![What::Email(EmailStep::Delivered)],
        Fact::EmailOpened(_) => vec![What::Email(EmailStep::Opened)],
        Fact::EmailClicked(_) => vec![What::Email(EmailStep::Clicked)],
        Fact::EmailBounced(_) => vec![What::Email(EmailStep::Bounced)],
        Fact::EmailComplained(_) => vec![What::Email(EmailStep::Complained)],
        Fact::EmailFailed(_) => vec![What::Email(EmailStep::Failed)],
        Fact::EmailUnsubscribed(_) => vec![What::Email(EmailStep::Unsubscribed)],
        Fact::LeadUpdated(_)
        | Fact::LeadAssigned(_)
        | Fact::LeadTagged(_)
        | Fact::LeadUntagged(_)
        | Fact::LeadMerged(_)
        | Fact::LeadUnmerged(_)
        | Fact::ClientRestored(_)
        | Fact::ClientUpdated(_)
        | Fact::ClientAssigned(_)
        | Fact::ClientDeleted(_)
        | Fact::TaskCreated(_)
        | Fact::TaskUpdated(_)
        | Fact::TaskAssigned(_)
        | Fact::TaskStarted(_)
        | Fact::TaskSkipped(_)
        | Fact::TaskCancelled(_)
        | Fact::TaskReopened(_)
        | Fact::TaskDeleted(_)
        | Fact::SettingsUpdated(_)
        | Fact::IntegrationConnected(_)
        | Fact::IntegrationDisconnected(_)
        | Fact::DealUpdated(_)
        | Fact::DealAssigned(_)
        | Fact::DocumentAnnounced(_)
        | Fact::DocumentAvailable(_)
        | Fact::DocumentRejected(_)
        | Fact::DocumentDeleted(_)
        | Fact::BatchStarted(_)
        | Fact::BatchEnded(_)
        | Fact::ActivityLogged(_)
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

#[cfg(test)]
mod tests;
