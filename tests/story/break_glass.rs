//! Break-glass: an isolated laptop that nobody can reach is freed by telephone, once.
//!
//! Touches the cast, in a network of its own. Must never let the laptop reach its collector while it is
//! freed.

use std::fs;

use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};
use serde_json::Value;

use crate::boot::{at_boot, damage_order};
use crate::isolation::{COLLECTOR, WORLD, comes_to_reach, enforcing, isolate, reaches_nothing};

/// The user that a program from outside runs as.
const MALWARE: u32 = 61_235;

/// What the laptop's user reads out.
#[track_caller]
fn challenge(laptop: &Laptop) -> String {
    let shown = laptop.type_in(&["release", "--json"]);
    let answer: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let challenge = answer["challenge"].as_str();
    challenge
        .unwrap_or_else(|| panic!("no challenge in {answer}"))
        .to_owned()
}

/// What the administrator answers.
#[track_caller]
fn code(world: &World, challenge: &str) -> String {
    let typed = ["order", "code", "aiko", "--challenge", challenge];
    let given = world.ask(&[&typed[..], &["--reason", "no network at the hotel"]].concat());
    given["code"].as_str().unwrap().to_owned()
}

/// Types a code that does not free the laptop. Gives what is said of it.
#[track_caller]
fn refused(laptop: &Laptop, code: &str) -> String {
    let refused = laptop.type_in(&["release", "--code", code]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    said(&refused)
}

/// The same code with another first character.
fn mistyped(code: &str) -> String {
    let other = if code.starts_with('7') { "8" } else { "7" };
    format!("{other}{}", &code[1..])
}

#[test]
fn a_code_frees_a_laptop_that_cannot_be_reached_and_no_code_does_so_twice() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = enforcing();
    let told = said(&aiko.type_in(&["release"]));
    assert!(told.contains("not cut off"), "{told}");
    isolate(&world);
    network.collector.sh("ip link set eth0 down");
    let why = refused(&aiko, "0000-0000");
    assert!(why.contains("no challenge waits"), "{why}");

    let challenge = challenge(&aiko);
    let code = code(&world, &challenge);
    let why = refused(&aiko, &mistyped(&code));
    assert!(why.contains("4 tries are left"), "{why}");
    reaches_nothing(&network.laptop);
    // What is to be survived is a program that runs on the laptop.
    for tries in 1..=6 {
        let tried = aiko.type_in_as(MALWARE, &["release", "--code", &mistyped(&code)]);
        let told = said(&tried);
        assert_eq!(told.contains("too many"), tries >= 5, "{tries}: {told}");
    }

    let freed = aiko.type_in(&["release", "--code", &code]);
    assert!(freed.status.success(), "{}", said(&freed));
    comes_to_reach(&network.laptop, &WORLD);
    refused(&aiko, &code);

    // A restart neither ends the release nor makes the code good again.
    aiko.kill();
    aiko.start();
    aiko.until_status("/access", |access| access == "full");
    comes_to_reach(&network.laptop, &WORLD);
    refused(&aiko, &code);

    // The collector hears of it, and a newer order ends it.
    network.collector.sh("ip link set eth0 up");
    eventually("the collector hears that the isolation is lifted", || {
        let device = world.device("aiko")?;
        match &device["posture"]["enforcement"] {
            account if account["lifted_until"].is_string() => Ok(()),
            account => Err(account.to_string()),
        }
    });
    isolate(&world);
    comes_to_reach(&network.laptop, &[]);
    refused(&aiko, &code);
    let log = world.ask(&["audit", "entries"]).to_string();
    assert!(log.contains("break_glass.code_given"), "{log}");
}

#[test]
fn a_release_that_is_still_on_disk_opens_no_newer_isolation_at_boot() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = enforcing();
    isolate(&world);
    let code = code(&world, &challenge(&aiko));
    let freed = aiko.type_in(&["release", "--code", &code]);
    assert!(freed.status.success(), "{}", said(&freed));
    comes_to_reach(&network.laptop, &[WORLD, COLLECTOR].concat());
    let release = aiko.state_dir().join("memory/break-glass");
    let kept = fs::read(&release).unwrap();

    // The battery is taken out between the writing of a newer order and that of the release's end.
    world.ask(&["order", "isolate", "aiko", "--reason", "it spreads again"]);
    aiko.until_status("/access", |access| access == "isolated");
    aiko.kill();
    fs::write(&release, kept).unwrap();
    network.laptop.sh("nft flush ruleset");
    let (status, told) = at_boot(&aiko);
    assert_eq!(status, Some(0), "{told}");
    reaches_nothing(&network.laptop);
    aiko.start();
    aiko.until_status("/access", |access| access == "isolated");
}

#[test]
fn a_laptop_whose_order_cannot_be_read_is_not_told_that_it_is_free() {
    if !may_make_namespaces() {
        return;
    }
    let (network, mut world, mut aiko) = enforcing();
    isolate(&world);
    aiko.kill();
    world.stop_collector();
    damage_order(&aiko);
    aiko.start();
    aiko.until_status("/attached", |attached| attached == false);
    for typed in [&["release"][..], &["release", "--code", "0000-0000"]] {
        let told = said(&aiko.type_in(typed));
        assert!(told.contains("cannot be read"), "{told}");
    }
    reaches_nothing(&network.laptop);
}

#[test]
fn the_administrator_gives_no_code_for_what_is_no_challenge() {
    if !may_make_namespaces() {
        return;
    }
    let (_network, world, aiko) = enforcing();
    isolate(&world);
    let challenge = challenge(&aiko);
    let short = &challenge[..challenge.len() - 1];
    let typed = [
        "order",
        "code",
        "aiko",
        "--challenge",
        short,
        "--reason",
        "x",
    ];
    let given = world.type_in(&typed);
    assert_eq!(given.status.code(), Some(1), "{}", said(&given));
    assert!(said(&given).contains("8 characters"), "{}", said(&given));
}
