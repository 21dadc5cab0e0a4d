//! The registry, the reference, the list of operations and the folders say the same.

use crate::endpoints;
use crate::table::Table;
use plat_registry::{AccessRule, Endpoint};
use std::collections::BTreeMap;

#[test]
fn the_committed_files_are_what_the_registry_makes() {
    if let Err(differs) = plat_infra::check() {
        panic!("{differs}");
    }
}

/// `tests/operations.csv` is written by hand: what was agreed, not what the code does.
#[test]
fn there_is_every_operation_that_was_agreed_and_no_other() {
    let agreed = Table::read("operations.csv");
    let endpoints = endpoints();
    let names: Vec<&str> = endpoints
        .iter()
        .map(|endpoint| endpoint.operation)
        .collect();
    let missing: Vec<String> = endpoints
        .iter()
        .filter(|endpoint| !agreed.names().contains(&endpoint.operation))
        .map(declared)
        .collect();
    assert!(missing.is_empty(), "not agreed:\n{}", missing.join("\n"));
    agreed.has_rows_for(&names);
    for endpoint in &endpoints {
        assert_eq!(declared(endpoint), agreed.row(endpoint.operation));
    }
}

#[test]
fn no_request_fits_two_endpoints() {
    let mut seen: BTreeMap<(String, String), &str> = BTreeMap::new();
    let endpoints = endpoints();
    for endpoint in &endpoints {
        let shape: String = endpoint
            .path
            .as_str()
            .split('/')
            .map(|part| if part.starts_with('{') { "/{}" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in endpoint.methods() {
            let other = seen.insert((method.to_string(), shape.clone()), endpoint.operation);
            assert_eq!(
                other, None,
                "{method} {shape} is {} too",
                endpoint.operation
            );
        }
    }
}

#[test]
fn a_function_is_named_like_its_file() {
    let mut seen = Vec::new();
    for function in plat_local::functions() {
        let operation = function.operation();
        let (domain, verb) = operation.split_once('.').unwrap();
        let file = format!("functions/{domain}/src/{verb}.rs");
        assert!(
            plat_infra::root().join(&file).exists(),
            "{operation} should be in {file}"
        );
        assert!(!seen.contains(&operation), "{operation} is there twice");
        seen.push(operation);
    }
}

#[test]
fn every_operation_is_in_the_reference_under_its_name() {
    let reference = plat_infra::openapi().unwrap();
    for endpoint in endpoints() {
        let path = reference["paths"][endpoint.path.as_str()]
            .as_object()
            .unwrap();
        for method in endpoint.methods() {
            let operation = &path[&method.as_str().to_lowercase()];
            let name = operation["operationId"].as_str().unwrap();
            assert!(name.starts_with(endpoint.operation), "{name}");
            assert_eq!(
                operation.get("security").is_some(),
                endpoint.access.needs_token(),
                "{name}"
            );
        }
    }
}

/// An endpoint as a row of `operations.csv`.
fn declared(endpoint: &Endpoint) -> String {
    let mut methods: Vec<String> = endpoint.methods().map(ToString::to_string).collect();
    methods.sort();
    let access = match endpoint.access {
        AccessRule::Open | AccessRule::Public => "public",
        AccessRule::Signed => "signed",
        AccessRule::SignedIn => "user",
        AccessRule::Platform => "platform",
        AccessRule::Can(permission) | AccessRule::InTeam(permission) => permission.as_str(),
    };
    format!(
        "{},{},{},{access}",
        endpoint.operation,
        methods.join("|"),
        endpoint.path.as_str()
    )
}
