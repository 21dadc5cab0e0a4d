//! What Plat does, as sentences: one folder a domain and one file an endpoint, as under `functions/`.

mod auth;
mod leads;
mod notes;
mod system;
mod tags;
mod teams;
