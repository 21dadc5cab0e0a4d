//! Which record a request names: a task is about one, and each kind of record has a field of its own.

use plat_domain::{ClientId, DealId, LeadId, PropertyId, RecordRef};
use plat_http::FieldError;
use plat_http::patch::Patch;

/// A record under the name of the field that names it.
pub(crate) type Named = (&'static str, RecordRef);

/// Those of these that are given, each under the name of its field.
pub(crate) fn given(
    client: Option<ClientId>,
    deal: Option<DealId>,
    lead: Option<LeadId>,
    property: Option<PropertyId>,
) -> Vec<Named> {
    let records = [
        client.map(RecordRef::Client),
        deal.map(RecordRef::Deal),
        lead.map(RecordRef::Lead),
        property.map(RecordRef::Property),
    ];
    let records = records.into_iter().flatten();
    records.map(|record| (field(record), record)).collect()
}

/// The only one of these, or none if there are none.
pub(crate) fn one(named: &[Named]) -> Result<Option<Named>, Vec<FieldError>> {
    match named {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => {
            let refused = several.iter().map(|(field, _)| FieldError {
                pointer: format!("/{field}"),
                code: "not_together".to_owned(),
                detail: "Name one of clientId, dealId, leadId and propertyId at most.".to_owned(),
            });
            Err(refused.collect())
        }
    }
}

/// The field that names a record of this kind.
pub(crate) const fn field(record: RecordRef) -> &'static str {
    match record {
        RecordRef::Client(_) => "clientId",
        RecordRef::Deal(_) => "dealId",
        RecordRef::Lead(_) => "leadId",
        RecordRef::Property(_) => "propertyId",
    }
}

/// What a patch makes of the record that a task is about: another, none, or the same.
pub(crate) fn changed(
    current: Option<RecordRef>,
    client: Patch<ClientId>,
    deal: Patch<DealId>,
    lead: Patch<LeadId>,
    property: Patch<PropertyId>,
) -> Result<Option<RecordRef>, Vec<FieldError>> {
    let named = given(
        client.as_set().copied(),
        deal.as_set().copied(),
        lead.as_set().copied(),
        property.as_set().copied(),
    );
    if let Some((_, record)) = one(&named)? {
        return Ok(Some(record));
    }
    let keeps = |record: &RecordRef| match record {
        RecordRef::Client(_) => client.is_keep(),
        RecordRef::Deal(_) => deal.is_keep(),
        RecordRef::Lead(_) => lead.is_keep(),
        RecordRef::Property(_) => property.is_keep(),
    };
    Ok(current.filter(keeps))
}
