//! What lies outside Plat: time, chance, keys, mail, the event bus, queues, files, secrets of teams, third parties. A trait
//! each, with its implementation in AWS and a local one.
//!
//! Not here: the table (that is `store`), HTTP replies, and any rule of the product.

pub mod bus;
mod causes;
pub mod clock;
pub mod files;
pub mod keys;
pub mod mail;
pub mod mail_events;
mod not_granted;
pub mod outgoing;
pub mod password;
pub mod queues;
pub mod random;
pub mod sendgrid;
#[cfg(test)]
mod stub;
pub mod two_factor;
pub mod vault;
mod verified;
pub mod writer;

pub use bus::{Bus, BusError, EventBridge};
pub use clock::{Clock, SetClock, SystemClock};
pub use files::{Files, FilesError};
pub use keys::{
    AccessClaims, KeyError, KeyMaterial, Keys, MailedPurpose, PublicKey, RefreshToken,
    Unsubscribing,
};
pub use mail::{
    Mail, MailError, MailStatus, Mailer, Outbox, Sent, SentMail, SesMailer, TeamMail, TeamMailer,
};
pub use not_granted::NotGranted;
pub use outgoing::{Internet, Outgoing, OutgoingError};
pub use queues::{QueueDepth, QueueError, Queues, Sqs};
pub use random::{Random, SystemRandom};
pub use vault::{KmsVault, LocalVault, Vault};
pub use writer::{Anthropic, ApiKey, Bedrock, OpenAi, Writer, WriterError};
