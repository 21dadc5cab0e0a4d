//! What `functions/leads` does, one file an endpoint.

mod activities;
mod add_note;
mod add_tags;
mod assign;
mod bulk_delete;
mod convert;
mod create;
mod delete;
mod faults;
mod get;
mod history;
mod list;
mod list_notes;
mod remove_tag;
mod restore;
mod set_status;
pub(crate) mod support;
mod update;
mod visibility;
mod walks;
