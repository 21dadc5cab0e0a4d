//! What is made from the registry and committed: the reference.
//!
//! Here belongs the rendering of declarations into files. Not here: anything that an endpoint does not declare.

mod committed;
mod openapi;
mod operation;
mod responses;
mod schemas;

pub use committed::{Differs, check, root, write};
pub use openapi::openapi;
