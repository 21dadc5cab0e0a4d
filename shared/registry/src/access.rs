//! Who may call an endpoint. The rule is a required part of its declaration, and decides what its handler is told of
//! the caller: a handler cannot ask for a team's [`Principal`] unless a permission is checked first.

use crate::Failure;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use plat_domain::{Actor, Permission, Role, SessionId, TeamId, UserId, Visibility};
use plat_http::{Problem, problems};
use plat_store::{Membership, Sight};
use std::collections::BTreeMap;

/// The rule as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessRule {
    /// Anybody; nothing is counted, since nothing is kept or asked.
    Open,
    /// Anybody, at most so often a minute from one address.
    Public,
    /// Whoever has signed the request, which its handler finds out; nothing is counted, since providers send many at once
    /// from few addresses.
    Signed,
    /// Anybody who is signed in.
    SignedIn,
    /// Who has this permission in the team of their token.
    Can(Permission),
    /// Who has this permission in the team that the path names.
    InTeam(Permission),
    /// Who operates the installation.
    Platform,
}

impl AccessRule {
    /// The permission it asks, if it asks one.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Can(permission) | Self::InTeam(permission) => Some(permission),
            Self::Open | Self::Public | Self::Signed | Self::SignedIn | Self::Platform => None,
        }
    }

    /// Whether it needs an access token.
    pub fn needs_token(self) -> bool {
        !matches!(self, Self::Open | Self::Public | Self::Signed)
    }
}

/// A rule, and what it lets the handler know of the caller.
pub trait Access: Copy + Send + Sync + 'static {
    /// What the handler is given.
    type Who: Send + 'static;
    /// The rule as data.
    fn rule(self) -> AccessRule;
    /// The caller, once the rule was found to hold; none only if the pipeline failed to establish it.
    fn who(self, caller: &Caller) -> Option<Self::Who>;
}

/// What the pipeline established.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    pub(crate) person: Option<Person>,
    pub(crate) principal: Option<Principal>,
    pub(crate) unverified: Option<Unverified>,
}

/// A request as it came. Who sent it is not known until its signature is found to hold.
#[derive(Debug, Clone)]
pub struct Unverified {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Unverified {
    /// The text of a header that is there once; empty if it is not.
    pub fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().unwrap_or_default(),
            (_, _) => "",
        }
    }

    /// The body, byte for byte.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Nobody in particular.
#[derive(Debug, Clone, Copy)]
pub struct Visitor;

/// Somebody who is signed in, whatever team they act in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user: Actor,
    /// Through which session.
    pub session: SessionId,
    /// The team of their token; they may have left it since.
    pub team: TeamId,
    /// The teams they belong to.
    pub memberships: BTreeMap<TeamId, Membership>,
    /// Their standing sessions and when each ends.
    pub sessions: BTreeMap<SessionId, Timestamp>,
    /// Whether they operate the installation.
    pub platform: bool,
}

/// Somebody acting in a team.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Who.
    pub user: Actor,
    /// In which team.
    pub team: TeamId,
    /// As what.
    pub role: Role,
    /// The team's rule on who sees whose records.
    pub visibility: Visibility,
}

impl Person {
    /// Their id.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// Themselves in `team`, if they belong to it.
    pub fn in_team(&self, team: TeamId) -> Option<Principal> {
        let membership = self.memberships.get(&team)?;
        Some(Principal {
            user: self.user.clone(),
            team,
            role: membership.role,
            visibility: membership.visibility,
        })
    }
}

impl Principal {
    /// Their id.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// Whether their role has `permission`.
    pub fn can(&self, permission: Permission) -> bool {
        self.role.can(permission)
    }

    /// That their role has `permission` beside the one that the endpoint asks: what else is asked depends on the request.
    pub fn must_have(&self, permission: Permission) -> Result<(), Failure> {
        if self.can(permission) {
            return Ok(());
        }
        let detail = format!("This needs {permission} too.");
        Err(Problem::new(&problems::FORBIDDEN, detail)
            .with("permission", permission.as_str())
            .into())
    }

    /// Whose records they see.
    pub fn sight(&self) -> Sight {
        if self.role.sees_all(self.visibility) {
            Sight::All
        } else {
            Sight::Own(self.user.id)
        }
    }
}

/// [`AccessRule::Open`].
#[derive(Debug, Clone, Copy)]
pub struct Open;
/// [`AccessRule::Public`].
#[derive(Debug, Clone, Copy)]
pub struct Public;
/// [`AccessRule::Signed`].
#[derive(Debug, Clone, Copy)]
pub struct Signed;
/// [`AccessRule::SignedIn`].
#[derive(Debug, Clone, Copy)]
pub struct SignedIn;
/// [`AccessRule::Can`].
#[derive(Debug, Clone, Copy)]
pub struct Can(pub Permission);
/// [`AccessRule::InTeam`].
#[derive(Debug, Clone, Copy)]
pub struct InTeam(pub Permission);
/// [`AccessRule::Platform`].
#[derive(Debug, Clone, Copy)]
pub struct Platform;

impl Access for Open {
    type Who = Visitor;
    fn rule(self) -> AccessRule {
        AccessRule::Open
    }
    fn who(self, _: &Caller) -> Option<Visitor> {
        Some(Visitor)
    }
}

impl Access for Public {
    type Who = Visitor;
    fn rule(self) -> AccessRule {
        AccessRule::Public
    }
    fn who(self, _: &Caller) -> Option<Visitor> {
        Some(Visitor)
    }
}

impl Access for Signed {
    type Who = Unverified;
    fn rule(self) -> AccessRule {
        AccessRule::Signed
    }
    fn who(self, caller: &Caller) -> Option<Unverified> {
        caller.unverified.clone()
    }
}

impl Access for SignedIn {
    type Who = Person;
    fn rule(self) -> AccessRule {
        AccessRule::SignedIn
    }
    fn who(self, caller: &Caller) -> Option<Person> {
        caller.person.clone()
    }
}

impl Access for Platform {
    type Who = Person;
    fn rule(self) -> AccessRule {
        AccessRule::Platform
    }
    fn who(self, caller: &Caller) -> Option<Person> {
        caller.person.clone().filter(|person| person.platform)
    }
}

impl Access for Can {
    type Who = Principal;
    fn rule(self) -> AccessRule {
        AccessRule::Can(self.0)
    }
    fn who(self, caller: &Caller) -> Option<Principal> {
        caller.principal.clone()
    }
}

impl Access for InTeam {
    type Who = Principal;
    fn rule(self) -> AccessRule {
        AccessRule::InTeam(self.0)
    }
    fn who(self, caller: &Caller) -> Option<Principal> {
        caller.principal.clone()
    }
}
