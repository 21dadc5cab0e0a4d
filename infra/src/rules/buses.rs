//! A rule on the account's default bus says whose news it is about: all services and all stacks of the account tell theirs
//! there.

use super::{Broken, Stacks, at};
use crate::template::{Node, Resource};

pub(super) fn broken(stacks: &Stacks) -> Vec<Broken> {
    let mut broken = Vec::new();
    for template in &stacks.templates {
        for rule in template.of_kind("AWS::Events::Rule") {
            if on_default_bus(rule) && !names_a_resource(rule) {
                let what = format!(
                    "{} hears of what is not this stack's: its pattern is to name a resource under `detail`",
                    rule.id
                );
                broken.push(at(template, rule.node, what));
            }
        }
    }
    broken
}

fn on_default_bus(rule: Resource<'_>) -> bool {
    // A rule on a schedule hears of nothing.
    let hears = rule.property(&["EventPattern"]).is_some();
    let bus = rule.property(&["EventBusName"]);
    hears && bus.is_none_or(|bus| bus.text() == Some("default"))
}

fn names_a_resource(rule: Resource<'_>) -> bool {
    let detail = rule.property(&["EventPattern", "detail"]);
    detail.is_some_and(|detail| {
        let mut within = detail.walk().into_iter();
        within.any(|node| Node::refers_to(node).is_some())
    })
}
