//! Figures: counters that follow what happens, and what is made of them.
//!
//! Here belong the job that keeps them and the endpoints under `/api/analytics`. Not here: what is counted of an event and
//! what follows from the counts (`domain::figures`), how counters are stored (`store::figures`), and the recount that proves
//! them (`admin`).

mod aggregate;
mod conversion;
mod deals;
mod leads;
mod overview;
mod period;
mod pipeline;
mod sources;
mod view;

use plat_registry::Function;

/// Parts of a whole are told to a hundredth of a percent.
const RATE_DIGITS: u8 = 4;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        aggregate::job().into(),
        conversion::endpoint().into(),
        deals::endpoint().into(),
        leads::endpoint().into(),
        overview::endpoint().into(),
        pipeline::endpoint().into(),
        sources::endpoint().into(),
    ]
}
