//! Tags: names and colours that leads wear.
//!
//! Here belong the endpoints under `/api/tags`. Not here: putting tags on leads and taking them off (`leads`), the rules
//! of names and colours (`domain::tag`).

mod create;
mod delete;
mod list;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        create::endpoint().into(),
        delete::endpoint().into(),
        list::endpoint().into(),
        update::endpoint().into(),
    ]
}
