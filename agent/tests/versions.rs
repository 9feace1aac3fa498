//! The order of Debian versions, against dpkg's own.
//!
//! Touches the program `dpkg`, which changes nothing here. Must never pass where dpkg is missing and every
//! test has to run.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use std::cmp::Ordering;
use std::process::Command;

use proptest::prelude::*;
use sekisho_agent::sensors::platform::updates::version::compare;

/// What dpkg says; `None` when it takes one of them for no version.
fn by_dpkg(one: &str, other: &str) -> Option<Ordering> {
    let says = |relation: &str| {
        let output = Command::new("dpkg")
            .args(["--compare-versions", one, relation, other])
            .output()
            .unwrap();
        // dpkg compares what is no version all the same, and complains.
        output.stderr.is_empty().then(|| output.status.success())
    };
    Some(match (says("lt")?, says("gt")?) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    })
}

fn version() -> impl Strategy<Value = String> {
    (
        prop::option::of("[0-9]{1,2}"),
        "[0-9][0-9a-b.+~]{0,6}",
        prop::option::of("[0-9a-b.+~]{1,4}"),
    )
        .prop_map(|(epoch, upstream, revision)| {
            let epoch = epoch.map_or_else(String::new, |epoch| format!("{epoch}:"));
            let revision = revision.map_or_else(String::new, |revision| format!("-{revision}"));
            format!("{epoch}{upstream}{revision}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them(one in version(), other in version()) {
        if Command::new("dpkg").arg("--version").output().is_err() {
            println!("SKIPPED: dpkg is not installed");
            prop_assert!(std::env::var_os("SEKISHO_CI").is_none());
            return Ok(());
        }
        if let Some(order) = by_dpkg(&one, &other) {
            prop_assert_eq!(compare(&one, &other), order, "{} {}", one, other);
        }
    }
}
