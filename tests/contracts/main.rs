//! What holds for the code as a whole, whichever endpoint one looks at: the reference and the registry agree, crates
//! know only what they may, everybody may do what the table says and nothing else, and no endpoint costs more than its
//! budget.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod absences;
mod authorization;
mod budgets;
mod imports;
mod reference;
mod scene;
mod sources;
mod stacks;
mod table;

use plat_registry::{Endpoint, Function};

/// Every endpoint there is.
fn endpoints() -> Vec<Endpoint> {
    plat_local::functions()
        .into_iter()
        .filter_map(|function| match function {
            Function::Endpoint(endpoint) => Some(endpoint),
            Function::Job(_) => None,
        })
        .collect()
}
