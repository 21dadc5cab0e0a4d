//! What lies outside Plat: time, chance, keys, mail, the event bus, queues, files. A trait each, with its implementation in AWS and a local one.
//!
//! Not here: the table (that is `store`), HTTP replies, and any rule of the product.

pub mod bus;
pub mod clock;
pub mod files;
pub mod keys;
pub mod mail;
mod not_granted;
pub mod password;
pub mod queues;
pub mod random;
pub mod two_factor;
mod verified;

pub use bus::{Bus, BusError, EventBridge};
pub use clock::{Clock, SetClock, SystemClock};
pub use files::{Files, FilesError};
pub use keys::{AccessClaims, KeyError, KeyMaterial, Keys, MailedPurpose, PublicKey, RefreshToken};
pub use mail::{Mail, MailError, MailStatus, Mailer, Outbox, SentMail, SesMailer};
pub use not_granted::NotGranted;
pub use queues::{QueueDepth, QueueError, Queues, Sqs};
pub use random::{Random, SystemRandom};
