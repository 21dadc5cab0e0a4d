//! Leads that are sent in by forms and portals: one person is one lead, however often and at once they are sent.
//!
//! Who is known is found by address, number, and name at a place. What finds by number and place is kept by a job that
//! follows, so it says nothing of a moment ago. What holds at once is a claim: on the address, or, for who leaves none, on
//! name and number together. Copies that come at once meet there: one of them creates the lead, the others find it.

use crate::activity::{ActivityItem, ActivityRow, ActivitySubject};
use crate::api_key::{ApiKey, ApiKeys};
use crate::claim;
use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, pause};
use crate::error::StoreError;
use crate::keys;
use crate::lead::{LeadChange, Leads, PURGING, read, restorable};
use crate::note::{Note, Notes};
use crate::record::{Item, Stored, encode};
use crate::sight::Sight;
use crate::table;
use crate::tag::Tags;
use crate::transaction::Transaction;
use jiff::SignedDuration;
use plat_domain::lead::alike::alike;
use plat_domain::lead::identity::{caller_key, identity_keys};
use plat_domain::lead::update::{Incoming, UpdatePolicy, filled};
use plat_domain::{
    ActivityId, ActivityType, Email, Lead, LeadId, NoteContent, NoteId, RecordRef, SubjectKind,
    TeamId, UserId,
};
use std::collections::{BTreeSet, VecDeque};

/// How often it is looked again who is there, when somebody else was there first. Copies that come at once get in each
/// other's way at the claim until one of them has it.
const TRIES: u32 = 12;

/// For how long a person is the same request, told twice.
const ONE_REQUEST: SignedDuration = SignedDuration::from_mins(1);

/// Leads that are compared at most: a number or a place that more have in common is nobody's.
const MOST_COMPARED: usize = 50;

/// Who is under an identity.
const LEADS: &str = "leads";

/// Somebody who is sent in.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The lead that they are if they are new.
    pub lead: Lead,
    /// The same, as news of a lead that is there.
    pub incoming: Incoming,
    /// What they wrote.
    pub message: Option<NoteContent>,
}

/// Who it is.
#[derive(Debug, Clone)]
pub enum TakenIn {
    /// Somebody new.
    Created(LeadId),
    /// Somebody who was there.
    Known(LeadId),
}

/// The door for leads that are sent in.
pub struct Intake {
    db: Db,
    team: TeamId,
}

/// Who is there of whom one lead may be another record.
#[derive(Default)]
struct There {
    known: Option<Stored<Lead>>,
    /// Who has the claim on name and number and is not that person any more.
    gone: Option<LeadId>,
}

impl Intake {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Creates the lead, worked by whose turn it is, or brings what is known of it up to what was sent, and notes on its
    /// timeline that they asked again.
    pub async fn take_in(
        &self,
        command: &Command,
        key: &ApiKey,
        mut sent: Sent,
    ) -> Result<TakenIn, StoreError> {
        let keys = ApiKeys::new(self.db.clone(), self.team);
        let mut turn: Option<VecDeque<UserId>> = None;
        let mut tries = 0;
        loop {
            let there = self.there(&sent.lead).await?;
            let taken = match there.known {
                Some(known) if known.is_written_by(command) && known.version == 1 => {
                    return Ok(TakenIn::Created(known.value.id));
                }
                Some(known) => match self.update(command, &known, &mut sent).await {
                    Ok(()) => return Ok(TakenIn::Known(known.value.id)),
                    Err(error) => error,
                },
                None => {
                    let mut order = match turn.take() {
                        Some(order) => order,
                        None => keys.next_in_turn(key).await?.into(),
                    };
                    let created = self.create(command, &mut sent, &order, there.gone).await;
                    if created == Err(StoreError::MissingReference("assignedTo")) {
                        // They have left since the key was made: the next one works it.
                        order.pop_front();
                    }
                    turn = Some(order);
                    match created {
                        Ok(()) => return Ok(TakenIn::Created(sent.lead.id)),
                        Err(error) => error,
                    }
                }
            };
            let again = matches!(
                taken,
                StoreError::Taken(_)
                    | StoreError::MissingReference(_)
                    | StoreError::NotFound
                    | StoreError::Contended
            );
            if !again || tries >= TRIES {
                return Err(taken);
            }
            tries += 1;
            // Who changed what was decided on is there to be read; only who still writes is waited for.
            if taken == StoreError::Contended {
                pause(tries).await;
            }
        }
    }

    /// Who it is that is there: whoever has the claim, or who is alike beyond doubt.
    async fn there(&self, lead: &Lead) -> Result<There, StoreError> {
        let address = lead.email.as_ref().map(Email::key);
        let address = address.map(|address| keys::lead_email(self.team, &address));
        let caller = claimed_caller(lead).map(|caller| keys::caller(self.team, &caller));
        let same = identity_keys(lead).into_iter();
        let same = same.map(|identity| keys::same(self.team, identity));
        let wanted: Vec<_> = address.into_iter().chain(caller).chain(same).collect();
        let items = self.db.get_latest(&wanted).await?;
        let claims = items.iter().filter_map(claim::holder);
        let claims: BTreeSet<LeadId> = claims.collect();
        let same: BTreeSet<LeadId> = items.iter().flat_map(leads_of).collect();
        // Who has a claim comes first, so that no crowd under a number hides them.
        let ids = claims.iter().chain(same.difference(&claims));
        let ids = ids.take(MOST_COMPARED);
        let keys: Vec<_> = ids.map(|id| keys::lead(self.team, *id)).collect();
        if keys.is_empty() {
            return Ok(There::default());
        }
        let found = self.db.get_latest(&keys).await?.into_iter();
        let found = found.filter(|item| !item.0.contains_key(PURGING)).map(read);
        let found: Vec<Stored<Lead>> = found.collect::<Result<_, _>>()?;
        let standing = found
            .into_iter()
            .filter(|one| one.value.deleted_at.is_none());
        let likely = standing.filter_map(|one| {
            let has_address = match (&one.value.email, &lead.email) {
                (Some(theirs), Some(given)) => theirs.key() == given.key(),
                (Some(_) | None, Some(_) | None) => false,
            };
            let is_caller = claims.contains(&one.value.id)
                && caller_key(&one.value).is_some()
                && caller_key(&one.value) == caller_key(lead);
            let score = if has_address {
                u8::MAX
            } else if is_caller {
                u8::MAX - 1
            } else {
                let likeness = alike(&one.value, lead).filter(|likeness| likeness.is_certain());
                likeness?.score
            };
            Some((score, one))
        });
        // Of equal ones the oldest.
        let best = likely.max_by_key(|(score, one)| (*score, std::cmp::Reverse(one.value.id)));
        let known = best.map(|(_, one)| one);
        let gone = claims.into_iter().next().filter(|_| known.is_none());
        Ok(There { known, gone })
    }

    /// The lead, its claim, what it wears and what they wrote: one transaction.
    async fn create(
        &self,
        command: &Command,
        sent: &mut Sent,
        order: &VecDeque<UserId>,
        gone: Option<LeadId>,
    ) -> Result<(), StoreError> {
        let leads = Leads::new(self.db.clone(), self.team);
        let member = order.front().copied();
        sent.lead.assigned_to = member;
        sent.lead.notes = u32::from(sent.message.is_some());
        let record = Stored::new(sent.lead.clone(), command);
        let existing = StoreError::Contended;
        let mut transaction = Transaction::new(command).create(leads.item(&record)?, existing);
        transaction = leads.claim(transaction, &record.value, command);
        if let Some(caller) = claimed_caller(&record.value) {
            let key = keys::caller(self.team, &caller);
            let until = command.at.checked_add(restorable()).unwrap_or(command.at);
            let holders = (gone, record.value.id);
            transaction = claim::take_until(transaction, key, self.team, holders, until, command);
        }
        for tag in &record.value.tags {
            transaction = transaction.update_if(
                keys::tag_use(self.team, *tag),
                Update::default().add("uses", 1),
                Condition::Present,
                |_| StoreError::MissingReference("tags"),
            );
        }
        if let Some(content) = sent.message.clone() {
            let note = Note {
                id: NoteId::from_bits(command.new_id::<()>(1).bits()),
                record: RecordRef::Lead(record.value.id),
                content,
            };
            let notes = Notes::new(self.db.clone(), self.team);
            let note = notes.item(&Stored::new(note, command))?;
            transaction = transaction.create(note, StoreError::Contended);
        }
        let transaction = leads.require_member(transaction, member);
        let written = transaction.commit(&self.db).await;
        if written == Err(StoreError::MissingReference("tags")) {
            let tags = Tags::new(self.db.clone(), self.team).latest().await?;
            sent.lead.tags.retain(|tag| tags.tags.contains_key(tag));
        }
        written
    }

    /// Fills in what is not known of a lead, and says on its timeline that they asked again: once a minute, and not of the
    /// request that made it.
    async fn update(
        &self,
        command: &Command,
        known: &Stored<Lead>,
        sent: &mut Sent,
    ) -> Result<(), StoreError> {
        let leads = Leads::new(self.db.clone(), self.team);
        let id = known.value.id;
        let fill = |lead: &mut Lead| {
            *lead = filled(lead, &sent.incoming, UpdatePolicy::Fill);
            Ok::<_, StoreError>(LeadChange::default())
        };
        let changed = leads.change(command, id, Sight::All, None, fill).await;
        match changed {
            Err(StoreError::Taken("email")) => {
                // Somebody else has the address: it stays theirs.
                sent.incoming.email = None;
                return Err(StoreError::Taken("email"));
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let since = command.at.duration_since(known.created_at);
        if since < ONE_REQUEST {
            return Ok(());
        }
        self.asked_again(command, &known.value, sent).await
    }

    async fn asked_again(
        &self,
        command: &Command,
        known: &Lead,
        sent: &Sent,
    ) -> Result<(), StoreError> {
        let lead = known.id;
        let seconds = command.at.as_second();
        let minute = seconds - seconds.rem_euclid(ONE_REQUEST.as_secs());
        let minute = jiff::Timestamp::from_second(minute).unwrap_or(command.at);
        // The same in all of the minute, so the first one writes the line.
        let named = Command::because(&format!("{lead}#asked_again"), minute, &command.by);
        let id = ActivityId::from_bits(named.id.bits());
        // An address or a number that the lead has not taken is not lost.
        let email = sent.lead.email.as_ref().map(Email::key);
        let email =
            email.filter(|email| known.email.as_ref().map(Email::key).as_ref() != Some(email));
        let number = |lead: &Lead| lead.phone.as_ref().map(|phone| phone.e164().to_owned());
        let phone = number(&sent.lead).filter(|phone| number(known).as_ref() != Some(phone));
        let data = serde_json::json!({
            "source": sent.incoming.source,
            "message": sent.message,
            "email": email,
            "phone": phone,
        });
        let row = ActivityRow {
            id,
            kind: ActivityType::LeadAskedAgain,
            title: "Asked again".to_owned(),
            data: data.as_object().cloned().unwrap_or_default(),
            subject: ActivitySubject {
                kind: SubjectKind::Lead,
                id: Some(lead.to_string()),
            },
        };
        let key = keys::activity(self.team, RecordRef::Lead(lead), &id.to_string());
        let record = Stored::new(ActivityItem { row }, command);
        let item = encode(&key, "activity", Some(self.team), &record)?
            .with("GSI1", text(keys::recent_activities(self.team)))
            .with(table::INDEX_SORT_KEY, text(id));
        self.db
            .put(&item, Some(&Condition::Absent))
            .await
            .map(|_| ())
    }
}

/// By what somebody is claimed who leaves no address.
fn claimed_caller(lead: &Lead) -> Option<String> {
    caller_key(lead).filter(|_| lead.email.is_none())
}

fn leads_of(item: &Item) -> Vec<LeadId> {
    let members = item.0.get(LEADS).and_then(|members| members.as_ss().ok());
    let members = members.into_iter().flatten();
    members.filter_map(|id| id.parse().ok()).collect()
}
