//! Updates that are missing, lists that are old, restarts that are due.
//!
//! Touches nothing.

use super::*;
use crate::facts::{Facts, PendingUpdate, Platform};
use crate::rules::testing::{NOW, approved, case, check};
use crate::time::Timestamp;

fn updates(days_old: i64, missing: &[&str]) -> Updates {
    Updates {
        source: PackageSource::Dpkg,
        listed_at: NOW.after(Span::from_days(-days_old)),
        count: u32::try_from(missing.len()).unwrap(),
        pending: missing
            .iter()
            .map(|name| PendingUpdate {
                name: (*name).to_owned(),
                architecture: "amd64".to_owned(),
                installed: "1-1".to_owned(),
                available: "1-1+deb12u1".to_owned(),
            })
            .collect(),
        restart_needed: Reading::Known(false),
        evidence: vec![],
    }
}

fn examine(parameters: Parameters, updates: Reading<Updates>, latest: Timestamp) -> Found {
    let facts = Facts {
        platform: Reading::Known(Platform {
            updates,
            ..Platform::not_asked()
        }),
        ..Facts::not_asked()
    };
    let entry = approved();
    parameters.examine(&Case {
        latest,
        ..case(&facts, &entry)
    })
}

#[track_caller]
fn finds(updates: Updates, outcome: Outcome, says: &str) {
    let found = examine(Parameters::default(), Reading::Known(updates), NOW);
    check(&found, outcome, says);
}

#[test]
fn an_update_of_windows_is_told_as_one_that_is_not_installed() {
    let mut told = updates(1, &["KB5046617"]);
    told.source = PackageSource::WindowsUninstall;
    for one in &mut told.pending {
        (one.architecture, one.installed) = (String::new(), String::new());
    }
    let found = examine(Parameters::default(), Reading::Known(told.clone()), NOW);
    check(&found, Outcome::Fail, "KB5046617");
    check(&found, Outcome::Fail, "Windows Update");
    let seen = seen_of(&found);
    assert!(seen.contains("not installed: 1-1+deb12u1"), "{seen}");
    told.count = 0;
    told.pending.clear();
    told.listed_at = NOW.after(Span::from_days(-30));
    finds(told, Outcome::Unknown, "Check for updates");
}

fn seen_of(found: &Found) -> String {
    format!("{:?}", found.evidence)
}

#[test]
fn what_is_missing_is_named_and_counted() {
    finds(updates(1, &[]), Outcome::Pass, "No security update");
    finds(updates(1, &["openssl"]), Outcome::Fail, "openssl");
    finds(updates(1, &["a", "b", "c"]), Outcome::Fail, "2 more");
    let many = Updates {
        count: 300,
        ..updates(1, &["a", "b"])
    };
    finds(many, Outcome::Fail, "299 more");
    let found = examine(
        Parameters::default(),
        Reading::Known(updates(1, &["openssl"])),
        NOW,
    );
    assert_eq!(
        found.evidence[1],
        Evidence::new("openssl (amd64)", "1-1 < 1-1+deb12u1")
    );
}

#[test]
fn an_old_list_that_names_nothing_is_no_pass_and_one_that_names_something_still_counts() {
    finds(updates(14, &[]), Outcome::Pass, "");
    finds(updates(15, &[]), Outcome::Unknown, "sudo apt update");
    finds(updates(900, &["openssl"]), Outcome::Fail, "openssl");
    finds(updates(-2, &[]), Outcome::Unknown, "clock");
}

#[test]
fn a_clock_that_is_wrong_makes_no_list_young() {
    let young = Reading::Known(updates(1, &[]));
    let found = examine(Parameters::default(), young, Timestamp(i64::MAX));
    check(&found, Outcome::Unknown, "Set the date");
}

#[test]
fn a_restart_that_is_due_counts_where_the_policy_says_so() {
    let due = Updates {
        restart_needed: Reading::Known(true),
        ..updates(1, &[])
    };
    finds(due.clone(), Outcome::Fail, "restart");
    let lenient = Parameters {
        require_restart: false,
        ..Parameters::default()
    };
    check(
        &examine(lenient, Reading::Known(due), NOW),
        Outcome::Pass,
        "",
    );
    let untold = Updates {
        restart_needed: Reading::Unknown(Why::NotPermitted("/run".to_owned())),
        ..updates(1, &[])
    };
    finds(untold, Outcome::Unknown, "/run");
    let unmarked = Updates {
        restart_needed: Reading::Absent,
        ..updates(1, &[])
    };
    finds(unmarked.clone(), Outcome::Unknown, "restart");
}

#[test]
fn lists_that_are_not_there_say_nothing() {
    let none = Reading::Unknown(Why::ToolMissing("/var/lib/apt/lists".to_owned()));
    let found = examine(Parameters::default(), none, NOW);
    check(&found, Outcome::Unknown, "/var/lib/apt/lists");
    let found = examine(Parameters::default(), Reading::Absent, NOW);
    check(&found, Outcome::Unknown, "");
}
