//! What a follow-up is about.

use plat_domain::{PropertyType, Text};

/// What an agent wants of one mail, in their own words.
pub type Instructions = Text<1, 500>;

/// Which follow-up it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FollowUpKind {
    /// A day after the client was added.
    Day1,
    /// Three days after.
    Day3,
    /// A week after.
    Week1,
    /// Two weeks after.
    Week2,
    /// A month after.
    Month1,
    /// One that somebody planned.
    Custom,
}

impl FollowUpKind {
    /// Every kind, in the order in which they fall due.
    pub const ALL: &'static [Self] = &[
        Self::Day1,
        Self::Day3,
        Self::Week1,
        Self::Week2,
        Self::Month1,
        Self::Custom,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day1 => "day_1",
            Self::Day3 => "day_3",
            Self::Week1 => "week_1",
            Self::Week2 => "week_2",
            Self::Month1 => "month_1",
            Self::Custom => "custom",
        }
    }
}

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientStage {
    /// Nothing is agreed.
    Lead,
    /// Terms are being discussed.
    Negotiating,
    /// There is a contract.
    UnderContract,
    /// The business is done.
    Closed,
    /// There will be none.
    Lost,
}

impl ClientStage {
    /// Every stage.
    pub const ALL: &'static [Self] = &[
        Self::Lead,
        Self::Negotiating,
        Self::UnderContract,
        Self::Closed,
        Self::Lost,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Negotiating => "negotiating",
            Self::UnderContract => "under_contract",
            Self::Closed => "closed",
            Self::Lost => "lost",
        }
    }
}

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
    pub kind: FollowUpKind,
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
