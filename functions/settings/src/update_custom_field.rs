//! `PATCH /api/settings/custom-fields/{fieldId}` and its alias `PUT`.

use crate::create_custom_field::options_of_none;
use crate::field_view::{FieldPath, FieldView, put_in, taken_out};
use plat_domain::{FieldName, FieldOptions, FieldType, Permission};
use plat_http::patch::{never_null, present};
use plat_http::problems::{DUPLICATE, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::FieldSet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// What changes; what is absent stays. What leads have already is not looked at: a value that does not fit any more stays
/// until somebody changes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateCustomField {
    /// What it is called; no other field of the team may be, whatever the case.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<FieldName>,
    /// All that one may choose from, if it holds a choice.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    options: Option<FieldOptions>,
    /// Whether every new lead must have it.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    required: Option<bool>,
    /// How many fields are shown before it. It is no part of the field's version.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    place: Option<u8>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/settings/custom-fields/{fieldId}",
        "settings.update_custom_field",
        Can(Permission::TeamManage),
        handle,
    )
    .alias(Method::PUT)
    .summary("Rename or move a field, change its options, or whether it is required")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<FieldPath, UpdateCustomField>,
) -> Result<Entity<FieldView>, Failure> {
    let command = input.command(&who.user);
    let (id, body) = (input.path.field_id, input.body);
    let update = |set: &mut FieldSet| -> Result<(), Failure> {
        let (place, mut field) = taken_out(set, id, input.if_match)?;
        if let Some(name) = &body.name {
            field.name = name.clone();
        }
        if let Some(given) = &body.options {
            match &mut field.kind {
                FieldType::Choice { options } => *options = given.clone(),
                FieldType::Text
                | FieldType::Number
                | FieldType::Money { .. }
                | FieldType::Date
                | FieldType::YesNo => return Err(options_of_none().into()),
            }
        }
        field.required = body.required.unwrap_or(field.required);
        put_in(set, field, body.place.map_or(place, usize::from))
    };
    let fields = app.store.team(who.team).fields();
    let stored = fields.change(&command, update).await?;
    Ok(Entity(FieldView::of(&stored.value, id)?))
}
