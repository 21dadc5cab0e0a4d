//! What a team sets once for all its work.
//!
//! Here belong the endpoints under `/api/settings`. Not here: what a person sets for themselves (`auth`), keys of providers
//! (`integrations`), and how follow-ups are written and sent by these settings (`emails`).

mod business;
mod email;
mod problems;
mod test_email;
mod update_business;
mod update_email;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        business::endpoint().into(),
        email::endpoint().into(),
        test_email::endpoint().into(),
        update_business::endpoint().into(),
        update_email::endpoint().into(),
    ]
}
