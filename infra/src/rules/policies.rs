//! What roles, queues, buckets and keys allow: named actions on named resources. A `*` needs its reason behind it, as in
//! `Action: sqs:*  # any: denied, not allowed`.

use super::{Broken, Stacks, at};
use crate::template::{Node, Template};

/// How a reason begins.
const REASON: &str = "any: ";

pub(super) fn broken(stacks: &Stacks) -> Vec<Broken> {
    stacks.templates.iter().flat_map(of_template).collect()
}

fn of_template(template: &Template) -> Vec<Broken> {
    let mut broken = Vec::new();
    for node in template.root.walk() {
        if node.get("Effect").is_some() {
            broken.extend(of_statement(template, node));
        }
        // Policies of AWS's own grow without us.
        if let Some(managed) = node.get("ManagedPolicyArns")
            && reason(template, managed.line).is_none()
        {
            broken.push(at(
                template,
                managed,
                "a policy that is not written here needs a reason",
            ));
        }
    }
    for function in template.of_kind("AWS::Serverless::Function") {
        if let Some(policies) = function.property(&["Policies"]) {
            broken.push(at(
                template,
                policies,
                "grant to the function's role, not beside it",
            ));
        }
    }
    broken
}

fn of_statement(template: &Template, statement: &Node) -> Vec<Broken> {
    let mut broken = Vec::new();
    for key in ["NotAction", "NotResource", "NotPrincipal"] {
        if let Some(node) = statement.get(key) {
            broken.push(at(
                template,
                node,
                format!("{key} allows what nobody thought of"),
            ));
        }
    }
    for key in ["Action", "Resource"] {
        for node in statement.get(key).map(Node::walk).unwrap_or_default() {
            let wide = node.text().is_some_and(|text| text.contains('*'));
            if wide && reason(template, node.line).is_none() {
                let text = node.text().unwrap_or_default();
                let what = format!("{text} as {key} needs a reason behind it: `# {REASON}…`");
                broken.push(at(template, node, what));
            }
        }
    }
    broken
}

fn reason(template: &Template, line: usize) -> Option<&str> {
    template
        .comment(line)?
        .trim()
        .strip_prefix(REASON)
        .filter(|reason| !reason.trim().is_empty())
}
