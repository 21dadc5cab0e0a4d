//! Which leads have something in common: a phone number, a place, a name at a place.
//!
//! One item for each such thing, kept by `search.index` a moment after each change. E-mail addresses are not here: one lead
//! has an address, and its claim says which.

use crate::condition::{Condition, Update, text};
use crate::db::{Db, Written};
use crate::entries::Indexed;
use crate::error::StoreError;
use crate::keys;
use crate::record::{Change, Item, Stored};
use crate::sight::{Sight, check_visible};
use futures::future::try_join_all;
use plat_domain::lead::identity::{IdentityKey, candidate_keys};
use plat_domain::{Lead, LeadId, SubjectKind, TeamId};
use std::collections::{BTreeMap, BTreeSet};

/// The attribute with the ids of the leads.
const LEADS: &str = "leads";

/// How many leads are kept under one key. What more have in common, such as the number of a call centre, says nothing.
const MOST: usize = 100;

/// The leads under each of several keys; a key that no lead has is left out.
pub type SameLeads = BTreeMap<IdentityKey, BTreeSet<LeadId>>;

/// The door to what leads have in common.
pub struct Same {
    db: Db,
    team: TeamId,
}

impl Same {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// The leads that have one of these: a request for each hundred keys.
    pub async fn leads(&self, wanted: &BTreeSet<IdentityKey>) -> Result<SameLeads, StoreError> {
        let by_partition: BTreeMap<String, (IdentityKey, _)> = wanted
            .iter()
            .map(|key| {
                let place = keys::same(self.team, *key);
                (place.pk.clone(), (*key, place))
            })
            .collect();
        let places: Vec<_> = by_partition
            .values()
            .map(|(_, place)| place.clone())
            .collect();
        let found = self.db.get_many(&places).await?;
        let leads = found.iter().filter_map(|item| {
            let (key, _) = by_partition.get(item.string("PK")?)?;
            let ids = item.0.get(LEADS)?.as_ss().ok()?.iter();
            Some((*key, ids.filter_map(|id| id.parse().ok()).collect()))
        });
        Ok(leads.collect())
    }

    /// Other leads with which this one has something in common, if they stand and may be seen: two requests, however many
    /// leads there are. A hundred at most, those first with which it has more than a place in common.
    pub async fn candidates(
        &self,
        lead: &Lead,
        sight: Sight,
    ) -> Result<Vec<Stored<Lead>>, StoreError> {
        let found = self.leads(&kept(lead)).await?;
        let (telling, places): (Vec<_>, Vec<_>) =
            found.iter().partition(|(key, _)| key.identifies());
        let mut others: Vec<LeadId> = Vec::new();
        for (_, ids) in telling.into_iter().chain(places) {
            for id in ids {
                if *id != lead.id && !others.contains(id) && others.len() < MOST {
                    others.push(*id);
                }
            }
        }
        let wanted: Vec<_> = others.iter().map(|id| keys::lead(self.team, *id)).collect();
        let items = self.db.get_many(&wanted).await?.into_iter();
        let seen = items.filter(|item| check_visible(Some(item), SubjectKind::Lead, sight).is_ok());
        seen.map(crate::lead::read).collect()
    }

    /// Brings what is kept from what the lead was before a change to what it is since. Doing it again changes nothing.
    pub(crate) async fn follow(&self, change: &Change) -> Result<(), StoreError> {
        let keys_of = |item: &Option<Item>| -> Result<_, StoreError> {
            let lead = item.clone().map(Lead::read).transpose()?;
            Ok(lead.map(|lead| (lead.value.id, kept(&lead.value))))
        };
        let (old, new) = (keys_of(&change.old)?, keys_of(&change.new)?);
        let Some(lead) = new.as_ref().or(old.as_ref()).map(|(lead, _)| *lead) else {
            return Ok(());
        };
        let (before, after) = (
            old.map(|(_, keys)| keys).unwrap_or_default(),
            new.map(|(_, keys)| keys).unwrap_or_default(),
        );
        let come = after.difference(&before).map(|key| self.add(*key, lead));
        let go = before.difference(&after).map(|key| self.remove(*key, lead));
        try_join_all(come).await?;
        try_join_all(go).await?;
        Ok(())
    }

    async fn add(&self, key: IdentityKey, lead: LeadId) -> Result<(), StoreError> {
        let add = Update::default()
            .set("type", text("same"))
            .set("teamId", text(self.team))
            .add_members(LEADS, vec![lead.to_string()]);
        let room = Condition::Any(vec![
            Condition::Lacks(LEADS.to_owned()),
            Condition::Fewer(LEADS.to_owned(), MOST),
        ]);
        let place = keys::same(self.team, key);
        self.db.update(&place, &add, Some(&room)).await.map(|_| ())
    }

    async fn remove(&self, key: IdentityKey, lead: LeadId) -> Result<(), StoreError> {
        let place = keys::same(self.team, key);
        let remove = Update::default().delete_members(LEADS, vec![lead.to_string()]);
        let there = Condition::Present;
        let left = match self.db.update(&place, &remove, Some(&there)).await? {
            Written::Yes(left) => left,
            Written::No(_) => return Ok(()),
        };
        if !left.0.contains_key(LEADS) {
            let empty = Condition::Lacks(LEADS.to_owned());
            self.db.delete(&place, Some(&empty)).await?;
        }
        Ok(())
    }
}

/// The keys under which a lead is kept; none once it is deleted.
fn kept(lead: &Lead) -> BTreeSet<IdentityKey> {
    if lead.deleted_at.is_some() {
        return BTreeSet::new();
    }
    let has_claim = |key: &IdentityKey| matches!(key, IdentityKey::Email(_));
    let keys = candidate_keys(lead).into_iter();
    keys.filter(|key| !has_claim(key)).collect()
}
