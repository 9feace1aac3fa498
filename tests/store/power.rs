//! The power goes in mid-write. A few rounds here; `powercut` beside the other programs plays more.
//!
//! Touches guests under qemu and a folder among the build's own.

use std::path::{Path, PathBuf};

use sekisho_tests::dice::Dice;
use sekisho_tests::guest::missing;
use sekisho_tests::pair_load::Pair;
use sekisho_tests::powercut::subject::{Outbox, Programs, Store, Subject};
use sekisho_tests::powercut::{Rig, TOOLS};
use sekisho_tests::skip::skipped;

#[test]
fn nothing_the_store_acknowledged_is_missing_after_the_power_went() {
    play(2, |load| Store { load });
}

#[test]
fn no_report_the_outbox_took_is_missing_after_the_power_went() {
    play(2, |load| Outbox { load });
}

#[test]
fn nothing_people_and_laptops_were_told_is_missing_after_the_power_went() {
    play(2, |load| Programs {
        load,
        pair: Pair::make(),
    });
}

#[track_caller]
#[expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "it fails the test that it plays for, and says there what it saw"
)]
fn play<S: Subject>(rounds: u64, subject: impl FnOnce(PathBuf) -> S) {
    if let Some(tool) = missing(&TOOLS) {
        skipped(&format!("{tool} is not installed"));
        return;
    }
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("powercut-rig");
    let subject = subject(PathBuf::from(env!("CARGO_BIN_EXE_load")));
    let mut rig = Rig::prepare(&dir, subject).unwrap();
    for round in 0..rounds {
        let played = rig
            .round(seed.wrapping_add(round))
            .unwrap_or_else(|e| panic!("seed {seed}, round {round}: {e:#}"));
        println!("{played:?}");
    }
}
