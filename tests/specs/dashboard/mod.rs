//! What `functions/dashboard` does, one file an endpoint.

mod recent_activity;
