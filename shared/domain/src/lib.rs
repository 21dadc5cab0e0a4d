//! The words of the business and the rules that hold whoever asks.
//!
//! What belongs here: types that cannot hold a wrong value ([`Email`], [`Money`],
//! [`Id`]), records ([`Lead`]), who may do what ([`Role::can`]), which moves are
//! legal ([`LeadStatus::check_move`]), and pure functions from one state to what
//! follows from it ([`lead_steps`], [`person_words`]).
//!
//! What does not: anything that waits, reads a clock, draws a random number, looks
//! at the environment, or knows about HTTP, AWS or a table. The caller passes the
//! time and the randomness in, so every rule here can be tested by calling it.
//!
//! A type is parsed once, where text enters, by `parse` or by its `Deserialize`.
//! Both fail with an [`Invalid`], which carries a code for programs and a sentence
//! for people.

pub mod activity;
pub mod actor;
pub mod assignee;
pub mod audit;
pub mod batch;
pub mod client;
pub mod deal;
pub mod decimal;
pub mod document;
pub mod email;
pub mod event;
pub mod field_definition;
pub mod figures;
pub mod health;
pub mod id;
pub mod integration;
pub mod invalid;
pub mod lead;
pub mod mail_event;
pub mod moment;
pub mod money;
pub mod outgoing_email;
pub mod password;
pub mod permission;
pub mod phone;
pub mod quiet;
pub mod record;
pub mod search;
pub mod settings;
pub mod slug;
pub mod tag;
pub mod task;
pub mod text;
pub mod timezone;
pub mod token;
pub mod us_address;

pub use activity::{
    Activity, ActivityNotes, ActivityType, ContactOutcome, LoggedActivity, LoggedKind, Minutes,
};
pub use actor::Actor;
pub use assignee::AssignedTo;
pub use audit::{AuditHead, AuditRow, AuditSubject};
pub use batch::{Batch, BatchFailure, BatchKind, BatchStatus};
pub use client::{Client, ClientNotes, ClientStage};
pub use deal::{Deal, DealKind, DealMoveRefused, DealStatus};
pub use decimal::Decimal;
pub use document::{
    AnnouncedFile, DOCUMENTS, Document, DocumentStatus, DocumentVersion, FileKey, FileName,
    FileSize, FileType, MAX_FILE_SIZE, MAX_VERSIONS, Received, Rejection, ScanVerdict, Sha256,
    VersionState,
};
pub use email::{Email, EmailHash};
pub use event::{
    ActivityFact, Causation, ClientChange, ClientFacts, DealChange, DealFacts, DocumentFact,
    EmailFact, Event, EventType, Fact, FieldChange, LeadChange, LeadFacts, MAX_DEPTH, Origin, Step,
    Subject, SubjectKind, TaskChange, TaskFacts, changed, client_steps, deal_steps, email_steps,
    lead_steps, task_steps,
};
pub use field_definition::{
    FieldDefinition, FieldFilter, FieldKey, FieldName, FieldOptions, FieldType, MAX_FIELDS,
    check_definitions,
};
pub use figures::{
    DayFigures, DealFigures, EmailStep, Figure, Figures, FollowUpFigures, LeadFigures, Whose,
};
pub use health::{Health, HealthStatus};
pub use id::{
    ActivityId, ApiKeyId, BatchId, ClientId, CommandId, CustomFieldId, DealId, DocumentId, EmailId,
    EventId, HistoryId, Id, InviteId, LeadId, NoteId, PropertyId, SessionId, TagId, TaskId, TeamId,
    TokenId, UploadId, UserId, kind,
};
pub use integration::{Integration, IntegrationProvider, VerificationKey};
pub use invalid::Invalid;
pub use lead::alike::{Likeness, Resemblance, alike};
pub use lead::identity::{IdentityKey, candidate_keys, identity_keys};
pub use lead::merge::LeadField;
pub use lead::update::{Incoming, SaidConsent, UpdatePolicy, filled};
pub use lead::{
    Address, Consent, ContactChannel, Country, CustomFields, CustomValue, Lead, LeadStatus,
    MAX_CUSTOM_FIELDS, MAX_TAGS, MoveRefused, PropertyType, RESTORE_DAYS, Score, Source,
    contact_rule,
};
pub use mail_event::{EmailStatus, MailEvent, MailEventKind, MailProvider, SuppressionReason};
pub use moment::{Moment, Span, write_time};
pub use money::{Currency, MAX_MINOR_UNITS, Money, SignedMoney};
pub use outgoing_email::{
    HandingOver, Instructions, OutgoingEmail, RetryRefused, SEND_TRIES, Standing, WritingProvider,
    WrittenBy, try_again_after,
};
pub use password::Password;
pub use permission::{Permission, Role, Visibility};
pub use phone::{Phone, search_digits};
pub use record::RecordRef;
pub use search::{Query, fold, person_words, text_words, words};
pub use settings::{BusinessProfile, DaysKept, EmailSettings, SettingsSection};
pub use slug::team_slug;
pub use tag::{Color, TagName};
pub use task::{
    DueFollowUp, FOLLOW_UPS, FollowUpType, Priority, Task, TaskDescription, TaskKind,
    TaskMoveRefused, TaskNotes, TaskStatus, TaskUnfit, follow_ups,
};
pub use text::{Line, Name, NoteContent, Reason, Text};
pub use timezone::{Language, TimeZoneName};
pub use token::{InviteDetails, TokenPurpose};
pub use us_address::{PlaceKey, UsPlace};
