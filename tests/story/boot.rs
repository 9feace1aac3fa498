//! `enforce-at-boot`: what the laptop remembers is in force before its agent runs, or it says why not.
//!
//! Touches the cast, in a network of its own. Must never trust the command's word alone: the wire is tried.

use std::fs;

use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};
use serde_json::Value;

use crate::isolation::{
    comes_to_reach, enforcing, isolate, reaches_everything, reaches_nothing, until_account_is,
};

/// What the service manager is told before the network comes up.
pub(crate) fn at_boot(laptop: &Laptop) -> (Option<i32>, String) {
    let ended = laptop.type_in(&["enforce-at-boot"]);
    (ended.status.code(), said(&ended))
}

/// Alters one byte of the order that the laptop remembers.
pub(crate) fn damage_order(laptop: &Laptop) -> String {
    let path = laptop.state_dir().join("memory/order");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn an_isolated_laptop_is_isolated_at_boot_before_its_agent_runs() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = enforcing();
    isolate(&world);
    aiko.kill();
    network.laptop.sh("nft flush ruleset");
    reaches_everything(&network.laptop);

    let (code, told) = at_boot(&aiko);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("isolated"), "{told}");
    reaches_nothing(&network.laptop);

    // The agent finds it in force, is let through, and proves it.
    aiko.start();
    until_account_is(&world, "isolated");
}

#[test]
fn an_isolation_that_has_ended_does_not_come_back_at_a_boot_without_a_collector() {
    if !may_make_namespaces() {
        return;
    }
    let (network, mut world, mut aiko) = enforcing();
    let isolate = ["order", "isolate", "aiko", "--reason", "malware seen"];
    world.ask(&[&isolate[..], &["--for", "20s"]].concat());
    until_account_is(&world, "isolated");
    until_account_is(&world, "full");
    world.stop_collector();
    aiko.kill();

    let (code, told) = at_boot(&aiko);
    assert_eq!((code, told.contains("full")), (Some(0), true), "{told}");
    network.laptop.sh("nft flush ruleset");
    aiko.start();
    aiko.until_status("/applied/value", |applied| applied == "full");
    assert_eq!(aiko.status().unwrap()["access"], "full");
}

#[test]
fn a_mistyped_configuration_neither_opens_nor_strands_an_isolated_laptop_and_is_told() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = enforcing();
    isolate(&world);
    aiko.kill();
    network.laptop.sh("nft flush ruleset");
    reaches_everything(&network.laptop);

    aiko.is_configured("enfroce = true\n");
    let (code, told) = at_boot(&aiko);
    assert_eq!(code, Some(64), "{told}");
    assert!(told.contains("enfroce"), "{told}");
    reaches_nothing(&network.laptop);

    // The agent runs by the defaults too, says so to everybody, and obeys.
    aiko.start();
    let why = |why: &Value| why.to_string().contains("enfroce");
    aiko.until_status("/configuration_trouble", why);
    let shown = said(&aiko.type_in(&["status"]));
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(words.join(" ").contains("the defaults hold"), "{shown}");
    eventually("the collector hears of it", || {
        let shown = said(&world.type_in(&["device", "show", "aiko"]));
        let is_told = shown.contains("configuration") && shown.contains("enfroce");
        is_told.then_some(()).ok_or(shown)
    });
    world.ask(&["order", "release", "aiko", "--reason", "scanned, clean"]);
    until_account_is(&world, "full");
    reaches_everything(&network.laptop);

    aiko.stop();
    aiko.is_configured("enforce = true\n");
    aiko.start();
    aiko.until_status("/configuration_trouble", Value::is_null);
}

#[test]
fn a_damaged_order_changes_nothing_at_boot_and_is_told() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = enforcing();
    isolate(&world);
    aiko.kill();
    let path = damage_order(&aiko);

    let (code, told) = at_boot(&aiko);
    assert_eq!(code, Some(1), "{told}");
    for word in [&path, "cannot be read", "stays as it is", "isolated"] {
        assert!(told.contains(word), "no {word:?} in: {told}");
    }
    reaches_nothing(&network.laptop);

    network.laptop.sh("nft flush ruleset");
    let (code, told) = at_boot(&aiko);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("shows: full"), "{told}");
    reaches_everything(&network.laptop);

    // The collector gives the order again.
    aiko.start();
    comes_to_reach(&network.laptop, &[]);
    until_account_is(&world, "isolated");
}

#[test]
fn a_laptop_without_an_order_or_a_collector_boots_as_it_is() {
    if !may_make_namespaces() {
        return;
    }
    let (network, _world, mut aiko) = enforcing();
    aiko.kill();
    let (code, told) = at_boot(&aiko);
    assert_eq!((code, told.contains("full")), (Some(0), true), "{told}");
    reaches_everything(&network.laptop);

    let nobody = World::before_serving().laptop("nobody");
    let (code, told) = at_boot(&nobody);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("not enrolled"), "{told}");
}
