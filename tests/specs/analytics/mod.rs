//! What `functions/analytics` does.

mod aggregate;
mod conversion;
mod deals;
mod follow_up;
mod leads;
mod overview;
mod pipeline;
mod sources;
pub(crate) mod support;
