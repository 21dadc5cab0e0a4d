//! What `functions/dashboard` does, one file an endpoint.

mod recent_activity;
mod send_weekly_summaries;
mod stats;
pub(crate) mod support;
