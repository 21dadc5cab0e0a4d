//! What Plat does, as sentences: one folder a domain and one file an endpoint, as under `functions/`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod activities;
mod admin;
mod analytics;
mod audit;
mod auth;
mod clients;
mod dashboard;
mod deals;
mod documents;
mod emails;
mod hooks;
mod integrations;
mod leads;
mod local;
mod notes;
mod outbox;
mod settings;
mod system;
mod tags;
mod tasks;
mod teams;
