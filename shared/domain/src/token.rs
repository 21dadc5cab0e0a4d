//! Mailed tokens: what they are for, and what an invitation tells.
//!
//! What belongs here: the words of tokens that records, events and mails share. What does not: how a token is made, kept or
//! mailed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;
use crate::{Role, TeamId};

wire_enum! {
    /// What a token lets its bearer do.
    pub enum TokenPurpose {
        /// Show that an address is theirs.
        VerifyEmail = "verify_email",
        /// Set a new password.
        ResetPassword = "reset_password",
        /// Join a team.
        AcceptInvite = "accept_invite",
        /// Nothing: written for an unknown address, so that asking takes the same time and leaves the same trace.
        Decoy = "decoy",
    }
}

/// The part of an invitation that its mail tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InviteDetails {
    /// The team.
    pub team: TeamId,
    /// Its name when the invitation was written.
    pub team_name: String,
    /// The role that is offered.
    pub role: Role,
    /// Who invites.
    pub invited_by: String,
}
