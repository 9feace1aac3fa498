//! A laptop's disk fills up or breaks: whoever asks is told, nothing that was
//! acknowledged is lost, and all goes on when the disk is mended.
//!
//! Touches the cast, on file systems of its own. Must never make room for what it waits for to fail.

use std::process::Output;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::volume::{Volume, may_mount};
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::{STRICT, aiko_of, apply};

/// Mebibytes of a disk that is large enough for what is told here.
const ROOM: u64 = 48;

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

#[track_caller]
fn orders_isolation(world: &World) -> Output {
    world.type_in(&["order", "isolate", "aiko", "--reason", "malware seen"])
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

    // An outbreak does not wait for a disk, not even for a laptop that has just come back.
    world.stop_collector();
    world.start_collector();
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
