//! What `functions/system` does, one file an endpoint, and what holds for every reply of every domain.

mod docs;
mod every_reply;
mod health;
mod openapi;
mod root;
