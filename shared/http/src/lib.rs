//! Requests and replies as Plat speaks them, without knowing who carries them.
//!
//! Here belong problems (RFC 9457), the reading of bodies and parameters, merge patches, and headers. Not here: Lambda
//! types, the table, any one domain.

pub mod patch;
pub mod problem;
pub mod problems;
pub mod read;
mod request;

pub use patch::Patch;
pub use problem::{MOVED, Problem, ProblemType};
pub use read::FieldError;
pub use request::{Reply, Request, client_prefix, query_pairs};
