//! The collector and the agent are killed in mid-flight, again and again, and nothing that was
//! acknowledged is missing.
//!
//! Touches the cast. Must never give a process time to tidy up.

use std::thread;
use std::time::Duration;

use sekisho_tests::dice::Dice;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::World;
use serde_json::Value;

use crate::judgement::{STRICT, world_with_aiko};

/// How often something is killed.
const ROUNDS: u64 = 100;

/// The most that was ever acknowledged, as the people who got the acknowledgement saw it.
#[derive(Debug, Default)]
struct Acknowledged {
    /// The last report that the laptop was told is on disk.
    report: u64,
    /// The last order that the administrator was told is given.
    order: u64,
    /// Heads of the audit log that an auditor noted down between the blows.
    heads: Vec<String>,
}

#[test]
fn killed_with_sigkill_and_nothing_acknowledged_is_missing() {
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let (mut world, mut aiko) = world_with_aiko(STRICT);
    let mut seen = Acknowledged::default();
    for round in 0..ROUNDS {
        // A laptop that is switched on reads its facts; what it then says is the traffic.
        let package = format!("package-{round}");
        aiko.machine().has_packages(&["base-files", &package]);
        if dice.chance(30) {
            seen.order = order(&world, &mut dice).max(seen.order);
        }
        // Not to wait for anything: this is the random moment of the blow.
        thread::sleep(Duration::from_millis(dice.between(0, 700)));
        seen.report = reported(&aiko).max(seen.report);
        if dice.chance(50) {
            world.kill_collector();
            world.start_collector();
        } else {
            aiko.kill();
            aiko.start();
        }
        check(&world, &seen, seed, round);
        if round % 10 == 0 {
            seen.heads.push(world.noted_head());
        }
    }
    // With everything up again, what was left on the way arrives.
    aiko.stop();
    aiko.start();
    eventually("nothing waits any more", || {
        let status = aiko.status()?;
        let reported = status["judged"]["sequence"].as_u64().unwrap_or_default();
        match status["waiting"].as_u64() {
            Some(0) if reported > seen.report => Ok(()),
            _ => Err(status.to_string()),
        }
    });
    let held = eventually("the last order is held", || {
        let status = aiko.status()?;
        status["order"]["generation"]
            .as_u64()
            .filter(|held| *held >= seen.order || seen.order == 0)
            .ok_or_else(|| status.to_string())
    });
    let entries = world.verified_audit_log(&seen.heads);
    println!(
        "{ROUNDS} kills: report {}, order {held} and all before them are there, and the audit log of \
         {entries} entries verifies",
        seen.report
    );
    assert!(
        seen.report > 10,
        "only {} reports were acknowledged",
        seen.report
    );
    world.stop_collector();
}

/// The last report the laptop knows to be on disk at the collector.
fn reported(aiko: &Laptop) -> u64 {
    let status = aiko.status().unwrap_or_default();
    status["judged"]["sequence"].as_u64().unwrap_or_default()
}

/// Gives an order of either kind. Its generation counts once the command has said that it is given.
fn order(world: &World, dice: &mut Dice) -> u64 {
    let kind = if dice.chance(50) {
        "isolate"
    } else {
        "release"
    };
    let given = world.type_in(&["order", kind, "aiko", "--reason", "a blow", "--json"]);
    let given: Value = serde_json::from_slice(&given.stdout).unwrap_or_default();
    generation(&given).unwrap_or_default()
}

/// The first generation named anywhere in an answer.
fn generation(answer: &Value) -> Option<u64> {
    match answer {
        Value::Object(fields) => fields
            .get("generation")
            .and_then(Value::as_u64)
            .or_else(|| fields.values().find_map(generation)),
        Value::Array(items) => items.iter().find_map(generation),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[track_caller]
fn check(world: &World, seen: &Acknowledged, seed: u64, round: u64) {
    let device = world
        .device("aiko")
        .unwrap_or_else(|said| panic!("seed {seed}, round {round}: {said}"));
    let report = device["posture"]["sequence"].as_u64().unwrap_or_default();
    assert!(
        report >= seen.report,
        "seed {seed}, round {round}: report {} is gone: {device}",
        seen.report
    );
    let order = device["order"]["generation"].as_u64().unwrap_or_default();
    assert!(
        order >= seen.order,
        "seed {seed}, round {round}: order {} is gone: {device}",
        seen.order
    );
}
