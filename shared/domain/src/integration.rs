//! Other services that a team connects with keys of its own.
//!
//! What belongs here: which there are, and what is known of a connection. What does not: the keys, which are sealed, and how
//! the services are asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{Line, Text};

wire_enum! {
    /// A service that a team can connect.
    pub enum IntegrationProvider {
        /// Models of Anthropic write.
        Anthropic = "anthropic",
        /// Models of OpenAI write.
        OpenAi = "openai",
        /// SendGrid sends.
        SendGrid = "sendgrid",
    }
}

/// A key by which the events of a provider are verified, as the provider shows it.
pub type VerificationKey = Text<1, 500>;

/// A connection that stands. The key itself is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// With whom.
    pub provider: IntegrationProvider,
    /// How the key ends, by which people know it again.
    pub key_ending: String,
    /// The key by which the provider signs what it tells; SendGrid's event webhook has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification_key: Option<VerificationKey>,
    /// When the key was last found to work.
    pub tested_at: Timestamp,
    /// Why it does not work any more, if it was refused since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Line>,
}
