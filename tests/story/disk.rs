//! A disk fills up or breaks, the collector's or the laptop's: whoever asks is told, nothing that was
//! acknowledged is lost, and all goes on when the disk is mended.
//!
//! Touches the cast, on file systems of its own. Must never make room for what it waits for to fail.

use std::process::Output;

use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::volume::{Volume, may_mount};
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::{STRICT, aiko_of, apply};

/// Mebibytes of a disk that is large enough for what is told here.
const ROOM: u64 = 48;

/// A company whose collector has a disk of its own, with a laptop that keeps every rule.
fn company_on_volume() -> Option<(World, Volume, Laptop)> {
    if !may_mount() {
        return None;
    }
    let (world, volume) = World::on_volume(ROOM);
    apply(&world, STRICT);
    let aiko = aiko_of(&world);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.until_nothing_waits();
    Some((world, volume, aiko))
}

/// A company with a laptop that has a disk of its own for its agent, and keeps every rule.
fn laptop_on_volume() -> Option<(World, Volume, Laptop)> {
    if !may_mount() {
        return None;
    }
    let world = World::new();
    apply(&world, STRICT);
    let state_dir = world.laptop("aiko").state_dir();
    let volume = Volume::mounted_on(&state_dir, ROOM);
    let aiko = aiko_of(&world);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.until_nothing_waits();
    Some((world, volume, aiko))
}

/// What an administrator is told by a collector that cannot write.
#[track_caller]
fn refused_for_the_disk(world: &World, refused: &Output) {
    let told = said(refused);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    let store = world.collector_dir().join("store").display().to_string();
    for word in [&store, "cannot write", "nothing was recorded", "Make room"] {
        assert!(told.contains(word), "no {word:?} in: {told}");
    }
}

#[track_caller]
fn status_says_that_nothing_is_recorded(world: &World) {
    let told = said(&world.type_in(&["status"]));
    let store = world.collector_dir().join("store").display().to_string();
    for word in [&store, "records nothing", "cannot write"] {
        assert!(told.contains(word), "no {word:?} in: {told}");
    }
}

/// The laptop breaks a rule, and its report of that waits for a collector that cannot record it.
#[track_caller]
fn breaks_a_rule_that_nobody_records(world: &World, aiko: &Laptop) {
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let status = aiko.until_status("/waiting_because", Value::is_string);
    let why = status["waiting_because"].as_str().unwrap_or_default();
    assert!(why.contains("cannot record"), "{why}");
    assert_eq!(status["waiting"], json!(1), "{status}");
    let told = said(&aiko.type_in(&["status"]));
    // At a terminal of some width it goes on in the next line.
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(why), "{told}");
    let device = world.device("aiko").unwrap();
    assert_eq!(device["posture"]["verdict"]["standing"], "compliant");
}

#[track_caller]
fn orders_isolation(world: &World) -> Output {
    world.type_in(&["order", "isolate", "aiko", "--reason", "malware seen"])
}

#[test]
fn the_collectors_disk_is_full_and_has_room_again() {
    let Some((mut world, volume, mut aiko)) = company_on_volume() else {
        return;
    };
    volume.fill();
    let mut tokens = world.ask(&["token", "list"])["tokens"].clone();
    let refused = eventually("the collector finds its disk full", || {
        let made = world.type_in(&["token", "create", "--json"]);
        if !made.status.success() {
            return Ok(world.type_in(&["token", "create"]));
        }
        tokens = world.ask(&["token", "list"])["tokens"].clone();
        Err("there is room for one more token".to_owned())
    });
    refused_for_the_disk(&world, &refused);
    refused_for_the_disk(&world, &orders_isolation(&world));
    breaks_a_rule_that_nobody_records(&world, &aiko);
    status_says_that_nothing_is_recorded(&world);
    assert_eq!(
        aiko.status().unwrap()["order"],
        Value::Null,
        "an order was sent that is not on disk"
    );
    // What waits must outlast the laptop's own power, and a collector that turns it away.
    aiko.kill();
    aiko.start();
    let status = aiko.until_status("/why_not", Value::is_string);
    assert_eq!(
        (&status["attached"], &status["waiting"]),
        (&json!(false), &json!(2)),
        "{status}"
    );

    volume.make_room();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    aiko.until_nothing_waits();
    assert_eq!(world.ask(&["token", "list"])["tokens"], tokens);
    let isolated = orders_isolation(&world);
    assert!(isolated.status.success(), "{}", said(&isolated));
    aiko.until_status("/order/generation", |held| *held == 1);
    assert_eq!(world.ask(&["status"])["not_recording"], Value::Null);
    world.verified_audit_log(&[]);
    world.stop_collector();
}

#[test]
fn the_collectors_disk_breaks_and_is_mended() {
    let Some((mut world, volume, aiko)) = company_on_volume() else {
        return;
    };
    let tokens = world.ask(&["token", "list"]);
    volume.breaks();
    refused_for_the_disk(&world, &world.type_in(&["token", "create"]));
    refused_for_the_disk(&world, &orders_isolation(&world));
    breaks_a_rule_that_nobody_records(&world, &aiko);
    status_says_that_nothing_is_recorded(&world);
    assert_eq!(aiko.status().unwrap()["order"], Value::Null);

    // It is started again, as a service manager does, and says why it cannot serve.
    world.kill_collector();
    let unserved = world.type_in(&["serve"]);
    assert_eq!(unserved.status.code(), Some(1), "{}", said(&unserved));
    let told = said(&unserved);
    let dir = world.collector_dir().display().to_string();
    assert!(told.contains(&dir) && told.contains("Read-only"), "{told}");

    volume.is_mended();
    world.start_collector();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    aiko.until_nothing_waits();
    assert_eq!(world.ask(&["token", "list"]), tokens);
    world.verified_audit_log(&[]);
}

#[test]
fn the_laptops_disk_is_full_and_has_room_again() {
    let Some((mut world, volume, mut aiko)) = laptop_on_volume() else {
        return;
    };
    volume.fill();
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let status = aiko.until_status("/outbox_trouble", Value::is_string);
    let told = status["outbox_trouble"].as_str().unwrap_or_default();
    assert!(told.contains("make room"), "{told}");
    assert!(said(&aiko.type_in(&["status"])).contains("make room"));
    assert_eq!(status["own_standing"], "violation");

    // An outbreak does not wait for a disk, not even for a laptop that has just been switched on.
    aiko.kill();
    aiko.start();
    aiko.until_status("/why_not", |why| {
        why.as_str().is_some_and(|why| why.contains("No space"))
    });
    let isolated = orders_isolation(&world);
    assert!(isolated.status.success(), "{}", said(&isolated));
    aiko.until_status("/order/generation", |held| *held == 1);

    volume.make_room();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    aiko.until_status("/outbox_trouble", Value::is_null);
    aiko.until_nothing_waits();
    world.until_device("aiko", "/posture/enforcement/desired", &json!("isolated"));
    // By now the order is remembered: the laptop knows it with nobody to ask.
    world.stop_collector();
    aiko.kill();
    aiko.start();
    aiko.until_status("/order/generation", |held| *held == 1);
    world.start_collector();
    let device = world.until_device("aiko", "/attached", &json!(true));
    assert_eq!(device["clones"], Value::Null, "{device}");
}

#[test]
fn the_laptops_disk_breaks_and_is_mended() {
    let Some((world, volume, mut aiko)) = laptop_on_volume() else {
        return;
    };
    volume.breaks();
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let status = aiko.until_status("/outbox_trouble", Value::is_string);
    let told = status["outbox_trouble"].as_str().unwrap_or_default();
    let state_dir = aiko.state_dir().display().to_string();
    assert!(
        told.contains("Read-only") && told.contains(&state_dir),
        "{told}"
    );
    assert!(orders_isolation(&world).status.success());
    aiko.until_status("/order/generation", |held| *held == 1);

    aiko.kill();
    aiko.start();
    let (status, log) = aiko.until_ended();
    assert_eq!(status.code(), Some(1), "{log}");
    let last = log.lines().last().unwrap_or_default();
    assert!(
        last.contains("Read-only") && last.contains(&state_dir),
        "{last}"
    );

    volume.is_mended();
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    aiko.until_status("/order/generation", |held| *held == 1);
    let device = world.until_device("aiko", "/attached", &json!(true));
    assert_eq!(device["clones"], Value::Null, "{device}");
}
