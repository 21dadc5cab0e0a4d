//! What a follow-up is about.

use plat_domain::{ClientStage, FollowUpType, Instructions, PropertyType};

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The agent.
    pub name: String,
    /// The team, as clients know it.
    pub team: String,
}

/// All that is known when a follow-up is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Which follow-up it is.
    pub kind: FollowUpType,
    /// Who is written to.
    pub client_name: String,
    /// Where the property is, on one line.
    pub property_address: String,
    /// What kind of property it is.
    pub property_type: PropertyType,
    /// Where the client stands.
    pub stage: ClientStage,
    /// What the team noted about the client. It is about them, not for them to read.
    pub notes: Option<String>,
    /// The fields that the team defined, by name.
    pub custom_fields: Vec<(String, String)>,
    /// What the agent wants of this mail.
    pub instructions: Option<Instructions>,
    /// Who writes.
    pub sender: Sender,
    /// The language to write in, as a tag such as `en` or `es-MX` (BCP 47).
    pub language: String,
}
