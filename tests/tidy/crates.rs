//! Which crates may know which, and which may come in from outside.
//!
//! Touches `cargo metadata`. Must never allow an edge that ARCHITECTURE.md does not draw.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{Metadata, MetadataCommand};

use crate::tree::workspace_dir;

fn metadata() -> Metadata {
    MetadataCommand::new()
        .current_dir(workspace_dir())
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .unwrap()
}

#[test]
fn crates_know_only_those_before_them_on_the_street() {
    let allowed: BTreeMap<&str, &[&str]> = [
        ("sekisho-policy", &[][..]),
        ("sekisho-proto", &["sekisho-policy"]),
        ("sekisho-agent", &["sekisho-policy", "sekisho-proto"]),
        ("sekisho-collector", &["sekisho-policy", "sekisho-proto"]),
        (
            "sekisho-tests",
            &[
                "sekisho-policy",
                "sekisho-proto",
                "sekisho-agent",
                "sekisho-collector",
            ],
        ),
        ("sekisho-packaging", &[]),
    ]
    .into();
    let metadata = metadata();
    let mut seen = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        seen.insert(name.to_owned());
        let Some(allowed) = allowed.get(name) else {
            panic!("{name} is a crate nobody planned");
        };
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            let is_ours = other.starts_with("sekisho-");
            assert!(
                !is_ours || allowed.contains(&other),
                "{name} must not know {other}"
            );
        }
    }
    assert_eq!(seen.len(), allowed.len(), "only {seen:?} are there");
}

#[test]
fn the_vocabulary_depends_on_nothing_that_acts() {
    let metadata = metadata();
    let policy = metadata.workspace_packages();
    let policy = policy
        .iter()
        .find(|package| package.name.as_str() == "sekisho-policy");
    for dependency in &policy.unwrap().dependencies {
        let name = dependency.name.as_str();
        let acts = [
            "tokio", "tonic", "prost", "rusqlite", "tracing", "rand", "nix", "reqwest", "axum",
        ];
        assert!(!acts.contains(&name), "policy must not depend on {name}");
    }
}

#[test]
fn what_comes_from_outside_is_free_to_use_and_from_the_one_registry() {
    let banned = ["openssl-sys", "native-tls", "async-std", "chrono"];
    for package in &metadata().packages {
        let name = package.name.as_str();
        assert!(
            !banned.contains(&name),
            "{name} is banned; deny.toml says why"
        );
        let Some(source) = &package.source else {
            continue;
        };
        assert!(source.is_crates_io(), "{name} comes from {source}");
        let licence = package.license.as_deref().unwrap_or_default();
        assert!(is_permissive(licence), "{name} is under {licence:?}");
    }
}

/// Whether an SPDX expression can be met with permissive licences alone: every part joined by
/// `AND` has an alternative that is.
fn is_permissive(expression: &str) -> bool {
    const PERMISSIVE: [&str; 12] = [
        "Apache-2.0",
        "MIT",
        "MIT-0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "Zlib",
        "CC0-1.0",
        "Unlicense",
        "Unicode-3.0",
        "BSL-1.0",
        "OpenSSL",
    ];
    expression
        .replace(['(', ')'], "")
        .split(" AND ")
        .all(|part| {
            part.replace('/', " OR ")
                .split(" OR ")
                .map(|name| name.trim().trim_end_matches(" WITH LLVM-exception"))
                .any(|name| PERMISSIVE.contains(&name))
        })
}

#[test]
fn licences_are_read_as_they_are_meant() {
    assert!(is_permissive("MIT/Apache-2.0"));
    assert!(is_permissive("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_permissive("Apache-2.0 OR GPL-2.0-only"));
    assert!(!is_permissive("MIT AND GPL-3.0-only"));
    assert!(!is_permissive("MPL-2.0"));
    assert!(!is_permissive(""));
}
