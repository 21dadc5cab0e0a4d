//! Whether what a request says of the team's own fields fits what they hold.

use plat_domain::field_definition::check;
use plat_domain::{CustomFields, CustomValue, FieldDefinition, Invalid};
use plat_http::{FieldError, problems};
use plat_registry::Failure;
use plat_store::TeamScope;
use std::collections::BTreeMap;

/// The values of a new lead as they are kept. Every one that does not fit is told, and every required one that is missing.
pub(crate) async fn of_new(
    team: &TeamScope,
    fields: &CustomFields,
) -> Result<CustomFields, Failure> {
    let definitions = team.fields().get().await?.definitions;
    check(&definitions, fields).map_err(told)
}

/// The changes of a lead's values as they are kept. Only the fields that are named are looked at, so a lead that lacks what
/// has become required, or holds what does not fit any more, can still be changed.
pub(crate) async fn of_changes(
    team: &TeamScope,
    changes: BTreeMap<String, Option<CustomValue>>,
) -> Result<BTreeMap<String, Option<CustomValue>>, Failure> {
    let mut definitions = team.fields().get().await?.definitions;
    definitions.retain(|field| changes.contains_key(field.key.as_str()));
    let set = changes
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    let set = CustomFields::new(set.collect()).map_err(refused)?;
    let set = check(&definitions, &set).map_err(told)?;
    let kept = |name: &String| set.get(name).cloned();
    Ok(changes
        .into_keys()
        .map(|name| (name.clone(), kept(&name)))
        .collect())
}

/// That a lead may be without any: no field is required.
pub(crate) async fn may_be_cleared(team: &TeamScope) -> Result<(), Failure> {
    let mut definitions: Vec<FieldDefinition> = team.fields().get().await?.definitions;
    definitions.retain(|field| field.required);
    check(&definitions, &CustomFields::default())
        .map(|_| ())
        .map_err(told)
}

/// What is wrong with the fields together.
pub(crate) fn refused(refused: Invalid) -> Failure {
    problems::invalid_field("/customFields", refused.code, &refused.detail).into()
}

fn told(wrong: Vec<(String, Invalid)>) -> Failure {
    let error = |(key, refused): (String, Invalid)| FieldError {
        // A key has no character that a pointer would have to escape.
        pointer: format!("/customFields/{key}"),
        code: refused.code.to_owned(),
        detail: refused.detail.into_owned(),
    };
    wrong.into_iter().map(error).collect::<Vec<_>>().into()
}
