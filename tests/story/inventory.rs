//! A laptop with far more software than most is heard out, also when many are heard at once.
//!
//! Touches the cast. Must never make the list small enough to travel in one message.

use std::fs;

use sekisho_proto::limits::INLINE_BYTES_MAX;
use sekisho_tests::crowd::Crowd;
use sekisho_tests::dice::Dice;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::{STRICT, apply};

/// Packages of the laptop.
const PACKAGES: usize = 30_000;
/// Laptops that together take all the room a collector has for sections on their way.
const CROWD: usize = 33;

/// The names of the laptop's packages. The last is denied.
fn packages(seed: u64) -> Vec<String> {
    let mut dice = Dice::new(seed);
    // Names that cannot be packed much.
    let name = |_| format!("lib{:016x}{:08x}", dice.roll(), dice.roll() >> 32);
    let names = (1..PACKAGES).map(name);
    let mut names: Vec<String> = names.collect();
    names.push("qbittorrent-nox".to_owned());
    names
}

/// A company, and a laptop with these packages that is enrolled and not on.
fn world_with_large_laptop(packages: &[String]) -> (World, Laptop) {
    let world = World::new();
    apply(&world, STRICT);
    let aiko = world.laptop("aiko");
    has(&aiko, packages);
    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    (world, aiko)
}

fn has(laptop: &Laptop, packages: &[String]) {
    let names: Vec<&str> = packages.iter().map(String::as_str).collect();
    laptop.machine().has_packages(&names);
}

/// The whole list has arrived: the last name of it is in the finding.
#[track_caller]
fn until_it_has_arrived(world: &World, aiko: &Laptop) {
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let findings = device["posture"]["verdict"]["findings"].to_string();
    assert!(findings.contains("qbittorrent-nox"), "{findings}");
    aiko.until_nothing_waits();
}

#[test]
fn a_first_inventory_of_30_000_packages_arrives() {
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let packages = packages(seed);
    let (mut world, mut aiko) = world_with_large_laptop(&packages);
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
    until_it_has_arrived(&world, &aiko);

    // One package less is a change, and the rest is still known.
    has(&aiko, &packages[..PACKAGES - 1]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    world.verified_audit_log(&[]);
}

#[test]
fn a_first_inventory_waits_while_too_many_others_arrive() {
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let (world, mut aiko) = world_with_large_laptop(&packages(seed));
    let crowd = Crowd::gathers(&world, CROWD).unwrap();
    aiko.start();
    let status = aiko.until_status("/waiting_because", Value::is_string);
    let why = status["waiting_because"].as_str().unwrap_or_default();
    assert!(why.contains("too many large sections"), "{why}");
    assert_eq!(
        world.device("aiko").unwrap()["posture"]["sequence"],
        json!(0)
    );
    // Whoever has little to say is heard meanwhile.
    let mut ken = world.laptop("ken");
    ken.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    ken.start();
    world.until_device("ken", "/posture/verdict/standing", &json!("compliant"));

    crowd.leaves();
    until_it_has_arrived(&world, &aiko);
}
