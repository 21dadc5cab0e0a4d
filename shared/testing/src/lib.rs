//! What tests need: Plat in one process over a real engine, people to act as, faults to inject.
//!
//! A test speaks HTTP to the registry, sets the time instead of sleeping, and reads sent mail as data. Not here: any
//! expectation of one domain.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod app;
mod call;
mod files;
mod mail;
mod people;
mod providers;
pub mod proxy;

pub use app::{BEDROCK, START, Started, TestApp};
pub use call::{Answer, Call};
pub use files::{FileAnswer, fetch};
pub use mail::{MailFault, MailFaults};
pub use people::{PASSWORD, Someone, mailed_token};
pub use plat_local::{Happening, HappeningKind};
pub use plat_services::SentMail;
pub use providers::{Asked, ProviderAnswer, Providers};
