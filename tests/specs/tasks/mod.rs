//! Tasks, and follow-ups until somebody sends them.

mod clean_up;
mod complete;
mod create;
mod delete;
mod dispatch_due;
mod follow_ups;
mod get;
mod list;
mod support;
mod uncomplete;
mod update;
mod visibility;
