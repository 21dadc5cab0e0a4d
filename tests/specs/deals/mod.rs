//! What `functions/deals` does, one file an endpoint.

mod add_document;
mod add_note;
mod assign;
mod board;
mod create;
mod delete;
mod documents;
mod faults;
mod get;
mod history;
mod list;
mod set_status;
pub(crate) mod support;
mod timeline;
mod update;
mod visibility;
mod walks;
