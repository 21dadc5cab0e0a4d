//! What follows records so that they are found.
//!
//! Here belongs the job that keeps the entries of search and orders. Not here: what the entries are
//! (`store::lead_index`, `store::client_index`, `store::deal_index`), reading lists (`leads`, `clients`, `deals`).

mod index;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![index::job().into()]
}
