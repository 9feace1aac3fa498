//! Clocks that are wrong, certificates that have ended, and an authority that is another: each comes right by itself, or
//! says what to do.
//!
//! Touches the cast. Must never set this machine's clock.

use std::fs;
use std::net::SocketAddr;

use sekisho_agent::identity::Identity;
use sekisho_agent::paths::Paths;
use sekisho_tests::aged::certificate_is_of;
use sekisho_tests::guest::missing;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::skip::skipped;
use sekisho_tests::world::{World, said};
use serde_json::json;

use crate::judgement::{STRICT, apply, world_with_aiko};

/// Days that a device's certificate is good for.
const DAYS: i64 = 90;
/// Days past the end of a server's certificate.
const SERVER_ENDED: i64 = 3 * 365;

fn can_set_clocks() -> bool {
    let lacks = missing(&["faketime"]);
    if lacks.is_some() {
        skipped("faketime is not installed");
    }
    lacks.is_none()
}

/// Why it is not attached, once that is told with these words.
#[track_caller]
fn until_why_not(aiko: &Laptop, words: &str) -> String {
    let told = |why: &serde_json::Value| why.as_str().is_some_and(|why| why.contains(words));
    aiko.until_status("/why_not", told)["why_not"].to_string()
}

#[test]
fn a_clock_a_day_or_a_year_off_keeps_no_laptop_away_and_is_told() {
    if !can_set_clocks() {
        return;
    }
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/attached", &json!(true));
    for days in [1, -1, 365, -365] {
        aiko.stop();
        aiko.clock_is_off(days);
        aiko.start();
        aiko.until_status("/attached", |attached| attached == &json!(true));
        let status = aiko.until_status("/skew_ms", |skew| {
            skew.as_i64().map(i64::signum) == Some(days.signum())
        });
        assert_eq!(status["clock_off"], json!(true), "{status}");
        aiko.until_nothing_waits();
    }
    let shown = said(&aiko.type_in(&["status"]));
    assert!(shown.contains("behind"), "{shown}");
    aiko.stop();
    aiko.clock_is_off(0);
    aiko.start();
    aiko.until_status("/attached", |attached| attached == &json!(true));
    aiko.until_status("/clock_off", |off| off == &json!(false));
}

#[test]
fn a_laptop_out_of_a_drawer_whose_clock_fell_back_renews_its_certificate() {
    if !can_set_clocks() {
        return;
    }
    let (mut world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.stop();
    world.stop_collector();
    certificate_is_of(&world, &aiko, DAYS + 10).unwrap();
    // When it was put away it had heard of no later time.
    fs::remove_file(aiko.state_dir().join("memory/clock")).unwrap();
    world.start_collector();
    // By this clock the certificate is good for ten days more, and the company's authority has begun.
    aiko.clock_is_off(-20);
    aiko.start();
    let status = aiko.until_status("/attached", |attached| attached == &json!(true));
    assert_eq!(status["clock_off"], json!(true), "{status}");
    assert!(status["skew_ms"].as_i64() < Some(0), "{status}");
}

#[test]
fn a_server_that_has_ended_by_the_laptops_clock_is_told_with_what_to_do() {
    if !can_set_clocks() {
        return;
    }
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/attached", &json!(true));
    aiko.stop();
    aiko.clock_is_off(SERVER_ENDED);
    aiko.start();
    let why = until_why_not(&aiko, "has ended by this laptop's clock");
    assert!(why.contains("set date and time"), "{why}");
    aiko.stop();
    aiko.clock_is_off(0);
    aiko.start();
    aiko.until_status("/attached", |attached| attached == &json!(true));
}

#[test]
fn another_authority_is_told_and_enrolling_anew_mends_it() {
    let (mut before, mut aiko) = world_with_aiko(STRICT);
    before.until_device("aiko", "/attached", &json!(true));
    aiko.stop();
    before.stop_collector();
    let after = World::new();
    apply(&after, STRICT);
    let collector = after.enrolment_address();
    let token = after.token(&["--approve"]);
    // The collector was set up anew at the address that the laptop knows.
    let paths = Paths::new(aiko.state_dir());
    let mut identity = Identity::load(&paths).unwrap();
    let address: SocketAddr = after.agents_address().parse().unwrap();
    identity.collector.host = address.ip().to_string();
    identity.collector.agent_port = address.port();
    identity.store(&paths).unwrap();
    aiko.start();
    let why = until_why_not(&aiko, "another authority");
    assert!(why.contains("--again"), "{why}");
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
    aiko.until_status("/attached", |attached| attached == &json!(true));
}
