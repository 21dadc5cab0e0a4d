//! What clients see of a key: all but its secret, which is told once, when it is made.

use jiff::Timestamp;
use plat_domain::{Actor, ApiKeyId, FieldKey, Name, Source, TagId, UserId};
use plat_store::{ApiKey, Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The id in the path of everything about one key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct KeyPath {
    /// The key.
    pub(crate) key_id: ApiKeyId,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ApiKeyKind {
    /// Leads from forms, portals and automations.
    #[default]
    Intake,
}

/// A key by which others send something in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ApiKey")]
pub(crate) struct ApiKeyView {
    /// Which.
    id: ApiKeyId,
    /// What the team calls it.
    name: Name,
    /// What it is for.
    kind: ApiKeyKind,
    /// Where its leads come from; null for what the form says.
    source: Option<Source>,
    /// Who works its leads, by turns.
    assigned_to: Vec<UserId>,
    /// The ids of the tags that its leads wear.
    tags: BTreeSet<TagId>,
    /// The field of its form that people do not see: what fills it in is no lead.
    trap: FieldKey,
    /// When it was made.
    #[serde(serialize_with = "plat_domain::write_time")]
    #[schemars(with = "Timestamp")]
    created_at: Timestamp,
    /// By whom.
    created_by: Actor,
    /// When something came by it last, to the hour; null if nothing did.
    last_used_at: Option<Timestamp>,
}

impl From<Stored<ApiKey>> for ApiKeyView {
    fn from(stored: Stored<ApiKey>) -> Self {
        let last_used_at = stored.value.used_at();
        let key = stored.value;
        Self {
            id: key.id,
            name: key.name,
            kind: ApiKeyKind::Intake,
            source: key.source,
            assigned_to: key.assigned_to,
            tags: key.tags,
            trap: key.trap,
            created_at: stored.created_at,
            created_by: stored.created_by,
            last_used_at,
        }
    }
}
