//! What AWS has room for.

use super::{Broken, Stacks, at};
use crate::stacks::{MOST_FUNCTIONS, MOST_RESOURCES};
use std::collections::BTreeMap;

/// One operation on nested stacks may touch 2,500 resources.
const MOST_IN_ALL: usize = 2_300;

/// An HTTP API has no more integrations, and nobody can be asked for more.
const MOST_INTEGRATIONS: usize = 300;

/// CloudFormation fills in no more secrets and parameters by reference.
const MOST_REFERENCES: usize = 60;

pub(super) fn broken(stacks: &Stacks) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut in_all = 0;
    let mut integrations: BTreeMap<&str, usize> = BTreeMap::new();
    for template in &stacks.templates {
        let resources = template.resources().count();
        in_all += resources;
        if resources > MOST_RESOURCES {
            let what =
                format!("{resources} resources; a stack is to have {MOST_RESOURCES} at most");
            broken.push(at(template, &template.root, what));
        }
        for integration in template.of_kind("AWS::ApiGatewayV2::Integration") {
            let api = integration
                .property(&["ApiId"])
                .and_then(|api| api.refers_to());
            *integrations.entry(api.unwrap_or_default()).or_default() += 1;
        }
        let references = references(template);
        if references > MOST_REFERENCES {
            let what = format!(
                "{references} dynamic references; CloudFormation fills in {MOST_REFERENCES}. Put fewer than {MOST_FUNCTIONS} functions into a stack"
            );
            broken.push(at(template, &template.root, what));
        }
    }
    if let Some(main) = stacks.templates.first() {
        if in_all > MOST_IN_ALL {
            let what =
                format!("{in_all} resources in all stacks; {MOST_IN_ALL} are to be the most");
            broken.push(at(main, &main.root, what));
        }
        for (api, count) in integrations {
            if count > MOST_INTEGRATIONS {
                let what = format!(
                    "{count} integrations of {api}; an HTTP API has room for {MOST_INTEGRATIONS}. Declare some under another Api"
                );
                broken.push(at(main, &main.root, what));
            }
        }
    }
    broken
}

/// The dynamic references that a template has once each function has what `Globals` say.
fn references(template: &crate::template::Template) -> usize {
    let within = |node: &crate::template::Node| {
        node.walk()
            .into_iter()
            .filter_map(|node| node.text())
            .map(|text| text.matches("{{resolve:").count())
            .sum::<usize>()
    };
    let functions = template.of_kind("AWS::Serverless::Function").count();
    let global = template.root.get("Globals").map_or(0, within);
    let own = template.root.get("Resources").map_or(0, within);
    global * functions + own
}
