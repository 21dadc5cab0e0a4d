//! What others call: providers that tell what became of something, and people without an account.
//!
//! Here belong the endpoints under `/webhook` and `/unsubscribe`. Not here: what follows from what is told.

mod page;
mod problems;
mod sendgrid;
mod unsubscribe;
mod unsubscribe_page;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        sendgrid::endpoint().into(),
        unsubscribe::endpoint().into(),
        unsubscribe_page::endpoint().into(),
    ]
}
