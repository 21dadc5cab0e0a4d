//! Timelines of the whole team, and what people log in them.

mod create;
mod get;
mod list;
