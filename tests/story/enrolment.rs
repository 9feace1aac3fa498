//! A laptop becomes a device.
//!
//! Touches the cast. Must never approve where the chapter is about waiting.

use sekisho_tests::world::{World, said};
use serde_json::json;

#[test]
fn a_new_laptop_enrols_and_waits() {
    let world = World::new();
    let mut aiko = world.laptop("aiko");
    assert!(world.device("aiko").is_err(), "nobody knows it yet");

    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&[]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    aiko.start();

    let device = world.until_device("aiko", "/attached", &json!(true));
    assert_eq!(device["registration"], "pending");
    let device = world.until_device("aiko", "/posture/sequence", &json!(1));
    assert_eq!(
        device["posture"]["verdict"]["standing"], "violation",
        "nobody approved it"
    );
}

#[test]
fn a_token_that_approves_spares_the_wait() {
    let world = World::new();
    let aiko = world.laptop("aiko");
    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    assert_eq!(world.device("aiko").unwrap()["registration"], "approved");
}

#[test]
fn whoever_is_not_reached_is_told_from_whoever_refuses() {
    let mut world = World::new();
    let made = world.ask(&["token", "create"]);
    let token = made["token"].as_str().unwrap();
    let aiko = world.laptop("aiko");
    for typed in ["status", "release"] {
        let ended = aiko.type_in(&[typed]);
        assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    }
    world.stop_collector();
    let ended = aiko.enrol(&world.enrolment_address(), token);
    assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    world.start_collector();
    world.ask(&["token", "withdraw", made["id"].as_str().unwrap()]);
    let ended = aiko.enrol(&world.enrolment_address(), token);
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
}

#[test]
fn a_laptop_that_waits_is_told_when_it_is_approved() {
    let world = World::new();
    let mut aiko = world.laptop("aiko");
    aiko.enrol(&world.enrolment_address(), &world.token(&[]));
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));

    world.ask(&["device", "approve", "aiko"]);

    sekisho_tests::eventually::eventually("the laptop knows that it is approved", || {
        let status = aiko.status()?;
        match status["registration"].as_str() {
            Some("approved") => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}
