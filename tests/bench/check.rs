//! One self-check of the agent against one inventory run of FusionInventory on the same machine.
//!
//! Touches the programs it starts. Must never compare with a program that failed.

use std::path::Path;

use anyhow::{Context, Result};

use crate::figures::{Bar, Figure, Sheet, percentile};
use crate::process::whole_run;

const PEER: &str = "/usr/bin/fusioninventory-agent";

pub(crate) fn run(sheet: &Sheet, programs: &Path, quick: bool) -> Result<()> {
    let rounds = if quick { 3 } else { 10 };
    let state = tempfile::tempdir()?;
    let state = state
        .path()
        .to_str()
        .context("the temporary folder is no UTF-8")?;
    let agent = programs.join("sekisho-agent");
    let (cpu, peak) = median(rounds, &agent, &["check", "--json", "--state-dir", state])?;
    let peer = if Path::new(PEER).exists() {
        let args = [
            "--local",
            state,
            "--force",
            "--no-task",
            "deploy,wakeonlan,esx,netdiscovery",
        ];
        Some(median(rounds.min(5), Path::new(PEER), &args)?)
    } else {
        None
    };
    sheet.put(&Figure {
        name: "check.cpu",
        value: cpu,
        unit: "s",
        baseline: peer.map(|peer| peer.0),
        bar: peer.map(|_| Bar::AtMost(1.0 / 8.0)),
    })?;
    sheet.put(&Figure {
        name: "check.peak",
        value: peak / 1024.0,
        unit: "MiB",
        baseline: peer.map(|peer| peer.1 / 1024.0),
        bar: peer.map(|_| Bar::AtMost(1.0 / 4.0)),
    })
}

fn median(rounds: usize, program: &Path, args: &[&str]) -> Result<(f64, f64)> {
    let (mut cpu, mut peak) = (Vec::new(), Vec::new());
    // One run to fill the page cache, uncounted.
    whole_run(program, args)?;
    for _ in 0..rounds {
        let (seconds, kib) = whole_run(program, args)?;
        cpu.push(seconds);
        peak.push(kib);
    }
    Ok((percentile(&mut cpu, 0.5), percentile(&mut peak, 0.5)))
}
