//! What is made from declarations and committed: the reference, the catalogue of events, the domains' stacks. And the
//! rules that all stacks keep, those too that are written by hand.
//!
//! Here belongs the rendering of declarations into files, and rules on such files. Not here: anything that a function does
//! not declare.

mod catalogue;
mod committed;
mod openapi;
mod operation;
mod responses;
pub mod rules;
mod schemas;
mod stacks;
pub mod template;
mod verify_audit;

pub use catalogue::catalogue;
pub use committed::{Differs, check, root, write};
pub use openapi::openapi;
pub use verify_audit::verify_audit;
