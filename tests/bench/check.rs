//! One self-check of the agent, of all facts, on a Debian machine with 1,500 packages, against one inventory run of
//! FusionInventory and one listing by dpkg-query on the same machine.
//!
//! Touches the programs it starts, and a mount of its own over dpkg's list. Must never compare with a program that
//! failed, nor leave the mount to others.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::Value;

use crate::figures::{Bar, Figure, Sheet, percentile};
use crate::process::whole_run;

const FUSION: &str = "/usr/bin/fusioninventory-agent";
const DPKG: &str = "/usr/bin/dpkg-query";
const LIST: &str = "/var/lib/dpkg/status";
const PACKAGES: usize = 1500;

/// CPU milliseconds and peak MiB of one run.
type Cost = (f64, f64);

pub(crate) fn run(sheet: &Sheet, programs: &Path, quick: bool) -> Result<()> {
    let rounds = if quick { 3 } else { 10 };
    let state = tempfile::tempdir()?;
    let agent = programs.join("sekisho-agent");
    // A thread of its own, so that the mount is there for nobody but the programs that it starts.
    let measured = std::thread::scope(|scope| {
        let measuring = scope.spawn(|| measure(&agent, state.path(), rounds));
        measuring.join()
    });
    let measured = measured.map_err(|_| anyhow::anyhow!("measuring broke off"))??;
    let (cpu, peak) = measured.agent;
    let figure = |name, value, unit, baseline, bar| Figure {
        name,
        value,
        unit,
        baseline,
        bar,
    };
    let packages = f64::from(u32::try_from(measured.packages)?);
    sheet.put(&figure("check.packages", packages, "", None, None))?;
    sheet.put(&figure(
        "check.cpu",
        cpu,
        "ms",
        None,
        Some(Bar::AtMost(60.0)),
    ))?;
    sheet.put(&figure(
        "check.peak",
        peak,
        "MiB",
        None,
        Some(Bar::AtMost(16.0)),
    ))?;
    if let Some((peer_cpu, peer_peak)) = measured.fusion {
        let (cpu_bar, peak_bar) = (Bar::AtMost(1.0 / 8.0), Bar::AtMost(1.0 / 4.0));
        let against = figure("check.cpu.fusion", cpu, "ms", Some(peer_cpu), Some(cpu_bar));
        sheet.put(&against)?;
        let against = figure(
            "check.peak.fusion",
            peak,
            "MiB",
            Some(peer_peak),
            Some(peak_bar),
        );
        sheet.put(&against)?;
    }
    let (peer_cpu, peer_peak) = measured.dpkg;
    sheet.put(&figure("check.cpu.dpkg", cpu, "ms", Some(peer_cpu), None))?;
    sheet.put(&figure(
        "check.peak.dpkg",
        peak,
        "MiB",
        Some(peer_peak),
        None,
    ))
}

struct Measured {
    packages: usize,
    agent: Cost,
    /// Where it is installed.
    fusion: Option<Cost>,
    dpkg: Cost,
}

fn measure(agent: &Path, state: &Path, rounds: usize) -> Result<Measured> {
    let list = state.join("status");
    fs::write(&list, grown(&fs::read_to_string(LIST)?)?)?;
    unshare(CloneFlags::CLONE_NEWNS).context("a mount namespace takes root")?;
    let nothing: Option<&str> = None;
    mount(
        nothing,
        "/",
        nothing,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        nothing,
    )?;
    mount(Some(&list), LIST, nothing, MsFlags::MS_BIND, nothing)?;
    let state = state.to_str().context("the temporary folder is no UTF-8")?;
    let check = ["check", "--json", "--state-dir", state];
    let packages = counted(agent, &check)?;
    let fusion = [
        "--local",
        state,
        "--force",
        "--no-task",
        "deploy,wakeonlan,esx,netdiscovery",
    ];
    let fusion = match Path::new(FUSION).exists() {
        true => Some(median(rounds.min(5), Path::new(FUSION), &fusion)?),
        false => None,
    };
    Ok(Measured {
        packages,
        agent: median(rounds, agent, &check)?,
        fusion,
        dpkg: median(rounds, Path::new(DPKG), &["-W"])?,
    })
}

/// The machine's own list with as many of its entries again under other names as make up the number.
fn grown(list: &str) -> Result<String> {
    let entries: Vec<&str> = list
        .split("\n\n")
        .filter(|entry| entry.contains("\nStatus: install ok installed"))
        .collect();
    ensure!(!entries.is_empty(), "{LIST} lists nothing");
    ensure!(
        entries.len() <= PACKAGES,
        "more than {PACKAGES} packages are here"
    );
    let mut grown = String::new();
    for number in 0..PACKAGES {
        let round = number / entries.len();
        let entry = entries
            .get(number % entries.len())
            .copied()
            .unwrap_or_default();
        let (name, rest) = entry
            .trim_start()
            .split_once('\n')
            .context("an entry of one line")?;
        let suffix = if round == 0 {
            String::new()
        } else {
            format!("-again{round}")
        };
        grown.push_str(&format!("{name}{suffix}\n{}\n\n", rest.trim_end()));
    }
    Ok(grown)
}

/// How many packages the agent counts, when it has read all facts in time.
fn counted(agent: &Path, check: &[&str]) -> Result<usize> {
    let output = Command::new(agent).args(check).output()?;
    let answer: Value = serde_json::from_slice(&output.stdout).context("no answer of the check")?;
    let facts = answer.get("facts").context("a check without facts")?;
    let late = facts.to_string();
    ensure!(
        !late.contains("\"timed_out\""),
        "a fact was not read in time: {facts:#}"
    );
    let packages = facts
        .pointer("/software/value/packages")
        .and_then(Value::as_array);
    let count = packages.context("a check without packages")?.len();
    ensure!(count >= PACKAGES, "{count} packages");
    Ok(count)
}

fn median(rounds: usize, program: &Path, args: &[&str]) -> Result<Cost> {
    let (mut cpu, mut peak) = (Vec::new(), Vec::new());
    // One run to fill the page cache, uncounted.
    whole_run(program, args)?;
    for _ in 0..rounds {
        let before = spent()?;
        let (_, kib) = whole_run(program, args)?;
        cpu.push(spent()? - before);
        peak.push(kib / 1024.0);
    }
    Ok((percentile(&mut cpu, 0.5), percentile(&mut peak, 0.5)))
}

/// CPU milliseconds of all children so far, to the microsecond: time(1) tells hundredths.
fn spent() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(f64::from(u32::try_from(micros)?) / 1e3)
}
