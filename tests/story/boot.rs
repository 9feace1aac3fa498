//! `enforce-at-boot`: what the laptop remembers is in force before its agent runs, or it says why not.
//!
//! Touches the cast, in a network of its own. Must never trust the command's word alone: the wire is tried.

use std::fs;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};

use crate::isolation::{
    comes_to_reach, enforcing, isolate, reaches_everything, reaches_nothing, until_account_is,
};

/// What the service manager is told before the network comes up.
fn at_boot(laptop: &Laptop) -> (Option<i32>, String) {
    let ended = laptop.type_in(&["enforce-at-boot"]);
    (ended.status.code(), said(&ended))
}

/// Alters one byte of the order that the laptop remembers.
fn damage_order(laptop: &Laptop) -> String {
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
fn a_mistyped_configuration_opens_no_isolated_laptop_and_is_told() {
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
