//! The APIs' routes: each request leads to one of them, and each API that has endpoints is there.

use super::{Broken, ROOT, Stacks, at};
use crate::template::Node;
use plat_registry::Function;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn broken(stacks: &Stacks, functions: &[Function]) -> Vec<Broken> {
    let mut broken = apis(stacks, functions);
    let mut seen: BTreeMap<&str, Vec<Route<'_>>> = BTreeMap::new();
    for template in &stacks.templates {
        for resource in template.of_kind("AWS::ApiGatewayV2::Route") {
            let api = resource
                .property(&["ApiId"])
                .and_then(Node::refers_to)
                .unwrap_or_default();
            let key = resource
                .property(&["RouteKey"])
                .and_then(Node::text)
                .unwrap_or_default();
            let Some(route) = Route::read(key) else {
                let what = format!("{key} is not a method and a path");
                broken.push(at(template, resource.node, what));
                continue;
            };
            let others = seen.entry(api).or_default();
            for other in others.iter().filter(|other| route.rivals(other)) {
                let what = format!(
                    "{key} and {} may fit one request, and neither is more specific",
                    other.key
                );
                broken.push(at(template, resource.node, what));
            }
            others.push(route);
        }
    }
    broken
}

/// The root has the APIs that endpoints are declared under, and no other.
fn apis(stacks: &Stacks, functions: &[Function]) -> Vec<Broken> {
    let mut declared: BTreeSet<String> = BTreeSet::new();
    for function in functions {
        if let Function::Endpoint(endpoint) = function {
            declared.insert(format!("{:?}Api", endpoint.api));
        }
    }
    let Some(main) = stacks.template(ROOT) else {
        return Vec::new();
    };
    let there: BTreeSet<String> = main
        .of_kind("AWS::ApiGatewayV2::Api")
        .map(|api| api.id.to_owned())
        .collect();
    let staged: BTreeSet<String> = main
        .of_kind("AWS::ApiGatewayV2::Stage")
        .filter_map(|stage| Some(stage.property(&["ApiId"])?.refers_to()?.to_owned()))
        .collect();
    let missing = declared.difference(&there).map(|api| {
        let what = format!("there is no {api}, although endpoints are declared under it; copy CrmApi, its stage, its log and its alarms");
        at(main, &main.root, what)
    });
    let idle = there.difference(&declared).map(|api| {
        at(
            main,
            &main.root,
            format!("{api} has no endpoint; remove it"),
        )
    });
    let unstaged = there
        .difference(&staged)
        .map(|api| at(main, &main.root, format!("{api} has no stage")));
    missing.chain(idle).chain(unstaged).collect()
}

/// A method and a path, split at its slashes.
struct Route<'a> {
    key: &'a str,
    method: &'a str,
    segments: Vec<&'a str>,
}

impl<'a> Route<'a> {
    fn read(key: &'a str) -> Option<Self> {
        let (method, path) = key.split_once(' ')?;
        let path = path.strip_prefix('/')?;
        Some(Self {
            key,
            method,
            segments: path.split('/').collect(),
        })
    }

    /// Whether a request may fit both and the gateway has no reason to prefer one: it prefers the path that has a word
    /// where the other has a variable. Where each has such a place, or neither, there is no telling.
    ///
    /// It does no harm where each path would take the other's word for an id: no word is one, so neither finds anything,
    /// whichever is asked.
    fn rivals(&self, other: &Self) -> bool {
        if self.method != other.method || self.segments.len() != other.segments.len() {
            return false;
        }
        let (mut ours, mut theirs, mut ids) = (false, false, true);
        for (mine, yours) in self.segments.iter().zip(&other.segments) {
            match (is_variable(mine), is_variable(yours)) {
                (false, false) if mine != yours => return false,
                (false, true) => {
                    ours = true;
                    ids &= is_id(yours);
                }
                (true, false) => {
                    theirs = true;
                    ids &= is_id(mine);
                }
                (false, false) | (true, true) => {}
            }
        }
        ours == theirs && !(ours && ids)
    }
}

fn is_variable(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Whether what stands there is an id: `{leadId}`.
fn is_id(variable: &str) -> bool {
    variable.ends_with("Id}")
}
