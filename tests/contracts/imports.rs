//! Which crate may use which, as the README's map promises.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// What one crate may use. Of crates that are not ours, `outside` names what it must not; a dash at the end stands for
/// every crate that begins so.
struct Rule {
    name: &'static str,
    ours: &'static [&'static str],
    not: &'static [&'static str],
}

const LAMBDA: &str = "lambda_";
/// The crates that a domain's functions share. Their programs add the runtime.
const SHARED: &[&str] = &[
    "plat-domain",
    "plat-http",
    "plat-registry",
    "plat-services",
    "plat-sheets",
    "plat-store",
    "plat-views",
    "plat-writing",
];

/// What waits, draws, or reaches outside.
const IMPURE: &[&str] = &[
    "async-",
    "aws-",
    "axum",
    "bytes",
    "futures",
    "getrandom",
    "http",
    "hyper",
    "rand",
    "reqwest",
    "tokio",
    "tower",
    "tracing",
];

const RULES: [Rule; 8] = [
    Rule {
        name: "plat-domain",
        ours: &[],
        not: IMPURE,
    },
    Rule {
        name: "plat-writing",
        ours: &["plat-domain"],
        not: IMPURE,
    },
    Rule {
        name: "plat-store",
        ours: &["plat-domain"],
        not: &["axum", "http", "hyper", "aws-sdk-s", "aws-config"],
    },
    Rule {
        name: "plat-services",
        ours: &["plat-domain", "plat-writing"],
        not: &["axum", "aws-sdk-dynamodb", "serde_dynamo"],
    },
    Rule {
        name: "plat-http",
        ours: &["plat-domain"],
        not: &["aws-", "axum", "tokio", "hyper"],
    },
    Rule {
        name: "plat-registry",
        ours: &["plat-domain", "plat-http", "plat-services", "plat-store"],
        not: &["aws-sdk-", "axum", "hyper"],
    },
    Rule {
        name: "plat-views",
        ours: &[
            "plat-domain",
            "plat-registry",
            "plat-services",
            "plat-store",
        ],
        not: &["aws-", "axum", "hyper"],
    },
    Rule {
        name: "plat-runtime",
        ours: SHARED,
        not: &["axum", "dynoxide-rs"],
    },
];

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(plat_infra::root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    assert!(metadata.packages.len() > RULES.len());
    metadata.packages
}

fn uses(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|used| used.kind == DependencyKind::Normal)
        .map(|used| used.name.as_str())
}

fn is_function(package: &Package) -> bool {
    package
        .manifest_path
        .parent()
        .and_then(|folder| folder.parent())
        .is_some_and(|folder| folder.ends_with("functions"))
}

#[track_caller]
fn keeps(package: &Package, ours: &[&str], not: &[&str]) {
    for used in uses(package) {
        let forbidden = not.iter().any(|name| match name.strip_suffix('-') {
            Some(_) => used.starts_with(name),
            None => used == *name,
        });
        let unknown = used.starts_with("plat-") && !ours.contains(&used);
        assert!(
            !forbidden && !unknown,
            "{} must not use {used}",
            package.name
        );
    }
}

#[test]
fn shared_crates_use_what_stands_below_them() {
    let packages = packages();
    for rule in RULES {
        let package = packages.iter().find(|package| package.name == rule.name);
        keeps(package.unwrap(), rule.ours, rule.not);
    }
}

#[test]
fn domains_use_what_is_shared_and_not_each_other() {
    let ours = [SHARED, &["plat-runtime"]].concat();
    let packages = packages();
    let domains: Vec<_> = packages
        .iter()
        .filter(|package| is_function(package))
        .collect();
    assert!(domains.len() >= 8);
    for package in domains {
        keeps(package, &ours, &["aws-", "axum", "hyper", "dynoxide-rs"]);
    }
}

#[test]
fn only_the_runtime_knows_lambda() {
    for package in packages() {
        let knows = uses(&package).any(|used| used.starts_with(LAMBDA));
        assert!(!knows || package.name == "plat-runtime", "{}", package.name);
    }
}
