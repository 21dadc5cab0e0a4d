//! What others call: providers that tell what became of something, and people without an account.
//!
//! Here belong the endpoints under `/webhook`, `/unsubscribe` and `/intake`. Not here: what follows from what is told.

mod lead_intake;
mod lead_intake_form;
mod lead_intake_person;
mod page;
mod problems;
mod sendgrid;
mod unsubscribe;
mod unsubscribe_page;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        lead_intake::endpoint().into(),
        sendgrid::endpoint().into(),
        unsubscribe::endpoint().into(),
        unsubscribe_page::endpoint().into(),
    ]
}
