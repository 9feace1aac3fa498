//! What a verdict must be where others are known to get it wrong: each case is a system put together by hand, and goes
//! the way of `check --from` to a verdict of the shipped policy.
//!
//! Touches temporary folders. Must never pass where a reader is made generous: `mutations.rs` has the
//! decisions to turn over to see it.
#![cfg(target_os = "linux")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by it")]

mod antivirus;
mod disks;
mod laptop;
mod mutations;
mod others;
mod wireless;

use laptop::Laptop;
use serde_json::Value;

/// A case: its name, what is done to the laptop, the rule, and what must come of it.
type Case = (&'static str, fn(&Laptop), &'static str, &'static str);

/// Judges every case, and tells of all that came out otherwise.
#[track_caller]
fn judge(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (name, change, rule, outcome) in cases {
        let laptop = Laptop::new();
        change(&laptop);
        let judged = laptop.judged();
        let found = found(&judged, rule);
        if found["outcome"] != *outcome {
            wrong.push(format!("{name}: {rule} must be {outcome}: {found:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn found<'a>(judged: &'a Value, rule: &str) -> &'a Value {
    let mut findings = judged["findings"].as_array().unwrap().iter();
    findings
        .find(|finding| finding["rule"] == rule)
        .unwrap_or_else(|| panic!("no finding of {rule}: {judged}"))
}

/// Else a case could pass by what it did not change.
#[test]
fn the_laptop_that_the_cases_spoil_keeps_every_rule() {
    let judged = Laptop::new().judged();
    for finding in judged["findings"].as_array().unwrap() {
        let outcome = finding["outcome"].as_str().unwrap();
        // Only a collector can approve a device, and what other rules ask is not on this laptop.
        let judged_here = RULES.contains(&finding["rule"].as_str().unwrap());
        assert!(!judged_here || outcome == "pass", "{finding:#}");
    }
}

/// The rules whose facts the laptop has.
const RULES: [&str; 9] = [
    "definitions-current",
    "disk-encrypted",
    "firewall-on",
    "local-administrators",
    "os-supported",
    "removable-media",
    "screen-locks",
    "secure-boot",
    "updates-pending",
];
