//! What `functions/tags` does, one file an endpoint.

mod create;
mod delete;
mod list;
mod update;
