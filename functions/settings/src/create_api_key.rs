//! `POST /api/settings/api-keys`

use crate::api_key_view::{ApiKeyKind, ApiKeyView};
use plat_domain::{FieldKey, Invalid, Name, Permission, Source, TagId, UserId};
use plat_http::problems::LIMIT_REACHED;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal, Versioned,
};
use plat_store::{ApiKey, ApiSecret, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most members who take turns, and tags that a lead is given: each is a condition of the transaction that writes.
const MOST: usize = 20;

/// The field that programs fill in and people do not see, unless a form has another.
const TRAP: &str = "website_url";

/// A new key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateApiKey {
    /// What the team calls it, such as the form or the portal that has it.
    name: Name,
    /// What it is for; leads unless given.
    #[serde(default)]
    kind: ApiKeyKind,
    /// Where its leads come from; what the form says unless given.
    source: Option<Source>,
    /// Members who work its leads by turns; nobody unless given. Who leaves the team is passed over.
    #[serde(default, deserialize_with = "members")]
    #[schemars(length(max = MOST))]
    assigned_to: Vec<UserId>,
    /// The ids of tags that its leads wear.
    #[serde(default, deserialize_with = "tags")]
    #[schemars(length(max = MOST))]
    tags: Vec<TagId>,
    /// The field of its form that people do not see; `website_url` unless given. What fills it in is no lead.
    trap: Option<FieldKey>,
}

/// A new key with its secret, which is told this once.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "NewApiKey")]
struct NewApiKeyView {
    #[serde(flatten)]
    key: ApiKeyView,
    /// Where to post leads. Whoever knows it can; it is not shown again.
    url: String,
}

impl Versioned for NewApiKeyView {
    /// A key is made and revoked, and does not change.
    fn version(&self) -> u64 {
        1
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/settings/api-keys",
        "settings.create_api_key",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Make a key by which leads are sent in; its address is shown this once")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::NameApi])
    .problems(&[&LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateApiKey>,
) -> Result<Created<NewApiKeyView>, Failure> {
    let command = input.command(&who.user);
    let team = app.store.team(who.team);
    let body = input.body;
    let tags: BTreeSet<TagId> = body.tags.into_iter().collect();
    if !tags.is_empty() {
        let known = team.tags().get().await?.tags;
        if !tags.iter().all(|tag| known.contains_key(tag)) {
            return Err(StoreError::MissingReference("tags").into());
        }
    }
    let trap = match body.trap {
        Some(trap) => trap,
        None => FieldKey::parse(TRAP)
            .map_err(|refused| Failure::fault(format!("the usual trap: {}", refused.detail)))?,
    };
    let secret = ApiSecret::new(who.team, command.new_id(0), app.random.bits());
    let mut key = match body.kind {
        ApiKeyKind::Intake => ApiKey::new(body.name, trap, &secret),
    };
    key.source = body.source;
    key.assigned_to = body.assigned_to;
    key.tags = tags;
    let stored = team.api_keys().create(&command, key).await?;
    Ok(Created {
        location: format!("/api/settings/api-keys/{}", secret.id),
        entity: NewApiKeyView {
            key: stored.into(),
            url: format!("{}/intake/{}", app.settings.api_origin, secret.reveal()),
        },
    })
}

fn members<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
    few(deserializer)
}

fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TagId>, D::Error> {
    few(deserializer)
}

/// Up to twenty, each once.
fn few<'de, T: Deserialize<'de> + Copy + Ord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let given = Vec::<T>::deserialize(deserializer)?;
    let different: BTreeSet<T> = given.iter().copied().collect();
    if given.len() > MOST || different.len() < given.len() {
        let detail = format!("Give at most {MOST}, each once.");
        return Err(Invalid::new("invalid_length", detail).into_serde());
    }
    Ok(given)
}
