//! The templates run what the registry has, each function once, from its domain's binary.

use super::{Broken, Stacks, at};
use crate::template::{Node, Resource, Template};
use plat_registry::Function;
use std::collections::BTreeMap;

pub(super) fn broken(stacks: &Stacks, functions: &[Function]) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut deployed: BTreeMap<&str, usize> = functions
        .iter()
        .map(|function| (function.operation(), 0))
        .collect();
    for template in &stacks.templates {
        for function in template.of_kind("AWS::Serverless::Function") {
            let handler = function
                .property(&["Handler"])
                .and_then(Node::text)
                .unwrap_or_default();
            match deployed.get_mut(handler) {
                None => {
                    let what = format!("no function is called {handler}");
                    broken.push(at(template, function.node, what));
                }
                Some(times) => {
                    *times += 1;
                    let domain = handler.split('.').next().unwrap_or_default();
                    if binary(template, function) != Some(domain) {
                        let what = format!("{handler} is not in the binary that CodeUri names");
                        broken.push(at(template, function.node, what));
                    }
                }
            }
            if function.property(&["Role"]).is_none() {
                let what =
                    format!("{handler} has no role of its own, and would get one that may more");
                broken.push(at(template, function.node, what));
            }
        }
    }
    for (operation, times) in deployed {
        if times != 1 {
            broken.push(Broken {
                place: operation.to_owned(),
                what: format!("{times} templates run it; there should be one"),
            });
        }
    }
    broken
}

/// The last folder of a function's code.
fn binary<'a>(template: &'a Template, function: Resource<'a>) -> Option<&'a str> {
    let global = template.root.at(&["Globals", "Function", "CodeUri"]);
    let place = function.property(&["CodeUri"]).or(global)?.text()?;
    place.trim_end_matches('/').rsplit('/').next()
}
