//! Teams: their members, roles and invitations.
//!
//! Here belong the endpoints under `/api/teams` and what they show. Not here: what a role may do (`domain::permission`),
//! how teams are stored (`store::team`), the mail that carries an invitation (`auth`).

mod accept_invite;
mod audit;
mod create;
mod get;
mod invite;
mod list;
mod members;
mod problems;
mod remove_member;
mod rule;
mod set_role;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        accept_invite::endpoint().into(),
        audit::endpoint().into(),
        create::endpoint().into(),
        get::endpoint().into(),
        invite::endpoint().into(),
        list::endpoint().into(),
        members::endpoint().into(),
        remove_member::endpoint().into(),
        set_role::endpoint().into(),
        update::endpoint().into(),
    ]
}
