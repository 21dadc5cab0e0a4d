//! Who was at work.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::day_of;
use crate::UserId;
use crate::event::{Event, Fact};

/// Days of a week.
const WEEK: i64 = 7;

/// Seven days, and how many people were active on one of them or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How many people were active.
    pub active: usize,
}

/// The day on which `event` shows a member of its team at work, and who it was. Who only looks is not seen.
pub fn active_on(event: &Event) -> Option<(Date, UserId)> {
    let by_a_person = event.team_id.is_some() && event.causation.depth == 0;
    (by_a_person && is_work(&event.fact)).then(|| (day_of(event.at), event.actor.id))
}

/// Whether a person does this, for the team. What becomes of a file that was sent, jobs find out.
fn is_work(fact: &Fact) -> bool {
    match fact {
        Fact::LeadCreated(_)
        | Fact::LeadRestored(_)
        | Fact::LeadUpdated(_)
        | Fact::LeadStatusChanged(_)
        | Fact::LeadAssigned(_)
        | Fact::LeadTagged(_)
        | Fact::LeadUntagged(_)
        | Fact::LeadConverted(_)
        | Fact::LeadDeleted(_)
        | Fact::LeadMerged(_)
        | Fact::LeadUnmerged(_)
        | Fact::ClientCreated(_)
        | Fact::ClientRestored(_)
        | Fact::ClientUpdated(_)
        | Fact::ClientStageChanged(_)
        | Fact::ClientAssigned(_)
        | Fact::ClientDeleted(_)
        | Fact::TaskCreated(_)
        | Fact::TaskUpdated(_)
        | Fact::TaskAssigned(_)
        | Fact::TaskStarted(_)
        | Fact::TaskCompleted(_)
        | Fact::TaskSkipped(_)
        | Fact::TaskCancelled(_)
        | Fact::TaskReopened(_)
        | Fact::TaskDeleted(_)
        | Fact::SettingsUpdated(_)
        | Fact::IntegrationConnected(_)
        | Fact::IntegrationDisconnected(_)
        | Fact::DealCreated(_)
        | Fact::DealStatusChanged(_)
        | Fact::DealAssigned(_)
        | Fact::DealDeleted(_)
        | Fact::DocumentAnnounced(_)
        | Fact::DocumentDeleted(_)
        | Fact::BatchStarted(_)
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
        | Fact::MemberRemoved(_) => true,
        // Documents of a deal are counted by jobs, too.
        Fact::DealUpdated(change) => {
            let documents = change.after.documents;
            let before = change.before.as_ref();
            before.is_none_or(|before| before.documents == documents)
        }
        Fact::BatchEnded(_)
        | Fact::DocumentAvailable(_)
        | Fact::DocumentRejected(_)
        | Fact::EmailSent(_)
        | Fact::EmailDelivered(_)
        | Fact::EmailOpened(_)
        | Fact::EmailClicked(_)
        | Fact::EmailBounced(_)
        | Fact::EmailComplained(_)
        | Fact::EmailFailed(_)
        | Fact::EmailUnsubscribed(_)
        | Fact::UserRegistered(_)
        | Fact::UserUpdated(_)
        | Fact::UserEmailVerified(_)
        | Fact::UserPasswordChanged(_)
        | Fact::SessionStarted(_)
        | Fact::SessionEnded(_)
        | Fact::TokenIssued(_) => false,
    }
}

/// The latest `count` weeks, of which the last ends with `today`, oldest first.
pub fn weeks(days: &BTreeMap<Date, BTreeSet<UserId>>, today: Date, count: u8) -> Vec<Week> {
    (0..i64::from(count))
        .rev()
        .map(|ago| {
            let to = today.saturating_sub((ago * WEEK).days());
            let from = to.saturating_sub((WEEK - 1).days());
            let active: BTreeSet<&UserId> =
                days.range(from..=to).flat_map(|(_, who)| who).collect();
            let active = active.len();
            Week { from, to, active }
        })
        .collect()
}

#[cfg(test)]
mod tests;
