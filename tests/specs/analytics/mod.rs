//! What `functions/analytics` does.

mod aggregate;
pub(crate) mod support;
