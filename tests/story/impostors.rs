//! Those who are not who they say they are, are refused, and the refusal is on record.
//!
//! Touches the cast. Must never let a refusal change anything else.

use sekisho_tests::world::{World, said};
use serde_json::json;

use crate::judgement::{STRICT, world_with_aiko};

/// Refused, with words, and no device the richer.
#[track_caller]
fn check_refused(world: &World, name: &str, token: &str) -> String {
    let before = world.ask(&["device", "list"]);
    let refused = world.laptop(name).enrol(&world.enrolment_address(), token);
    assert!(
        !refused.status.success(),
        "{name} was enrolled: {}",
        said(&refused)
    );
    assert_eq!(
        world.ask(&["device", "list"]),
        before,
        "a refusal changed the register"
    );
    said(&refused)
}

#[test]
fn a_token_that_nobody_made_is_refused() {
    let world = World::new();
    let mut token = world.token(&[]);
    // Another secret for the same collector: a character in the middle of it.
    let other = if token.as_bytes()[14] == b'a' {
        "b"
    } else {
        "a"
    };
    token.replace_range(14..15, other);
    let why = check_refused(&world, "mallory", &token);
    assert!(why.contains("token"), "{why}");
}

#[test]
fn a_token_is_good_as_often_as_it_says() {
    let world = World::new();
    let token = world.token(&["--uses", "1"]);
    let first = world
        .laptop("aiko")
        .enrol(&world.enrolment_address(), &token);
    assert!(first.status.success(), "{}", said(&first));
    check_refused(&world, "mallory", &token);
}

#[test]
fn a_token_that_was_withdrawn_is_refused() {
    let world = World::new();
    let made = world.ask(&["token", "create"]);
    world.ask(&["token", "withdraw", made["id"].as_str().unwrap()]);
    check_refused(&world, "mallory", made["token"].as_str().unwrap());
}

#[test]
fn a_token_that_has_ended_is_refused() {
    let world = World::new();
    let token = world.token(&["--valid", "1s"]);
    sekisho_tests::eventually::eventually("the token ends", || {
        let refused = world
            .laptop("mallory")
            .enrol(&world.enrolment_address(), &token);
        let tokens = world.ask(&["token", "list"]);
        if refused.status.success() {
            return Err(format!("enrolled: {tokens}"));
        }
        Ok(())
    });
}

#[test]
fn a_laptop_does_not_give_its_token_to_another_company() {
    let (ours, theirs) = (World::new(), World::new());
    let refused = ours
        .laptop("aiko")
        .enrol(&theirs.enrolment_address(), &ours.token(&[]));
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("not the collector"),
        "{}",
        said(&refused)
    );
    assert_eq!(theirs.ask(&["device", "list"])["devices"], json!([]));
}

#[test]
fn a_device_of_one_company_is_nobody_to_another() {
    let (ours, mut aiko) = world_with_aiko(STRICT);
    ours.until_device("aiko", "/attached", &json!(true));
    aiko.stop();
    // The other company's collector takes the place of ours, at the same address.
    let address = ours.agents_address();
    let theirs = World::in_place_of(ours);
    assert_eq!(theirs.agents_address(), address);
    aiko.start();
    sekisho_tests::eventually::eventually("the laptop refuses the other collector", || {
        let status = aiko.status()?;
        match status["why_not"].as_str() {
            Some(why) if !why.is_empty() => Ok(()),
            _ => Err(status.to_string()),
        }
    });
    assert_eq!(theirs.ask(&["device", "list"])["devices"], json!([]));
}
