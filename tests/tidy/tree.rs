//! The source tree: every file of it, and what stands at its top.
//!
//! Touches the source tree, reading only. Must never follow what git does not keep.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the workspace stands.
pub(crate) fn workspace_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// A file of the tree: its path below the top, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file that ends in one of these, by path.
pub(crate) fn sources(endings: &[&str]) -> Vec<Source> {
    let top = workspace_dir();
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                if name != ".git" && !name.starts_with("target") {
                    folders.push(entry.path());
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let path = entry
                    .path()
                    .strip_prefix(&top)
                    .unwrap()
                    .display()
                    .to_string();
                let text = fs::read_to_string(entry.path()).unwrap();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(!found.is_empty(), "nothing ends in {endings:?}");
    found
}

#[test]
fn the_top_of_the_tree_holds_what_it_should_and_nothing_else() {
    let expected: BTreeSet<String> = [
        ".cargo",
        ".ci",
        ".git",
        ".gitignore",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "agent",
        "clippy.toml",
        "collector",
        "deny.toml",
        "docs",
        "packaging",
        "policy",
        "proto",
        "rustfmt.toml",
        "tests",
    ]
    .map(str::to_owned)
    .into();
    let found: BTreeSet<String> = fs::read_dir(workspace_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("target"))
        .chain([".git".to_owned()])
        .collect();
    let too_many: Vec<_> = found.difference(&expected).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(
        too_many.is_empty() && missing.is_empty(),
        "not known: {too_many:?}; missing: {missing:?}"
    );
}
