//! Notes, by their own id.
//!
//! Here belong the endpoints under `/api/notes`, and who may change a note. Not here: a lead's notes and writing one
//! (`leads`).

mod delete;
mod rule;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![delete::endpoint().into(), update::endpoint().into()]
}
