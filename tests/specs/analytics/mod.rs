//! What `functions/analytics` does.

mod aggregate;
mod deals;
mod pipeline;
pub(crate) mod support;
