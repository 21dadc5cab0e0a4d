//! Documents: files attached to records, by their own id.
//!
//! Here belong the endpoints under `/api/documents` and the jobs that follow what happens to files. Not here: the rules of
//! a document (`domain::document`), how it is stored (`store::document`), a deal's documents (`deals`).

mod delete;
mod expire_pending;
mod get;
mod presign;
mod receive;
mod record_scan;
mod record_upload;
mod versions;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        delete::endpoint().into(),
        expire_pending::job().into(),
        get::endpoint().into(),
        presign::endpoint().into(),
        record_scan::job().into(),
        record_upload::job().into(),
        versions::endpoint().into(),
    ]
}
