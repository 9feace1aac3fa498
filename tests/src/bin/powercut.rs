//! `powercut ROUNDS [SEED]` cuts a guest's power in mid-write, again and again, and tells how many
//! rounds left everything acknowledged intact. Ends with status 1 when one did not.
//!
//! Touches `powercut-rig/` beside this program.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;

use sekisho_tests::dice::Dice;
use sekisho_tests::powercut::Rig;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let rounds: u64 = arguments
        .next()
        .context("powercut ROUNDS [SEED]")?
        .parse()?;
    let seed = match arguments.next() {
        Some(text) => text.parse()?,
        None => Dice::seed(),
    };
    let beside = std::env::current_exe()?;
    let beside = beside.parent().context("this program is in no folder")?;
    let rig = Rig::prepare(&beside.join("powercut-rig"), &beside.join("store-load"))?;
    let mut out = std::io::stdout();
    let mut intact = 0_u64;
    for round in 0..rounds {
        match rig.round(seed.wrapping_add(round)) {
            Ok(played) => {
                intact += 1;
                let (seed, disk) = (seed.wrapping_add(round), played.disk);
                writeln!(
                    out,
                    "round {round} (seed {seed}): intact, {} acknowledged; disk: {} flushes, {} writes since, {} not kept",
                    played.acknowledged, disk.flushes, disk.pending, disk.lost
                )?;
            }
            Err(error) => writeln!(
                out,
                "round {round} (seed {}): {error:#}",
                seed.wrapping_add(round)
            )?,
        }
    }
    writeln!(out, "{intact} of {rounds} rounds intact")?;
    Ok(if intact == rounds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
