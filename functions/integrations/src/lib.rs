//! Services that a team connects with keys of its own.
//!
//! Here belong the endpoints under `/api/integrations`, and what makes a key one that is kept. Not here: how the services
//! are asked (`services`), how keys are sealed (`services::vault`), and what is done by them (`emails`).

mod check;
mod connect;
mod disconnect;
mod list;
mod problems;
mod secret;
mod status;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        connect::endpoint().into(),
        disconnect::endpoint().into(),
        list::endpoint().into(),
        status::endpoint().into(),
    ]
}
