//! Which record a request names: each kind has a field of its own.

use plat_domain::{ClientId, DealId, LeadId, RecordRef};
use plat_http::FieldError;

/// The only record that is named, or none if none is.
pub(crate) fn one(
    client: Option<ClientId>,
    deal: Option<DealId>,
    lead: Option<LeadId>,
) -> Result<Option<RecordRef>, Vec<FieldError>> {
    let named = [
        client.map(|id| ("clientId", RecordRef::Client(id))),
        deal.map(|id| ("dealId", RecordRef::Deal(id))),
        lead.map(|id| ("leadId", RecordRef::Lead(id))),
    ];
    let named: Vec<_> = named.into_iter().flatten().collect();
    match named.as_slice() {
        [] => Ok(None),
        [(_, only)] => Ok(Some(*only)),
        several => {
            let refused = several.iter().map(|(field, _)| FieldError {
                pointer: format!("/{field}"),
                code: "not_together".to_owned(),
                detail: "Name one of clientId, dealId and leadId.".to_owned(),
            });
            Err(refused.collect())
        }
    }
}
