//! Notes, by their own id.
//!
//! Here belong the endpoints under `/api/notes`, and who may change a note. Not here: the notes of a record and writing
//! one (`leads`, `deals`).

mod delete;
mod rule;
mod update;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![delete::endpoint().into(), update::endpoint().into()]
}
