//! Many leads at once: looking for those that are there already, creating those that are not, and taking them away again.
//!
//! A transaction has room for a hundred items, so fifty leads and the claims on their addresses are one request. Each lead is
//! written by a command of its own: what was done before a crash is recognised, lead by lead, when it is done again. What a
//! row of a file says is not known here.

use crate::claim;
use crate::command::Command;
use crate::condition::{Condition, Update};
use crate::db::Db;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{Leads, PURGING, read};
use crate::record::{Item, Stored};
use crate::transaction::{Refused, Transaction};
use futures::stream::{self, StreamExt, TryStreamExt};
use plat_domain::lead::identity::IdentityKey;
use plat_domain::{BatchId, Email, Lead, LeadId, TagId, TeamId};
use std::collections::{BTreeMap, BTreeSet};

/// Items that a transaction has room for.
const MOST_ITEMS: usize = 100;

/// Items of a request that reads.
const MOST_KEYS: usize = 100;

/// Who is under an identity.
const LEADS: &str = "leads";

/// Requests that are under way at once.
const AT_ONCE: usize = 4;

/// What became of a lead that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It is there: this command made it, now or before.
    Created,
    /// It is not: this other lead has its address.
    Taken(LeadId),
}

/// Who is there already.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whose an address is, by its key.
    pub addresses: BTreeMap<String, LeadId>,
    /// Who has a number, or a name at a place.
    pub same: BTreeMap<IdentityKey, BTreeSet<LeadId>>,
}

/// The door to many leads.
pub struct Imports {
    db: Db,
    team: TeamId,
}

impl Imports {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Who has these addresses, and what else identifies a person. A lead of a moment ago may be missing, unless it is its
    /// address that is looked for: creating another of the same address is refused.
    pub async fn known(
        &self,
        addresses: &BTreeSet<String>,
        identities: &BTreeSet<IdentityKey>,
    ) -> Result<Known, StoreError> {
        let by_address: BTreeMap<String, &String> = addresses
            .iter()
            .map(|address| (keys::lead_email(self.team, address).pk, address))
            .collect();
        let by_identity: BTreeMap<String, IdentityKey> = identities
            .iter()
            .map(|identity| (keys::same(self.team, *identity).pk, *identity))
            .collect();
        let wanted = addresses
            .iter()
            .map(|address| keys::lead_email(self.team, address));
        let wanted = wanted.chain(
            identities
                .iter()
                .map(|identity| keys::same(self.team, *identity)),
        );
        let mut known = Known::default();
        for item in self.read(wanted.collect()).await? {
            let pk = item.string("PK").unwrap_or_default();
            if let Some(address) = by_address.get(pk)
                && let Some(holder) = claim::holder(&item)
            {
                known.addresses.insert((*address).clone(), holder);
            }
            if let Some(identity) = by_identity.get(pk) {
                known.same.insert(*identity, same_leads(&item));
            }
        }
        Ok(known)
    }

    /// These leads, also if they were deleted. Those that are being removed for good are left out.
    pub async fn leads(
        &self,
        ids: &BTreeSet<LeadId>,
    ) -> Result<BTreeMap<LeadId, Stored<Lead>>, StoreError> {
        let wanted = ids.iter().map(|id| keys::lead(self.team, *id)).collect();
        let items = self.read(wanted).await?;
        items
            .into_iter()
            .filter(|item| !item.0.contains_key(PURGING))
            .map(|item| read(item).map(|stored| (stored.value.id, stored)))
            .collect()
    }

    /// Creates leads, each by its own command and with the claim on its address; what became of each. No two have one
    /// address. Their tags are not counted: [`count_tags`](Self::count_tags) does that once for many.
    pub async fn create(
        &self,
        leads: Vec<(Command, Lead)>,
    ) -> Result<BTreeMap<LeadId, Creation>, StoreError> {
        let chunks = chunks(leads, |(_, lead)| 1 + usize::from(lead.email.is_some()));
        let done: Vec<BTreeMap<LeadId, Creation>> = stream::iter(chunks)
            .map(|chunk| self.create_together(chunk))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(done.into_iter().flatten().collect())
    }

    async fn create_together(
        &self,
        mut leads: Vec<(Command, Lead)>,
    ) -> Result<BTreeMap<LeadId, Creation>, StoreError> {
        let door = Leads::new(self.db.clone(), self.team);
        let mut done = BTreeMap::new();
        while let Some((first, _)) = leads.first() {
            let mut transaction = Transaction::new(first);
            let mut owners = Vec::new();
            for (command, lead) in &leads {
                let record = Stored::new(lead.clone(), command);
                transaction = transaction.create(door.item(&record)?, StoreError::Contended);
                transaction = door.claim(transaction, lead, command);
                owners.resize(
                    owners.len() + 1 + usize::from(lead.email.is_some()),
                    lead.id,
                );
            }
            let refused = transaction.attempt_each(&self.db).await?;
            for Refused { part, old } in &refused {
                let Some(owner) = owners.get(*part) else {
                    continue;
                };
                let holder = old.as_ref().and_then(claim::holder);
                let became = match holder.filter(|holder| holder != owner) {
                    Some(other) => Creation::Taken(other),
                    None => Creation::Created,
                };
                // A lead that is there was created, whoever has its first address by now.
                done.entry(*owner).or_insert(became);
            }
            if refused.is_empty() {
                done.extend(
                    leads
                        .drain(..)
                        .map(|(_, lead)| (lead.id, Creation::Created)),
                );
            }
            leads.retain(|(_, lead)| !done.contains_key(&lead.id));
        }
        Ok(done)
    }

    /// Counts how often tags are worn by leads that a part of long work created, once for each `nth`. Tags that are gone are
    /// passed over.
    pub async fn count_tags(
        &self,
        command: &Command,
        batch: BatchId,
        part: u64,
        uses: &BTreeMap<TagId, i64>,
    ) -> Result<(), StoreError> {
        let all: Vec<(TagId, i64)> = uses.iter().map(|(tag, uses)| (*tag, *uses)).collect();
        for (nth, uses) in all.chunks(MOST_ITEMS - 1).enumerate() {
            let mut uses = uses.to_vec();
            loop {
                let key = keys::batch_tags(self.team, batch, part, nth);
                let mark = crate::batch::mark(command, self.team, &key);
                let transaction = Transaction::new(command).create(mark, StoreError::Contended);
                let transaction = self.counted(transaction, &uses);
                let refused = transaction.attempt_each(&self.db).await?;
                // The mark is there: they were counted before.
                if refused.first().is_none_or(|refused| refused.part == 0) {
                    break;
                }
                uses = without(uses, &refused, 1);
            }
        }
        Ok(())
    }

    /// Deletes leads that are at their first version, so that they can be restored; those that are not are left. Returns
    /// which are deleted, now or by the same command before.
    pub async fn remove(
        &self,
        leads: Vec<(Command, Stored<Lead>)>,
    ) -> Result<BTreeSet<LeadId>, StoreError> {
        let chunks = chunks(leads, |(_, stored)| {
            // At worst no two wear a tag in common.
            2 + stored.value.tags.len()
        });
        let done: Vec<BTreeSet<LeadId>> = stream::iter(chunks)
            .map(|chunk| self.remove_together(chunk))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(done.into_iter().flatten().collect())
    }

    async fn remove_together(
        &self,
        mut leads: Vec<(Command, Stored<Lead>)>,
    ) -> Result<BTreeSet<LeadId>, StoreError> {
        let door = Leads::new(self.db.clone(), self.team);
        let mut done = BTreeSet::new();
        let mut gone = BTreeSet::new();
        while let Some((first, _)) = leads.first() {
            let mut transaction = Transaction::new(first);
            let mut owners = Vec::new();
            let mut worn: BTreeMap<TagId, i64> = BTreeMap::new();
            for (command, stored) in &leads {
                let mut lead = stored.value.clone();
                let address = lead.email.as_ref().map(Email::key);
                lead.deleted_at = Some(command.at);
                for tag in lead.tags.difference(&gone) {
                    *worn.entry(*tag).or_default() -= 1;
                }
                let id = lead.id;
                let next = stored.changed(lead, command);
                transaction = door.replaced(transaction, &stored.value, &next, stored.version)?;
                owners.push(id);
                if let Some(address) = address {
                    let key = keys::lead_email(self.team, &address);
                    transaction = claim::let_go(transaction, key, id);
                    owners.push(id);
                }
            }
            let worn: Vec<(TagId, i64)> = worn.into_iter().collect();
            let transaction = self.counted(transaction, &worn);
            let refused = transaction.attempt_each(&self.db).await?;
            let mut left = BTreeSet::new();
            for Refused { part, old } in &refused {
                match owners.get(*part) {
                    Some(owner) => {
                        let ours = leads.iter().find(|(_, stored)| stored.value.id == *owner);
                        let is_done = |(command, _): &(Command, _)| {
                            old.as_ref().is_some_and(|item| item.written_by(command))
                        };
                        if ours.is_some_and(is_done) {
                            done.insert(*owner);
                        } else {
                            left.insert(*owner);
                        }
                    }
                    None => gone.extend(
                        part.checked_sub(owners.len())
                            .and_then(|nth| worn.get(nth))
                            .map(|(tag, _)| *tag),
                    ),
                }
            }
            if refused.is_empty() {
                done.extend(leads.drain(..).map(|(_, stored)| stored.value.id));
            }
            leads.retain(|(_, stored)| {
                !done.contains(&stored.value.id) && !left.contains(&stored.value.id)
            });
        }
        Ok(done)
    }

    /// A tag has its counter from its creation to its deletion; counting must not bring one back.
    fn counted(&self, transaction: Transaction, uses: &[(TagId, i64)]) -> Transaction {
        uses.iter().fold(transaction, |transaction, (tag, by)| {
            transaction.update_if(
                keys::tag_use(self.team, *tag),
                Update::default().add("uses", *by),
                Condition::Present,
                |_| StoreError::MissingReference("tags"),
            )
        })
    }

    async fn read(&self, wanted: Vec<Key>) -> Result<Vec<Item>, StoreError> {
        let chunks: Vec<Vec<Key>> = wanted.chunks(MOST_KEYS).map(<[Key]>::to_vec).collect();
        let found: Vec<Vec<_>> = stream::iter(chunks)
            .map(|chunk| async move { self.db.get_many(&chunk).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// The leads that an identity is of.
fn same_leads(item: &Item) -> BTreeSet<LeadId> {
    let members = item.0.get(LEADS).and_then(|value| value.as_ss().ok());
    let ids = members.into_iter().flatten();
    ids.filter_map(|id| id.parse().ok()).collect()
}

/// The uses without those of tags that are gone; the first of them is the part `from` of the transaction.
fn without(uses: Vec<(TagId, i64)>, refused: &[Refused], from: usize) -> Vec<(TagId, i64)> {
    let is_refused = |place: usize| refused.iter().any(|refused| refused.part == place + from);
    let uses = uses.into_iter().enumerate();
    uses.filter(|(place, _)| !is_refused(*place))
        .map(|(_, uses)| uses)
        .collect()
}

/// Cuts into pieces of which each fits into a transaction.
fn chunks<T>(all: Vec<T>, items: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut filled = 0;
    for one in all {
        let more = items(&one);
        if filled + more > MOST_ITEMS {
            chunks.push(std::mem::take(&mut chunk));
            filled = 0;
        }
        filled += more;
        chunk.push(one);
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}
