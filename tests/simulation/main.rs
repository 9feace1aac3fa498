//! A fleet simulated from a seed: real cycles, outboxes and memories of laptops against the real rooms
//! and conversations of a collector over its real store, with only clocks, network and firewalls made
//! up. Deadlines that wait by the system's clock do not pass in it.
//!
//! Touches temporary folders. Must never fail otherwise than by something that could happen.
//!
//! `SEKISHO_SEED` tells another story, `SEKISHO_STORIES` so many, each from the seed after the last, and
//! `SEKISHO_HOURS` makes the trouble of each last longer.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a world that cannot go on has shown what it was made to show"
)]

mod calm;
mod centre;
mod door;
mod laptop;
mod machine;
mod network;
mod refusals;
mod time;
mod trouble;
mod truth;
mod world;

use std::path::Path;

use sekisho_policy::time::Span;

use crate::world::World;

/// Where folders are in memory, so that a sync takes no time.
const MEMORY: &str = "/dev/shm";
/// The seed of the story that is told when none is asked for.
const SEED: u64 = 1;
/// Laptops of a fleet.
const LAPTOPS: u32 = 200;

/// A folder for one story.
fn folder() -> tempfile::TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("sekisho-fleet-");
    let made = if Path::new(MEMORY).is_dir() {
        builder.tempdir_in(MEMORY)
    } else {
        builder.tempdir()
    };
    made.expect("a folder")
}

/// A runtime for timers to hang on that nobody drives, so that none of them ever rings.
fn timers() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// One story, from trouble to quiet.
fn story(seed: u64, hours: i64) {
    println!("SEKISHO_SEED={seed}");
    let dir = folder();
    let mut world = World::new(dir.path(), LAPTOPS, seed);
    world.pass(Span::from_secs(60));
    world.troubles();
    world.pass(Span::from_hours(hours));
    world.calms_down();
    world.pass(Span::from_hours(1));
    world.approves_everybody();
    world.pass(Span::from_hours(1));
    println!("{:?}", world.counts);
    calm::is_quiet(&mut world);
    calm::everybody_agrees(&mut world);
    println!("{}", world.truth.told());
    let (reports, orders) = world.truth.counts();
    assert!(reports > 2000 && orders > 200, "too little happened");
    assert!(world.truth.gaps > 0, "no outbox overflowed");
}

#[test]
fn two_hundred_laptops_come_to_agree_after_all_that_can_go_wrong() {
    let timers = timers();
    let _entered = timers.enter();
    let hours = number("SEKISHO_HOURS").unwrap_or(2).cast_signed();
    let first = number("SEKISHO_SEED").unwrap_or(SEED);
    for story_number in 0..number("SEKISHO_STORIES").unwrap_or(1) {
        story(first.wrapping_add(story_number), hours);
    }
}

#[test]
fn a_seed_tells_the_same_story_again() {
    let timers = timers();
    let _entered = timers.enter();
    let told = |seed| {
        let dir = folder();
        let mut world = World::new(dir.path(), 12, seed);
        world.troubles();
        world.pass(Span::from_secs(1800));
        (world.counts.clone(), world.story)
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}
