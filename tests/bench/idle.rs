//! The agent at rest, enrolled and attached: memory, CPU, and how often it wakes up.
//!
//! Touches the programs it starts. Must never touch the machine's firewall.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::centre::Centre;
use crate::figures::{Bar, Figure, Sheet};
use crate::process::Running;

/// How the service manager starts it.
const UNIT: &str = include_str!("../../packaging/linux/sekisho-agent.service");

/// The variable that a line of the unit sets, if it sets one.
fn environment(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("Environment=")?.split_once('=')
}

pub(crate) async fn run(sheet: &Sheet, programs: &Path, quick: bool) -> Result<()> {
    let seconds = if quick { 40 } else { 300 };
    let centre = Centre::start(programs, 1)?;
    let state = tempfile::tempdir()?;
    let agent = programs.join("sekisho-agent");
    let enrolled = Command::new(&agent)
        .arg("enroll")
        .args([
            "--collector",
            &centre.enrolment.to_string(),
            "--token",
            &centre.token,
        ])
        .arg("--state-dir")
        .arg(state.path())
        .output()
        .context("cannot start the agent")?;
    ensure!(
        enrolled.status.success(),
        "{}",
        String::from_utf8_lossy(&enrolled.stderr)
    );
    let mut run = Command::new(&agent);
    run.args(["run", "--no-enforce", "--state-dir"])
        .arg(state.path())
        .envs(UNIT.lines().filter_map(environment));
    let agent = Running::start(&mut run)?;
    tokio::time::sleep(Duration::from_secs(if quick { 10 } else { 30 })).await;
    let (cpu, woken) = (agent.cpu_us()?, agent.wakeups()?);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let span = f64::from(u32::try_from(seconds)?);
    let figure = |name, value, unit, bar| Figure {
        name,
        value,
        unit,
        baseline: None,
        bar,
    };
    let percent = (agent.cpu_us()? - cpu) / 10_000.0 / span;
    let rss = agent.rss_kib()? / 1024.0;
    sheet.put(&figure("idle.rss", rss, "MiB", Some(Bar::AtMost(12.0))))?;
    sheet.put(&figure("idle.cpu", percent, "%", Some(Bar::AtMost(0.05))))?;
    sheet.put(&figure(
        "idle.wakeups",
        (agent.wakeups()? - woken) / span,
        "1/s",
        None,
    ))
}
