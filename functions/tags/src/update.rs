//! `PATCH /api/tags/{tagId}` and its alias `PUT`.

use crate::view::{TagPath, TagView, standing};
use plat_domain::{Color, Permission, TagName};
use plat_http::patch::{never_null, present};
use plat_http::problems::{DUPLICATE, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::{StoreError, Tag, TagSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateTag {
    /// Its name; no other tag of the team may have it, whatever the case.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<TagName>,
    /// Its colour.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    color: Option<Color>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/tags/{tagId}",
        "tags.update",
        Can(Permission::LeadsWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Rename or recolour a tag")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TagPath, UpdateTag>,
) -> Result<Entity<TagView>, Failure> {
    let command = input.command(&who.user);
    let id = input.path.tag_id;
    let update = |set: &mut TagSet| -> Result<Tag, StoreError> {
        let namesake = input.body.name.as_ref().and_then(|name| set.named(name));
        let tag = standing(set, id, input.if_match)?;
        if namesake.is_some_and(|other| other != id) {
            return Err(StoreError::Taken("name"));
        }
        let before = tag.clone();
        if let Some(name) = &input.body.name {
            tag.name = name.clone();
        }
        if let Some(color) = &input.body.color {
            tag.color = color.clone();
        }
        if *tag != before {
            tag.version += 1;
        }
        Ok(tag.clone())
    };
    let tags = app.store.team(who.team).tags();
    let (_, tag) = tags.change(&command, update).await?;
    let uses = tags.uses(id).await?;
    Ok(Entity(TagView::new(id, tag, uses)))
}
