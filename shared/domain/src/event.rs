//! Domain events: what happened, as jobs and, later, other systems are told of it.
//!
//! What belongs here: the types of events and what each carries; `steps` has the pure functions that tell them from the
//! old and the new state of a record. What does not: how states are stored, who carries events where, and what follows
//! from them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod steps;

pub use steps::{Step, changed, client_steps, deal_steps, email_steps, lead_steps, task_steps};

use crate::invalid::wire_enum;
use crate::{
    ActivityType, Actor, Batch, BatchId, BatchKind, BatchStatus, Client, ClientId, ClientStage,
    CommandId, Deal, DealKind, DealStatus, Email, EmailId, EventId, FollowUpType,
    IntegrationProvider, InviteDetails, Language, Lead, LeadId, LeadStatus, Money, OutgoingEmail,
    Priority, RecordRef, Role, SettingsSection, Source, TagId, Task, TaskId, TaskKind, TaskStatus,
    TeamId, TokenId, TokenPurpose, UserId, Visibility,
};

/// How often events may cause each other: a rule that sets off another that sets off the first ends here.
pub const MAX_DEPTH: u8 = 8;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The same each time the event is told, so that telling it twice can be noticed.
    pub id: EventId,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
    /// When.
    pub at: Timestamp,
    /// The team that it happened in; none for what concerns a person alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Who did it.
    pub actor: Actor,
    /// What it happened to.
    pub subject: Subject,
    /// The fields that changed. Absent where telling them would tell a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<String, FieldChange>,
    /// The request behind it; a job has none.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
    /// What caused it.
    pub causation: Causation,
}

/// The record that an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Its kind, such as `lead`.
    pub kind: SubjectKind,
    /// Its id.
    pub id: String,
    /// Its version once it happened.
    #[serde(default)]
    pub version: u64,
}

wire_enum! {
    /// What an event can be about.
    pub enum SubjectKind {
        /// A line of a timeline that somebody wrote by hand.
        Activity = "activity",
        /// Long work that somebody started: an import, an export, a change of many records.
        Batch = "batch",
        /// A client.
        Client = "client",
        /// A deal.
        Deal = "deal",
        /// A document.
        Document = "document",
        /// An e-mail to a client.
        Email = "email",
        /// A service that a team has connected; its id is the provider.
        Integration = "integration",
        /// An invitation to a team; its id is the invited address.
        Invitation = "invitation",
        /// A lead.
        Lead = "lead",
        /// A place in a team; its id is the user's.
        Member = "member",
        /// A note.
        Note = "note",
        /// A property.
        Property = "property",
        /// A signed-in device.
        Session = "session",
        /// A part of a team's settings; its id is the part.
        Settings = "settings",
        /// A tag.
        Tag = "tag",
        /// A task.
        Task = "task",
        /// A team.
        Team = "team",
        /// A mailed token.
        Token = "token",
        /// A person.
        User = "user",
    }
}

/// One field before and after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// What it was; absent if it was not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What it is; absent if it is not set any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The `X-Request-Id` of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Origin {
    /// Whether nothing is known of it.
    pub fn is_unknown(&self) -> bool {
        self.ip.is_none() && self.request_id.is_none()
    }
}

/// What caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Causation {
    /// The command that made the change.
    pub command_id: CommandId,
    /// 0 for what a person did, one more with each event in between.
    #[serde(default)]
    pub depth: u8,
}

macro_rules! facts {
    ($($(#[doc = $doc:literal])+ $variant:ident($data:ty) = $wire:literal,)+) => {
        /// What happened, with what goes with it: `type` and `data` of an event.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type", content = "data")]
        pub enum Fact {
            $($(#[doc = $doc])+ #[serde(rename = $wire)] $variant($data),)+
        }

        wire_enum! {
            /// The type of an event.
            pub enum EventType {
                $($(#[doc = $doc])+ $variant = $wire,)+
            }
        }

        impl Fact {
            /// Its type.
            pub fn kind(&self) -> EventType {
                match self {
                    $(Self::$variant(_) => EventType::$variant,)+
                }
            }
        }

        impl EventType {
            /// What happened, in words.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+).trim_ascii(),)+
                }
            }

            /// The schema of its data.
            pub fn data_schema(self, generator: &mut SchemaGenerator) -> Schema {
                match self {
                    $(Self::$variant => generator.subschema_for::<$data>(),)+
                }
            }
        }
    };
}

facts! {
    /// A lead was made.
    LeadCreated(LeadChange) = "lead.created",
    /// A deleted lead was brought back.
    LeadRestored(LeadChange) = "lead.restored",
    /// Fields of a lead changed, other than those with an event of their own.
    LeadUpdated(LeadChange) = "lead.updated",
    /// A lead moved to another status.
    LeadStatusChanged(LeadChange) = "lead.status_changed",
    /// A lead was given to somebody, or to nobody.
    LeadAssigned(LeadChange) = "lead.assigned",
    /// Tags were put on a lead.
    LeadTagged(LeadChange) = "lead.tagged",
    /// Tags were taken off a lead.
    LeadUntagged(LeadChange) = "lead.untagged",
    /// A client, and perhaps a deal, was made of a lead.
    LeadConverted(LeadChange) = "lead.converted",
    /// A lead was deleted.
    LeadDeleted(LeadChange) = "lead.deleted",
    /// A lead took in another, which was the same person.
    LeadMerged(MergeFact) = "lead.merged",
    /// A lead that had taken in another was parted from it again.
    LeadUnmerged(MergeFact) = "lead.unmerged",
    /// A client was made.
    ClientCreated(ClientChange) = "client.created",
    /// A deleted client was brought back.
    ClientRestored(ClientChange) = "client.restored",
    /// Fields of a client changed, other than those with an event of their own.
    ClientUpdated(ClientChange) = "client.updated",
    /// A client came to another stage.
    ClientStageChanged(ClientChange) = "client.stage_changed",
    /// A client was given to somebody, or to nobody.
    ClientAssigned(ClientChange) = "client.assigned",
    /// A client was deleted.
    ClientDeleted(ClientChange) = "client.deleted",
    /// A deal was made.
    DealCreated(DealChange) = "deal.created",
    /// Fields of a deal changed, other than those with an event of their own.
    DealUpdated(DealChange) = "deal.updated",
    /// A deal moved to another status.
    DealStatusChanged(DealChange) = "deal.status_changed",
    /// A deal was given to somebody, or to nobody.
    DealAssigned(DealChange) = "deal.assigned",
    /// A deal was deleted.
    DealDeleted(DealChange) = "deal.deleted",
    /// A task was made.
    TaskCreated(TaskChange) = "task.created",
    /// Fields of a task changed, other than those with an event of their own.
    TaskUpdated(TaskChange) = "task.updated",
    /// A task was given to somebody, or to nobody.
    TaskAssigned(TaskChange) = "task.assigned",
    /// Somebody began with a task.
    TaskStarted(TaskChange) = "task.started",
    /// A task was done.
    TaskCompleted(TaskChange) = "task.completed",
    /// Somebody chose not to do a task.
    TaskSkipped(TaskChange) = "task.skipped",
    /// There was no reason for a task any more.
    TaskCancelled(TaskChange) = "task.cancelled",
    /// A task that was done, begun or given up is to be done again.
    TaskReopened(TaskChange) = "task.reopened",
    /// A task was deleted.
    TaskDeleted(TaskChange) = "task.deleted",
    /// An e-mail was handed to its provider.
    EmailSent(EmailFact) = "email.sent",
    /// The recipient's server took an e-mail.
    EmailDelivered(EmailFact) = "email.delivered",
    /// Somebody looked at an e-mail for the first time.
    EmailOpened(EmailFact) = "email.opened",
    /// Somebody followed a link in an e-mail for the first time.
    EmailClicked(EmailFact) = "email.clicked",
    /// An e-mail came back.
    EmailBounced(EmailFact) = "email.bounced",
    /// Somebody marked an e-mail as unwanted.
    EmailComplained(EmailFact) = "email.complained",
    /// An e-mail could not be sent.
    EmailFailed(EmailFact) = "email.failed",
    /// Somebody said by an e-mail that they want no more.
    EmailUnsubscribed(EmailFact) = "email.unsubscribed",
    /// A file was announced: a new document, or a new version of one.
    DocumentAnnounced(DocumentFact) = "document.announced",
    /// A file came, is what was announced, and can be downloaded.
    DocumentAvailable(DocumentFact) = "document.available",
    /// A file is not what was announced, never came, or is harmful.
    DocumentRejected(DocumentFact) = "document.rejected",
    /// A document was deleted.
    DocumentDeleted(DocumentFact) = "document.deleted",
    /// Somebody started long work: an import, an export, a change of many records.
    BatchStarted(BatchFact) = "batch.started",
    /// Long work is over.
    BatchEnded(BatchFact) = "batch.ended",
    /// Somebody logged a call, a meeting or another contact by hand.
    ActivityLogged(ActivityFact) = "activity.logged",
    /// A note was written.
    NoteAdded(NoteFact) = "note.added",
    /// A note was changed.
    NoteUpdated(NoteFact) = "note.updated",
    /// A note was deleted.
    NoteDeleted(NoteFact) = "note.deleted",
    /// A tag was made.
    TagCreated(TagFact) = "tag.created",
    /// A tag got another name or colour.
    TagUpdated(TagFact) = "tag.updated",
    /// A tag was deleted, and with it taken off every lead.
    TagDeleted(TagFact) = "tag.deleted",
    /// A team was made.
    TeamCreated(TeamFact) = "team.created",
    /// The name or the visibility of a team changed.
    TeamUpdated(TeamFact) = "team.updated",
    /// A part of a team's settings changed.
    SettingsUpdated(SettingsFact) = "settings.updated",
    /// A team connected a service, or gave it another key.
    IntegrationConnected(IntegrationFact) = "integration.connected",
    /// A team disconnected a service; its key is forgotten.
    IntegrationDisconnected(IntegrationFact) = "integration.disconnected",
    /// Somebody was invited to a team.
    InvitationSent(InvitationFact) = "invitation.sent",
    /// Somebody joined a team.
    MemberJoined(MemberFact) = "member.joined",
    /// A member got another role.
    MemberRoleChanged(MemberFact) = "member.role_changed",
    /// A member was taken out of a team.
    MemberRemoved(MemberFact) = "member.removed",
    /// Somebody signed up.
    UserRegistered(UserFact) = "user.registered",
    /// A person changed their profile.
    UserUpdated(UserFact) = "user.updated",
    /// A person showed that their address is theirs.
    UserEmailVerified(UserFact) = "user.email_verified",
    /// A person's password was replaced.
    UserPasswordChanged(UserFact) = "user.password_changed",
    /// A device was signed in.
    SessionStarted(SessionFact) = "session.started",
    /// A device was signed out.
    SessionEnded(SessionFact) = "session.ended",
    /// A token is to be mailed.
    TokenIssued(TokenFact) = "token.issued",
}

/// What is counted of a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeadFacts {
    /// Where it stands.
    pub status: LeadStatus,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// What the business would be worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl From<&Lead> for LeadFacts {
    fn from(lead: &Lead) -> Self {
        Self {
            status: lead.status,
            source: lead.source.clone(),
            assigned_to: lead.assigned_to,
            value: lead.value,
            created_at: lead.created_at,
            deleted: lead.deleted_at.is_some(),
        }
    }
}

/// One step of a lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeadChange {
    /// Before the step; absent if the lead was made by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<LeadFacts>,
    /// After it.
    pub after: LeadFacts,
}

/// The other of two leads that were merged; the event's subject is the one that stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MergeFact {
    /// The lead that was taken in.
    pub lead_id: LeadId,
    /// The work that moves what is around it.
    pub batch_id: BatchId,
}

/// What is counted of a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DealFacts {
    /// Where it stands.
    pub status: DealStatus,
    /// When it came there.
    pub since: Timestamp,
    /// The statuses that it has been in, this one too.
    pub reached: BTreeSet<DealStatus>,
    /// What is done with the property.
    pub kind: DealKind,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// What it is hoped to be assigned or sold for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_price: Option<Money>,
    /// What it was assigned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_price: Option<Money>,
    /// How many documents of it are available.
    #[serde(default)]
    pub documents: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl From<&Deal> for DealFacts {
    fn from(deal: &Deal) -> Self {
        Self {
            status: deal.status,
            since: deal.since,
            reached: deal.stages.keys().copied().collect(),
            kind: deal.kind,
            assigned_to: deal.assigned_to,
            target_price: deal.target_price,
            assigned_price: deal.assigned_price,
            documents: deal.documents,
            created_at: deal.created_at,
            deleted: deal.deleted_at.is_some(),
        }
    }
}

/// One step of a deal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DealChange {
    /// Where the property is, by which people know the deal.
    pub address: String,
    /// Before the step; absent if the deal was made by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<DealFacts>,
    /// After it.
    pub after: DealFacts,
    /// What was said about a move to another status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is counted of a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientFacts {
    /// How far they have come.
    pub stage: ClientStage,
    /// Who works with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// When they were made.
    pub created_at: Timestamp,
    /// Whether they are deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl From<&Client> for ClientFacts {
    fn from(client: &Client) -> Self {
        Self {
            stage: client.stage,
            assigned_to: client.assigned_to,
            created_at: client.created_at,
            deleted: client.deleted_at.is_some(),
        }
    }
}

/// One step of a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientChange {
    /// Before the step; absent if the client was made by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ClientFacts>,
    /// After it.
    pub after: ClientFacts,
}

/// What is counted of a task, and what those who follow it ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskFacts {
    /// Who does it.
    pub kind: TaskKind,
    /// Which follow-up it is; a to-do is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_type: Option<FollowUpType>,
    /// Where it stands.
    pub status: TaskStatus,
    /// How much it matters.
    pub priority: Priority,
    /// When it is to be done.
    pub due_at: Timestamp,
    /// Who it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRef>,
    /// The e-mail that was sent for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_id: Option<EmailId>,
    /// Whether it is deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl From<&Task> for TaskFacts {
    fn from(task: &Task) -> Self {
        Self {
            kind: task.kind,
            follow_up_type: task.follow_up_type,
            status: task.status,
            priority: task.priority,
            due_at: task.due_at,
            assigned_to: task.assigned_to,
            record: task.record,
            email_id: task.email_id,
            deleted: task.deleted_at.is_some(),
        }
    }
}

/// One step of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskChange {
    /// What it is called.
    pub title: String,
    /// Before the step; absent if the task was made by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<TaskFacts>,
    /// After it.
    pub after: TaskFacts,
}

/// An e-mail to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailFact {
    /// Who it is to.
    pub client_id: ClientId,
    /// The task that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<TaskId>,
    /// Which follow-up it is.
    pub follow_up_type: FollowUpType,
    /// Who works with the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<UserId>,
    /// When the provider took it; an e-mail that was never taken has no such time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
}

impl From<&OutgoingEmail> for EmailFact {
    fn from(email: &OutgoingEmail) -> Self {
        Self {
            client_id: email.client_id,
            task_id: email.task_id,
            follow_up_type: email.follow_up_type,
            assigned_to: email.assigned_to,
            sent_at: email.sent_at,
        }
    }
}

/// A part of a team's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsFact {
    /// Which.
    pub section: SettingsSection,
}

/// A service that a team uses with a key of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IntegrationFact {
    /// Which.
    pub provider: IntegrationProvider,
}

/// One version of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentFact {
    /// What it is attached to.
    pub record: RecordRef,
    /// The name of the file.
    pub file_name: String,
    /// Which version, from 1.
    pub version: u32,
    /// Its size in bytes.
    pub size: u64,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Long work that somebody started; the event's subject says which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchFact {
    /// What is done.
    pub kind: BatchKind,
    /// How far it is.
    pub status: BatchStatus,
    /// How many came to what.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
}

impl From<&Batch> for BatchFact {
    fn from(batch: &Batch) -> Self {
        Self {
            kind: batch.kind,
            status: batch.status,
            counts: batch.counts.clone(),
        }
    }
}

/// Something that was logged by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityFact {
    /// What it was.
    pub kind: ActivityType,
    /// The record that it was about.
    pub record: RecordRef,
    /// When it was.
    pub at: Timestamp,
}

/// What a note is on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NoteFact {
    /// The record.
    pub record: RecordRef,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TagFact {
    /// Which.
    pub id: TagId,
    /// Its name.
    pub name: String,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamFact {
    /// Its name.
    pub name: String,
    /// Who sees whose records.
    pub visibility: Visibility,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationFact {
    /// The role that is offered.
    pub role: Role,
}

/// A place in a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberFact {
    /// Whose.
    pub name: String,
    /// Their role; their last one, if they were removed.
    pub role: Role,
}

/// A person; the event's subject says who.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserFact {}

/// A signed-in device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionFact {
    /// As its user agent names itself; told when it is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

/// A token that is to be mailed. Its id alone opens nothing: what is mailed carries a MAC over it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenFact {
    /// Which.
    pub id: TokenId,
    /// What for.
    pub purpose: TokenPurpose,
    /// Where to.
    pub email: Email,
    /// The language of the mail.
    pub language: Language,
    /// When it stops working.
    pub ends_at: Timestamp,
    /// What it invites to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InviteDetails>,
}

impl Fact {
    /// The step of a lead that it is, if it is one.
    pub fn lead_change(&self) -> Option<&LeadChange> {
        if let Self::LeadCreated(change)
        | Self::LeadRestored(change)
        | Self::LeadUpdated(change)
        | Self::LeadStatusChanged(change)
        | Self::LeadAssigned(change)
        | Self::LeadTagged(change)
        | Self::LeadUntagged(change)
        | Self::LeadConverted(change)
        | Self::LeadDeleted(change) = self
        {
            Some(change)
        } else {
            None
        }
    }

    /// The step of a deal that it is, if it is one.
    pub fn deal_change(&self) -> Option<&DealChange> {
        if let Self::DealCreated(change)
        | Self::DealUpdated(change)
        | Self::DealStatusChanged(change)
        | Self::DealAssigned(change)
        | Self::DealDeleted(change) = self
        {
            Some(change)
        } else {
            None
        }
    }

    /// The step of a client that it is, if it is one.
    pub fn client_change(&self) -> Option<&ClientChange> {
        if let Self::ClientCreated(change)
        | Self::ClientRestored(change)
        | Self::ClientUpdated(change)
        | Self::ClientStageChanged(change)
        | Self::ClientAssigned(change)
        | Self::ClientDeleted(change) = self
        {
            Some(change)
        } else {
            None
        }
    }

    /// The step of a task that it is, if it is one.
    pub fn task_change(&self) -> Option<&TaskChange> {
        if let Self::TaskCreated(change)
        | Self::TaskUpdated(change)
        | Self::TaskAssigned(change)
        | Self::TaskStarted(change)
        | Self::TaskCompleted(change)
        | Self::TaskSkipped(change)
        | Self::TaskCancelled(change)
        | Self::TaskReopened(change)
        | Self::TaskDeleted(change) = self
        {
            Some(change)
        } else {
            None
        }
    }

    /// What it says of an e-mail, if it is about one.
    pub fn email(&self) -> Option<&EmailFact> {
        if let Self::EmailSent(email)
        | Self::EmailDelivered(email)
        | Self::EmailOpened(email)
        | Self::EmailClicked(email)
        | Self::EmailBounced(email)
        | Self::EmailComplained(email)
        | Self::EmailFailed(email)
        | Self::EmailUnsubscribed(email) = self
        {
            Some(email)
        } else {
            None
        }
    }

    /// What it says of a document, if it is about one.
    pub fn document(&self) -> Option<&DocumentFact> {
        if let Self::DocumentAnnounced(document)
        | Self::DocumentAvailable(document)
        | Self::DocumentRejected(document)
        | Self::DocumentDeleted(document) = self
        {
            Some(document)
        } else {
            None
        }
    }

    /// What it says of a note, if it is about one.
    pub fn note(&self) -> Option<&NoteFact> {
        if let Self::NoteAdded(note) | Self::NoteUpdated(note) | Self::NoteDeleted(note) = self {
            Some(note)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Name;
    use serde_json::json;

    fn at() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn lead() -> Lead {
        Lead::new(
            LeadId::first_at(at()),
            Name::parse("Ann Lee").unwrap(),
            at(),
        )
    }

    #[test]
    fn an_event_reads_as_it_was_written() {
        let (fact, changes) = lead_steps(None, &lead()).remove(0);
        let event = Event {
            id: EventId::first_at(at()),
            fact,
            at: at(),
            team_id: Some(TeamId::first_at(at())),
            actor: Actor {
                id: UserId::first_at(at()),
                name: "Ann".to_owned(),
            },
            subject: Subject {
                kind: SubjectKind::Lead,
                id: lead().id.to_string(),
                version: 1,
            },
            changes,
            origin: Origin::default(),
            causation: Causation {
                command_id: CommandId::first_at(at()),
                depth: 0,
            },
        };

        let written = serde_json::to_value(&event).unwrap();

        assert_eq!(written["type"], "lead.created");
        assert_eq!(written["data"]["after"]["status"], "new");
        assert_eq!(written["changes"]["name"], json!({"to": "Ann Lee"}));
        assert_eq!(written.get("origin"), None);
        assert_eq!(serde_json::from_value::<Event>(written).unwrap(), event);
    }

    #[test]
    fn every_type_has_a_meaning_and_the_name_of_its_fact() {
        for kind in EventType::ALL {
            assert!(kind.meaning().ends_with('.'), "{kind}: {}", kind.meaning());
        }
        let fact = Fact::UserRegistered(UserFact {});
        assert_eq!(
            serde_json::to_value(&fact).unwrap()["type"],
            fact.kind().as_str()
        );
    }
}
