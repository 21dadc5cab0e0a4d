//! `DELETE /api/tags/{tagId}`

use crate::view::{TagPath, standing};
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use plat_store::{StoreError, TagSet};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/tags/{tagId}",
        "tags.delete",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Delete a tag everywhere")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<TagPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    let id = input.path.tag_id;
    let delete = |set: &mut TagSet| -> Result<(), StoreError> {
        standing(set, id, input.if_match)?;
        set.tags.remove(&id);
        Ok(())
    };
    app.store
        .team(who.team)
        .tags()
        .change(&command, delete)
        .await?;
    Ok(NoContent)
}
