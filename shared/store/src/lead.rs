//! Leads: one item each, with a claim on its e-mail address.

use crate::claim;
use crate::client::Clients;
use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::Db;
use crate::deal::Deals;
use crate::editing::Edited;
use crate::error::StoreError;
use crate::history::StatusChange;
use crate::keys;
use crate::lead_list::LeadSummary;
use crate::note::done;
use crate::purge::shelved;
use crate::record::{BeforeAndAfter, Change, Item, Stored, decode, encode};
use crate::sight::{Sight, check_visible};
use crate::stored::{StoredMoney, StoredPhone};
use crate::tag::{self, TagSet, Tags};
use crate::transaction::Transaction;
use jiff::{SignedDuration, Timestamp};
use plat_domain::{
    Address, Client, ClientId, Consent, ContactChannel, CustomFields, Deal, DealId, Email, Lead,
    LeadId, LeadStatus, Line, Name, PropertyType, RESTORE_DAYS, RecordRef, Score, Source,
    SubjectKind, TagId, TeamId, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Set on a lead of which parts may be gone already.
pub(crate) const PURGING: &str = "purging";

/// How many notes are on a lead.
pub(crate) const NOTES: &str = "notes";

/// Set on a lead that another took in.
pub(crate) const MERGED: &str = "mergedInto";

/// How often a change is decided anew when somebody else's change came first.
pub(crate) const CHANGE_TRIES: u32 = 10;

/// What a change of a lead writes beside the lead.
#[derive(Debug, Clone, Default)]
pub struct LeadChange {
    /// The row of history that goes with a change of status.
    pub history: Option<StatusChange<LeadStatus>>,
    /// Somebody who must be a member of the team for the change to happen.
    pub member: Option<UserId>,
    /// What is made of the lead with it.
    pub made: Option<Made>,
}

/// What is made of a lead when it is converted.
#[derive(Debug, Clone)]
pub struct Made {
    /// The client.
    pub client: Client,
    /// The deal, if one is wanted.
    pub deal: Option<Deal>,
}

/// The part of a lead that lists show; the indexes carry it.
///
/// Texts were checked when they were written and are not checked again by each list that reads them. Names are short,
/// since a list pays for every letter in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "n")]
    pub(crate) name: String,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<StoredPhone>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) company: Option<String>,
    #[serde(rename = "st")]
    pub(crate) status: LeadStatus,
    #[serde(rename = "sc", default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<Score>,
    #[serde(rename = "so", default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<String>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<StoredMoney>,
    #[serde(rename = "sg", default, skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<String>,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    pub(crate) assigned_to: Option<UserId>,
    #[serde(rename = "lc", default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_contact_at: Option<i64>,
    #[serde(rename = "tg", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) tags: BTreeSet<TagId>,
}

/// What only the lead itself shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position: Option<Line>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property_type: Option<PropertyType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preferred_contact: Option<ContactChannel>,
    #[serde(default, skip_serializing_if = "no_consent")]
    consent: Consent,
    #[serde(default, skip_serializing_if = "CustomFields::is_empty")]
    custom_fields: CustomFields,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deal_id: Option<DealId>,
}

fn no_consent(consent: &Consent) -> bool {
    *consent == Consent::default()
}

impl Row {
    /// The row of the lead `id`, as it was before it was written.
    pub(crate) fn read(self, id: LeadId) -> LeadSummary {
        LeadSummary {
            id,
            name: Name::from_stored(self.name),
            email: self.email.map(Email::from_stored),
            phone: self.phone.map(StoredPhone::read),
            company: self.company.map(Line::from_stored),
            status: self.status,
            score: self.score,
            source: self.source.map(Source::from_stored),
            value: self.value.and_then(StoredMoney::read),
            stage: self.stage.map(Line::from_stored),
            assigned_to: self.assigned_to,
            last_contact_at: self
                .last_contact_at
                .and_then(|at| Timestamp::from_millisecond(at).ok()),
            tags: self.tags,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LeadItem {
    id: LeadId,
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    /// Counted where notes are written and deleted, beside the version of the lead.
    #[serde(default, skip_serializing_if = "no_notes")]
    notes: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<LeadId>,
}

fn no_notes(count: &i64) -> bool {
    *count == 0
}

impl LeadItem {
    fn of(lead: &Lead) -> Self {
        let line = |line: &Line| line.as_str().to_owned();
        Self {
            id: lead.id,
            row: Row {
                name: lead.name.as_str().to_owned(),
                email: lead.email.as_ref().map(|email| email.as_str().to_owned()),
                phone: lead.phone.as_ref().map(StoredPhone::of),
                company: lead.company.as_ref().map(line),
                status: lead.status,
                score: lead.score,
                source: lead
                    .source
                    .as_ref()
                    .map(|source| source.as_str().to_owned()),
                value: lead.value.as_ref().map(StoredMoney::of),
                stage: lead.stage.as_ref().map(line),
                assigned_to: lead.assigned_to,
                last_contact_at: lead.last_contact_at.map(Timestamp::as_millisecond),
                tags: lead.tags.clone(),
            },
            rest: Rest {
                position: lead.position.clone(),
                address: lead.address.clone(),
                property_type: lead.property_type,
                preferred_contact: lead.preferred_contact,
                consent: lead.consent,
                custom_fields: lead.custom_fields.clone(),
                client_id: lead.client_id,
                deal_id: lead.deal_id,
            },
            notes: lead.notes.into(),
            deleted_at: lead.deleted_at.map(Timestamp::as_millisecond),
            merged_into: lead.merged_into,
        }
    }

    fn into_lead(self, created_at: Timestamp) -> Lead {
        let Self {
            id,
            row,
            rest,
            notes,
            deleted_at,
            merged_into,
        } = self;
        let row = row.read(id);
        Lead {
            id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            company: row.company,
            position: rest.position,
            status: row.status,
            score: row.score,
            source: row.source,
            value: row.value,
            stage: row.stage,
            assigned_to: row.assigned_to,
            last_contact_at: row.last_contact_at,
            tags: row.tags,
            custom_fields: rest.custom_fields,
            address: rest.address,
            property_type: rest.property_type,
            preferred_contact: rest.preferred_contact,
            consent: rest.consent,
            notes: notes.try_into().unwrap_or_default(),
            client_id: rest.client_id,
            deal_id: rest.deal_id,
            created_at,
            deleted_at: deleted_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            merged_into,
        }
    }
}

/// The door to leads.
pub struct Leads {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

impl Leads {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Creates a lead: one transaction, no read. A lead whose address another lead has is refused.
    ///
    /// The id of a lead is made from its command, so a lead that exists already was made by this command; it is
    /// returned as it stands.
    pub async fn create(
        &self,
        command: &Command,
        lead: Lead,
        member: Option<UserId>,
    ) -> Result<Stored<Lead>, StoreError> {
        let record = Stored::new(lead, command);
        let existing = StoreError::Stale { current: 0 };
        let transaction = Transaction::new(command).create(self.item(&record)?, existing);
        let transaction = self.claim(transaction, &record.value, command);
        let committed = self
            .require_member(transaction, member)
            .commit(&self.db)
            .await;
        match committed {
            Ok(()) => Ok(record),
            Err(StoreError::Stale { .. }) => self.find(record.value.id).await,
            Err(error) => Err(error),
        }
    }

    /// A lead that is not deleted and may be seen, with the tags that its ids stand for. The team's tags are read only
    /// if it wears some: most leads wear none, and cost half as much.
    pub async fn get(
        &self,
        lead: LeadId,
        sight: Sight,
    ) -> Result<(Stored<Lead>, TagSet), StoreError> {
        let item = self.db.get(&keys::lead(self.team, lead), false).await?;
        check_visible(item.as_ref(), SubjectKind::Lead, sight)?;
        let record = read(item.ok_or(StoreError::NotFound)?)?;
        let tags = if record.value.tags.is_empty() {
            TagSet::default()
        } else {
            Tags::new(self.db.clone(), self.team).get().await?
        };
        Ok((record, tags))
    }

    /// Those of these leads that are not deleted and may be seen, in any order.
    pub async fn get_many(
        &self,
        leads: &[LeadId],
        sight: Sight,
    ) -> Result<Vec<Stored<Lead>>, StoreError> {
        let keys: Vec<_> = leads.iter().map(|id| keys::lead(self.team, *id)).collect();
        let found = self.db.get_many(&keys).await?.into_iter();
        let seen = found.filter(|item| check_visible(Some(item), SubjectKind::Lead, sight).is_ok());
        seen.map(read).collect()
    }

    /// Changes a lead as `decide` says: it is given the lead as it stands and edits it, or refuses.
    ///
    /// When somebody else's change comes first, the decision is taken anew on what they left, unless the caller named
    /// the version that it wants to change. A repeated command returns what its first run wrote.
    pub async fn change<E: From<StoreError>>(
        &self,
        command: &Command,
        lead: LeadId,
        sight: Sight,
        if_match: Option<u64>,
        decide: impl FnMut(&mut Lead) -> Result<LeadChange, E>,
    ) -> Result<Stored<Lead>, E> {
        let there = |lead: &Lead| lead.deleted_at.is_none();
        self.edit(command, lead, sight, if_match, there, decide)
            .await
    }

    /// Deletes a lead so that it can be restored for 30 days; its address is free at once.
    pub async fn delete(
        &self,
        command: &Command,
        lead: LeadId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<(), StoreError> {
        let at = command.at;
        self.change(command, lead, sight, if_match, |lead| {
            lead.deleted_at = Some(at);
            Ok(LeadChange::default())
        })
        .await
        .map(|_: Stored<Lead>| ())
    }

    /// Brings a deleted lead back, unless its 30 days are over or another lead has its address by now. A lead that is
    /// not deleted is returned as it is.
    pub async fn restore(
        &self,
        command: &Command,
        lead: LeadId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<Stored<Lead>, StoreError> {
        let there = |lead: &Lead| can_be_restored(lead.deleted_at, command.at);
        self.edit(command, lead, sight, if_match, there, |lead| {
            lead.deleted_at = None;
            Ok(LeadChange::default())
        })
        .await
    }

    /// Makes a client of a lead: one transaction with the lead, which says from then on what was made of it. `decide` is
    /// given the lead as it stands and the id of the client; it tells what is made and who must be a member for it, or
    /// refuses. A repeated command returns what its first run made.
    pub async fn convert<E: From<StoreError>>(
        &self,
        command: &Command,
        lead: LeadId,
        sight: Sight,
        if_match: Option<u64>,
        mut decide: impl FnMut(&Lead, ClientId) -> Result<(Made, Option<UserId>), E>,
    ) -> Result<(Stored<Lead>, Stored<Client>), E> {
        let id = command.new_id(0);
        let mut client = None;
        let stored = self
            .change(command, lead, sight, if_match, |lead| -> Result<_, E> {
                if lead.client_id == Some(id) {
                    return Ok(LeadChange::default());
                }
                let (made, member) = decide(lead, id)?;
                lead.client_id = Some(id);
                lead.deal_id = made.deal.as_ref().map(|deal| deal.id);
                client = Some(made.client.clone());
                Ok(LeadChange {
                    member,
                    made: Some(made),
                    ..LeadChange::default()
                })
            })
            .await?;
        let client = match client {
            Some(client) => Stored::new(client, command),
            // It was made before.
            None => self.clients().find(id).await?,
        };
        Ok((stored, client))
    }

    fn clients(&self) -> Clients {
        Clients::new(self.db.clone(), self.team)
    }

    /// The transaction that also notes that this lead was talked to at `at`; stale if the lead was changed since it was
    /// read. An earlier contact that is told of late moves nothing back.
    pub(crate) fn contacted(
        &self,
        transaction: Transaction,
        command: &Command,
        lead: &Stored<Lead>,
        at: Timestamp,
    ) -> Result<Transaction, StoreError> {
        let mut contacted = lead.value.clone();
        contacted.last_contact_at = contacted.last_contact_at.max(Some(at));
        if contacted == lead.value {
            return Ok(transaction);
        }
        let next = lead.changed(contacted, command);
        Ok(transaction.replace(self.item(&next)?, lead.version))
    }

    /// The lead before and after a change, for the jobs that follow leads.
    pub fn changed(change: &Change) -> Result<BeforeAndAfter<Lead>, StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(read).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    /// Reads, decides and writes until nothing comes between. Whether a deleted lead can be changed, `there` says.
    async fn edit<E: From<StoreError>>(
        &self,
        command: &Command,
        lead: LeadId,
        sight: Sight,
        if_match: Option<u64>,
        there: impl Fn(&Lead) -> bool,
        mut decide: impl FnMut(&mut Lead) -> Result<LeadChange, E>,
    ) -> Result<Stored<Lead>, E> {
        let mut tries = 0;
        let mut tags: Option<TagSet> = None;
        loop {
            let current = self.find(lead).await?;
            if current.is_written_by(command) {
                return Ok(current);
            }
            if !sight.sees(current.value.assigned_to) {
                return Err(StoreError::NotFound.into());
            }
            if let Some(into) = current.value.merged_into {
                return Err(StoreError::Merged { lead, into }.into());
            }
            if !there(&current.value) {
                return Err(StoreError::NotFound.into());
            }
            if if_match.is_some_and(|wanted| wanted != current.version) {
                return Err(StoreError::Stale {
                    current: current.version,
                }
                .into());
            }
            let mut before = current.value.clone();
            if let Some(tags) = &tags {
                before.tags.retain(|tag| tags.tags.contains_key(tag));
            }
            let mut after = before.clone();
            let beside = decide(&mut after)?;
            if after == before && beside.history.is_none() {
                return Ok(current);
            }
            if let Some(tags) = &tags
                && !after.tags.iter().all(|tag| tags.tags.contains_key(tag))
            {
                return Err(StoreError::MissingReference("tags").into());
            }
            let next = current.changed(after, command);
            let version = current.version;
            let written = self.write(command, version, &before, &next, beside).await;
            if written == Err(StoreError::MissingReference("tags")) && tries < CHANGE_TRIES {
                // A tag was deleted since it was put on this lead. Its id goes with this change.
                tags = Some(Tags::new(self.db.clone(), self.team).latest().await?);
                tries += 1;
            } else if written == Err(StoreError::Stale { current: version }) && tries < CHANGE_TRIES
            {
                // It is the version that was read; only its notes are more or fewer by now.
                tries += 1;
                crate::db::pause(tries).await;
            } else if done(written, if_match, &mut tries).await? {
                return Ok(next);
            }
        }
    }

    /// A lead as of the last write. One that is being removed for good is not there any more.
    async fn find(&self, lead: LeadId) -> Result<Stored<Lead>, StoreError> {
        let item = self
            .db
            .get(&keys::lead(self.team, lead), true)
            .await?
            .filter(|item| !item.0.contains_key(PURGING))
            .ok_or(StoreError::NotFound)?;
        read(item)
    }

    /// Replaces the lead that is at `version`, with everything that a change from `before` to `next` brings along.
    async fn write(
        &self,
        command: &Command,
        version: u64,
        before: &Lead,
        next: &Stored<Lead>,
        beside: LeadChange,
    ) -> Result<(), StoreError> {
        let mut transaction = self.replaced(Transaction::new(command), before, next, version)?;
        if claimed(before) != claimed(&next.value) {
            if let Some(address) = claimed(before) {
                let key = keys::lead_email(self.team, &address);
                transaction = claim::let_go(transaction, key, before.id);
            }
            transaction = self.claim(transaction, &next.value, command);
        }
        for (tag, by) in tag::uses(before, &next.value) {
            // A tag has its counter from its creation to its deletion; counting must not bring one back.
            transaction = transaction.update_if(
                keys::tag_use(self.team, tag),
                Update::default().add("uses", by),
                Condition::Present,
                |_| StoreError::MissingReference("tags"),
            );
        }
        if let Some(row) = beside.history {
            let key = keys::history(self.team, before.id, next.version);
            let record = Stored {
                created_at: next.updated_at,
                updated_at: next.updated_at,
                ..Stored::new(row, command)
            };
            transaction = transaction.create(
                encode(&key, "lead_history", Some(self.team), &record)?,
                StoreError::Contended,
            );
        }
        if let Some(made) = beside.made {
            let client = Stored::new(made.client, command);
            transaction = self.clients().creating(transaction, command, &client)?;
            if let Some(deal) = made.deal {
                let deals = Deals::new(self.db.clone(), self.team);
                let deal = deals.item(&Stored::new(deal, command))?;
                transaction = transaction.create(deal, StoreError::Contended);
            }
        }
        self.require_member(transaction, beside.member)
            .commit(&self.db)
            .await
    }

    /// Puts `next` in the place of the lead that is at `version`, and has as many notes as `before`.
    pub(crate) fn replaced(
        &self,
        transaction: Transaction,
        before: &Lead,
        next: &Stored<Lead>,
        version: u64,
    ) -> Result<Transaction, StoreError> {
        let counting = counting(before.notes);
        Ok(transaction.replace_if(self.item(next)?, version, counting))
    }

    pub(crate) fn claim(
        &self,
        transaction: Transaction,
        lead: &Lead,
        command: &Command,
    ) -> Transaction {
        let Some(address) = claimed(lead) else {
            return transaction;
        };
        let key = keys::lead_email(self.team, &address);
        claim::take(transaction, key, self.team, lead.id, command)
    }

    pub(crate) fn require_member(
        &self,
        transaction: Transaction,
        member: Option<UserId>,
    ) -> Transaction {
        match member {
            Some(user) => transaction.check(
                keys::member(self.team, user),
                Condition::Present,
                StoreError::MissingReference("assignedTo"),
            ),
            None => transaction,
        }
    }

    pub(crate) fn item(&self, record: &Stored<Lead>) -> Result<Item, StoreError> {
        let lead = &record.value;
        let stored = record.clone().map(|lead| LeadItem::of(&lead));
        let item = encode(
            &keys::lead(self.team, lead.id),
            "lead",
            Some(self.team),
            &stored,
        )?;
        Ok(match lead.deleted_at {
            Some(at) => {
                let bits = lead.id.bits();
                shelved(item, self.team, RecordRef::Lead(lead.id), bits, at)
            }
            None => item
                .with("GSI1", text(keys::leads(self.team)))
                .with(
                    "GSI2",
                    text(keys::leads_with_status(self.team, lead.status)),
                )
                .with("GSI3", text(keys::leads_of(self.team, lead.assigned_to)))
                .with(crate::table::INDEX_SORT_KEY, text(lead.id)),
        })
    }
}

/// That a lead has as many notes as were read: they are counted without a new version, and a change of the lead must not
/// take that back.
fn counting(notes: u32) -> Condition {
    match notes {
        0 => Condition::Any(vec![
            Condition::Lacks(NOTES.to_owned()),
            Condition::Below(NOTES.to_owned(), 1),
        ]),
        some => Condition::Equals(NOTES.to_owned(), number(some.into())),
    }
}

/// For how long a deleted lead can be restored.
pub(crate) fn restorable() -> SignedDuration {
    SignedDuration::from_hours(24 * RESTORE_DAYS)
}

/// Whether what was deleted then can be brought back at `at`, or was not deleted at all.
pub(crate) fn can_be_restored(deleted_at: Option<Timestamp>, at: Timestamp) -> bool {
    let ends = deleted_at.and_then(|deleted| deleted.checked_add(restorable()).ok());
    ends.is_none_or(|ends| at <= ends)
}

/// The address that a lead claims: none once it is deleted.
pub(crate) fn claimed(lead: &Lead) -> Option<String> {
    lead.email
        .as_ref()
        .filter(|_| lead.deleted_at.is_none())
        .map(Email::key)
}

pub(crate) fn read(item: impl Into<Item>) -> Result<Stored<Lead>, StoreError> {
    let stored: Stored<LeadItem> = decode(item)?;
    let created_at = stored.created_at;
    Ok(stored.map(|lead| lead.into_lead(created_at)))
}
