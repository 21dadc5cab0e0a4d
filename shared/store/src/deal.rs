//! Deals: one item each. Where a deal stands is beside its row, so that a move needs no reading of the rest.

use crate::command::Command;
use crate::condition::{Condition, Update, number, text};
use crate::db::{Db, Range};
use crate::editing::{Edited, Required, edit};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{CHANGE_TRIES, PURGING};
use crate::purge::shelved;
use crate::record::{BeforeAndAfter, Change, Item, Stored, decode, encode, read_time};
use crate::sight::{Sight, check_visible, seen_condition};
use crate::stored::{StoredMoney, StoredPhone};
use crate::table::INDEX_SORT_KEY;
use crate::transaction::{Refused, Transaction};
use jiff::{SignedDuration, Timestamp};
use plat_domain::{
    ClientId, Deal, DealId, DealKind, DealMoveRefused, DealStatus, HistoryId, LeadId, Line, Money,
    Name, NoteContent, Phone, PropertyId, RecordRef, SubjectKind, TeamId, UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far apart two moves of a deal are at least.
const MOMENT: SignedDuration = SignedDuration::from_millis(1);

/// Moves behind a command's time that are looked through for its own.
const LATER_MOVES: usize = 100;

/// How a move to another status ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DealMove {
    /// It was made.
    Made,
    /// The rules do not allow it.
    Refused {
        /// Where the deal stands.
        from: DealStatus,
        /// Why.
        why: DealMoveRefused,
    },
}

/// What a list shows of a deal.
#[derive(Debug, Clone, PartialEq)]
pub struct DealSummary {
    /// Which.
    pub id: DealId,
    /// Where the property is.
    pub property_address: Line,
    /// Who sells.
    pub seller_name: Option<Name>,
    /// Their number.
    pub seller_phone: Option<Phone>,
    /// What it is hoped to be assigned or sold for.
    pub target_price: Option<Money>,
    /// What it was assigned for.
    pub assigned_price: Option<Money>,
    /// What is done with the property.
    pub kind: DealKind,
    /// Who works on it.
    pub assigned_to: Option<UserId>,
    /// Where it stands.
    pub status: DealStatus,
    /// When it came there.
    pub since: Timestamp,
}

/// A row of a list: what it shows of the deal and of its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedDeal {
    /// The deal.
    pub deal: DealSummary,
    /// One more with each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The part of a deal that lists show, beside its status; the indexes carry it. Names are short, since a list pays for
/// every letter in every row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "a")]
    property_address: String,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    seller_name: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    seller_phone: Option<StoredPhone>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    target_price: Option<StoredMoney>,
    #[serde(rename = "ap", default, skip_serializing_if = "Option::is_none")]
    assigned_price: Option<StoredMoney>,
    #[serde(rename = "k")]
    kind: DealKind,
    #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
    assigned_to: Option<UserId>,
    /// Available documents; here because whoever counts deals counts them too.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub(crate) documents: u32,
}

/// What only the deal itself shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_id: Option<LeadId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    property_id: Option<PropertyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purchase_price: Option<StoredMoney>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    estimated_repairs: Option<StoredMoney>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_profit: Option<StoredMoney>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notes: Option<NoteContent>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DealItem {
    id: DealId,
    #[serde(with = "crate::as_json")]
    row: Row,
    #[serde(with = "crate::as_json")]
    rest: Rest,
    status: DealStatus,
    since: i64,
    stages: BTreeMap<DealStatus, i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status_note: Option<String>,
    /// Set if it has an assigned price, which a move to a priced status asks for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    priced: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted_at: Option<i64>,
}

/// A change of status. What it was before, the row below tells, so that it can be written without reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MoveRow {
    pub(crate) id: HistoryId,
    pub(crate) new_status: DealStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn moment(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap_or_default()
}

impl Row {
    fn of(deal: &Deal) -> Self {
        Self {
            property_address: deal.property_address.as_str().to_owned(),
            seller_name: deal.seller_name.as_ref().map(Name::to_string),
            seller_phone: deal.seller_phone.as_ref().map(StoredPhone::of),
            target_price: deal.target_price.as_ref().map(StoredMoney::of),
            assigned_price: deal.assigned_price.as_ref().map(StoredMoney::of),
            kind: deal.kind,
            assigned_to: deal.assigned_to,
            documents: deal.documents,
        }
    }

    /// The row of a deal, as it was before it was written.
    pub(crate) fn read(self, id: DealId, status: DealStatus, since: Timestamp) -> DealSummary {
        DealSummary {
            id,
            property_address: Line::from_stored(self.property_address),
            seller_name: self.seller_name.map(Name::from_stored),
            seller_phone: self.seller_phone.map(StoredPhone::read),
            target_price: self.target_price.and_then(StoredMoney::read),
            assigned_price: self.assigned_price.and_then(StoredMoney::read),
            kind: self.kind,
            assigned_to: self.assigned_to,
            status,
            since,
        }
    }
}

impl DealItem {
    fn of(deal: &Deal) -> Self {
        let millisecond = |(status, at): (&DealStatus, &Timestamp)| (*status, at.as_millisecond());
        Self {
            id: deal.id,
            row: Row::of(deal),
            rest: Rest {
                lead_id: deal.lead_id,
                client_id: deal.client_id,
                property_id: deal.property_id,
                purchase_price: deal.purchase_price.as_ref().map(StoredMoney::of),
                estimated_repairs: deal.estimated_repairs.as_ref().map(StoredMoney::of),
                expected_profit: deal.expected_profit.as_ref().map(StoredMoney::of_signed),
                notes: deal.notes.clone(),
            },
            status: deal.status,
            since: deal.since.as_millisecond(),
            stages: deal.stages.iter().map(millisecond).collect(),
            status_note: deal.status_note.clone(),
            priced: deal.assigned_price.is_some(),
            deleted_at: deal.deleted_at.map(Timestamp::as_millisecond),
        }
    }

    fn into_deal(self, created_at: Timestamp) -> Deal {
        let documents = self.row.documents;
        let row = self.row.read(self.id, self.status, moment(self.since));
        let Rest {
            lead_id,
            client_id,
            property_id,
            purchase_price,
            estimated_repairs,
            expected_profit,
            notes,
        } = self.rest;
        Deal {
            id: self.id,
            lead_id,
            client_id,
            property_id,
            property_address: row.property_address,
            seller_name: row.seller_name,
            seller_phone: row.seller_phone,
            target_price: row.target_price,
            assigned_price: row.assigned_price,
            kind: row.kind,
            purchase_price: purchase_price.and_then(StoredMoney::read),
            estimated_repairs: estimated_repairs.and_then(StoredMoney::read),
            expected_profit: expected_profit.map(StoredMoney::read_signed),
            notes,
            assigned_to: row.assigned_to,
            status: row.status,
            since: row.since,
            stages: self
                .stages
                .into_iter()
                .map(|(status, at)| (status, moment(at)))
                .collect(),
            status_note: self.status_note,
            documents,
            created_at,
            deleted_at: self.deleted_at.map(moment),
        }
    }
}

/// The door to deals.
pub struct Deals {
    pub(crate) db: Db,
    pub(crate) team: TeamId,
}

impl Deals {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Creates a deal: one transaction, no read. What it points to must be there and be seen.
    ///
    /// The id of a deal is made from its command, so a deal that exists already was made by this command; it is returned
    /// as it stands.
    pub async fn create(
        &self,
        command: &Command,
        sight: Sight,
        deal: Deal,
        beside: Required,
    ) -> Result<Stored<Deal>, StoreError> {
        let record = Stored::new(deal, command);
        let existing = StoreError::Stale { current: 0 };
        let transaction = Transaction::new(command).create(self.item(&record)?, existing);
        let transaction = beside.by(transaction, self.team, sight);
        let committed = transaction.commit(&self.db).await;
        match committed {
            Ok(()) => Ok(record),
            Err(StoreError::Stale { .. }) => self.find(record.value.id).await,
            Err(error) => Err(error),
        }
    }

    /// A deal that is not deleted and may be seen.
    pub async fn get(&self, deal: DealId, sight: Sight) -> Result<Stored<Deal>, StoreError> {
        let item = self.db.get(&keys::deal(self.team, deal), false).await?;
        check_visible(item.as_ref(), SubjectKind::Deal, sight)?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    /// The same, as of the last write.
    pub async fn latest(&self, deal: DealId, sight: Sight) -> Result<Stored<Deal>, StoreError> {
        let item = self.db.get(&keys::deal(self.team, deal), true).await?;
        check_visible(item.as_ref(), SubjectKind::Deal, sight)?;
        read(item.ok_or(StoreError::NotFound)?)
    }

    /// Changes a deal as `decide` says: it is given the deal as it stands and edits it, or refuses. It does not move it to
    /// another status.
    ///
    /// When somebody else's change comes first, the decision is taken anew on what they left, unless the caller named the
    /// version that it wants to change. A repeated command returns what its first run wrote.
    pub async fn change<E: From<StoreError>>(
        &self,
        command: &Command,
        deal: DealId,
        sight: Sight,
        if_match: Option<u64>,
        decide: impl FnMut(&mut Deal) -> Result<Required, E>,
    ) -> Result<Stored<Deal>, E> {
        let there = |deal: &Deal| deal.deleted_at.is_none() && sight.sees(deal.assigned_to);
        edit(self, command, deal, sight, if_match, there, decide).await
    }

    /// Moves a deal to another status and writes the row of its history: one transaction, no read.
    ///
    /// Whether the rules allow it is a condition on the deal as it stands. Moves of one deal are in the order of their
    /// times, a millisecond apart at least, so that each row of history begins where the one before it ended.
    pub async fn move_to(
        &self,
        command: &Command,
        deal: DealId,
        sight: Sight,
        if_match: Option<u64>,
        to: DealStatus,
        note: Option<&str>,
    ) -> Result<DealMove, StoreError> {
        let mut command = command.clone();
        let asked_at = command.at;
        for tries in 1..=CHANGE_TRIES {
            let transaction = self.moving(&command, deal, sight, if_match, to, note)?;
            let Some(Refused { old, .. }) = transaction.attempt(&self.db).await? else {
                return Ok(DealMove::Made);
            };
            let item = old.filter(|item| !item.0.contains_key(PURGING));
            check_visible(item.as_ref(), SubjectKind::Deal, sight)?;
            let current = read(item.ok_or(StoreError::NotFound)?)?;
            if current.value.since >= asked_at
                && self.was_moved_by(&command, deal, asked_at).await?
            {
                return Ok(DealMove::Made);
            }
            if if_match.is_some_and(|wanted| wanted != current.version) {
                let current = current.version;
                return Err(StoreError::Stale { current });
            }
            if let Err(why) = current.value.check_move(to, note) {
                let from = current.value.status;
                return Ok(DealMove::Refused { from, why });
            }
            // It may be moved, but at a later time than this.
            let since = current.value.since;
            let behind = since.checked_add(MOMENT).unwrap_or(since);
            command.at = command.at.max(behind).max(current.updated_at);
            if tries > 1 {
                crate::db::pause(tries).await;
            }
        }
        Err(StoreError::Contended)
    }

    fn moving(
        &self,
        command: &Command,
        deal: DealId,
        sight: Sight,
        if_match: Option<u64>,
        to: DealStatus,
        note: Option<&str>,
    ) -> Result<Transaction, StoreError> {
        let at = command.at.as_millisecond();
        let stands = DealStatus::sources(to, note)
            .into_iter()
            .map(|from| Condition::Equals("status".to_owned(), text(from)))
            .collect();
        let mut legal = vec![
            seen_condition(self.team, RecordRef::Deal(deal), sight),
            Condition::Any(stands),
            Condition::Below("since".to_owned(), at),
            Condition::Below("updatedAt".to_owned(), at + 1),
        ];
        if to.is_priced() {
            legal.push(Condition::Has("priced".to_owned()));
        }
        if let Some(version) = if_match {
            let version = i64::try_from(version).unwrap_or(i64::MAX);
            legal.push(Condition::Equals("version".to_owned(), number(version)));
        }
        let update = Update::default()
            .set("status", text(to))
            .set("since", number(at))
            .set(format!("stages.{to}"), number(at))
            .set("GSI2", text(keys::deals_with_status(self.team, to)))
            .set("GSI4", text(keys::board(self.team)))
            .by(command);
        let update = match note {
            Some(note) => update.set("statusNote", text(note)),
            None => update.remove("statusNote"),
        };
        let row = MoveRow {
            id: command.new_id(0),
            new_status: to,
            note: note.map(str::to_owned),
        };
        let key = keys::deal_history(self.team, deal, row.id);
        let row = encode(
            &key,
            "deal_history",
            Some(self.team),
            &Stored::new(row, command),
        )?;
        let transaction = Transaction::new(command);
        Ok(transaction
            .update_if(
                keys::deal(self.team, deal),
                update,
                Condition::All(legal),
                |_| StoreError::Contended,
            )
            .create(row, StoreError::Contended))
    }

    /// Whether one of the moves since `at` is this command's: then it is repeated, and others came after it. Its own is
    /// among the first of them.
    async fn was_moved_by(
        &self,
        command: &Command,
        deal: DealId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (from, to) = keys::deal_history_since(at);
        let range = Range {
            index: None,
            pk: keys::deal(self.team, deal).pk,
            from,
            to,
            // The history descends, so this ascends in time.
            descending: true,
            limit: LATER_MOVES,
        };
        let rows = self.db.range_latest(&range).await?;
        Ok(rows.iter().any(|row| row.written_by(command)))
    }

    /// Deletes a deal; it is in no list any more, and is removed for good after 30 days.
    pub async fn delete(
        &self,
        command: &Command,
        deal: DealId,
        sight: Sight,
        if_match: Option<u64>,
    ) -> Result<(), StoreError> {
        let at = command.at;
        self.change(command, deal, sight, if_match, |deal| {
            deal.deleted_at = Some(at);
            Ok(Required::default())
        })
        .await
        .map(|_: Stored<Deal>| ())
    }

    /// The deal before and after a change, for the jobs that follow deals.
    pub fn changed(change: &Change) -> Result<BeforeAndAfter<Deal>, StoreError> {
        let read = |item: &Option<Item>| item.as_ref().map(read).transpose();
        Ok((read(&change.old)?, read(&change.new)?))
    }

    /// The item of a deal. Whatever changes it puts it at hand for the board.
    pub(crate) fn item(&self, record: &Stored<Deal>) -> Result<Item, StoreError> {
        let deal = &record.value;
        let stored = record.clone().map(|deal| DealItem::of(&deal));
        let key: Key = keys::deal(self.team, deal.id);
        let item = encode(&key, "deal", Some(self.team), &stored)?;
        Ok(match deal.deleted_at {
            Some(at) => {
                let bits = deal.id.bits();
                shelved(item, self.team, RecordRef::Deal(deal.id), bits, at)
            }
            None => item
                .with("GSI1", text(keys::deals(self.team)))
                .with(
                    "GSI2",
                    text(keys::deals_with_status(self.team, deal.status)),
                )
                .with("GSI3", text(keys::deals_of(self.team, deal.assigned_to)))
                .with("GSI4", text(keys::board(self.team)))
                .with(INDEX_SORT_KEY, text(deal.id)),
        })
    }
}

impl Edited for Deals {
    type Record = Deal;
    type Id = DealId;
    type Beside = Required;

    /// One that is being removed for good is not there any more.
    async fn find(&self, deal: DealId) -> Result<Stored<Deal>, StoreError> {
        let item = self
            .db
            .get(&keys::deal(self.team, deal), true)
            .await?
            .filter(|item| !item.0.contains_key(PURGING))
            .ok_or(StoreError::NotFound)?;
        read(item)
    }

    async fn replace(
        &self,
        command: &Command,
        sight: Sight,
        before: &Stored<Deal>,
        next: &Stored<Deal>,
        beside: Required,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new(command).replace(self.item(next)?, before.version);
        let transaction = beside.by(transaction, self.team, sight);
        transaction.commit(&self.db).await
    }
}

pub(crate) fn read(item: impl Into<Item>) -> Result<Stored<Deal>, StoreError> {
    let stored: Stored<DealItem> = decode(item)?;
    let created_at = stored.created_at;
    Ok(stored.map(|deal| deal.into_deal(created_at)))
}

/// A row of one of the table's indexes.
pub(crate) fn listed(item: &Item) -> Result<ListedDeal, StoreError> {
    let broken = |why: &str| StoreError::Fault(format!("a listed deal does not read: {why}"));
    let id = item.string(INDEX_SORT_KEY).and_then(|id| id.parse().ok());
    let status = item.string("status").and_then(|text| text.parse().ok());
    let row = item.string("row").ok_or_else(|| broken("it has no row"))?;
    let row: Row = serde_json::from_str(row).map_err(|error| broken(&error.to_string()))?;
    Ok(ListedDeal {
        deal: row.read(
            id.ok_or_else(|| broken("it has no id"))?,
            status.ok_or_else(|| broken("it has no status"))?,
            read_time(item, "since").unwrap_or_default(),
        ),
        version: item.version(),
        created_at: read_time(item, "createdAt").unwrap_or_default(),
        updated_at: read_time(item, "updatedAt").unwrap_or_default(),
    })
}

impl From<Stored<Deal>> for ListedDeal {
    fn from(stored: Stored<Deal>) -> Self {
        let deal = stored.value;
        Self {
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            deal: DealSummary {
                id: deal.id,
                property_address: deal.property_address,
                seller_name: deal.seller_name,
                seller_phone: deal.seller_phone,
                target_price: deal.target_price,
                assigned_price: deal.assigned_price,
                kind: deal.kind,
                assigned_to: deal.assigned_to,
                status: deal.status,
                since: deal.since,
            },
        }
    }
}
