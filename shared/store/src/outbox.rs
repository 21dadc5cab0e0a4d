//! What a change of the table means: the domain events that are told of it.
//!
//! A change is told only if a command made it: counting members or a person's name in their teams is no event of its
//! own. A record that is removed cannot say who removed it, so the transaction that removes it leaves a note, which is
//! told in its place; what DynamoDB removes because it expired is not told.

use crate::activity::{LOGGED, logged_steps};
use crate::api_key::ApiKey;
use crate::client::Clients;
use crate::condition::text;
use crate::deal::Deals;
use crate::document_item::{document_steps, version_steps};
use crate::email::Emails;
use crate::error::StoreError;
use crate::integration::integration_steps;
use crate::key::Key;
use crate::keys;
use crate::lead::Leads;
use crate::merge::merge_steps;
use crate::move_around::MOVED;
use crate::note::Note;
use crate::record::{Change, Item, Stored, decode, encode, expiry};
use crate::session::Session;
use crate::settings::settings_steps;
use crate::tag::TagSet;
use crate::task::Tasks;
use crate::team::{Invite, Member, Team};
use crate::token::Token;
use crate::user::Credentials;
use crate::{Command, table};
use aws_lc_rs::digest;
use jiff::SignedDuration;
use plat_domain::event::{
    BatchFact, InvitationFact, MemberFact, NoteFact, SessionFact, TagFact, TeamFact, TokenFact,
    UserFact,
};
use plat_domain::{
    Batch, Causation, DocumentId, Event, EventId, Fact, FieldChange, Step, Subject, SubjectKind,
    TeamId, changed, client_steps, deal_steps, email_steps, lead_steps, task_steps,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long the note of a removal is kept: the stream holds it for a day.
const NOTED: SignedDuration = SignedDuration::from_hours(24);

/// Who removed what.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Removal {
    kind: SubjectKind,
    id: String,
    /// What is told, as JSON: it is only passed on.
    fact: String,
    changes: String,
}

impl Removal {
    /// The item that tells of the removal of a record that `gone` is the last state of.
    pub(crate) fn item<T>(
        command: &Command,
        team: Option<TeamId>,
        subject: (SubjectKind, String),
        gone: &Stored<T>,
        (fact, changes): Step,
    ) -> Result<Item, StoreError> {
        let (kind, id) = subject;
        let broken = |error: serde_json::Error| StoreError::Fault(error.to_string());
        let removal = Self {
            fact: serde_json::to_string(&fact).map_err(broken)?,
            changes: serde_json::to_string(&changes).map_err(broken)?,
            kind,
            id,
        };
        let key: Key = keys::removal(command.id, removal.kind.as_str(), &removal.id);
        let item = encode(&key, "removal", team, &gone.changed(removal, command))?;
        let until = command.at.checked_add(NOTED).unwrap_or(command.at);
        let item = item.with(table::EXPIRES_AT, expiry(until));
        // Tasks are counted, and nothing else is left of one: a recount looks here for those that were removed lately.
        Ok(match team.filter(|_| kind == SubjectKind::Task) {
            Some(team) => item
                .with("GSI1", text(keys::removed_tasks(team)))
                .with(table::INDEX_SORT_KEY, text(command.id)),
            None => item,
        })
    }
}

/// The kinds of record whose changes are told. Others, such as counters of requests, change all the time and mean nothing.
pub const TOLD_KINDS: &[&str] = &[
    "api_key",
    "batch",
    "client",
    "deal",
    "document",
    "email",
    "file",
    "integration",
    "invite",
    "lead",
    "logged",
    "member",
    "merge",
    "note",
    "removal",
    "session",
    "settings",
    "tags",
    "task",
    "team",
    "token",
    "user",
];

/// What happened, in the order in which it happened.
pub fn events(change: &Change) -> Result<Vec<Event>, StoreError> {
    let Some(new) = &change.new else {
        return Ok(Vec::new());
    };
    let old = change.old.as_ref();
    if old.is_some_and(|old| old.string("commandId") == new.string("commandId")) {
        return Ok(Vec::new());
    }
    // What a merge moved was told when it was written.
    if old.is_none() && new.0.contains_key(MOVED) {
        return Ok(Vec::new());
    }
    match new.kind() {
        "api_key" => pair::<ApiKey>(old, new, |old, new| {
            (change.team(), ApiKey::subject(), ApiKey::steps(old, new))
        }),
        "client" => {
            let (old, new) = Clients::changed(change)?;
            let Some(new) = new else {
                return Ok(Vec::new());
            };
            let steps = client_steps(old.as_ref().map(|old| &old.value), &new.value);
            let id = new.value.id.to_string();
            Ok(told(change.team(), (SubjectKind::Client, id), &new, steps))
        }
        "deal" => {
            let (old, new) = Deals::changed(change)?;
            let Some(new) = new else {
                return Ok(Vec::new());
            };
            let steps = deal_steps(old.as_ref().map(|old| &old.value), &new.value);
            let id = new.value.id.to_string();
            Ok(told(change.team(), (SubjectKind::Deal, id), &new, steps))
        }
        "batch" => pair::<Batch>(old, new, |old, new| {
            let fact = BatchFact::from(new);
            let was_over = old.is_some_and(|old| old.status.is_over());
            let fact = match old {
                None => Some(Fact::BatchStarted(fact)),
                Some(_) if new.status.is_over() && !was_over => Some(Fact::BatchEnded(fact)),
                Some(_) => None,
            };
            let status = old.map(|old| old.status);
            let changes = one("status", status.as_ref(), Some(&new.status));
            let steps = fact.map(|fact| (fact, changes)).into_iter().collect();
            let subject = (SubjectKind::Batch, new.id.to_string());
            (change.team(), subject, steps)
        }),
        "document" => Ok(of_document(change, document_steps(new, old)?)),
        "email" => {
            let (old, new) = Emails::changed(change)?;
            let Some(new) = new else {
                return Ok(Vec::new());
            };
            let steps = email_steps(old.as_ref().map(|old| &old.value), &new.value);
            let id = new.value.id.to_string();
            Ok(told(change.team(), (SubjectKind::Email, id), &new, steps))
        }
        "file" => Ok(of_document(change, version_steps(new, old)?)),
        "lead" => {
            let (old, new) = Leads::changed(change)?;
            let Some(new) = new else {
                return Ok(Vec::new());
            };
            let steps = lead_steps(old.as_ref().map(|old| &old.value), &new.value);
            let id = new.value.id.to_string();
            Ok(told(change.team(), (SubjectKind::Lead, id), &new, steps))
        }
        "merge" => {
            let (after, steps) = merge_steps(new, old)?;
            let subject = (SubjectKind::Lead, after.value.to_string());
            // The same change may tell other things of the lead, which come first.
            Ok(told_from(LAST, change.team(), subject, &after, steps))
        }
        LOGGED if old.is_none() => {
            let (line, steps) = logged_steps(new)?;
            let subject = (SubjectKind::Activity, line.value.to_string());
            Ok(told(change.team(), subject, &line, steps))
        }
        "note" => pair::<Note>(old, new, |old, new| {
            let fact = NoteFact { record: new.record };
            let content = |note: Option<&Note>| note.map(|note| note.content.clone());
            let fact = match old {
                None => Fact::NoteAdded(fact),
                Some(_) => Fact::NoteUpdated(fact),
            };
            let changes = one(
                "content",
                content(old).as_ref(),
                content(Some(new)).as_ref(),
            );
            let subject = (SubjectKind::Note, new.id.to_string());
            (change.team(), subject, vec![(fact, changes)])
        }),
        "task" => {
            let (old, new) = Tasks::changed(change)?;
            let Some(new) = new else {
                return Ok(Vec::new());
            };
            let steps = task_steps(old.as_ref().map(|old| &old.value), &new.value);
            let id = new.value.id.to_string();
            Ok(told(change.team(), (SubjectKind::Task, id), &new, steps))
        }
        "team" => pair::<Team>(old, new, |old, new| {
            let of = |team: &Team| TeamFact {
                name: team.name.to_string(),
                visibility: team.visibility,
            };
            let changes = changed(old.map(of).as_ref(), Some(&of(new)));
            let step = match old {
                None => Some(Fact::TeamCreated(of(new))),
                Some(_) if changes.is_empty() => None,
                Some(_) => Some(Fact::TeamUpdated(of(new))),
            };
            let steps = step.map(|fact| (fact, changes)).into_iter().collect();
            (Some(new.id), (SubjectKind::Team, new.id.to_string()), steps)
        }),
        "member" => pair::<Member>(old, new, |old, new| {
            let fact = MemberFact {
                name: new.name.to_string(),
                role: new.role,
            };
            let changes = one("role", old.map(|old| old.role).as_ref(), Some(&new.role));
            let step = match old {
                None => Some(Fact::MemberJoined(fact)),
                Some(old) if old.role != new.role => Some(Fact::MemberRoleChanged(fact)),
                Some(_) => None,
            };
            let steps = step.map(|fact| (fact, changes)).into_iter().collect();
            let subject = (SubjectKind::Member, new.user.to_string());
            (change.team(), subject, steps)
        }),
        "invite" => pair::<Invite>(old, new, |_, new| {
            let fact = Fact::InvitationSent(InvitationFact { role: new.role });
            let changes = one("role", None, Some(&new.role));
            let subject = (SubjectKind::Invitation, new.email.to_string());
            (change.team(), subject, vec![(fact, changes)])
        }),
        "tags" => pair::<TagSet>(old, new, |old, new| {
            // Each tag is a subject of its own, but they share an item and so a place in the order of events.
            let steps = tag_steps(old, new);
            (change.team(), (SubjectKind::Tag, String::new()), steps)
        }),
        "integration" => {
            let (after, steps) = integration_steps(old, new)?;
            let subject = (SubjectKind::Integration, after.value.to_string());
            Ok(told(change.team(), subject, &after, steps))
        }
        "settings" => {
            let (after, steps) = settings_steps(old, new)?;
            let subject = (SubjectKind::Settings, after.value.to_string());
            Ok(told(change.team(), subject, &after, steps))
        }
        "user" => pair::<Credentials>(old, new, |old, new| {
            let subject = (SubjectKind::User, new.user.id.to_string());
            (None, subject, user_steps(old, new))
        }),
        "session" => pair::<Session>(old, new, |old, new| {
            let fact = SessionFact {
                device: Some(new.device.clone()),
            };
            let steps = match old {
                None => vec![(Fact::SessionStarted(fact), BTreeMap::new())],
                Some(_) => Vec::new(),
            };
            (
                Some(new.team),
                (SubjectKind::Session, new.id.to_string()),
                steps,
            )
        }),
        "token" => pair::<Token>(old, new, |old, new| {
            let steps = match old {
                None => vec![(Fact::TokenIssued(token_fact(new)), BTreeMap::new())],
                Some(_) => Vec::new(),
            };
            let team = new.invite.as_ref().map(|invite| invite.team);
            (team, (SubjectKind::Token, new.id.to_string()), steps)
        }),
        "removal" if old.is_none() => removed(change.team(), new),
        _ => Ok(Vec::new()),
    }
}

fn of_document(change: &Change, (document, steps): (Stored<DocumentId>, Vec<Step>)) -> Vec<Event> {
    let subject = (SubjectKind::Document, document.value.to_string());
    told(change.team(), subject, &document, steps)
}

type Told = (Option<TeamId>, (SubjectKind, String), Vec<Step>);

/// The events of a record that is stored as the type it is.
fn pair<T: serde::de::DeserializeOwned>(
    old: Option<&Item>,
    new: &Item,
    tell: impl FnOnce(Option<&T>, &T) -> Told,
) -> Result<Vec<Event>, StoreError> {
    let old = old.map(decode::<T>).transpose()?;
    let new = decode::<T>(new)?;
    let (team, subject, steps) = tell(old.as_ref().map(|old| &old.value), &new.value);
    Ok(told(team, subject, &new, steps))
}

/// The place of what is told behind everything else that one change tells of a record.
const LAST: u8 = u8::MAX;

fn told<T>(
    team: Option<TeamId>,
    subject: (SubjectKind, String),
    after: &Stored<T>,
    steps: Vec<Step>,
) -> Vec<Event> {
    told_from(0, team, subject, after, steps)
}

/// The same, from the `first` place on.
fn told_from<T>(
    first: u8,
    team: Option<TeamId>,
    (kind, id): (SubjectKind, String),
    after: &Stored<T>,
    steps: Vec<Step>,
) -> Vec<Event> {
    let Ok(command_id) = after.command.parse() else {
        return Vec::new();
    };
    let event = |(nth, (fact, changes)): (u8, Step)| {
        let id = match tag_of(&fact) {
            Some(tag) => tag,
            None => id.clone(),
        };
        Event {
            id: event_id(after, kind, &id, nth),
            fact,
            at: after.updated_at,
            team_id: team,
            actor: after.updated_by.clone(),
            subject: Subject {
                kind,
                id,
                version: after.version,
            },
            changes,
            origin: after.origin.clone(),
            causation: Causation {
                command_id,
                depth: after.depth,
            },
        }
    };
    (first..=u8::MAX).zip(steps).map(event).collect()
}

/// Behind the millisecond come the version and the place in the change, so that events of one record are in order even
/// within a millisecond; a hash of what only this change has makes up the rest.
fn event_id<T>(after: &Stored<T>, kind: SubjectKind, id: &str, nth: u8) -> EventId {
    let input = format!("{kind}#{id}#{}#{nth}", after.command);
    let hash = digest::digest(&digest::SHA256, input.as_bytes());
    let hash = hash
        .as_ref()
        .iter()
        .take(6)
        .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let version = u128::from(after.version.min(0x00FF_FFFF));
    EventId::from_parts(
        after.updated_at,
        (version << 56) | (u128::from(nth) << 48) | hash,
    )
}

fn removed(team: Option<TeamId>, new: &Item) -> Result<Vec<Event>, StoreError> {
    let stored: Stored<Removal> = decode(new)?;
    let broken = |error: serde_json::Error| {
        StoreError::Fault(format!("the note of a removal does not read: {error}"))
    };
    let fact: Fact = serde_json::from_str(&stored.value.fact).map_err(broken)?;
    let changes: BTreeMap<String, FieldChange> =
        serde_json::from_str(&stored.value.changes).map_err(broken)?;
    let subject = (stored.value.kind, stored.value.id.clone());
    Ok(told(team, subject, &stored, vec![(fact, changes)]))
}

/// The change of one field; nothing if it is the same.
pub(crate) fn one<T: Serialize>(
    field: &str,
    from: Option<&T>,
    to: Option<&T>,
) -> BTreeMap<String, FieldChange> {
    let value = |side: Option<&T>| side.and_then(|side| serde_json::to_value(side).ok());
    let (from, to) = (value(from), value(to));
    (from != to)
        .then(|| (field.to_owned(), FieldChange { from, to }))
        .into_iter()
        .collect()
}

fn tag_of(fact: &Fact) -> Option<String> {
    if let Fact::TagCreated(tag) | Fact::TagUpdated(tag) | Fact::TagDeleted(tag) = fact {
        Some(tag.id.to_string())
    } else {
        None
    }
}

fn tag_steps(old: Option<&TagSet>, new: &TagSet) -> Vec<Step> {
    let none = TagSet::default();
    let old = old.unwrap_or(&none);
    let ids: std::collections::BTreeSet<_> = old.tags.keys().chain(new.tags.keys()).collect();
    ids.into_iter()
        .filter_map(|id| {
            let (before, after) = (old.tags.get(id), new.tags.get(id));
            let mut changes = changed(before, after);
            // It counts the changes, and is none.
            changes.remove("version");
            let fact = TagFact {
                id: *id,
                name: after.or(before)?.name.to_string(),
            };
            let fact = match (before, after) {
                (None, Some(_)) => Fact::TagCreated(fact),
                (Some(_), None) => Fact::TagDeleted(fact),
                (Some(_), Some(_)) if changes.is_empty() => return None,
                (Some(_), Some(_)) => Fact::TagUpdated(fact),
                (None, None) => return None,
            };
            Some((fact, changes))
        })
        .collect()
}

fn user_steps(old: Option<&Credentials>, new: &Credentials) -> Vec<Step> {
    let Some(old) = old else {
        let changes = changed(None, Some(&new.user));
        return vec![(Fact::UserRegistered(UserFact {}), changes)];
    };
    let mut steps = Vec::new();
    let mut changes = changed(Some(&old.user), Some(&new.user));
    let verified = changes.remove("emailVerified");
    if !changes.is_empty() {
        steps.push((Fact::UserUpdated(UserFact {}), changes));
    }
    if let Some(verified) = verified {
        let changes = BTreeMap::from([("emailVerified".to_owned(), verified)]);
        steps.push((Fact::UserEmailVerified(UserFact {}), changes));
    }
    if old.password_hash != new.password_hash {
        // Not even the hash is told.
        steps.push((Fact::UserPasswordChanged(UserFact {}), BTreeMap::new()));
    }
    steps
}

fn token_fact(token: &Token) -> TokenFact {
    TokenFact {
        id: token.id,
        purpose: token.purpose,
        email: token.email.clone(),
        language: token.language.clone(),
        ends_at: token.ends_at,
        invitation: token.invite.clone(),
    }
}
