//! What `functions/analytics` does.

mod aggregate;
mod deals;
mod follow_up;
mod pipeline;
pub(crate) mod support;
