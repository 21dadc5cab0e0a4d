//! The fields that a team defines for itself: all definitions in one item, in the order in which they are shown.
//!
//! Records keep values under a field's key, which never changes. So renaming or deleting a field is one write, however many
//! records have a value of it. Whether values fit is for `domain::field_definition` to say.

use crate::command::Command;
use crate::db::Db;
use crate::error::StoreError;
use crate::keys;
use crate::page::{Page, PageRequest};
use crate::record::Stored;
use crate::settings::{Section, Settings};
use plat_domain::field_definition::FieldDefinition;
use plat_domain::{CustomFieldId, SettingsSection, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bytes of all definitions: they are read beside every new lead, and these are half a unit for each four thousand.
const MAX_BYTES: usize = 32_000;

/// Every field of a team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldSet {
    /// What they are, in the order in which they are shown.
    #[serde(with = "crate::as_json")]
    pub definitions: Vec<FieldDefinition>,
    #[serde(default)]
    versions: BTreeMap<CustomFieldId, u64>,
}

impl FieldSet {
    /// The place of a field among all.
    pub fn place(&self, id: CustomFieldId) -> Option<usize> {
        self.definitions.iter().position(|field| field.id == id)
    }

    /// The version of a field: 1 at creation, one more with each change of it.
    pub fn version(&self, id: CustomFieldId) -> u64 {
        self.versions.get(&id).copied().unwrap_or(1)
    }

    /// Counts the versions of what differs from `before`.
    fn count(&mut self, before: &Self) {
        let of = |field: &FieldDefinition| {
            let known = before.definitions.iter().find(|one| one.id == field.id);
            let version = known.map_or(0, |_| before.version(field.id));
            let changed = known != Some(field);
            (field.id, version + u64::from(changed))
        };
        self.versions = self.definitions.iter().map(of).collect();
    }

    fn size(&self) -> usize {
        serde_json::to_string(&self.definitions).map_or(usize::MAX, |text| text.len())
    }
}

impl Section for FieldSet {
    const SECTION: SettingsSection = SettingsSection::Fields;

    /// Each field under its key, with the one that it comes after, so that one that moves is told without all that it passed.
    fn told(&self) -> Value {
        let before = std::iter::once(None).chain(self.definitions.iter().map(Some));
        let fields = self.definitions.iter().zip(before).map(|(field, before)| {
            let after = before.map(|before| before.key.as_str());
            let told = json!({ "after": after, "definition": field });
            (field.key.as_str().to_owned(), told)
        });
        Value::Object(fields.collect())
    }
}

/// The door to the fields of a team.
pub struct Fields {
    db: Db,
    team: TeamId,
}

impl Fields {
    pub(crate) fn new(db: Db, team: TeamId) -> Self {
        Self { db, team }
    }

    /// Every field. A change of a moment ago may be missing: it costs half, and values that were checked a moment before a
    /// field was defined are no worse than those of the day before.
    pub async fn get(&self) -> Result<FieldSet, StoreError> {
        let key = keys::settings(self.team, SettingsSection::Fields);
        let item = self.db.get(&key, false).await?;
        item.map_or_else(|| Ok(FieldSet::default()), |item| item.decode())
    }

    /// A page of the fields in their order, each with its version. All are read, since they are few.
    pub async fn list(
        &self,
        page: &PageRequest,
    ) -> Result<Page<(FieldDefinition, u64)>, StoreError> {
        let set = self.get().await?;
        let rows = set.definitions.iter().enumerate().map(|(place, field)| {
            let version = set.version(field.id);
            (format!("{place:03}"), (field.clone(), version))
        });
        let after = |place: &String| page.after.as_ref().is_none_or(|after| *place > after.0);
        let rows = rows.filter(|(place, _)| after(place)).skip(page.skip);
        Ok(Page::cut(rows.collect(), page.limit))
    }

    /// Changes the fields as `decide` says. A decision that changes nothing writes nothing, and a repeated command returns
    /// what its first run wrote.
    pub async fn change<E: From<StoreError>>(
        &self,
        command: &Command,
        mut decide: impl FnMut(&mut FieldSet) -> Result<(), E>,
    ) -> Result<Stored<FieldSet>, E> {
        Settings::new(self.db.clone(), self.team)
            .change(command, None, |set: &mut FieldSet| {
                let before = set.clone();
                decide(set)?;
                set.count(&before);
                if set.size() > MAX_BYTES && set.size() > before.size() {
                    return Err(StoreError::LimitReached("custom_fields").into());
                }
                Ok(())
            })
            .await
    }
}
