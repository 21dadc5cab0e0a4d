//! Leads that are one person: one takes the other in, and they are parted again if somebody was wrong.
//!
//! What belongs here: the two leads, their addresses, tags and history, in one transaction with the item that tells what
//! the two were before. What does not: which values are kept (`domain::lead::merge`), and what moves from one to the other
//! afterwards (`move_around`).

use crate::batch::begun;
use crate::claim;
use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::Db;
use crate::error::StoreError;
use crate::history::StatusChange;
use crate::keys;
use crate::lead::{CHANGE_TRIES, Leads, PURGING, can_be_restored, claimed, restorable};
use crate::note::done;
use crate::record::{Item, Stored, decode, encode, expiry};
use crate::sight::Sight;
use crate::tag::{self, Tags};
use crate::transaction::Transaction;
use crate::{as_json, table};
use plat_domain::event::MergeFact;
use plat_domain::lead::merge::{stricter, unmerged};
use plat_domain::{
    Batch, BatchId, BatchKind, BatchStatus, Fact, Lead, LeadField, LeadId, Step, TagId, TeamId,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far a merge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MergeState {
    /// What is around the lead that was taken in is on its way.
    Moving,
    /// All of it is there.
    Moved,
    /// The two were parted, and what was moved is on its way back.
    Returning,
    /// All of it is back.
    Returned,
}

impl MergeState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Moving => "moving",
            Self::Moved => "moved",
            Self::Returning => "returning",
            Self::Returned => "returned",
        }
    }
}

/// That one lead took in another. It is kept as long as the other can be restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MergeItem {
    /// The lead that stays.
    pub(crate) winner: LeadId,
    /// The version that it has since the last step, for the event that tells of it.
    winner_version: u64,
    /// The lead that was taken in, as it was.
    #[serde(with = "as_json")]
    pub(crate) loser: Lead,
    /// The lead that stays, before and after.
    #[serde(with = "as_json")]
    before: Lead,
    #[serde(with = "as_json")]
    after: Lead,
    pub(crate) state: MergeState,
    /// The work that moves what is around.
    pub(crate) batch: BatchId,
    /// The work that moves it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_batch: Option<BatchId>,
}

/// What came of a merge.
#[derive(Debug, Clone)]
pub struct Merged {
    /// The lead that stays.
    pub lead: Stored<Lead>,
    /// The work that moves what is around the other.
    pub batch: Stored<Batch>,
}

/// What came of an unmerge.
#[derive(Debug, Clone)]
pub struct Unmerged {
    /// The lead that had taken in the other.
    pub lead: Stored<Lead>,
    /// The other.
    pub other: Stored<Lead>,
    /// Fields that the merge had changed, and that stay as they are because somebody changed them since.
    pub kept: BTreeSet<LeadField>,
    /// The work that moves what was around the other back.
    pub batch: Stored<Batch>,
}

/// The two leads of a batch, as its options.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pair {
    winner: LeadId,
    loser: LeadId,
}

/// The door to merges.
pub struct Merges {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

/// The winner, the loser and what is known of their merge, as far as they are there.
type Found = (
    Option<Stored<Lead>>,
    Option<Stored<Lead>>,
    Option<Stored<MergeItem>>,
);

/// The two leads of a step, before and after it.
struct Turn<'a> {
    winner: (&'a Stored<Lead>, Stored<Lead>),
    loser: (&'a Stored<Lead>, Stored<Lead>),
}

impl Merges {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    fn leads(&self) -> Leads {
        Leads::new(self.db.clone(), self.team)
    }

    /// Two leads that may be seen, as of the last write, to look at what a merge would make of them.
    pub async fn pair(
        &self,
        (winner, loser): (LeadId, LeadId),
        sight: Sight,
    ) -> Result<(Stored<Lead>, Stored<Lead>), StoreError> {
        let (one, other, _) = self.read(winner, loser).await?;
        let one = standing(one, sight)?;
        let other = standing(other, sight).map_err(as_reference)?;
        Ok((one, other))
    }

    /// Has `winner` take in `loser`: `decide` is given both and says what `winner` is then, or refuses. A repeated command
    /// returns what its first run did.
    pub async fn merge<E: From<StoreError>>(
        &self,
        command: &Command,
        (winner, loser): (LeadId, LeadId),
        sight: Sight,
        if_match: Option<u64>,
        mut decide: impl FnMut(&Lead, &Lead) -> Result<Lead, E>,
    ) -> Result<Merged, E> {
        let pair = Pair { winner, loser };
        let running = BatchStatus::Running;
        let (batch, batch_item) = begun(self.team, command, BatchKind::Merge, running, &pair)?;
        let mut tries = 0;
        loop {
            let (one, other, _) = self.read(winner, loser).await?;
            if other.as_ref().is_some_and(|it| it.is_written_by(command)) {
                let lead = one.ok_or(StoreError::NotFound)?;
                return Ok(Merged { lead, batch });
            }
            let one = standing(one, sight)?;
            let other = standing(other, sight).map_err(as_reference)?;
            fresh(&one, if_match)?;
            let mut after = decide(&one.value, &other.value)?;
            self.drop_gone_tags(tries, &mut [&mut after]).await?;
            let gone = Lead {
                deleted_at: Some(command.at),
                merged_into: Some(winner),
                ..other.value.clone()
            };
            let turn = Turn {
                winner: (&one, one.changed(after.clone(), command)),
                loser: (&other, other.changed(gone, command)),
            };
            let item = MergeItem {
                winner,
                winner_version: turn.winner.1.version,
                loser: other.value.clone(),
                before: one.value.clone(),
                after,
                state: MergeState::Moving,
                batch: batch.value.id,
                return_batch: None,
            };
            let record = Stored::new(item, command);
            // Two that were parted may be merged again, once everything is back.
            let parted = Condition::Any(vec![
                Condition::Absent,
                Condition::Equals("state".to_owned(), text(MergeState::Returned.as_str())),
            ]);
            let transaction = self
                .turn(command, &turn)?
                .put_if(self.item(&record)?, parted, |_| StoreError::Contended)
                .create(batch_item.clone(), StoreError::Contended);
            let written = transaction.commit(&self.db).await;
            if tried(written, &mut tries).await? {
                let (_, lead) = turn.winner;
                return Ok(Merged { lead, batch });
            }
        }
    }

    /// Parts two leads again, as long as the one that was taken in can be restored: it is as it was, and the other gives
    /// back what nobody changed since. A repeated command returns what its first run did.
    pub async fn unmerge(
        &self,
        command: &Command,
        (winner, loser): (LeadId, LeadId),
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<Unmerged, StoreError> {
        let pair = Pair { winner, loser };
        let running = BatchStatus::Running;
        let (batch, batch_item) = begun(self.team, command, BatchKind::Unmerge, running, &pair)?;
        let mut tries = 0;
        loop {
            let (one, other, merge) = self.read(winner, loser).await?;
            let one = standing(one, sight)?;
            let unknown = StoreError::MissingReference("leadId");
            let (Some(other), Some(merge)) = (other, merge) else {
                return Err(unknown);
            };
            if merge.is_written_by(command) && merge.value.state != MergeState::Moving {
                let kept = kept(&one.value, &merge.value);
                return Ok(Unmerged {
                    lead: one,
                    other,
                    kept,
                    batch,
                });
            }
            fresh(&one, if_match)?;
            let taken_in = other.value.merged_into == Some(winner)
                && sight.sees(merge.value.loser.assigned_to)
                && can_be_restored(other.value.deleted_at, command.at);
            match merge.value.state {
                MergeState::Moved if taken_in => {}
                MergeState::Moving if taken_in => return Err(StoreError::Contended),
                MergeState::Moving
                | MergeState::Moved
                | MergeState::Returning
                | MergeState::Returned => return Err(unknown),
            }
            let MergeItem { before, after, .. } = &merge.value;
            let mut parted = unmerged(&one.value, before, after);
            let mut back = Lead {
                consent: stricter(merge.value.loser.consent, one.value.consent),
                notes: other.value.notes,
                ..merge.value.loser.clone()
            };
            self.drop_gone_tags(tries, &mut [&mut parted, &mut back])
                .await?;
            let turn = Turn {
                winner: (&one, one.changed(parted, command)),
                loser: (&other, other.changed(back, command)),
            };
            let kept = kept(&one.value, &merge.value);
            let returning = MergeItem {
                winner_version: turn.winner.1.version,
                state: MergeState::Returning,
                return_batch: Some(batch.value.id),
                ..merge.value.clone()
            };
            let record = merge.changed(returning, command);
            let transaction = self
                .turn(command, &turn)?
                .replace(self.item(&record)?, merge.version)
                .create(batch_item.clone(), StoreError::Contended);
            let written = transaction.commit(&self.db).await;
            if tried(written, &mut tries).await? {
                let (_, lead) = turn.winner;
                let (_, other) = turn.loser;
                return Ok(Unmerged {
                    lead,
                    other,
                    kept,
                    batch,
                });
            }
        }
    }

    /// Both leads and what is known of their merge, as of the last write. A lead that is being removed for good is not
    /// there any more.
    async fn read(&self, winner: LeadId, loser: LeadId) -> Result<Found, StoreError> {
        let keys = [
            keys::lead(self.team, winner),
            keys::lead(self.team, loser),
            keys::taken(self.team, winner, loser),
        ];
        let (mut one, mut other, mut merge) = (None, None, None);
        for item in self.db.get_latest(&keys).await? {
            if item.kind() == "merge" {
                merge = Some(decode(item)?);
            } else if !item.0.contains_key(PURGING) {
                let lead = crate::lead::read(item)?;
                let place = if lead.value.id == winner {
                    &mut one
                } else {
                    &mut other
                };
                *place = Some(lead);
            }
        }
        Ok((one, other, merge))
    }

    /// What is known of a merge, for the job that follows it.
    pub(crate) async fn find(
        &self,
        winner: LeadId,
        loser: LeadId,
    ) -> Result<Option<Stored<MergeItem>>, StoreError> {
        let key = keys::taken(self.team, winner, loser);
        self.db.get(&key, true).await?.map(decode).transpose()
    }

    /// Says that everything is where it belongs.
    pub(crate) async fn settle(
        &self,
        (winner, loser): (LeadId, LeadId),
        from: MergeState,
        to: MergeState,
    ) -> Result<(), StoreError> {
        let settled = Update::default()
            .set("state", text(to.as_str()))
            .add("version", 1);
        let stands = Condition::Equals("state".to_owned(), text(from.as_str()));
        let key = keys::taken(self.team, winner, loser);
        self.db
            .update(&key, &settled, Some(&stands))
            .await
            .map(|_| ())
    }

    /// Takes tags off that were deleted since somebody put them on, when that is what a try before failed by.
    async fn drop_gone_tags(&self, tries: u32, leads: &mut [&mut Lead]) -> Result<(), StoreError> {
        if tries == 0 || leads.iter().all(|lead| lead.tags.is_empty()) {
            return Ok(());
        }
        let known = Tags::new(self.db.clone(), self.team).latest().await?;
        for lead in leads {
            lead.tags.retain(|tag| known.tags.contains_key(tag));
        }
        Ok(())
    }

    /// Both leads at the versions that were read, with their addresses, their tags and the winner's history.
    fn turn(&self, command: &Command, turn: &Turn<'_>) -> Result<Transaction, StoreError> {
        let (one, one_after) = &turn.winner;
        let (other, other_after) = &turn.loser;
        let leads = self.leads();
        let mut transaction = Transaction::new(command);
        transaction = leads.replaced(transaction, &one.value, one_after, one.version)?;
        transaction = leads.replaced(transaction, &other.value, other_after, other.version)?;
        let before = [&one.value, &other.value];
        let after = [&one_after.value, &other_after.value];
        transaction = self.claims(transaction, command, before, after);
        for (tag, by) in uses(before, after) {
            transaction = transaction.update_if(
                keys::tag_use(self.team, tag),
                Update::default().add("uses", by),
                Condition::Present,
                |_| StoreError::MissingReference("tags"),
            );
        }
        if one.value.status != one_after.value.status {
            let row = StatusChange {
                id: command.new_id(1),
                old_status: one.value.status,
                new_status: one_after.value.status,
                note: None,
            };
            let key = keys::history(self.team, one.value.id, one_after.version);
            let record = Stored::new(row, command);
            let item = encode(&key, "lead_history", Some(self.team), &record)?;
            transaction = transaction.create(item, StoreError::Contended);
        }
        Ok(transaction)
    }

    /// Brings the claims on addresses from who had them to who has them then.
    fn claims(
        &self,
        mut transaction: Transaction,
        command: &Command,
        before: [&Lead; 2],
        after: [&Lead; 2],
    ) -> Transaction {
        let held = |leads: [&Lead; 2]| -> BTreeMap<String, LeadId> {
            let held = leads.into_iter();
            held.filter_map(|lead| Some((claimed(lead)?, lead.id)))
                .collect()
        };
        let (was, is) = (held(before), held(after));
        let addresses: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for address in addresses {
            let key = keys::lead_email(self.team, address);
            transaction = match (was.get(address), is.get(address)) {
                (Some(from), Some(to)) if from != to => {
                    claim::pass(transaction, key, self.team, (from, to), command)
                }
                (Some(from), None) => claim::let_go(transaction, key, from),
                (None, Some(to)) => claim::take(transaction, key, self.team, to, command),
                (Some(_), Some(_)) | (None, None) => transaction,
            };
        }
        transaction
    }

    fn item(&self, record: &Stored<MergeItem>) -> Result<Item, StoreError> {
        let merge = &record.value;
        let key = keys::taken(self.team, merge.winner, merge.loser.id);
        let ends = record.created_at.checked_add(restorable());
        let ends = ends.unwrap_or(record.created_at);
        Ok(encode(&key, "merge", Some(self.team), record)?.with(table::EXPIRES_AT, expiry(ends)))
    }
}

/// How the uses of tags change with both leads together.
fn uses(before: [&Lead; 2], after: [&Lead; 2]) -> BTreeMap<TagId, i64> {
    let mut uses: BTreeMap<TagId, i64> = BTreeMap::new();
    for (before, after) in before.into_iter().zip(after) {
        for (tag, by) in tag::uses(before, after) {
            *uses.entry(tag).or_default() += by;
        }
    }
    uses.retain(|_, by| *by != 0);
    uses
}

/// A lead that may be seen and changed.
fn standing(lead: Option<Stored<Lead>>, sight: Sight) -> Result<Stored<Lead>, StoreError> {
    let found = lead.filter(|lead| sight.sees(lead.value.assigned_to));
    let found = found.ok_or(StoreError::NotFound)?;
    match (found.value.merged_into, found.value.deleted_at) {
        (Some(into), _) => Err(StoreError::Merged {
            lead: found.value.id,
            into,
        }),
        (None, Some(_)) => Err(StoreError::NotFound),
        (None, None) => Ok(found),
    }
}

/// The lead that a body names is not there.
fn as_reference(error: StoreError) -> StoreError {
    if error == StoreError::NotFound {
        StoreError::MissingReference("leadId")
    } else {
        error
    }
}

fn fresh(lead: &Stored<Lead>, if_match: Option<u64>) -> Result<(), StoreError> {
    match if_match {
        Some(wanted) if wanted != lead.version => Err(StoreError::Stale {
            current: lead.version,
        }),
        Some(_) | None => Ok(()),
    }
}

/// Whether a step is done; one that somebody else's change came before is to be tried again on what they left.
async fn tried(written: Result<(), StoreError>, tries: &mut u32) -> Result<bool, StoreError> {
    match written {
        Err(StoreError::MissingReference("tags")) if *tries < CHANGE_TRIES => {
            *tries += 1;
            Ok(false)
        }
        written => done(written, None, tries).await,
    }
}

/// The fields that a merge had changed and somebody changed since.
fn kept(now: &Lead, merge: &MergeItem) -> BTreeSet<LeadField> {
    let values = |lead: &Lead| serde_json::to_value(lead).unwrap_or_default();
    let (now, before, after) = (values(now), values(&merge.before), values(&merge.after));
    let fields = LeadField::ALL.iter().copied();
    fields
        .filter(|field| {
            let of = |lead: &serde_json::Value| lead.get(field.as_str()).cloned();
            of(&before) != of(&after) && of(&now) != of(&after)
        })
        .collect()
}

/// What happened with a step of a merge: that one lead took in another, or was parted from it.
pub(crate) fn merge_steps(
    new: &Item,
    old: Option<&Item>,
) -> Result<(Stored<LeadId>, Vec<Step>), StoreError> {
    let new: Stored<MergeItem> = decode(new)?;
    let old = old.map(decode::<MergeItem>).transpose()?;
    let stood = old.map(|old| old.value.state);
    let merge = &new.value;
    let fact = |batch_id| MergeFact {
        lead_id: merge.loser.id,
        batch_id,
    };
    let step = match merge.state {
        MergeState::Moving => Some(Fact::LeadMerged(fact(merge.batch))),
        MergeState::Returning if stood != Some(MergeState::Returning) => merge
            .return_batch
            .map(|batch| Fact::LeadUnmerged(fact(batch))),
        MergeState::Returning | MergeState::Moved | MergeState::Returned => None,
    };
    let mut winner = new.with(merge.winner);
    winner.version = merge.winner_version;
    let steps = step.map(|fact| (fact, BTreeMap::new()));
    Ok((winner, steps.into_iter().collect()))
}
