//! Deals: transactions on a property.
//!
//! Here belong the endpoints under `/api/deals` and what they show. Not here: the rules of a deal (`domain::deal`), how it
//! is stored (`store::deal`), the jobs that follow its changes (`search`, `activities`, `analytics`).

mod create;
mod get;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![create::endpoint().into(), get::endpoint().into()]
}
