//! A laptop with far more software than most is heard out.
//!
//! Touches the cast. Must never make the list small enough to travel in one message.

use std::fs;

use sekisho_proto::limits::INLINE_BYTES_MAX;
use sekisho_tests::dice::Dice;
use serde_json::json;

use crate::judgement::{STRICT, apply};

/// Packages of the laptop.
const PACKAGES: usize = 30_000;

#[test]
fn a_first_inventory_of_30_000_packages_arrives() {
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let mut names: Vec<String> = (1..PACKAGES)
        // Names that cannot be packed much.
        .map(|_| format!("lib{:016x}{:08x}", dice.roll(), dice.roll() >> 32))
        .collect();
    names.push("qbittorrent-nox".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let mut world = sekisho_tests::world::World::new();
    apply(&world, STRICT);
    let mut aiko = world.laptop("aiko");
    aiko.machine().has_packages(&names);
    aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    // The collector dies while it waits, and the inventory outlasts that.
    world.kill_collector();
    aiko.start();
    aiko.until_status("/waiting", |waiting| *waiting == 1);
    let bodies = fs::read_dir(aiko.state_dir().join("outbox/bodies")).unwrap();
    let sizes = bodies.map(|body| body.unwrap().metadata().unwrap().len());
    let largest = usize::try_from(sizes.max().unwrap_or_default()).unwrap();
    assert!(
        largest > INLINE_BYTES_MAX,
        "{largest} bytes travel in one message"
    );

    world.start_collector();
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let findings = device["posture"]["verdict"]["findings"].to_string();
    assert!(findings.contains("qbittorrent-nox"), "{findings}");
    aiko.until_nothing_waits();

    // One more package is a change, and the rest is still known.
    aiko.machine().has_packages(&names[..PACKAGES - 1]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    world.verified_audit_log(&[]);
}
