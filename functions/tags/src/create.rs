//! `POST /api/tags`

use crate::view::TagView;
use plat_domain::{Color, Permission, TagId, TagName};
use plat_http::problems::{DUPLICATE, LIMIT_REACHED};
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::{StoreError, Tag, TagSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new tag.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateTag {
    /// Its name; no other tag of the team may have it, whatever the case.
    name: TagName,
    /// Its colour; one is chosen unless given.
    color: Option<Color>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/tags",
        "tags.create",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Create a tag")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateTag>,
) -> Result<Created<TagView>, Failure> {
    let command = input.command(&who.user);
    let id: TagId = command.new_id(0);
    let CreateTag { name, color } = input.body;
    let color = color.unwrap_or_else(|| Color::for_name(&name));
    let create = |set: &mut TagSet| -> Result<Tag, StoreError> {
        // The id is made from the command, so whoever has it already was made by this request.
        if let Some(tag) = set.tags.get(&id) {
            return Ok(tag.clone());
        }
        if set.named(&name).is_some() {
            return Err(StoreError::Taken("name"));
        }
        let tag = Tag {
            name: name.clone(),
            color: color.clone(),
            version: 1,
        };
        set.tags.insert(id, tag.clone());
        Ok(tag)
    };
    let (_, tag) = app
        .store
        .team(who.team)
        .tags()
        .change(&command, create)
        .await?;
    Ok(Created {
        location: format!("/api/tags/{id}"),
        entity: TagView::new(id, tag, 0),
    })
}
