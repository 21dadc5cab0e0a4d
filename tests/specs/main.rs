//! What Plat does, as sentences: one folder a domain and one file an endpoint, as under `functions/`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod auth;
mod leads;
mod notes;
mod system;
mod tags;
mod teams;
