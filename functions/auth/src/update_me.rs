//! `PATCH /api/auth/me` and its alias `PUT`: a JSON Merge Patch.

use crate::view::UserView;
use plat_domain::{Language, Name, TeamId, TimeZoneName};
use plat_http::patch::{never_null, present};
use plat_http::problems::STALE;
use plat_registry::{
    App, Endpoint, Entity, Failure, Grant, Input, Method, NoPath, Person, SignedIn,
};
use plat_store::{Credentials, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// How often a change that names no version is made again on what others wrote meanwhile.
const TRIES: usize = 3;

/// What changes. A field that is absent stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateMe {
    /// How they are called, everywhere.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<Name>,
    /// Their time zone.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    timezone: Option<TimeZoneName>,
    /// The language they read.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    language: Option<Language>,
    /// Whether a summary of their week is mailed to them, on Monday morning where they are.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    weekly_summary: Option<bool>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/auth/me",
        "auth.update_me",
        SignedIn,
        handle,
    )
    .alias(Method::PUT)
    .summary("Change name, time zone, language, or whether a weekly summary is mailed")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Person,
    input: Input<NoPath, UpdateMe>,
) -> Result<Entity<UserView>, Failure> {
    let command = input.command(&who.user);
    let users = app.store.users();
    let teams: Vec<TeamId> = who.memberships.keys().copied().collect();
    for _ in 0..TRIES {
        let current = users.get(who.id()).await?;
        let version = current.version;
        if input.if_match.is_some_and(|wanted| wanted != version) {
            return Err(StoreError::Stale { current: version }.into());
        }
        let to = applied(input.body.clone(), current.value.clone());
        match users.update(&command, &current, to, &teams).await {
            Ok(stored) => return Ok(Entity(UserView::new(&stored))),
            Err(StoreError::Stale { .. }) if input.if_match.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Contended.into())
}

fn applied(body: UpdateMe, mut credentials: Credentials) -> Credentials {
    let user = &mut credentials.user;
    if let Some(name) = body.name {
        user.name = name;
    }
    if let Some(timezone) = body.timezone {
        user.timezone = timezone;
    }
    if let Some(language) = body.language {
        user.language = language;
    }
    if let Some(weekly_summary) = body.weekly_summary {
        user.weekly_summary = weekly_summary;
    }
    credentials
}
