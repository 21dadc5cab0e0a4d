//! What clients see of a team and of its members.

use jiff::Timestamp;
use plat_domain::{Actor, Email, Name, Role, TeamId, UserId, Visibility};
use plat_registry::Versioned;
use plat_store::{Member, Stored, Team};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one team.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TeamPath {
    /// The team.
    #[expect(
        dead_code,
        reason = "the access rule reads it; handlers act in the team that it found"
    )]
    team_id: TeamId,
}

/// The ids in the path of everything about one member.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MemberPath {
    /// The team.
    #[expect(
        dead_code,
        reason = "the access rule reads it; handlers act in the team that it found"
    )]
    team_id: TeamId,
    /// The member.
    pub(crate) user_id: UserId,
}

/// A team, as one of its members sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Team")]
pub(crate) struct TeamView {
    /// Which.
    id: TeamId,
    /// What it is called.
    name: Name,
    /// Its short name in links; it stays when the team is renamed.
    slug: String,
    /// What the person who asks is in it.
    role: Role,
    /// Which records members and assistants see.
    visibility: Visibility,
    /// How many belong to it.
    member_count: u32,
    /// One more with each change, and with each member who comes or goes; the `ETag`.
    version: u64,
    /// When it was created.
    created_at: Timestamp,
    /// When its name or visibility was last changed.
    updated_at: Timestamp,
}

/// A member of a team.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Member")]
pub(crate) struct MemberView {
    /// Who.
    user: Actor,
    /// The address they sign in with.
    email: Email,
    /// What they are in the team.
    role: Role,
    /// Since when they belong to it.
    joined_at: Timestamp,
    /// One more with each change; the `ETag`.
    version: u64,
}

impl TeamView {
    pub(crate) fn new(stored: Stored<Team>, role: Role) -> Self {
        let team = stored.value;
        Self {
            id: team.id,
            name: team.name,
            slug: team.slug,
            role,
            visibility: team.visibility,
            member_count: team.members,
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

impl MemberView {
    pub(crate) fn new(stored: Stored<Member>) -> Self {
        let member = stored.value;
        Self {
            user: Actor {
                id: member.user,
                name: member.name.as_str().to_owned(),
            },
            email: member.email,
            role: member.role,
            joined_at: stored.created_at,
            version: stored.version,
        }
    }
}

impl Versioned for TeamView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for MemberView {
    fn version(&self) -> u64 {
        self.version
    }
}
