//! Who may make, change and remove owners.

use plat_domain::{Permission, Role};
use plat_http::{Problem, problems};
use plat_registry::{Failure, Principal};

/// Whoever manages a team gives and takes every role but that of an owner: for that one has to be an owner oneself.
/// `roles` are those that are given or taken.
pub(crate) fn may_deal_in(who: &Principal, roles: &[Role]) -> Result<(), Failure> {
    let needed = Permission::TeamOwn;
    if !roles.contains(&Role::Owner) || who.can(needed) {
        return Ok(());
    }
    let detail = format!(
        "Only who has the permission {needed} makes, changes or removes owners; your role {} does not have it.",
        who.role
    );
    Err(Problem::new(&problems::FORBIDDEN, detail)
        .with("permission", needed.as_str())
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::{Actor, TeamId, UserId, Visibility};

    fn acting_as(role: Role) -> Principal {
        Principal {
            user: Actor {
                id: UserId::from_bits(1),
                name: "Ann".to_owned(),
            },
            team: TeamId::from_bits(1),
            role,
            visibility: Visibility::Team,
        }
    }

    #[test]
    fn only_an_owner_deals_in_the_role_of_an_owner() {
        for role in Role::ALL {
            let who = acting_as(*role);
            let owns = *role == Role::Owner;
            assert_eq!(may_deal_in(&who, &[Role::Owner]).is_ok(), owns, "{role}");
            assert_eq!(
                may_deal_in(&who, &[Role::Member, Role::Owner]).is_ok(),
                owns,
                "{role}"
            );
            assert!(may_deal_in(&who, &[Role::Member, Role::Admin]).is_ok());
        }
    }
}
