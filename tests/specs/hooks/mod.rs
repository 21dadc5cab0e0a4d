//! What `functions/hooks` does, one file an endpoint.

mod sendgrid;
mod unsubscribe;
