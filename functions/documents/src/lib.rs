//! Documents: files attached to records, by their own id.
//!
//! Here belong the endpoints under `/api/documents` and the jobs that follow what happens to files. Not here: the rules of
//! a document (`domain::document`), how it is stored (`store::document`), a deal's documents (`deals`).

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![]
}
