//! What a team has set, an item for each part, and the one reading of all that sending an e-mail asks.
//!
//! A part that nobody has set reads as what holds until then, at version 0.

use crate::command::Command;
use crate::condition::text;
use crate::db::{Db, Range};
use crate::editing::{Edited, edit};
use crate::error::StoreError;
use crate::field::FieldSet;
use crate::integration::Connection;
use crate::keys;
use crate::page::Position;
use crate::record::{Item, Stored, decode, encode};
use crate::sight::Sight;
use crate::table::INDEX_SORT_KEY;
use crate::team::Team;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::event::SettingsFact;
use plat_domain::{
    Actor, BusinessProfile, EmailSettings, Fact, Id, IntegrationProvider, Name, Origin,
    SettingsSection, Step, TeamId, changed,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;

/// Which part of the settings an item is; in the item, so that whoever is handed one need not read its key.
const SECTION: &str = "section";

/// The door to settings.
pub struct Settings {
    db: Db,
    team: TeamId,
}

/// The most characters of a name before an address.
const LONGEST_SENDER: usize = 300;

/// What sending an e-mail asks of a team.
#[derive(Debug, Clone)]
pub struct ForSending {
    /// What the team is called.
    pub team: Name,
    /// Who it is to those whom it writes to.
    pub business: BusinessProfile,
    /// How it writes.
    pub email: EmailSettings,
    /// What it has connected.
    pub connections: Vec<Stored<Connection>>,
}

impl ForSending {
    /// The name that the team does business under.
    pub fn business_name(&self) -> &Name {
        self.business.name.as_ref().unwrap_or(&self.team)
    }

    /// Who an e-mail is from, as people read it, when `agent` works with the client.
    pub fn sender_name(&self, agent: Option<&str>) -> String {
        let business = self.business_name();
        let name = match (&self.email.sender_name, agent) {
            (Some(set), _) => set.to_string(),
            (None, Some(agent)) => format!("{agent}, {business}"),
            (None, None) => business.to_string(),
        };
        name.chars().take(LONGEST_SENDER).collect()
    }

    /// The connection with this provider.
    pub fn connection(&self, provider: IntegrationProvider) -> Option<&Stored<Connection>> {
        self.connections
            .iter()
            .find(|connection| connection.value.integration.provider == provider)
    }
}

impl Settings {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Who the team is, as of the last change.
    pub async fn business(&self) -> Result<Stored<BusinessProfile>, StoreError> {
        self.part().find(()).await
    }

    /// How it writes, as of the last change.
    pub async fn email(&self) -> Result<Stored<EmailSettings>, StoreError> {
        self.part().find(()).await
    }

    /// Who the team is, and what it is called, in one request.
    pub async fn business_and_name(&self) -> Result<(Stored<BusinessProfile>, Name), StoreError> {
        let business = keys::settings(self.team, SettingsSection::Business);
        let wanted = [keys::team(self.team), business];
        let items = self.db.get_many(&wanted).await?;
        Ok((of_section(&items)?, team_name(&items)?))
    }

    /// Changes who the team is as `decide` says, if that is at the version that `if_match` names.
    pub async fn change_business<E: From<StoreError>>(
        &self,
        command: &Command,
        if_match: Option<u64>,
        decide: impl FnMut(&mut BusinessProfile) -> Result<(), E>,
    ) -> Result<Stored<BusinessProfile>, E> {
        self.change(command, if_match, decide).await
    }

    /// Changes how it writes in the same way.
    pub async fn change_email<E: From<StoreError>>(
        &self,
        command: &Command,
        if_match: Option<u64>,
        decide: impl FnMut(&mut EmailSettings) -> Result<(), E>,
    ) -> Result<Stored<EmailSettings>, E> {
        self.change(command, if_match, decide).await
    }

    /// Everything of the team that sending an e-mail asks, in one request.
    pub async fn for_sending(&self) -> Result<ForSending, StoreError> {
        let connections = IntegrationProvider::ALL
            .iter()
            .map(|provider| keys::integration(self.team, *provider));
        let parts = [SettingsSection::Business, SettingsSection::Email]
            .map(|section| keys::settings(self.team, section));
        let wanted: Vec<_> = std::iter::once(keys::team(self.team))
            .chain(parts)
            .chain(connections)
            .collect();
        let items = self.db.get_many(&wanted).await?;
        let connections = items.iter().filter(|item| item.kind() == "integration");
        Ok(ForSending {
            team: team_name(&items)?,
            business: of_section(&items)?.value,
            email: of_section(&items)?.value,
            connections: connections.map(decode).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) async fn change<T: Section, E: From<StoreError>>(
        &self,
        command: &Command,
        if_match: Option<u64>,
        decide: impl FnMut(&mut T) -> Result<(), E>,
    ) -> Result<Stored<T>, E> {
        // Settings are everybody's in the team; the permission says who changes them.
        let (part, sight) = (self.part(), Sight::All);
        edit(&part, command, (), sight, if_match, |_| true, decide).await
    }

    fn part<T: Section>(&self) -> Part<'_, T> {
        Part {
            settings: self,
            section: PhantomData,
        }
    }
}

/// A part of the settings, as the type that it is.
pub(crate) trait Section:
    Clone + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync
{
    const SECTION: SettingsSection;

    /// What is told of it, by the names under which a change of it is told.
    fn told(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The partition of index 1 in which a job finds teams that have set this.
    fn looked_for(&self) -> Option<String> {
        None
    }
}

impl Section for BusinessProfile {
    const SECTION: SettingsSection = SettingsSection::Business;

    fn looked_for(&self) -> Option<String> {
        self.keep_completed_tasks.map(|_| keys::keeping())
    }
}

impl Section for EmailSettings {
    const SECTION: SettingsSection = SettingsSection::Email;
}

struct Part<'a, T> {
    settings: &'a Settings,
    section: PhantomData<T>,
}

impl<T: Section> Edited for Part<'_, T> {
    type Record = T;
    type Id = ();
    type Beside = ();

    async fn find(&self, (): ()) -> Result<Stored<T>, StoreError> {
        let Settings { db, team } = self.settings;
        let item = db.get(&keys::settings(*team, T::SECTION), true).await?;
        item.map_or_else(|| Ok(unset()), decode)
    }

    async fn replace(
        &self,
        command: &Command,
        _: Sight,
        before: &Stored<T>,
        next: &Stored<T>,
        (): (),
    ) -> Result<(), StoreError> {
        let Settings { db, team } = self.settings;
        let key = keys::settings(*team, T::SECTION);
        let item = |record: &Stored<T>| {
            let item = encode(&key, "settings", Some(*team), record)?;
            let item = item.with(SECTION, text(T::SECTION));
            Ok::<_, StoreError>(match record.value.looked_for() {
                Some(partition) => item
                    .with("GSI1", text(partition))
                    .with(INDEX_SORT_KEY, text(team)),
                None => item,
            })
        };
        let transaction = Transaction::new(command);
        let transaction = match before.version {
            0 => {
                let first = Stored::new(next.value.clone(), command);
                // Somebody else has set it since, for the first time.
                transaction.create(item(&first)?, StoreError::Stale { current: 1 })
            }
            version => transaction.replace(item(next)?, version),
        };
        transaction.commit(db).await
    }
}

/// Teams that keep completed tasks for some days only, behind `after`, up to `most`.
pub(crate) async fn keeping_for_days(
    db: &Db,
    after: Option<TeamId>,
    most: usize,
) -> Result<Vec<TeamId>, StoreError> {
    let (from, to) = keys::everything();
    let range = Range {
        index: Some("GSI1"),
        pk: keys::keeping(),
        from: after.map_or(from, |team| Position(team.to_string()).behind()),
        to,
        descending: false,
        limit: most,
    };
    let rows = db.range(&range).await?;
    let team = |row: &Item| row.string(INDEX_SORT_KEY)?.parse().ok();
    Ok(rows.iter().filter_map(team).collect())
}

/// What holds until somebody sets it: nobody's, at no time, and never written.
fn unset<T: Section>() -> Stored<T> {
    let nobody = Actor {
        id: Id::from_bits(0),
        name: String::new(),
    };
    Stored {
        value: T::default(),
        version: 0,
        created_at: Timestamp::UNIX_EPOCH,
        created_by: nobody.clone(),
        updated_at: Timestamp::UNIX_EPOCH,
        updated_by: nobody,
        command: String::new(),
        origin: Origin::default(),
        depth: 0,
    }
}

fn team_name(items: &[Item]) -> Result<Name, StoreError> {
    let team = items.iter().find(|item| item.kind() == "team");
    let team: Stored<Team> = decode(team.ok_or(StoreError::NotFound)?)?;
    Ok(team.value.name)
}

fn of_section<T: Section>(items: &[Item]) -> Result<Stored<T>, StoreError> {
    let item = items.iter().find(|item| section(item) == Some(T::SECTION));
    item.map_or_else(|| Ok(unset()), decode)
}

fn section(item: &Item) -> Option<SettingsSection> {
    SettingsSection::parse(item.string(SECTION)?).ok()
}

/// What is told of a change of settings: the part, what changed in it, and by whom.
pub(crate) fn settings_steps(
    old: Option<&Item>,
    new: &Item,
) -> Result<(Stored<SettingsSection>, Vec<Step>), StoreError> {
    match section(new) {
        Some(SettingsSection::Business) => steps_of::<BusinessProfile>(old, new),
        Some(SettingsSection::Email) => steps_of::<EmailSettings>(old, new),
        Some(SettingsSection::Fields) => steps_of::<FieldSet>(old, new),
        // Each key is an item of its own, which tells for itself.
        Some(SettingsSection::ApiKeys) => {
            Err(StoreError::Fault("settings hold no keys".to_owned()))
        }
        None => Err(StoreError::Fault(
            "settings do not say which they are".to_owned(),
        )),
    }
}

fn steps_of<T: Section>(
    old: Option<&Item>,
    new: &Item,
) -> Result<(Stored<SettingsSection>, Vec<Step>), StoreError> {
    let before = old.map(decode::<T>).transpose()?.unwrap_or_else(unset);
    let after: Stored<T> = decode(new)?;
    let changes = changed(Some(&before.value.told()), Some(&after.value.told()));
    let section = T::SECTION;
    let fact = Fact::SettingsUpdated(SettingsFact { section });
    let steps = (!changes.is_empty()).then_some((fact, changes));
    Ok((after.with(section), steps.into_iter().collect()))
}
