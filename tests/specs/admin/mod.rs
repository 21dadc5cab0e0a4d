//! What `functions/admin` does, one file an endpoint or a job.

mod audit_logs;
mod clean_up;
mod health;
mod recount;
