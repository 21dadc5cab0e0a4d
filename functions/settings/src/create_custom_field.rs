//! `POST /api/settings/custom-fields`

use crate::field_view::{FieldKind, FieldView, put_in};
use plat_domain::{
    Currency, FieldDefinition, FieldKey, FieldName, FieldOptions, FieldType, Permission,
};
use plat_http::problems::{self, DUPLICATE, LIMIT_REACHED};
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use plat_store::FieldSet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A new field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateCustomField {
    /// What it is called; no other field of the team may be, whatever the case. Its key is made of it.
    name: FieldName,
    /// What it holds, which never changes.
    #[serde(rename = "type")]
    kind: FieldKind,
    /// The currency of its amounts, if it holds money; US dollars unless given. It never changes either.
    currency: Option<Currency>,
    /// What one may choose from, if it holds a choice.
    options: Option<FieldOptions>,
    /// Whether every new lead must have it; not unless given.
    #[serde(default)]
    required: bool,
    /// How many fields are shown before it; all of them unless given.
    place: Option<u8>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/settings/custom-fields",
        "settings.create_custom_field",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Define a field; values that leads have under its key already are its values")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateCustomField>,
) -> Result<Created<FieldView>, Failure> {
    let command = input.command(&who.user);
    let id = command.new_id(0);
    let body = input.body;
    let kind = holds(&body)?;
    let create = |set: &mut FieldSet| -> Result<(), Failure> {
        // The id is made from the command, so whoever has it already was made by this request.
        if set.place(id).is_some() {
            return Ok(());
        }
        let taken: BTreeSet<FieldKey> = set
            .definitions
            .iter()
            .map(|field| field.key.clone())
            .collect();
        let field = FieldDefinition {
            id,
            key: FieldKey::of(&body.name, &taken),
            name: body.name.clone(),
            kind: kind.clone(),
            required: body.required,
        };
        put_in(set, field, body.place.map_or(usize::MAX, usize::from))
    };
    let fields = app.store.team(who.team).fields();
    let stored = fields.change(&command, create).await?;
    Ok(Created {
        location: format!("/api/settings/custom-fields/{id}"),
        entity: FieldView::of(&stored.value, id)?,
    })
}

/// What the field holds, if it is said in full and nothing is said that does not belong to it.
fn holds(body: &CreateCustomField) -> Result<FieldType, Failure> {
    let is_money = body.kind == FieldKind::Money;
    if body.currency.is_some() && !is_money {
        let detail = "Only amounts have a currency.";
        return Err(problems::invalid_field("/currency", "not_applicable", detail).into());
    }
    match (body.kind, &body.options) {
        (FieldKind::Choice, Some(options)) => Ok(FieldType::Choice {
            options: options.clone(),
        }),
        (FieldKind::Choice, None) => {
            let detail = "Write at least one option.";
            Err(problems::invalid_field("/options", "required", detail).into())
        }
        (
            FieldKind::Text
            | FieldKind::Number
            | FieldKind::Money
            | FieldKind::Date
            | FieldKind::YesNo,
            Some(_),
        ) => Err(options_of_none().into()),
        (FieldKind::Text, None) => Ok(FieldType::Text),
        (FieldKind::Number, None) => Ok(FieldType::Number),
        (FieldKind::Money, None) => Ok(FieldType::Money {
            currency: body.currency.unwrap_or_default(),
        }),
        (FieldKind::Date, None) => Ok(FieldType::Date),
        (FieldKind::YesNo, None) => Ok(FieldType::YesNo),
    }
}

/// Options were given to what is no choice.
pub(crate) fn options_of_none() -> plat_http::Problem {
    let detail = "Only a choice has options.";
    problems::invalid_field("/options", "not_applicable", detail)
}
