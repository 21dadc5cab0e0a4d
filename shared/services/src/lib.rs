//! What lies outside Plat: time, chance, keys, mail. A trait each, with its implementation in AWS and a local one.
//!
//! Not here: the table (that is `store`), HTTP replies, and any rule of the product.

pub mod clock;
pub mod keys;
pub mod mail;
pub mod password;
pub mod random;
pub mod two_factor;

pub use clock::{Clock, SetClock, SystemClock};
pub use keys::{AccessClaims, KeyError, KeyMaterial, Keys, MailedPurpose, RefreshToken};
pub use mail::{Mail, MailError, Mailer, Outbox, SentMail, SesMailer};
pub use random::{Random, SystemRandom};
