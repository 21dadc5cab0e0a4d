//! `DELETE /api/settings/custom-fields/{fieldId}`

use crate::field_view::{FieldPath, taken_out};
use plat_domain::Permission;
use plat_http::problems::STALE;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoContent, Principal};
use plat_store::{FieldSet, StoreError};
use std::sync::Arc;

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::DELETE,
        "/api/settings/custom-fields/{fieldId}",
        "settings.delete_custom_field",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Delete a field; leads keep their values under its key, which nothing checks any more")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<FieldPath>,
) -> Result<NoContent, Failure> {
    let command = input.command(&who.user);
    let delete = |set: &mut FieldSet| -> Result<(), StoreError> {
        taken_out(set, input.path.field_id, input.if_match).map(|_| ())
    };
    let fields = app.store.team(who.team).fields();
    fields.change(&command, delete).await?;
    Ok(NoContent)
}
