//! `powercut store|outbox|pair ROUNDS [SEED]` cuts a guest's power in mid-write, again and again, and
//! tells how many rounds left everything acknowledged intact. Ends with status 1 when one did not.
//!
//! Touches `powercut-rig/` beside this program.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use sekisho_tests::dice::Dice;
use sekisho_tests::pair_load::Pair;
use sekisho_tests::powercut::Rig;
use sekisho_tests::powercut::subject::{Outbox, Programs, Store, Subject};

const USAGE: &str = "powercut store|outbox|pair ROUNDS [SEED]";

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().context(USAGE)?;
    let rounds: u64 = arguments.next().context(USAGE)?.parse()?;
    let seed = match arguments.next() {
        Some(text) => text.parse()?,
        None => Dice::seed(),
    };
    let beside = std::env::current_exe()?;
    let beside = beside.parent().context("this program is in no folder")?;
    let (dir, load) = (beside.join("powercut-rig"), beside.join("load"));
    let intact = match what.as_str() {
        "store" => play(&dir, Store { load }, rounds, seed)?,
        "outbox" => play(&dir, Outbox { load }, rounds, seed)?,
        "pair" => {
            let pair = Pair::make();
            play(&dir, Programs { load, pair }, rounds, seed)?
        }
        _ => bail!(USAGE),
    };
    Ok(if intact == rounds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn play(dir: &Path, subject: impl Subject, rounds: u64, seed: u64) -> anyhow::Result<u64> {
    let mut rig = Rig::prepare(dir, subject)?;
    let mut out = std::io::stdout();
    let (mut intact, mut with_losses) = (0_u64, 0_u64);
    for round in 0..rounds {
        let seed = seed.wrapping_add(round);
        match rig.round(seed) {
            Ok(played) => {
                let disk = played.disk;
                intact += 1;
                with_losses += u64::from(disk.lost > 0);
                writeln!(
                    out,
                    "round {round} (seed {seed}): intact, {} acknowledged; disk: {} flushes, {} writes since, {} not kept",
                    played.acknowledged, disk.flushes, disk.pending, disk.lost
                )?;
            }
            Err(error) => writeln!(out, "round {round} (seed {seed}): FAILED: {error:#}")?,
        }
    }
    writeln!(
        out,
        "{intact} of {rounds} rounds intact; {with_losses} of those lost or tore unflushed writes"
    )?;
    Ok(intact)
}
