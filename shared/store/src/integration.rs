//! Services that a team has connected, each with the sealed key by which it is asked.
//!
//! The key is sealed before it comes here and leaves as it came: nothing in this crate can open it, and no event tells it.

use crate::command::Command;
use crate::condition::{Condition, Update, text};
use crate::db::{Db, Range};
use crate::error::StoreError;
use crate::keys;
use crate::note::done;
use crate::outbox::Removal;
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored, decode, encode};
use crate::transaction::{Transaction, stale};
use aws_sdk_dynamodb::types::AttributeValue;
use plat_domain::event::IntegrationFact;
use plat_domain::{
    Fact, FieldChange, Integration, IntegrationProvider, Line, Step, SubjectKind, TeamId, changed,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The most characters of a reason that are kept.
const LONGEST_PROBLEM: usize = 200;

/// The reason of a provider that gave none that can be kept.
const UNKNOWN: &str = "it was refused";

/// A connection, and the key that it uses.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// What is known of it.
    #[serde(flatten)]
    pub integration: Integration,
    /// The key, sealed for this team and provider.
    pub sealed: String,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?})", self.integration)
    }
}

/// One provider of a list.
#[derive(Debug, Clone)]
pub struct ProviderRow {
    /// Which.
    pub provider: IntegrationProvider,
    /// The connection with it, if there is one.
    pub connection: Option<Stored<Connection>>,
}

/// The door to integrations.
pub struct Integrations {
    db: Db,
    team: TeamId,
}

impl Integrations {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// The connection with a provider as of the last change, if there is one.
    pub async fn get(
        &self,
        provider: IntegrationProvider,
    ) -> Result<Option<Stored<Connection>>, StoreError> {
        let key = keys::integration(self.team, provider);
        let item = self.db.get(&key, true).await?;
        item.map(decode).transpose()
    }

    /// A page of all providers by name, each with what is connected. All connections are read, since they are few.
    pub async fn list(&self, page: &PageRequest) -> Result<Page<ProviderRow>, StoreError> {
        let connections = self.all().await?;
        let mut rows: Vec<(String, ProviderRow)> = IntegrationProvider::ALL
            .iter()
            .map(|provider| {
                let connection = connections
                    .iter()
                    .find(|one| one.value.integration.provider == *provider);
                let row = ProviderRow {
                    provider: *provider,
                    connection: connection.cloned(),
                };
                (provider.to_string(), row)
            })
            .filter(|(name, _)| page.after.as_ref().is_none_or(|after| *name > after.0))
            .collect();
        rows.sort_by(|(a, _), (b, _)| a.cmp(b));
        rows.drain(..page.skip.min(rows.len()));
        Ok(Page::cut(rows, page.limit))
    }

    /// The providers that are connected.
    pub async fn connected(&self) -> Result<BTreeSet<IntegrationProvider>, StoreError> {
        let all = self.all().await?;
        let providers = all.iter().map(|one| one.value.integration.provider);
        Ok(providers.collect())
    }

    async fn all(&self) -> Result<Vec<Stored<Connection>>, StoreError> {
        let (from, to) = keys::integrations();
        let range = Range {
            index: None,
            pk: keys::team(self.team).pk,
            from,
            to,
            descending: false,
            limit: IntegrationProvider::ALL.len(),
        };
        let items = self.db.range_latest(&range).await?;
        items.iter().map(decode).collect()
    }

    /// Connects a provider. A connection that there was is replaced, and its key forgotten.
    pub async fn connect(
        &self,
        command: &Command,
        connection: Connection,
    ) -> Result<Stored<Connection>, StoreError> {
        let provider = connection.integration.provider;
        let mut tries = 0;
        loop {
            let current = self.get(provider).await?;
            let transaction = Transaction::new(command);
            let (next, transaction) = match &current {
                Some(current) if current.is_written_by(command) => return Ok(current.clone()),
                Some(current) => {
                    let next = current.changed(connection.clone(), command);
                    let item = self.item(&next)?;
                    (next, transaction.replace(item, current.version))
                }
                None => {
                    let next = Stored::new(connection.clone(), command);
                    let item = self.item(&next)?;
                    (
                        next,
                        transaction.create(item, StoreError::Stale { current: 1 }),
                    )
                }
            };
            let written = transaction.commit(&self.db).await;
            if done(gone_meanwhile(written), None, &mut tries).await? {
                return Ok(next);
            }
        }
    }

    /// Disconnects a provider and forgets its key. Where nothing is connected, nothing happens.
    pub async fn disconnect(
        &self,
        command: &Command,
        provider: IntegrationProvider,
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        loop {
            let Some(current) = self.get(provider).await? else {
                return Ok(());
            };
            let subject = (SubjectKind::Integration, provider.to_string());
            let fact = Fact::IntegrationDisconnected(IntegrationFact { provider });
            let told = (fact, changes(Some(&current.value), None));
            let removal =
                Removal::item(command, Some(self.team), subject, &current.with(()), told)?;
            let written = Transaction::new(command)
                .delete_if(
                    keys::integration(self.team, provider),
                    at(current.version),
                    stale,
                )
                .create(removal, StoreError::Contended)
                .commit(&self.db)
                .await;
            if done(gone_meanwhile(written), None, &mut tries).await? {
                return Ok(());
            }
        }
    }

    /// Remembers that the provider refused the key of `connection`, and why; of a long reason the beginning. It is told to
    /// nobody, since nobody did it. If another key was connected since, nothing happens.
    pub async fn refused(
        &self,
        connection: &Stored<Connection>,
        why: &str,
    ) -> Result<(), StoreError> {
        let beginning: String = why.chars().take(LONGEST_PROBLEM).collect();
        let why = Line::parse(&beginning).unwrap_or_else(|_| Line::from_stored(UNKNOWN.to_owned()));
        self.found(connection, Some(why)).await
    }

    /// Remembers that the key of `connection` works again.
    pub async fn works(&self, connection: &Stored<Connection>) -> Result<(), StoreError> {
        self.found(connection, None).await
    }

    async fn found(
        &self,
        connection: &Stored<Connection>,
        problem: Option<Line>,
    ) -> Result<(), StoreError> {
        let integration = &connection.value.integration;
        if integration.problem == problem {
            return Ok(());
        }
        let update = Update::default().add("version", 1);
        let update = match problem {
            Some(why) => update.set("problem", text(why)),
            None => update.remove("problem"),
        };
        let key = keys::integration(self.team, integration.provider);
        // Not by version, which begins anew with a key that is connected after this one was forgotten.
        let same = Condition::Equals("commandId".to_owned(), text(&connection.command));
        self.db.update(&key, &update, Some(&same)).await.map(|_| ())
    }

    fn item(&self, record: &Stored<Connection>) -> Result<Item, StoreError> {
        let key = keys::integration(self.team, record.value.integration.provider);
        encode(&key, "integration", Some(self.team), record)
    }
}

fn at(version: u64) -> Condition {
    Condition::Equals("version".to_owned(), AttributeValue::N(version.to_string()))
}

/// A connection that went while it was to be replaced or removed is looked at anew, as is one that changed.
fn gone_meanwhile(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(StoreError::NotFound) => Err(StoreError::Stale { current: 0 }),
        other => other,
    }
}

/// What is told of a connection that was made or replaced.
pub(crate) fn integration_steps(
    old: Option<&Item>,
    new: &Item,
) -> Result<(Stored<IntegrationProvider>, Vec<Step>), StoreError> {
    let before: Option<Stored<Connection>> = old.map(decode).transpose()?;
    let after: Stored<Connection> = decode(new)?;
    let provider = after.value.integration.provider;
    let fact = Fact::IntegrationConnected(IntegrationFact { provider });
    let before = before.as_ref().map(|before| &before.value);
    let steps = vec![(fact, changes(before, Some(&after.value)))];
    Ok((after.with(provider), steps))
}

/// The fields that changed; the sealed key is none of them.
fn changes(
    before: Option<&Connection>,
    after: Option<&Connection>,
) -> BTreeMap<String, FieldChange> {
    changed(
        before.map(|before| &before.integration),
        after.map(|after| &after.integration),
    )
}
