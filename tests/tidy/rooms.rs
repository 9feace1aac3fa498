//! Rooms: their size, their first line, and who may enter which.
//!
//! Touches the source tree, reading only. Must never raise a limit.

use crate::tree::{Source, sources};

/// Lines of half of all files, at most.
const MEDIAN_MAX: usize = 150;
/// Lines of any file, at most.
const LINES_MAX: usize = 500;

#[test]
fn every_file_says_what_it_is_for() {
    for Source { path, text } in sources(&[".rs"]) {
        assert!(text.starts_with("//! "), "{path} does not open with //!");
    }
}

#[test]
fn rooms_are_small() {
    let mut sizes: Vec<(usize, String)> = sources(&[".rs"])
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .collect();
    sizes.sort();
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= MEDIAN_MAX, "the median is {median} lines");
    let too_large: Vec<_> = sizes
        .iter()
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(
        too_large.is_empty(),
        "more than {LINES_MAX} lines: {too_large:?}"
    );
}

#[test]
fn no_room_is_a_mod_rs() {
    for Source { path, .. } in sources(&[".rs"]) {
        assert!(
            !path.ends_with("/mod.rs"),
            "{path}: name it after its folder, beside it"
        );
    }
}

#[test]
fn the_agents_rooms_do_not_know_each_other() {
    const ROOMS: [&str; 5] = ["sensors", "enforce", "scan", "link", "beacon"];
    for source in sources(&[".rs"]) {
        let Some(own) = ROOMS.into_iter().find(|room| is_in(&source, "agent", room)) else {
            continue;
        };
        for other in ROOMS.into_iter().filter(|room| *room != own) {
            let known = modules_of_the_crate(&source.text).any(|name| name == other);
            assert!(!known, "{}: {own} must not know {other}", source.path);
        }
    }
}

/// Else a capture would lack what it reads.
#[test]
fn readers_of_facts_ask_the_system_through_its_root_alone() {
    // The library that reads rpm's database takes nothing but a path, and devices are opened by name.
    const EXEMPT: [&str; 4] = [
        "agent/src/sensors/root/",
        "agent/src/sensors/software/rpm/database.rs",
        "agent/src/sensors/volumes/linux.rs",
        "agent/src/sensors/root.rs",
    ];
    const PAST_IT: [&str; 8] = [
        "std::fs",
        " fs::",
        "(fs::",
        "File::open",
        "UnixStream",
        "Command::",
        "Path::new(\"/",
        "zbus::",
    ];
    for source in sources(&[".rs"]) {
        let exempt = EXEMPT.iter().any(|path| source.path.starts_with(path));
        let is_test = source.path.ends_with("/tests.rs") || source.path.contains("/tests/");
        if exempt || is_test || !is_in(&source, "agent", "sensors") {
            continue;
        }
        let code = source.text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let past = PAST_IT.iter().find(|way| line.contains(**way));
            assert_eq!(past, None, "{}: {line}", source.path);
        }
    }
}

#[test]
fn the_collectors_core_knows_no_wire_and_no_database() {
    const CORE: [&str; 6] = ["intake", "response", "audit", "enrol", "admit", "clearance"];
    for source in sources(&[".rs"]) {
        // Its tests stand on a real store.
        let is_test = source.path.ends_with("/tests.rs") || source.path.contains("/tests/");
        if is_test || !CORE.iter().any(|room| is_in(&source, "collector", room)) {
            continue;
        }
        for foreign in ["tonic", "axum", "hyper", "rustls", "rusqlite", "sqlx"] {
            let named = source.text.contains(&format!("{foreign}::"));
            assert!(!named, "{}: the core must not know {foreign}", source.path);
        }
    }
}

fn is_in(source: &Source, crate_dir: &str, room: &str) -> bool {
    let file = format!("{crate_dir}/src/{room}.rs");
    let folder = format!("{crate_dir}/src/{room}/");
    source.path == file || source.path.starts_with(&folder)
}

/// The modules that a file names by `crate::`, one by one or in braces.
fn modules_of_the_crate(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).flat_map(|after| {
        let (names, each) = match after.strip_prefix('{') {
            Some(group) => (group.split("};").next().unwrap_or(group), true),
            None => (after, false),
        };
        names
            .split([',', '\n'])
            .map(str::trim_start)
            .map(|name| {
                name.split(|c: char| c != '_' && !c.is_alphanumeric())
                    .next()
                    .unwrap_or("")
            })
            .take(if each { usize::MAX } else { 1 })
    })
}

#[test]
fn modules_named_in_any_way_are_seen() {
    let named: Vec<_> = modules_of_the_crate("use crate::link::dial;\nuse crate::{ask, scan::x};")
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(named, ["link", "ask", "scan"]);
}
