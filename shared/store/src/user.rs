//! People: profile, credentials, and the claim on their e-mail address.

use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::gate::{self, Gate, GateRefused, Membership};
use crate::key::Key;
use crate::keys;
use crate::page::Position;
use crate::record::{Item, Stored, decode, encode};
use crate::session::{Session, Sessions};
use crate::table::INDEX_SORT_KEY;
use crate::team::{self, Team};
use crate::token::{Token, Tokens};
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{
    Email, Language, Name, Role, SessionId, TeamId, TimeZoneName, TokenId, TokenPurpose, UserId,
};
use serde::{Deserialize, Serialize};

/// A person's profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The address they sign in with.
    pub email: Email,
    /// How they are called.
    pub name: Name,
    /// Whether they showed that the address is theirs.
    pub email_verified: bool,
    /// Their time zone.
    pub timezone: TimeZoneName,
    /// The language they read.
    pub language: Language,
    /// Whether a summary of their week is mailed to them.
    #[serde(default = "unless_set")]
    pub weekly_summary: bool,
}

fn unless_set() -> bool {
    true
}

/// A profile with what proves that somebody is that person.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// The profile.
    #[serde(flatten)]
    pub user: User,
    /// The password as a PHC string.
    pub password_hash: String,
    /// The sealed TOTP secret of a person who turned two-factor sign-in on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_factor: Option<String>,
    /// The last TOTP time step that was accepted: a code works once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_factor_step: Option<u64>,
}

/// Everything that registering creates, together.
pub struct Registration {
    /// The person.
    pub credentials: Credentials,
    /// Their personal team.
    pub team: Team,
    /// Their first session.
    pub session: Session,
    /// The token that verifies their address.
    pub verification: TokenId,
    /// When that token ends.
    pub verification_ends: Timestamp,
}

/// What signing in reads of a person: one query.
pub struct SignIn {
    /// Profile and proof.
    pub credentials: Stored<Credentials>,
    /// Their gate.
    pub gate: Gate,
}

/// The door to people.
pub struct Users {
    db: Db,
}

impl Users {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Admits one request of `user`'s `session` and counts it against `per_minute`: one request to the table.
    pub async fn admit(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        per_minute: i64,
    ) -> Result<Gate, GateRefused> {
        gate::admit(&self.db, user, session, now, per_minute).await
    }

    /// Creates a person, their personal team, their first session and the token of the verification mail.
    pub async fn register(
        &self,
        command: &Command,
        registration: &Registration,
    ) -> Result<(), StoreError> {
        let user = &registration.credentials.user;
        let session = &registration.session;
        let team = &registration.team;
        let membership = Membership {
            role: Role::Owner,
            visibility: team.visibility,
        };
        let gate = gate::create(
            &command.by,
            &[(team.id, membership)],
            &[(session.id, session.ends_at)],
        )?;
        let token = Token {
            id: registration.verification,
            purpose: TokenPurpose::VerifyEmail,
            email: user.email.clone(),
            user: Some(user.id),
            invite: None,
            language: user.language.clone(),
            ends_at: registration.verification_ends,
        };
        let transaction = Transaction::new(command)
            .create(
                claim(&keys::user_email(&user.email.key()), user.id, command),
                StoreError::Taken("email"),
            )
            .create(
                item(&Stored::new(registration.credentials.clone(), command))?,
                StoreError::Contended,
            )
            .create(
                gate.with("commandId", text(command.id)),
                StoreError::Contended,
            )
            .create(
                Sessions::item(user.id, session, command)?,
                StoreError::Contended,
            )
            .create(Tokens::item(&token, command)?, StoreError::Contended);
        team::create(transaction, team, user, command)?
            .commit(&self.db)
            .await
    }

    /// Who signs in with this address.
    pub async fn find_by_email(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        let claim = self.db.get(&keys::user_email(&email.key()), true).await?;
        Ok(claim.and_then(|claim| claim.string("userId").and_then(|id| id.parse().ok())))
    }

    /// A person's profile and credentials, as of the last write.
    pub async fn get(&self, user: UserId) -> Result<Stored<Credentials>, StoreError> {
        let item = self
            .db
            .get(&keys::user(user), true)
            .await?
            .ok_or(StoreError::NotFound)?;
        decode(&item)
    }

    /// What signing in needs: profile, credentials and gate in one request.
    ///
    /// Read as of the last write, so that a password stops working when it is replaced.
    pub async fn sign_in(&self, user: UserId) -> Result<SignIn, StoreError> {
        let items = self
            .db
            .get_latest(&[keys::user(user), keys::gate(user)])
            .await?;
        let find = |kind: &str| {
            items
                .iter()
                .find(|item| item.kind() == kind)
                .ok_or(StoreError::NotFound)
        };
        Ok(SignIn {
            credentials: decode(find("user")?)?,
            gate: gate::read(user, find("gate")?)?,
        })
    }

    /// Profile and active team of a signed-in person in one request.
    pub async fn with_team(
        &self,
        user: UserId,
        team: TeamId,
    ) -> Result<(Stored<Credentials>, Stored<Team>), StoreError> {
        let items = self
            .db
            .get_many(&[keys::user(user), keys::team(team)])
            .await?;
        let find = |kind: &str| {
            items
                .iter()
                .find(|item| item.kind() == kind)
                .ok_or(StoreError::NotFound)
        };
        Ok((decode(find("user")?)?, decode(find("team")?)?))
    }

    /// Replaces a profile that is at `current.version`, and the person's name wherever a copy of it stands.
    pub async fn update(
        &self,
        command: &Command,
        current: &Stored<Credentials>,
        to: Credentials,
        teams: &[TeamId],
    ) -> Result<Stored<Credentials>, StoreError> {
        if current.is_written_by(command) {
            return Ok(current.clone());
        }
        let renamed = to.user.name != current.value.user.name;
        let next = current.changed(to, command);
        let mut transaction = Transaction::new(command).replace(item(&next)?, current.version);
        if renamed {
            let user = &next.value.user;
            let name = text(user.name.as_str());
            transaction = transaction.update(
                keys::gate(user.id),
                Update::default().set("name", name.clone()),
            );
            for team in teams {
                let gone = |_: Option<&Item>| StoreError::Contended;
                transaction = transaction.update_if(
                    keys::member(*team, user.id),
                    Update::default()
                        .add("version", 1)
                        .set("name", name.clone()),
                    Condition::Present,
                    gone,
                );
            }
        }
        transaction.commit(&self.db).await?;
        Ok(next)
    }

    /// People in a time zone whom a summary of their week is mailed to, by id, behind `after`, up to `most`.
    pub async fn summarized_in(
        &self,
        zone: &TimeZoneName,
        after: Option<UserId>,
        most: usize,
    ) -> Result<Vec<UserId>, StoreError> {
        let (from, to) = keys::everything();
        let range = Range {
            index: Some("GSI1"),
            pk: keys::summaries(zone),
            from: after.map_or(from, |user| Position(user.to_string()).behind()),
            to,
            descending: false,
            limit: most,
        };
        let rows = self.db.range(&range).await?;
        let user = |row: &Item| row.string(INDEX_SORT_KEY)?.parse().ok();
        Ok(rows.iter().filter_map(user).collect())
    }

    /// Makes somebody an operator of the installation, or no longer one. No endpoint does this: who may do it is who may
    /// write to the table.
    pub async fn set_operator(&self, user: UserId, yes: bool) -> Result<(), StoreError> {
        let update = if yes {
            let yes = aws_sdk_dynamodb::types::AttributeValue::Bool(true);
            Update::default().set("platform", yes)
        } else {
            Update::default().remove("platform")
        };
        match self
            .db
            .update(&keys::gate(user), &update, Some(&Condition::Present))
            .await?
        {
            crate::db::Written::Yes(_) => Ok(()),
            crate::db::Written::No(_) => Err(StoreError::NotFound),
        }
    }

    /// Marks the address as shown to be theirs, using up `token`.
    pub async fn verify_email(
        &self,
        command: &Command,
        token: &Token,
        user: UserId,
    ) -> Result<(), StoreError> {
        let verified = Update::default().by(command).set(
            "emailVerified",
            aws_sdk_dynamodb::types::AttributeValue::Bool(true),
        );
        Tokens::use_up(Transaction::new(command), token, command)
            .update_if(keys::user(user), verified, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await
    }

    /// Sets a password, using up `token`, and ends every session.
    ///
    /// Whoever reads the mail owns the address, so it counts as verified too.
    pub async fn reset_password(
        &self,
        command: &Command,
        token: &Token,
        user: UserId,
        password_hash: String,
    ) -> Result<(), StoreError> {
        let set = Update::default()
            .by(command)
            .set("passwordHash", text(password_hash))
            .set(
                "emailVerified",
                aws_sdk_dynamodb::types::AttributeValue::Bool(true),
            );
        let none = Update::default().set(
            "sessions",
            aws_sdk_dynamodb::types::AttributeValue::M(std::collections::HashMap::new()),
        );
        Tokens::use_up(Transaction::new(command), token, command)
            .update_if(keys::user(user), set, Condition::Present, |_| {
                StoreError::NotFound
            })
            .update_if(keys::gate(user), none, Condition::Present, |_| {
                StoreError::NotFound
            })
            .commit(&self.db)
            .await
    }

    /// Stores a password hash made with today's parameters in place of an older one.
    pub async fn rehash(&self, user: UserId, old: &str, new: &str) -> Result<(), StoreError> {
        let update = Update::default()
            .add("version", 1)
            .set("passwordHash", text(new));
        let unchanged = Condition::Equals("passwordHash".to_owned(), text(old));
        self.db
            .update(&keys::user(user), &update, Some(&unchanged))
            .await
            .map(|_| ())
    }

    /// Uses up a TOTP time step; false if it, or a later one, was used before.
    pub async fn use_two_factor_step(&self, user: UserId, step: u64) -> Result<bool, StoreError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        let unused = Condition::Any(vec![
            Condition::Lacks("twoFactorStep".to_owned()),
            Condition::Below("twoFactorStep".to_owned(), step),
        ]);
        let update = Update::default()
            .add("version", 1)
            .set("twoFactorStep", crate::condition::number(step));
        let written = self
            .db
            .update(&keys::user(user), &update, Some(&unused))
            .await?;
        Ok(matches!(written, crate::db::Written::Yes(_)))
    }
}

fn item(record: &Stored<Credentials>) -> Result<Item, StoreError> {
    let user = &record.value.user;
    let item = encode(&keys::user(user.id), "user", None, record)?;
    if !user.weekly_summary {
        return Ok(item);
    }
    Ok(item
        .with("GSI1", text(keys::summaries(&user.timezone)))
        .with(INDEX_SORT_KEY, text(user.id)))
}

/// An item that holds a unique value for somebody.
fn claim(key: &Key, user: UserId, command: &Command) -> Item {
    Item(key.attributes())
        .with("type", text("claim"))
        .with("userId", text(user))
        .with("commandId", text(command.id))
}
