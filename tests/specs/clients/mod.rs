//! What `functions/clients` does, one file an endpoint or job.

mod create;
mod delete;
mod get;
mod list;
mod restore;
mod schedule_follow_ups;
pub(crate) mod support;
mod tasks;
mod timeline;
mod update;
mod visibility;
