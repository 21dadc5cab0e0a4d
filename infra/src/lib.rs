//! What is made from the registry and committed: the reference and the domains' stacks. And whether all stacks, those
//! written by hand too, are such as they may be deployed.
//!
//! Here belongs the rendering of declarations into files, and rules on the files. Not here: anything that a function does
//! not declare.

mod committed;
mod openapi;
mod operation;
mod responses;
pub mod rules;
mod schemas;
mod stacks;
pub mod template;

pub use committed::{Differs, check, root, write};
pub use openapi::openapi;
