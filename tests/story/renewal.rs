//! A certificate grows old: it is renewed in time, late, or not any more; and a laptop is enrolled anew
//! while its agent runs.
//!
//! Touches the cast, and the age of a certificate. Must never renew by hand what the agent renews.

use sekisho_tests::aged::certificate_is_of;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::isolation::{enforcing, isolate, reaches_everything, reaches_nothing, until_account_is};
use crate::judgement::{STRICT, world_with_aiko};

/// Days that a certificate is good for.
const DAYS: i64 = 90;

/// A company with a laptop whose certificate was made so many days ago. Nothing is started after that.
fn world_with_aged_aiko(days: i64) -> (World, Laptop) {
    let (mut world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.until_nothing_waits();
    aiko.stop();
    world.stop_collector();
    certificate_is_of(&world, &aiko, days).unwrap();
    (world, aiko)
}

/// Waits until the audit log has an entry of this kind, and gives its details.
#[track_caller]
fn until_audited(world: &World, action: &str) -> Value {
    eventually(&format!("{action} is in the audit log"), || {
        let log = world.ask(&["audit", "entries", "--limit", "1000"]);
        let entries = log["entries"].as_array().unwrap();
        let entry = entries.iter().rfind(|entry| entry["action"] == action);
        entry.cloned().ok_or_else(|| {
            let actions = entries.iter().map(|entry| entry["action"].to_string());
            actions.collect::<Vec<_>>().join(" ")
        })
    })
}

/// Reports on with its renewed certificate, also after being switched off and on.
#[track_caller]
fn goes_on_with_a_new_certificate(world: &World, aiko: &mut Laptop, until: &Value) {
    let renewed = aiko.until_status("/certificate_until", |now| {
        now.is_string() && now.as_str() > until.as_str()
    });
    assert_eq!(renewed["clock_off"], json!(false), "{renewed}");
    aiko.stop();
    aiko.machine().has_packages(&["qbittorrent-nox"]);
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    aiko.until_nothing_waits();
}

/// When the laptop's certificate ends, by its own word.
#[track_caller]
fn ends(aiko: &Laptop) -> Value {
    let status = eventually("the agent answers", || aiko.status());
    status["certificate_until"].clone()
}

#[test]
fn a_certificate_is_renewed_in_time_while_the_agent_runs() {
    // Two thirds of the time have passed, and the twelfth that devices draw from.
    let (mut world, mut aiko) = world_with_aged_aiko(DAYS * 3 / 4 + 2);
    aiko.start();
    let until = ends(&aiko);
    world.start_collector();
    until_audited(&world, "device.renewed");
    // Once used, the new one is the only one that is good.
    until_audited(&world, "certificate.superseded");
    goes_on_with_a_new_certificate(&world, &mut aiko, &until);
    let log = std::fs::read_to_string(aiko.log_path()).unwrap();
    assert!(
        !log.contains("starting anew"),
        "its own renewal is no enrolment: {log}"
    );
}

#[test]
fn a_certificate_that_has_ended_is_renewed_late() {
    let (mut world, mut aiko) = world_with_aged_aiko(DAYS + 100);
    aiko.start();
    let until = ends(&aiko);
    world.start_collector();
    until_audited(&world, "device.renewed_late");
    goes_on_with_a_new_certificate(&world, &mut aiko, &until);
}

#[test]
fn an_isolated_laptop_renews_late_through_its_isolation_and_is_released() {
    if !may_make_namespaces() {
        return;
    }
    let (network, mut world, mut aiko) = enforcing();
    isolate(&world);
    aiko.stop();
    world.stop_collector();
    certificate_is_of(&world, &aiko, DAYS + 100).unwrap();
    world.start_collector();
    reaches_nothing(&network.laptop);

    aiko.start();
    until_audited(&world, "device.renewed_late");
    world.until_device("aiko", "/attached", &json!(true));
    reaches_nothing(&network.laptop);
    world.ask(&["order", "release", "aiko", "--reason", "scanned, clean"]);
    until_account_is(&world, "full");
    reaches_everything(&network.laptop);
}

#[test]
fn a_certificate_that_ended_more_than_a_year_ago_is_not_renewed() {
    let (mut world, mut aiko) = world_with_aged_aiko(DAYS + 361);
    world.start_collector();
    aiko.start();
    let refused = until_audited(&world, "renewal.refused");
    assert!(refused["device"].is_string(), "{refused}");
    let status = aiko.until_status("/why_not", Value::is_string);
    let why = status["why_not"].as_str().unwrap_or_default();
    assert!(why.contains("enrol"), "{why}");
    assert_eq!(world.device("aiko").unwrap()["attached"], json!(false));
    // It comes back by a token, as a new device.
    comes_back_by_a_token(&world, &aiko);
}

#[test]
fn a_suspended_device_is_not_renewed_late() {
    let (mut world, mut aiko) = world_with_aged_aiko(DAYS + 1);
    world.start_collector();
    world.ask(&["device", "suspend", "aiko", "--reason", "incident 12"]);
    aiko.start();
    let status = aiko.until_status("/why_not", |why| {
        why.as_str().is_some_and(|why| why.contains("suspended"))
    });
    assert_eq!(status["attached"], json!(false), "{status}");
    until_audited(&world, "renewal.refused");
}

#[test]
fn a_laptop_is_enrolled_anew_while_its_agent_runs() {
    let (world, aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let plain = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(!plain.status.success(), "{}", said(&plain));
    assert!(said(&plain).contains("--again"), "{}", said(&plain));
    comes_back_by_a_token(&world, &aiko);
}

/// Enrols the laptop anew while its agent runs, and sees it attached as another device than before.
#[track_caller]
fn comes_back_by_a_token(world: &World, aiko: &Laptop) {
    let before = aiko.status().unwrap()["device"].clone();
    let collector = world.enrolment_address();
    let token = world.token(&["--approve"]);
    let typed = [
        "enroll",
        "--again",
        "--collector",
        &collector,
        "--token",
        &token,
    ];
    let enrolled = aiko.type_in(&typed);
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    let status = aiko.until_status("/attached", |attached| attached == &json!(true));
    let after = aiko.until_status("/device", |device| *device != before)["device"].clone();
    assert!(after.is_string(), "{status}");
    let (before, after) = (before.as_str().unwrap(), after.as_str().unwrap());
    world.until_device(after, "/posture/verdict/standing", &json!("compliant"));
    world.until_device(before, "/attached", &json!(false));
}
