//! Teams, their members and their invitations, and the scope through which all business data is reached.

use crate::activity::Activities;
use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::gate::{self, Membership};
use crate::history::History;
use crate::keys;
use crate::lead::Leads;
use crate::lead_index::LeadIndex;
use crate::note::Notes;
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, decode, encode, expiry};
use crate::session::millis;
use crate::tag::Tags;
use crate::token::{InviteDetails, Purpose, Token, Tokens};
use crate::transaction::Transaction;
use crate::user::User;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use plat_domain::{Email, Name, Role, TeamId, TokenId, UserId, Visibility};
use serde::{Deserialize, Serialize};

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

    /// The orders and words by which leads are found; kept by the job that follows their changes.
    pub fn lead_index(&self) -> LeadIndex {
        LeadIndex::new(self.db.clone(), self.team)
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

    /// Members and invitations.
    pub fn members(&self) -> Members {
        Members {
            db: self.db.clone(),
            team: self.team,
        }
    }

    /// The team itself.
    pub async fn get(&self) -> Result<Stored<Team>, StoreError> {
        let item = self
            .db
            .get(&keys::team(self.team), false)
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
        let membership = gate::membership_value(Membership {
            role: Role::Owner,
            visibility: team.visibility,
        })?;
        let open = Update::default().set(gate::team_path(team.id), membership);
        create(Transaction::new(command), team, owner, command)?
            .update_if(keys::gate(owner.id), open, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await?;
        Ok(Stored::new(team.clone(), command))
    }

    /// Replaces the team's name and visibility if it is at `current.version`; a new visibility reaches every member's
    /// gate before this returns.
    pub async fn update(
        &self,
        command: &Command,
        current: &Stored<Team>,
        to: Team,
    ) -> Result<Stored<Team>, StoreError> {
        let repeated = current.is_written_by(command);
        let next = if repeated {
            current.clone()
        } else {
            current.changed(to, command)
        };
        if !repeated {
            Transaction::new(command)
                .replace(team_item(&next)?, current.version)
                .commit(&self.db)
                .await?;
        }
        if repeated || next.value.visibility != current.value.visibility {
            self.spread_visibility(next.value.visibility).await?;
        }
        Ok(next)
    }

    async fn spread_visibility(&self, visibility: Visibility) -> Result<(), StoreError> {
        let value: AttributeValue = serde_dynamo::to_attribute_value(visibility)
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        let path = gate::team_path(self.team);
        let mut page = PageRequest::first(100);
        loop {
            let members = self.members().list(&page).await?;
            let writes = members.items.iter().map(|member| {
                let update = Update::default().set(format!("{path}.visibility"), value.clone());
                let key = keys::gate(member.value.user);
                let still = Condition::Has(path.clone());
                async move { self.db.update(&key, &update, Some(&still)).await }
            });
            futures::future::try_join_all(writes).await?;
            match members.next {
                Some(next) => page.after = Some(next),
                None => return Ok(()),
            }
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
        let (from, to) = keys::members();
        let from = page.after.as_ref().map_or(from, Position::behind);
        let range = Range {
            index: None,
            pk: keys::team(self.team).pk,
            from,
            to,
            descending: false,
            limit: page.limit + page.skip + 1,
        };
        let items = self.db.range(&range).await?;
        Page::read(&items, page.skip, page.limit)
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
            purpose: Purpose::AcceptInvite,
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
        Transaction::new(command)
            .create(Tokens::item(&token, command)?, StoreError::Contended)
            .put(item)
            .commit(&self.db)
            .await
    }

    /// Makes `user` a member as the invitation says, using up its token.
    pub async fn join(
        &self,
        command: &Command,
        token: &Token,
        user: &User,
        membership: Membership,
    ) -> Result<(), StoreError> {
        let member = Member {
            user: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            role: membership.role,
        };
        let item = encode(
            &keys::member(self.team, user.id),
            "member",
            Some(self.team),
            &Stored::new(member, command),
        )?;
        let owners = i64::from(membership.role == Role::Owner);
        let room = Condition::All(vec![
            Condition::Present,
            Condition::Below("members".to_owned(), MAX_MEMBERS),
        ]);
        let open = Update::default().set(
            gate::team_path(self.team),
            gate::membership_value(membership)?,
        );
        let current = Condition::Equals("token".to_owned(), text(token.id));
        Tokens::use_up(Transaction::new(command), token, command)
            .delete_if(keys::invite(self.team, &token.email.key()), current, |_| {
                StoreError::NotFound
            })
            .create(item, StoreError::Taken("member"))
            .update_if(
                keys::team(self.team),
                count(1, owners),
                room,
                |old| match old {
                    Some(_) => StoreError::LimitReached("members"),
                    None => StoreError::NotFound,
                },
            )
            .update_if(keys::gate(user.id), open, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await
    }

    /// Gives a member another role; the team keeps at least one owner, whoever else is demoted meanwhile.
    pub async fn set_role(
        &self,
        command: &Command,
        current: &Stored<Member>,
        role: Role,
    ) -> Result<Stored<Member>, StoreError> {
        if current.is_written_by(command) {
            return Ok(current.clone());
        }
        let user = current.value.user;
        let next = current.changed(
            Member {
                role,
                ..current.value.clone()
            },
            command,
        );
        let item = encode(
            &keys::member(self.team, user),
            "member",
            Some(self.team),
            &next,
        )?;
        let value: AttributeValue = serde_dynamo::to_attribute_value(role)
            .map_err(|error| StoreError::Fault(error.to_string()))?;
        let path = gate::team_path(self.team);
        let open = Update::default().set(format!("{path}.role"), value);
        let transaction = Transaction::new(command)
            .replace(item, current.version)
            .update_if(keys::gate(user), open, Condition::Has(path), |_| {
                StoreError::NotFound
            });
        self.count_owner(transaction, current.value.role, Some(role))
            .commit(&self.db)
            .await?;
        Ok(next)
    }

    /// Takes a member out of the team; the last owner cannot go.
    pub async fn remove(
        &self,
        command: &Command,
        current: &Stored<Member>,
    ) -> Result<(), StoreError> {
        let user = current.value.user;
        let version = Condition::Equals(
            "version".to_owned(),
            AttributeValue::N(current.version.to_string()),
        );
        let close = Update::default().remove(gate::team_path(self.team));
        let transaction = Transaction::new(command)
            .delete_if(
                keys::member(self.team, user),
                version,
                crate::transaction::stale,
            )
            .update_if(keys::gate(user), close, Condition::Present, |_| {
                StoreError::NotFound
            });
        self.count_owner(transaction, current.value.role, None)
            .commit(&self.db)
            .await
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

/// Several teams in one request, as `teams.list` shows them.
pub(crate) async fn get_all(db: &Db, teams: &[TeamId]) -> Result<Vec<Stored<Team>>, StoreError> {
    let keys: Vec<_> = teams.iter().map(|team| keys::team(*team)).collect();
    db.get_many(&keys).await?.iter().map(decode).collect()
}
