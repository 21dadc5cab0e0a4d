//! What Plat does, as sentences: one folder a domain and one file an endpoint, as under `functions/`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod admin;
mod analytics;
mod audit;
mod auth;
mod dashboard;
mod deals;
mod documents;
mod leads;
mod local;
mod notes;
mod outbox;
mod system;
mod tags;
mod teams;
