//! What clients see of a person who signs in.

use plat_domain::{Email, Language, Name, Role, TeamId, TimeZoneName, UserId};
use plat_registry::Versioned;
use plat_store::{Credentials, Stored, Team};
use schemars::JsonSchema;
use serde::Serialize;

/// A person.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Me")]
pub(crate) struct UserView {
    /// Who.
    id: UserId,
    /// The address they sign in with.
    email: Email,
    /// How they are called.
    name: Name,
    /// Whether they showed that the address is theirs.
    email_verified: bool,
    /// Their time zone.
    timezone: TimeZoneName,
    /// The language they read.
    language: Language,
    /// Whether a summary of their week is mailed to them, on Monday morning where they are.
    weekly_summary: bool,
    /// Whether signing in asks for a code.
    two_factor_enabled: bool,
    /// One more with each change; the `ETag`.
    version: u64,
}

/// A team, as one of its members sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActiveTeam")]
pub(crate) struct TeamView {
    /// Which.
    id: TeamId,
    /// What it is called.
    name: Name,
    /// Its short name in links.
    slug: String,
    /// What the person is in it.
    role: Role,
}

/// Tokens of a session.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Tokens")]
pub(crate) struct TokensView {
    /// Send it as `Authorization: Bearer <accessToken>`.
    pub(crate) access_token: String,
    /// Exchange it once for new tokens, within seven days.
    pub(crate) refresh_token: String,
    /// Always `Bearer`.
    pub(crate) token_type: &'static str,
    /// Seconds for which the access token is valid.
    pub(crate) expires_in: i64,
}

/// Who signed in, in which team, and the tokens to act with.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SignedIn")]
pub(crate) struct SignedInView {
    /// Who.
    pub(crate) user: UserView,
    /// The team that the tokens are for.
    pub(crate) team: TeamView,
    #[serde(flatten)]
    pub(crate) tokens: TokensView,
}

impl UserView {
    pub(crate) fn new(stored: &Stored<Credentials>) -> Self {
        Self::at(&stored.value, stored.version)
    }

    /// The view of a profile that is at `version`.
    pub(crate) fn at(credentials: &Credentials, version: u64) -> Self {
        let user = credentials.user.clone();
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            email_verified: user.email_verified,
            timezone: user.timezone,
            language: user.language,
            weekly_summary: user.weekly_summary,
            two_factor_enabled: credentials.two_factor.is_some(),
            version,
        }
    }
}

impl TeamView {
    pub(crate) fn new(team: &Team, role: Role) -> Self {
        Self {
            id: team.id,
            name: team.name.clone(),
            slug: team.slug.clone(),
            role,
        }
    }
}

impl Versioned for UserView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl Versioned for SignedInView {
    fn version(&self) -> u64 {
        self.user.version
    }
}
