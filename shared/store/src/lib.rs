//! What Plat keeps, and how: one DynamoDB table.
//!
//! Here belong the keys, the shape of each stored item, and the access patterns of each entity, one file an entity.
//! Not here: HTTP, status codes, event envelopes, and any rule that can be decided without the table (that is `domain`).
//!
//! Business data is reached through [`Store::team`] alone: a [`TeamScope`] builds every key from its own team, so the
//! id of another team's record leads nowhere. What belongs to a person rather than a team is in [`Store::users`].
//! Upkeep goes from team to team ([`Store::figures`], [`Store::purge`]) and is told ids, never records.

mod activity;
mod api_key;
mod as_json;
mod audit;
mod batch;
mod board;
mod claim;
mod client;
mod client_index;
mod client_list;
mod command;
mod condition;
mod cost;
mod db;
mod deal;
mod deal_history;
mod deal_index;
mod deal_list;
mod document;
mod document_item;
mod editing;
mod email;
mod email_event;
mod email_list;
mod entries;
mod error;
mod field;
mod figures;
mod gate;
mod health;
mod history;
mod idempotency;
mod import;
mod intake;
mod integration;
mod key;
mod keys;
mod lead;
mod lead_index;
mod lead_list;
mod limits;
mod listing;
mod merge;
mod move_around;
mod note;
mod outbox;
mod page;
mod public_keys;
mod purge;
mod record;
mod same;
mod sending;
mod session;
mod settings;
mod sight;
mod stored;
mod suppression;
pub mod table;
mod tag;
mod task;
mod task_due;
mod task_list;
mod team;
mod token;
mod transaction;
mod upload;
mod user;
mod work;

pub use activity::{
    Activities, ActivityFilter, ActivityRow, ActivitySubject, RecentActivity, SubjectToday,
    TimelineLine,
};
pub use api_key::{ApiKey, ApiKeys, ApiSecret};
pub use audit::{Audit, AuditFilter, AuditPage};
pub use batch::{BatchJobs, BatchWork};
pub use board::BoardColumn;
pub use client::{ClientSummary, Clients, ListedClient};
pub use client_list::{ClientFilter, ClientSort};
pub use command::Command;
pub use cost::{Cost, metered};
pub use deal::{DealMove, DealSummary, Deals, ListedDeal};
pub use deal_list::{DealFilter, DealSort, PriceRange};
pub use document::{Announced, Documents};
pub use document_item::DocumentSummary;
pub use editing::Required;
pub use email::{BeforeSending, EmailSummary, Emails, ListedEmail};
pub use email_event::EmailEvent;
pub use email_list::EmailFilter;
pub use entries::{Entries, INDEXED_KINDS};
pub use error::StoreError;
pub use field::{FieldSet, Fields};
pub use figures::{
    AllFigures, Counted, Dashboard, Overview, Place, Recount, RecountOutcome, Standing,
    TeamFigures, Walked,
};
pub use gate::{Gate, GateRefused, Membership};
pub use health::{HealthCheck, HealthChecks, HealthTurn, Runs};
pub use history::{History, StatusChange};
pub use idempotency::{Idempotency, Kept, Started};
pub use import::{Creation, Imports, Known};
pub use intake::{Intake, Sent, TakenIn};
pub use integration::{Connection, Integrations, ProviderRow};
pub use keys::Deleted;
pub use lead::{LeadChange, Leads, Made};
pub use lead_list::{LeadFilter, LeadSort, LeadSummary, ListedLead};
pub use limits::{Limit, Limits};
pub use merge::{Merged, Merges, Unmerged};
pub use note::{Note, Notes};
pub use outbox::{TOLD_KINDS, events};
pub use page::{Page, PageRequest, Position};
pub use public_keys::{PublicKeys, PublishedKey};
pub use purge::{Purge, StoredFile, ToPurge};
pub use record::{BeforeAndAfter, Change, Item, Stored};
pub use same::{Same, SameLeads};
pub use sending::{Hold, TakenUp, Then};
pub use session::{MAX_SESSIONS, Session, Sessions};
pub use settings::{ForSending, Settings};
pub use sight::Sight;
pub use suppression::{Suppression, Suppressions};
pub use tag::{MAX_TEAM_TAGS, Tag, TagRow, TagSet, Tags};
pub use task::{ListedTask, TaskSummary, Tasks};
pub use task_due::{Claimed, DueTasks};
pub use task_list::{TaskFilter, TaskSort};
pub use team::{Invite, MAX_MEMBERS, MAX_TEAMS, Member, Members, Team, TeamChange, TeamScope};
pub use token::{Token, Tokens};
pub use upload::{AwaitedFile, Uploads};
pub use user::{Credentials, Registration, SignIn, User, Users};
pub use work::{Claim, Work};

use db::Db;
use plat_domain::TeamId;
use std::collections::{BTreeMap, BTreeSet};

/// The table, and the doors into it.
#[derive(Clone)]
pub struct Store {
    db: Db,
}

impl Store {
    /// A store over `table`, spoken to through `client`.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self {
            db: Db::new(client, table.into()),
        }
    }

    /// The same table for who may only do these actions, named as IAM names them. In AWS a role sees to that.
    #[must_use]
    pub fn limited(&self, allowed: BTreeSet<&'static str>) -> Self {
        Self {
            db: self.db.limited(allowed),
        }
    }

    /// The data of one team.
    pub fn team(&self, team: TeamId) -> TeamScope {
        TeamScope::new(self.db.clone(), team)
    }

    /// People: their profiles, credentials and the gate their requests pass.
    pub fn users(&self) -> Users {
        Users::new(self.db.clone())
    }

    /// Signed-in devices.
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self.db.clone())
    }

    /// Single-use tokens that were mailed to somebody.
    pub fn tokens(&self) -> Tokens {
        Tokens::new(self.db.clone())
    }

    /// Counters that slow down guessing and flooding.
    pub fn limits(&self) -> Limits {
        Limits::new(self.db.clone())
    }

    /// Replies kept for clients that repeat a request.
    pub fn idempotency(&self) -> Idempotency {
        Idempotency::new(self.db.clone())
    }

    /// The audit log of what concerns no team, and of all teams together.
    pub fn audit(&self) -> Audit {
        Audit::new(self.db.clone(), None)
    }

    /// What jobs have begun and done.
    pub fn work(&self) -> Work {
        Work::new(self.db.clone())
    }

    /// The counters of all teams, for their upkeep.
    pub fn figures(&self) -> AllFigures {
        AllFigures::new(self.db.clone())
    }

    /// What was deleted and is to be removed for good.
    pub fn purge(&self) -> Purge {
        Purge::new(self.db.clone())
    }

    /// Follow-ups that are due.
    pub fn due_tasks(&self) -> DueTasks {
        DueTasks::new(self.db.clone())
    }

    /// Files that were announced and are awaited.
    pub fn uploads(&self) -> Uploads {
        Uploads::new(self.db.clone())
    }

    /// How the installation is.
    pub fn health(&self) -> HealthChecks {
        HealthChecks::new(self.db.clone())
    }

    /// When scheduled jobs ran.
    pub fn runs(&self) -> Runs {
        Runs::new(self.db.clone())
    }

    /// The keys by which access tokens are verified.
    pub fn public_keys(&self) -> PublicKeys {
        PublicKeys::new(self.db.clone())
    }

    /// Whether the table answers: one read of a key that nothing uses.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.get(&keys::ping(), false).await.map(|_| ())
    }
}

impl Store {
    /// Several teams in one request; those that do not exist are left out.
    pub async fn teams(&self, teams: &[TeamId]) -> Result<Vec<Stored<Team>>, StoreError> {
        team::get_all(&self.db, teams).await
    }

    /// Teams that keep completed tasks for some days only, by id, behind `after`, up to `most`.
    pub async fn keeping_for_days(
        &self,
        after: Option<TeamId>,
        most: usize,
    ) -> Result<Vec<TeamId>, StoreError> {
        settings::keeping_for_days(&self.db, after, most).await
    }

    /// A page of the teams that somebody belongs to, by name, each with what they are in it. All are read, since they
    /// are few.
    pub async fn teams_of(
        &self,
        memberships: &BTreeMap<TeamId, Membership>,
        page: &PageRequest,
    ) -> Result<Page<(Stored<Team>, Membership)>, StoreError> {
        team::page_of(&self.db, memberships, page).await
    }
}
