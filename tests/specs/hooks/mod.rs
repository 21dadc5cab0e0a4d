//! What `functions/hooks` does, one file an endpoint.

mod lead_intake;
mod sendgrid;
mod unsubscribe;
