//! Plat on one machine: every function in one process, over the same registry, store and jobs as in AWS.
//!
//! Here belongs what stands in for AWS: the engine behind the table, the files, the queues, the pump that carries changes and
//! messages to jobs, the HTTP server, and pages for people under `/_local/`. Not here: anything an endpoint does.

mod apps;
pub mod demo;
pub mod engine;
mod files;
mod functions;
mod granted;
mod host;
mod mail_events;
mod pages;
mod pump;
mod queues;
pub mod server;

pub use files::{BUCKET, LocalFiles};
pub use functions::functions;
pub use host::{Detour, Host, HostError, MailDetour, Options};
pub use mail_events::{Happening, HappeningKind, ses_event};
pub use pump::PumpError;
pub use queues::{DeadLetter, LocalQueues, QueueFileError};
