//! A laptop of the story: a real agent over the files of a prepared machine.
//!
//! Touches its own folder and the process it starts. Must never speak to the collector itself.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

use serde_json::Value;

use crate::child::Child;
use crate::eventually::eventually;
use crate::machine::Machine;
use crate::netns::Namespace;
use crate::programs;
use crate::world::said;

/// A laptop.
#[derive(Debug)]
pub struct Laptop {
    dir: PathBuf,
    machine: Machine,
    agent: Option<Child>,
    /// Words before the agent's program, where it runs in a network namespace as its own user.
    inside: Vec<String>,
    program: PathBuf,
}

/// The user that an enforcing agent runs as; nobody else on this machine should have the number.
const AGENT_USER: u32 = 61_234;

impl Laptop {
    /// A laptop in this folder, with this host name, not enrolled. Its firewall is the machine's, so
    /// it does not enforce.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    #[track_caller]
    pub fn new(dir: &Path, hostname: &str) -> Self {
        let machine = Machine::new(&dir.join("root"), hostname);
        let laptop = Self {
            dir: dir.to_owned(),
            machine,
            agent: None,
            inside: Vec::new(),
            program: programs::agent(),
        };
        laptop.is_configured("enforce = false\n");
        laptop
    }

    /// Puts it into a network of its own, where its agent enforces: as a user of its own, with the one
    /// right that takes.
    ///
    /// # Panics
    /// When the files cannot be given to that user.
    #[track_caller]
    pub fn enforces_in(&mut self, namespace: &Namespace) {
        self.is_configured("enforce = true\n");
        // The user may not be allowed to enter the folder that cargo builds in.
        let program = self.dir.join("sekisho-agent");
        let copied = fs::copy(&self.program, &program)
            .and_then(|_| fs::create_dir_all(self.state_dir()))
            .and_then(|()| chown(self.state_dir(), Some(AGENT_USER), Some(AGENT_USER)));
        copied.unwrap_or_else(|error| panic!("{}: {error}", self.dir.display()));
        self.program = program;
        self.inside = namespace.prefix();
        let user = [
            "setpriv".to_owned(),
            format!("--reuid={AGENT_USER}"),
            format!("--regid={AGENT_USER}"),
            "--clear-groups".to_owned(),
            "--inh-caps=-all,+net_admin".to_owned(),
            "--ambient-caps=-all,+net_admin".to_owned(),
        ];
        self.inside.extend(user);
    }

    /// Sets its clock so many days ahead, or behind; none is right. The rest of this machine keeps its time. It takes
    /// `libfaketime`.
    pub fn clock_is_off(&mut self, days: i64) {
        self.inside = match days {
            0 => Vec::new(),
            days => vec![
                "env".to_owned(),
                // The loader knows this system's folder of libraries.
                "LD_PRELOAD=/usr/$LIB/faketime/libfaketime.so.1".to_owned(),
                format!("FAKETIME={days:+}d"),
                "DONT_FAKE_MONOTONIC=1".to_owned(),
            ],
        };
    }

    /// Its files.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The agent's state.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.dir.join("state")
    }

    /// Replaces the agent's configuration.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn is_configured(&self, text: &str) {
        let path = self.config_path();
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Types `enroll`.
    ///
    /// # Panics
    /// When the agent cannot be started.
    #[track_caller]
    pub fn enrol(&self, collector: &str, token: &str) -> Output {
        self.type_in(&["enroll", "--collector", collector, "--token", token])
    }

    /// Switches it on.
    ///
    /// # Panics
    /// When the agent cannot be started.
    #[track_caller]
    pub fn start(&mut self) {
        let mut command = self.command(&["run"]);
        self.agent = Some(Child::start("agent", &mut command, &self.log_path()));
    }

    /// Waits until an agent that was switched on has ended by itself, and gives all that it ever said.
    ///
    /// # Panics
    /// When it goes on, or there is none.
    #[track_caller]
    pub fn until_ended(&mut self) -> (ExitStatus, String) {
        let mut agent = self
            .agent
            .take()
            .unwrap_or_else(|| panic!("no agent was started"));
        let status = eventually("the agent ends", || {
            agent.ended().ok_or_else(|| agent.log())
        });
        (status, agent.log())
    }

    /// Waits until nothing waits for the collector any more.
    ///
    /// # Panics
    /// When something goes on waiting.
    #[track_caller]
    pub fn until_nothing_waits(&self) {
        self.until_status("/waiting", |waiting| waiting == 0);
    }

    /// Waits until `status --json` shows what is looked for at `pointer` (RFC 6901), and gives the whole.
    ///
    /// # Panics
    /// When it does not come to be there.
    #[track_caller]
    pub fn until_status(&self, pointer: &str, is: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("the laptop's {pointer}"), || {
            let status = self.status()?;
            let found = status.pointer(pointer).unwrap_or(&Value::Null);
            if is(found) {
                Ok(status)
            } else {
                Err(status.to_string())
            }
        })
    }

    /// Switches it off.
    ///
    /// # Panics
    /// When the agent does not end.
    #[track_caller]
    pub fn stop(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.stop();
        }
    }

    /// Takes its battery out.
    pub fn kill(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.kill();
        }
    }

    /// What its user types, and what comes of it.
    ///
    /// # Panics
    /// When the agent cannot be started.
    #[track_caller]
    pub fn type_in(&self, typed: &[&str]) -> Output {
        let output = self.command(typed).output();
        output.unwrap_or_else(|error| panic!("{typed:?}: {error}"))
    }

    /// What another user of it types: who is there, and is not its administrator.
    ///
    /// # Panics
    /// When the agent cannot be started.
    #[track_caller]
    pub fn type_in_as(&self, user: u32, typed: &[&str]) -> Output {
        let output = Command::new("setpriv")
            .args([&format!("--reuid={user}"), "--clear-groups"])
            .arg(&self.program)
            .args(typed)
            .env("SEKISHO_STATE_DIR", self.state_dir())
            .env("LC_ALL", "C.UTF-8")
            .output();
        output.unwrap_or_else(|error| panic!("{typed:?}: {error}"))
    }

    /// What `status --json` says; an error while the agent does not answer.
    ///
    /// # Errors
    /// What it said instead.
    pub fn status(&self) -> Result<Value, String> {
        let output = self.type_in(&["status", "--json"]);
        serde_json::from_slice(&output.stdout).map_err(|_| said(&output))
    }

    /// Copies this laptop's disk, state and all, into another laptop.
    ///
    /// # Panics
    /// When it cannot be copied.
    #[track_caller]
    pub fn copied_to(&self, dir: &Path, hostname: &str) -> Self {
        let copy = Self::new(dir, hostname);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(self.state_dir())
            .arg(copy.state_dir())
            .status();
        assert!(
            copied.is_ok_and(|status| status.success()),
            "the disk cannot be copied"
        );
        copy
    }

    /// A command of the agent over this laptop's files.
    #[must_use]
    pub fn command(&self, typed: &[&str]) -> Command {
        let mut command = match self.inside.split_first() {
            Some((program, words)) => {
                let mut command = Command::new(program);
                command.args(words).arg(&self.program);
                command
            }
            None => Command::new(&self.program),
        };
        command
            .args(typed)
            .env("SEKISHO_STATE_DIR", self.state_dir())
            .env("LC_ALL", "C.UTF-8");
        match typed.first() {
            Some(&"enforce-at-boot") => {
                command.arg("--config").arg(self.config_path());
                return command;
            }
            Some(&"run") => command.arg("--config").arg(self.config_path()),
            Some(&"check") if typed.contains(&"--from") => return command,
            Some(&("enroll" | "check" | "capture")) => &mut command,
            _ => return command,
        };
        command.arg("--root").arg(self.machine.root_dir());
        command
    }

    /// Where what the agent prints goes.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.dir.join("agent.log")
    }

    fn config_path(&self) -> PathBuf {
        self.dir.join("agent.toml")
    }
}
