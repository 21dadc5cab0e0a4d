//! What `functions/emails` does, one file an endpoint or job.

mod crashes;
mod get;
mod list;
mod preview;
mod record_event;
mod retry;
mod send;
mod send_follow_up;
pub(crate) mod support;
mod writing;
