//! Teams, their members and their invitations, and the scope through which all business data is reached.

use crate::activity::Activities;
use crate::api_key::ApiKeys;
use crate::audit::Audit;
use crate::batch::BatchJobs;
use crate::client::Clients;
use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range};
use crate::deal::Deals;
use crate::document::Documents;
use crate::email::Emails;
use crate::entries::Entries;
use crate::error::StoreError;
use crate::field::Fields;
use crate::figures::TeamFigures;
use crate::gate::{self, Membership};
use crate::history::History;
use crate::import::Imports;
use crate::intake::Intake;
use crate::integration::Integrations;
use crate::keys;
use crate::lead::{CHANGE_TRIES, Leads};
use crate::merge::Merges;
use crate::note::{Notes, done};
use crate::outbox::{Removal, one};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode, expiry};
use crate::same::Same;
use crate::session::millis;
use crate::settings::Settings;
use crate::suppression::Suppressions;
use crate::tag::Tags;
use crate::task::Tasks;
use crate::token::{Token, Tokens};
use crate::transaction::Transaction;
use crate::user::User;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plat_domain::event::MemberFact;
use plat_domain::{
    Email, Fact, InviteDetails, Name, Role, SubjectKind, TeamId, TokenId, TokenPurpose, UserId,
    Visibility, fold,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Members a team may have: the writes that touch every member stay a handful of transactions.
pub const MAX_MEMBERS: i64 = 500;

/// Teams a person may belong to: their gate stays about 3 KB.
pub const MAX_TEAMS: usize = 50;

/// The tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: Name,
    /// Its unique short name in links.
    pub slug: String,
    /// Who sees whose records.
    pub visibility: Visibility,
    /// Members with the role of owner; never 0.
    pub owners: u32,
    /// Members in all.
    pub members: u32,
}

/// What changes of a team; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct TeamChange {
    /// What it is called.
    pub name: Option<Name>,
    /// Who sees whose records.
    pub visibility: Option<Visibility>,
}

/// A person's place in a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their name, kept equal to their profile's.
    pub name: Name,
    /// The address they sign in with.
    pub email: Email,
    /// Their role.
    pub role: Role,
}

/// An open invitation; the address it goes to is invited once at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invite {
    /// Who is invited.
    pub email: Email,
    /// As what.
    pub role: Role,
    /// The token that was mailed.
    pub token: TokenId,
    /// When it stops working.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

/// Everything of one team. Keys are made from this team's id alone.
pub struct TeamScope {
    db: Db,
    team: TeamId,
}

impl TeamScope {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Leads.
    pub fn leads(&self) -> Leads {
        Leads::new(self.db.clone(), self.team)
    }

    /// Which leads have something in common.
    pub fn same(&self) -> Same {
        Same::new(self.db.clone(), self.team)
    }

    /// Leads that are one person.
    pub fn merges(&self) -> Merges {
        Merges::new(self.db.clone(), self.team)
    }

    /// Clients.
    pub fn clients(&self) -> Clients {
        Clients::new(self.db.clone(), self.team)
    }

    /// Tasks.
    pub fn tasks(&self) -> Tasks {
        Tasks::new(self.db.clone(), self.team)
    }

    /// Long work that members started.
    pub fn batch_jobs(&self) -> BatchJobs {
        BatchJobs::new(self.db.clone(), self.team)
    }

    /// Many leads at once.
    pub fn imports(&self) -> Imports {
        Imports::new(self.db.clone(), self.team)
    }

    /// Deals.
    pub fn deals(&self) -> Deals {
        Deals::new(self.db.clone(), self.team)
    }

    /// E-mails to clients.
    pub fn emails(&self) -> Emails {
        Emails::new(self.db.clone(), self.team)
    }

    /// Addresses that the team does not write to any more.
    pub fn suppressions(&self) -> Suppressions {
        Suppressions::new(self.db.clone(), self.team)
    }

    /// Documents.
    pub fn documents(&self) -> Documents {
        Documents::new(self.db.clone(), self.team)
    }

    /// The orders and words by which records are found; kept by the job that follows their changes.
    pub fn entries(&self) -> Entries {
        Entries::new(self.db.clone(), self.team)
    }

    /// Changes of status.
    pub fn history(&self) -> History {
        History::new(self.db.clone(), self.team)
    }

    /// Notes.
    pub fn notes(&self) -> Notes {
        Notes::new(self.db.clone(), self.team)
    }

    /// Tags.
    pub fn tags(&self) -> Tags {
        Tags::new(self.db.clone(), self.team)
    }

    /// Timelines.
    pub fn activities(&self) -> Activities {
        Activities::new(self.db.clone(), self.team)
    }

    /// The audit log.
    pub fn audit(&self) -> Audit {
        Audit::new(self.db.clone(), Some(self.team))
    }

    /// Counters of leads and deals; kept by the job that follows their events.
    pub fn figures(&self) -> TeamFigures {
        TeamFigures::new(self.db.clone(), self.team)
    }

    /// What the team has set.
    pub fn settings(&self) -> Settings {
        Settings::new(self.db.clone(), self.team)
    }

    /// The fields that the team has defined for itself.
    pub fn fields(&self) -> Fields {
        Fields::new(self.db.clone(), self.team)
    }

    /// The keys by which others send leads in.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys::new(self.db.clone(), self.team)
    }

    /// Leads that are sent in.
    pub fn intake(&self) -> Intake {
        Intake::new(self.db.clone(), self.team)
    }

    /// What the team has connected.
    pub fn integrations(&self) -> Integrations {
        Integrations::new(self.db.clone(), self.team)
    }

    /// Members and invitations.
    pub fn members(&self) -> Members {
        Members {
            db: self.db.clone(),
            team: self.team,
        }
    }

    /// The team itself, as of the last write.
    pub async fn get(&self) -> Result<Stored<Team>, StoreError> {
        let item = self
            .db
            .get(&keys::team(self.team), true)
            .await?
            .ok_or(StoreError::NotFound)?;
        decode(&item)
    }

    /// Creates the team with `owner` as its first member; the gate of the owner opens to it.
    pub async fn create(
        &self,
        command: &Command,
        team: &Team,
        owner: &User,
    ) -> Result<Stored<Team>, StoreError> {
        let membership = Membership {
            role: Role::Owner,
            visibility: team.visibility,
        };
        let transaction = create(Transaction::new(command), team, owner, command)?;
        open_gate(transaction, owner.id, team.id, membership)?
            .commit(&self.db)
            .await?;
        Ok(Stored::new(team.clone(), command))
    }

    /// Changes the team's name and visibility if it is at the version that `if_match` names. A visibility reaches every
    /// member's gate before this returns.
    pub async fn update(
        &self,
        command: &Command,
        if_match: Option<u64>,
        change: &TeamChange,
    ) -> Result<Stored<Team>, StoreError> {
        let stored = self.write(command, if_match, change).await?;
        // Also where the team has this visibility already: so a repetition mends what was cut short.
        if change.visibility.is_some() {
            self.spread_visibility(stored.value.visibility).await?;
        }
        Ok(stored)
    }

    async fn write(
        &self,
        command: &Command,
        if_match: Option<u64>,
        change: &TeamChange,
    ) -> Result<Stored<Team>, StoreError> {
        let mut tries = 0;
        loop {
            let current = self.get().await?;
            if if_match.is_some_and(|wanted| wanted != current.version) {
                let current = current.version;
                return Err(StoreError::Stale { current });
            }
            let to = change.applied(&current.value);
            if to == current.value {
                return Ok(current);
            }
            let next = current.changed(to, command);
            let written = Transaction::new(command)
                .replace(team_item(&next)?, current.version)
                .commit(&self.db)
                .await;
            if done(written, if_match, &mut tries).await? {
                return Ok(next);
            }
        }
    }

    /// Copies the visibility to every member's gate. Of two changes at once the later has to win in each of them, so
    /// whoever has copied looks whether the team still says the same.
    async fn spread_visibility(&self, mut visibility: Visibility) -> Result<(), StoreError> {
        for _ in 0..CHANGE_TRIES {
            self.copy_visibility(visibility).await?;
            let latest = self.get().await?.value.visibility;
            if latest == visibility {
                return Ok(());
            }
            visibility = latest;
        }
        Err(StoreError::Contended)
    }

    async fn copy_visibility(&self, visibility: Visibility) -> Result<(), StoreError> {
        let path = gate::team_path(self.team);
        let update = Update::default().set(format!("{path}.visibility"), text(visibility));
        // Who left meanwhile must not get a place in the team again.
        let still = Condition::Has(path);
        let members = self.members();
        let mut page = PageRequest::first(100);
        loop {
            let range = members.range(&page);
            let items = self.db.range_latest(&range).await?;
            let read: Page<Stored<Member>> = Page::read(&items, page.skip, page.limit)?;
            let writes = read.items.iter().map(|member| {
                let key = keys::gate(member.value.user);
                let (update, still) = (&update, &still);
                async move { self.db.update(&key, update, Some(still)).await }
            });
            futures::future::try_join_all(writes).await?;
            match read.next {
                Some(next) => page.after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

impl TeamChange {
    fn applied(&self, to: &Team) -> Team {
        Team {
            name: self.name.clone().unwrap_or_else(|| to.name.clone()),
            visibility: self.visibility.unwrap_or(to.visibility),
            ..to.clone()
        }
    }
}

/// The door to members and invitations.
pub struct Members {
    db: Db,
    team: TeamId,
}

impl Members {
    /// One member.
    pub async fn get(&self, user: UserId) -> Result<Stored<Member>, StoreError> {
        let item = self
            .db
            .get(&keys::member(self.team, user), true)
            .await?
            .ok_or(StoreError::NotFound)?;
        decode(&item)
    }

    /// A page of members, by the age of their account.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<Stored<Member>>, StoreError> {
        let items = self.db.range(&self.range(page)).await?;
        Page::read(&items, page.skip, page.limit)
    }

    fn range(&self, page: &PageRequest) -> Range {
        let (from, to) = keys::members();
        Range {
            index: None,
            pk: keys::team(self.team).pk,
            from: page.after.as_ref().map_or(from, Position::behind),
            to,
            descending: false,
            limit: page.limit + page.skip + 1,
        }
    }

    /// Writes an invitation and the token whose creation mails it. Inviting again replaces what was mailed before.
    pub async fn invite(
        &self,
        command: &Command,
        invite: &Invite,
        details: InviteDetails,
        language: plat_domain::Language,
    ) -> Result<(), StoreError> {
        let token = Token {
            id: invite.token,
            purpose: TokenPurpose::AcceptInvite,
            email: invite.email.clone(),
            user: None,
            invite: Some(details),
            language,
            ends_at: invite.ends_at,
        };
        let key = keys::invite(self.team, &invite.email.key());
        let item = encode(
            &key,
            "invite",
            Some(self.team),
            &Stored::new(invite.clone(), command),
        )?
        .with(crate::table::EXPIRES_AT, expiry(invite.ends_at));
        let written = Transaction::new(command)
            .create(Tokens::item(&token, command)?, StoreError::Taken("token"))
            .put(item)
            .commit(&self.db)
            .await;
        if written == Err(StoreError::Taken("token")) {
            // Its id is made from the command, so this command wrote it before and it was used since.
            return Ok(());
        }
        written
    }

    /// Makes `user` a member with `role`, using up the token of their invitation. [`StoreError::NotFound`] if the token
    /// was used, or another was mailed since.
    pub async fn join(
        &self,
        command: &Command,
        token: &Token,
        user: &User,
        role: Role,
    ) -> Result<Stored<Team>, StoreError> {
        let team = TeamScope::new(self.db.clone(), self.team);
        let mut tries = 0;
        loop {
            let visibility = team.get().await?.value.visibility;
            let membership = Membership { role, visibility };
            let written = self
                .joining(command, token, user, membership)?
                .commit(&self.db)
                .await;
            if done(written, None, &mut tries).await? {
                return team.get().await;
            }
        }
    }

    fn joining(
        &self,
        command: &Command,
        token: &Token,
        user: &User,
        membership: Membership,
    ) -> Result<Transaction, StoreError> {
        let member = Member {
            user: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            role: membership.role,
        };
        let item = self.item(&Stored::new(member, command))?;
        let owners = i64::from(membership.role == Role::Owner);
        // The visibility as well: a change of it that does not see this member yet must not miss them.
        let room = Condition::All(vec![
            Condition::Present,
            Condition::Below("members".to_owned(), MAX_MEMBERS),
            Condition::Equals("visibility".to_owned(), text(membership.visibility)),
        ]);
        let current = Condition::Equals("token".to_owned(), text(token.id));
        let transaction = Tokens::use_up(Transaction::new(command), token, command)
            .delete_if(keys::invite(self.team, &token.email.key()), current, |_| {
                StoreError::NotFound
            })
            .create(item, StoreError::Taken("member"))
            .update_if(
                keys::team(self.team),
                count(1, owners),
                room,
                |old| match old {
                    Some(team) if team.int("members").is_some_and(|n| n >= MAX_MEMBERS) => {
                        StoreError::LimitReached("members")
                    }
                    old => crate::transaction::stale(old),
                },
            );
        open_gate(transaction, user.id, self.team, membership)
    }

    /// Gives a member another role if `may` lets the asking person do so; the team keeps at least one owner, whoever
    /// else is demoted meanwhile.
    pub async fn set_role<E: From<StoreError>>(
        &self,
        command: &Command,
        user: UserId,
        if_match: Option<u64>,
        role: Role,
        may: impl Fn(&Member) -> Result<(), E>,
    ) -> Result<Stored<Member>, E> {
        let mut tries = 0;
        loop {
            let current = self.standing(user, if_match, &may).await?;
            if current.value.role == role {
                return Ok(current);
            }
            let changed = Member {
                role,
                ..current.value.clone()
            };
            let next = current.changed(changed, command);
            let path = gate::team_path(self.team);
            let open = Update::default().set(format!("{path}.role"), text(role));
            let transaction = Transaction::new(command)
                .replace(self.item(&next)?, current.version)
                .update_if(keys::gate(user), open, Condition::Has(path), |_| {
                    StoreError::NotFound
                });
            let written = self
                .count_owner(transaction, current.value.role, Some(role))
                .commit(&self.db)
                .await;
            if done(written, if_match, &mut tries).await? {
                return Ok(next);
            }
        }
    }

    /// Takes a member out of the team if `may` lets the asking person do so; the last owner cannot go.
    pub async fn remove<E: From<StoreError>>(
        &self,
        command: &Command,
        user: UserId,
        if_match: Option<u64>,
        may: impl Fn(&Member) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut tries = 0;
        loop {
            let current = self.standing(user, if_match, &may).await?;
            let version = Condition::Equals(
                "version".to_owned(),
                AttributeValue::N(current.version.to_string()),
            );
            let close = Update::default().remove(gate::team_path(self.team));
            let told = MemberFact {
                name: current.value.name.to_string(),
                role: current.value.role,
            };
            let removal = Removal::item(
                command,
                Some(self.team),
                (SubjectKind::Member, user.to_string()),
                &current,
                (
                    Fact::MemberRemoved(told),
                    one("role", Some(&current.value.role), None),
                ),
            )?;
            let transaction = Transaction::new(command)
                .delete_if(
                    keys::member(self.team, user),
                    version,
                    crate::transaction::stale,
                )
                .create(removal, StoreError::Contended)
                .update_if(keys::gate(user), close, Condition::Present, |_| {
                    StoreError::NotFound
                });
            let written = self
                .count_owner(transaction, current.value.role, None)
                .commit(&self.db)
                .await;
            if done(written, if_match, &mut tries).await? {
                return Ok(());
            }
        }
    }

    /// A member that is at the version that `if_match` names and whose place may be changed.
    async fn standing<E: From<StoreError>>(
        &self,
        user: UserId,
        if_match: Option<u64>,
        may: impl Fn(&Member) -> Result<(), E>,
    ) -> Result<Stored<Member>, E> {
        let current = self.get(user).await?;
        may(&current.value)?;
        if if_match.is_some_and(|wanted| wanted != current.version) {
            let current = current.version;
            return Err(StoreError::Stale { current }.into());
        }
        Ok(current)
    }

    fn item(&self, record: &Stored<Member>) -> Result<Item, StoreError> {
        let key = keys::member(self.team, record.value.user);
        encode(&key, "member", Some(self.team), record)
    }

    /// Adds to a transaction what a change of role, or a removal, does to the team's counts.
    fn count_owner(&self, transaction: Transaction, from: Role, to: Option<Role>) -> Transaction {
        let members = if to.is_some() { 0 } else { -1 };
        let owners = i64::from(to == Some(Role::Owner)) - i64::from(from == Role::Owner);
        match (members, owners) {
            (0, 0) => transaction,
            (_, -1) => transaction.update_if(
                keys::team(self.team),
                count(members, owners),
                Condition::Above("owners".to_owned(), 1),
                |old| match old {
                    Some(_) => StoreError::LimitReached("last_owner"),
                    None => StoreError::NotFound,
                },
            ),
            (_, _) => transaction.update_if(
                keys::team(self.team),
                count(members, owners),
                Condition::Present,
                |_| StoreError::NotFound,
            ),
        }
    }
}

fn count(members: i64, owners: i64) -> Update {
    let update = Update::default().add("version", 1);
    let update = if members == 0 {
        update
    } else {
        update.add("members", members)
    };
    if owners == 0 {
        update
    } else {
        update.add("owners", owners)
    }
}

/// Adds to a transaction that the gate of `user` opens to one more team.
fn open_gate(
    transaction: Transaction,
    user: UserId,
    team: TeamId,
    membership: Membership,
) -> Result<Transaction, StoreError> {
    let open = Update::default().set(gate::team_path(team), gate::membership_value(membership)?);
    let room = Condition::Fewer("teams".to_owned(), MAX_TEAMS);
    Ok(
        transaction.update_if(keys::gate(user), open, room, |old| match old {
            Some(_) => StoreError::LimitReached("teams"),
            None => StoreError::NotFound,
        }),
    )
}

/// Adds to a transaction what a new team consists of.
pub(crate) fn create(
    transaction: Transaction,
    team: &Team,
    owner: &User,
    command: &Command,
) -> Result<Transaction, StoreError> {
    let member = Member {
        user: owner.id,
        name: owner.name.clone(),
        email: owner.email.clone(),
        role: Role::Owner,
    };
    let slug = Item(keys::slug(&team.slug).attributes())
        .with("type", text("claim"))
        .with("teamId", text(team.id))
        .with("commandId", text(command.id));
    Ok(transaction
        .create(
            team_item(&Stored::new(team.clone(), command))?,
            StoreError::Contended,
        )
        .create(
            encode(
                &keys::member(team.id, owner.id),
                "member",
                Some(team.id),
                &Stored::new(member, command),
            )?,
            StoreError::Contended,
        )
        .create(slug, StoreError::Taken("slug")))
}

fn team_item(record: &Stored<Team>) -> Result<Item, StoreError> {
    encode(
        &keys::team(record.value.id),
        "team",
        Some(record.value.id),
        record,
    )
}

/// Several teams in one request, as of the last write: a gate may name a team that was created a moment ago.
pub(crate) async fn get_all(db: &Db, teams: &[TeamId]) -> Result<Vec<Stored<Team>>, StoreError> {
    let keys: Vec<_> = teams.iter().map(|team| keys::team(*team)).collect();
    db.get_latest(&keys).await?.iter().map(decode).collect()
}

/// A page of the teams of `memberships`, by name.
pub(crate) async fn page_of(
    db: &Db,
    memberships: &BTreeMap<TeamId, Membership>,
    page: &PageRequest,
) -> Result<Page<(Stored<Team>, Membership)>, StoreError> {
    let ids: Vec<TeamId> = memberships.keys().copied().collect();
    let mut rows: Vec<_> = get_all(db, &ids)
        .await?
        .into_iter()
        .filter_map(|team| {
            let membership = memberships.get(&team.value.id)?;
            Some((place(&team.value), (team, *membership)))
        })
        .filter(|(place, _)| page.after.as_ref().is_none_or(|after| *place > after.0))
        .collect();
    rows.sort_by(|(a, _), (b, _)| a.cmp(b));
    rows.drain(..page.skip.min(rows.len()));
    Ok(Page::cut(rows, page.limit))
}

/// The order of a list of teams: by name without case and accents, then by age. The separator sorts below every
/// character of a name, so that a name comes before those that it begins.
fn place(team: &Team) -> String {
    format!("{}\u{1f}{}", fold(team.name.as_str()), team.id)
}
