//! `cargo xtask demo`: the product on this machine, for real but for its firewall.
//!
//! Touches a temporary folder, two loopback ports, and the processes it starts; all are gone
//! afterwards. Must never change anything of this machine.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{SigSet, Signal};
use serde_json::Value;

use crate::children::{Child, until};
use crate::step;

/// How the demonstration ends.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// End and clean up as soon as everything has been shown, instead of at Ctrl-C
    #[arg(long)]
    exit: bool,
}

/// Where everything of the demonstration is.
struct Stage {
    dir: tempfile::TempDir,
    bin_dir: PathBuf,
}

/// Shows the product.
///
/// # Errors
/// At the first thing that does not go as it should; what was started is ended.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    // Before anything is started, so that Ctrl-C at any time leaves nothing behind.
    let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
    signals.thread_block().context("cannot hold signals back")?;
    let stage = Stage {
        bin_dir: step::build_programs()?,
        dir: tempfile::Builder::new().prefix("sekisho-demo-").tempdir()?,
    };
    let enrolment = stage.prepare()?;
    let mut collector = Child::start(
        "collector",
        &mut stage.collector(["serve"]),
        stage.dir.path(),
    )?;
    until("the collector answers", &mut [&mut collector], || {
        let output = stage
            .collector(["device", "list", "--json"])
            .output()
            .ok()?;
        output.status.success().then_some(())
    })?;
    println!("\n== a laptop enrols: this machine, its firewall left alone");
    let made = stage.ask(["token", "create", "--note", "demo", "--json"])?;
    let token = made
        .get("token")
        .and_then(Value::as_str)
        .context("no token was made")?;
    shown(&mut stage.agent([
        "enroll",
        "--collector",
        enrolment.as_str(),
        "--token",
        token,
    ]))?;
    let device = stage.first_device().context("the register is empty")?;
    let id = device
        .get("id")
        .and_then(Value::as_str)
        .context("the device has no id")?
        .to_owned();
    println!("\n== an administrator approves it");
    shown(&mut stage.collector(["device", "approve", id.as_str(), "--reason", "demo"]))?;
    let mut agent = Child::start(
        "agent",
        &mut stage.agent(["run", "--no-enforce"]),
        stage.dir.path(),
    )?;
    until(
        "the laptop is judged",
        &mut [&mut collector, &mut agent],
        || {
            let device = stage.ask(["device", "show", id.as_str(), "--json"]).ok()?;
            device
                .pointer("/posture/verdict/standing")?
                .as_str()
                .map(drop)
        },
    )?;
    println!("\n== what the laptop's user sees: sekisho-agent check");
    shown(&mut stage.agent(["check"]))?;
    println!("\n== what the administrator sees: sekisho-collector device list");
    shown(&mut stage.collector(["device", "list"]))?;
    stage.tell_what_to_try(&id);
    if !arguments.exit {
        println!("\nIt runs until Ctrl-C.");
        signals.wait().context("cannot wait for Ctrl-C")?;
    }
    agent.still_runs()?;
    collector.still_runs()?;
    drop(agent);
    drop(collector);
    println!("\nEnded; nothing is left behind.");
    Ok(())
}

impl Stage {
    /// Makes a collector and writes both configurations. Gives the enrolment listener's address.
    fn prepare(&self) -> Result<String> {
        println!("\n== a collector is made in {}", self.dir.path().display());
        shown(&mut self.collector(["init", "--name", "127.0.0.1"]))?;
        let (agents, enrolment) = two_free_addresses()?;
        write(
            &self.collector_dir().join("collector.toml"),
            &format!("agents_address = \"{agents}\"\nenrolment_address = \"{enrolment}\"\n"),
        )?;
        Ok(enrolment.to_string())
    }

    fn collector_dir(&self) -> PathBuf {
        self.dir.path().join("collector")
    }

    fn collector<I: IntoIterator<Item: AsRef<OsStr>>>(&self, typed: I) -> Command {
        let mut command = Command::new(self.bin_dir.join("sekisho-collector"));
        command
            .args(typed)
            .env("SEKISHO_COLLECTOR_DIR", self.collector_dir());
        command
    }

    fn agent<I: IntoIterator<Item: AsRef<OsStr>>>(&self, typed: I) -> Command {
        let mut command = Command::new(self.bin_dir.join("sekisho-agent"));
        command
            .args(typed)
            .env("SEKISHO_STATE_DIR", self.dir.path().join("agent"));
        command
    }

    fn ask<I: IntoIterator<Item: AsRef<OsStr>>>(&self, typed: I) -> Result<Value> {
        let output = self
            .collector(typed)
            .output()
            .context("cannot start the collector")?;
        succeeded(&output)?;
        serde_json::from_slice(&output.stdout).context("the collector's answer is not JSON")
    }

    fn first_device(&self) -> Option<Value> {
        self.ask(["device", "list", "--json"])
            .ok()?
            .pointer("/devices/0")
            .cloned()
    }

    fn tell_what_to_try(&self, id: &str) {
        println!(
            "\n== what to try next, in another terminal\n\n\
             export PATH={bin}:$PATH SEKISHO_COLLECTOR_DIR={collector}\n\
             export SEKISHO_STATE_DIR={agent}\n\n\
             sekisho-agent check --json          what was found, and on what evidence\n\
             sekisho-agent status                how this laptop stands with its collector\n\
             sekisho-collector device show {id}\n\
             sekisho-collector device lost {id} --reason 'left on a train'\n\
             sekisho-collector --help            everything else",
            bin = self.bin_dir.display(),
            collector = self.collector_dir().display(),
            agent = self.dir.path().join("agent").display(),
        );
    }
}

/// Runs the command with its output on the terminal. `check` ends with 1 or 2 where it finds
/// something, which is no failure here.
fn shown(command: &mut Command) -> Result<()> {
    let status = command.status().context("cannot start the program")?;
    match status.code() {
        Some(0..=2) => Ok(()),
        _ => bail!("{}: {status}", command.get_program().to_string_lossy()),
    }
}

fn succeeded(output: &Output) -> Result<()> {
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Two loopback ports nobody listens on. They are free until the collector takes them, unless
/// somebody is faster.
fn two_free_addresses() -> Result<(SocketAddr, SocketAddr)> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (one, other) = (TcpListener::bind(any)?, TcpListener::bind(any)?);
    Ok((one.local_addr()?, other.local_addr()?))
}
