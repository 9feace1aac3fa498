//! The company: a real collector in a folder of its own, on a loopback address of its own.
//!
//! Touches that folder and the processes it starts. Must never speak to the collector but as people
//! and laptops do.

use std::fs::Permissions;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU8, Ordering};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::child::Child;
use crate::eventually::eventually;
use crate::laptop::Laptop;
use crate::netns::Network;
use crate::programs;
use crate::volume::Volume;

/// A company with one collector.
#[derive(Debug)]
pub struct World {
    dir: PathBuf,
    /// Removes the folder in the end; not there when somebody else's is used.
    #[expect(dead_code, reason = "the folder lasts as long as this does")]
    own: Option<TempDir>,
    address: Ipv4Addr,
    collector: Option<Child>,
    /// Words before `serve`, where it runs in a network namespace.
    inside: Vec<String>,
    /// Keeps the folders of the company that was here before.
    former: Option<Box<Self>>,
}

impl World {
    /// Makes a collector's folder and starts the collector.
    ///
    /// # Panics
    /// When either fails.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        let mut world = Self::before_serving();
        world.start_collector();
        world
    }

    /// A company whose collector runs in that namespace, on the machine with the last byte 2 of the
    /// story's network, over both protocols.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[track_caller]
    pub fn in_network(network: &Network) -> Self {
        let mut world = Self::made_at(Ipv4Addr::new(10, 77, 0, 2));
        world.inside = network.collector.prefix();
        world.listens_at("[::]:7443", "[::]:7444");
        world.start_collector();
        world
    }

    /// The company in this folder, which another world made at that address and stopped. Nothing is
    /// started.
    #[must_use]
    pub fn found_at(dir: &Path, address: Ipv4Addr) -> Self {
        Self {
            dir: dir.to_owned(),
            own: None,
            address,
            collector: None,
            inside: Vec::new(),
            former: None,
        }
    }

    /// Another company's collector, at the address of this one, which ends. Folders stay.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[track_caller]
    pub fn in_place_of(mut other: Self) -> Self {
        other.stop_collector();
        let mut world = Self::made_at(other.address);
        world.former = Some(Box::new(other));
        world.start_collector();
        world
    }

    /// Makes a collector's folder, and starts nothing.
    ///
    /// # Panics
    /// When `init` fails.
    #[must_use]
    #[track_caller]
    pub fn before_serving() -> Self {
        Self::made_at(own_address())
    }

    /// A company whose collector has a disk of its own, of this size.
    ///
    /// # Panics
    /// When it cannot be made: see [`crate::volume::may_mount`].
    #[must_use]
    #[track_caller]
    pub fn on_volume(mebibytes: u64) -> (Self, Volume) {
        let dir = temporary_folder();
        let volume = Volume::mounted_on(&dir.path().join("collector"), mebibytes);
        let mut world = Self::made_in(dir, own_address());
        world.start_collector();
        (world, volume)
    }

    #[track_caller]
    fn made_at(address: Ipv4Addr) -> Self {
        Self::made_in(temporary_folder(), address)
    }

    #[track_caller]
    fn made_in(dir: TempDir, address: Ipv4Addr) -> Self {
        let world = Self {
            dir: dir.path().to_owned(),
            own: Some(dir),
            address,
            collector: None,
            inside: Vec::new(),
            former: None,
        };
        let output = world
            .command(&["init", "--name"])
            .arg(world.address.to_string())
            .output();
        succeeded(
            "init",
            &output.unwrap_or_else(|error| panic!("init: {error}")),
        );
        world.listens_at(&world.agents_address(), &world.enrolment_address());
        world
    }

    /// The folder of everything in this world.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The address its collector listens on.
    #[must_use]
    pub const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The collector's own folder.
    #[must_use]
    pub fn collector_dir(&self) -> PathBuf {
        self.dir().join("collector")
    }

    /// Where laptops enrol, as `enroll --collector` takes it.
    #[must_use]
    pub fn enrolment_address(&self) -> String {
        format!("{}:7444", self.address)
    }

    /// Where enrolled laptops connect.
    #[must_use]
    pub fn agents_address(&self) -> String {
        format!("{}:7443", self.address)
    }

    /// Starts the collector, and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn start_collector(&mut self) {
        let log_path = self.dir().join("collector.log");
        let mut serve = self.command(&["serve"]);
        if let Some((program, words)) = self.inside.split_first() {
            let plain = serve;
            serve = Command::new(program);
            serve
                .args(words)
                .arg(plain.get_program())
                .args(plain.get_args());
            serve.envs(
                plain
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        }
        let child = Child::start("collector", &mut serve, &log_path);
        let child = self.collector.insert(child);
        let id = child.id();
        let mut command = self.command(&["device", "list", "--json"]);
        eventually("the collector answers", || {
            let ended = self.collector.as_mut().and_then(Child::ended);
            assert!(
                ended.is_none(),
                "the collector (process {id}) ended: {ended:?}"
            );
            let output = command.output().map_err(|error| error.to_string())?;
            if output.status.success() {
                Ok(())
            } else {
                Err(said(&output))
            }
        });
    }

    /// Ends the collector as a power cut would.
    pub fn kill_collector(&mut self) {
        if let Some(collector) = self.collector.take() {
            collector.kill();
        }
    }

    /// Asks the collector to end, and waits until it has.
    ///
    /// # Panics
    /// When it does not end, or not well.
    #[track_caller]
    pub fn stop_collector(&mut self) {
        if let Some(collector) = self.collector.take() {
            let status = collector.stop();
            assert!(status.success(), "the collector ended with {status}");
        }
    }

    /// Sends the collector's process a signal.
    pub fn signal_collector(&self, signal: Signal) {
        if let Some(collector) = &self.collector {
            collector.signal(signal);
        }
    }

    /// A laptop of this world that is not enrolled yet.
    #[must_use]
    pub fn laptop(&self, name: &str) -> Laptop {
        Laptop::new(&self.dir().join(name), name)
    }

    /// Makes a token. Gives its printed form.
    ///
    /// # Panics
    /// When it cannot be made.
    #[track_caller]
    pub fn token(&self, options: &[&str]) -> String {
        let made = self.ask(&[&["token", "create"], options].concat());
        made.get("token")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// What an administrator types, answered in JSON.
    ///
    /// # Panics
    /// When the command fails.
    #[track_caller]
    pub fn ask(&self, typed: &[&str]) -> Value {
        let output = self.type_in(&[typed, &["--json"]].concat());
        succeeded(&typed.join(" "), &output);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{typed:?}: {error}: {}", said(&output)))
    }

    /// What an administrator types, and what comes of it, whatever that is.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[track_caller]
    pub fn type_in(&self, typed: &[&str]) -> Output {
        let output = self.command(typed).output();
        output.unwrap_or_else(|error| panic!("{typed:?}: {error}"))
    }

    /// What an administrator types who has logged in as this user (`loginuid`, proc(5)).
    ///
    /// # Panics
    /// When the shell cannot be started.
    #[track_caller]
    pub fn type_in_as(&self, user: u32, typed: &[&str]) -> Output {
        let command = self.command(typed);
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("echo {user} > /proc/self/loginuid && exec \"$@\""))
            .arg("sh")
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                shell.env(name, value);
            }
        }
        let output = shell.output();
        output.unwrap_or_else(|error| panic!("{typed:?}: {error}"))
    }

    /// What `device show` says of a device; an error when there is none.
    ///
    /// # Errors
    /// What the collector said instead.
    pub fn device(&self, name: &str) -> Result<Value, String> {
        let output = self.type_in(&["device", "show", name, "--json"]);
        if !output.status.success() {
            return Err(said(&output));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }

    /// Waits until `device show` says `expected` at `pointer` (RFC 6901), and gives the whole.
    ///
    /// # Panics
    /// When it does not come to say so.
    #[track_caller]
    pub fn until_device(&self, name: &str, pointer: &str, expected: &Value) -> Value {
        eventually(&format!("{name}: {pointer} is {expected}"), || {
            let device = self.device(name)?;
            match device.pointer(pointer) {
                Some(found) if found == expected => Ok(device),
                found => Err(format!("{found:?}")),
            }
        })
    }

    /// The audit log's head as an auditor notes it down: `SIZE:ROOT`.
    ///
    /// # Panics
    /// When the collector does not tell it.
    #[track_caller]
    pub fn noted_head(&self) -> String {
        let head = self.ask(&["audit", "head"]);
        let root = head.get("root").and_then(Value::as_str).unwrap_or_default();
        format!("{}:{root}", head.get("size").unwrap_or(&Value::Null))
    }

    /// Exports the audit log and verifies it as an auditor does: by the public key alone, and against the
    /// heads that were noted down. Gives how many entries it has.
    ///
    /// # Panics
    /// When it does not verify.
    #[track_caller]
    pub fn verified_audit_log(&self, noted: &[String]) -> u64 {
        let head = self.ask(&["audit", "head"]);
        let key = head.pointer("/key").and_then(Value::as_str);
        let key_path = self.dir().join("log.pub");
        std::fs::write(&key_path, key.unwrap_or_default())
            .unwrap_or_else(|error| panic!("{}: {error}", key_path.display()));
        // An export never replaces a file.
        let log_path = self.dir().join("log.jsonl");
        drop(std::fs::remove_file(&log_path));
        let [log, key] = [&log_path, &key_path].map(|path| path.display().to_string());
        succeeded("audit export", &self.type_in(&["audit", "export", &log]));
        let known = noted.iter().flat_map(|head| ["--known", head]);
        let typed = ["audit", "verify", &log, "--key", &key];
        let verified = self.ask(&typed.into_iter().chain(known).collect::<Vec<_>>());
        let size = verified.get("size").and_then(Value::as_u64);
        size.unwrap_or_else(|| panic!("{verified}"))
    }

    /// A command of the collector over this company's files.
    #[must_use]
    pub fn command(&self, typed: &[&str]) -> Command {
        let mut command = Command::new(programs::collector());
        command
            .args(typed)
            .env("SEKISHO_COLLECTOR_DIR", self.collector_dir())
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Puts more into the collector's configuration, which it reads at its next start.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[track_caller]
    pub fn is_configured(&self, more: &str) {
        let path = self.collector_dir().join("collector.toml");
        let text = std::fs::read_to_string(&path).unwrap_or_default() + more;
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    fn listens_at(&self, agents: &str, enrolment: &str) {
        let text = format!("agents_address = \"{agents}\"\nenrolment_address = \"{enrolment}\"\n");
        let path = self.collector_dir().join("collector.toml");
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

#[track_caller]
fn temporary_folder() -> TempDir {
    let dir = tempfile::Builder::new().prefix("sekisho-story-").tempdir();
    let dir = dir.unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    // An agent that runs as a user of its own must be able to pass through.
    std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755))
        .unwrap_or_else(|error| panic!("{}: {error}", dir.path().display()));
    dir
}

/// A loopback address no other world of this machine listens on, so that every collector has the
/// usual ports.
fn own_address() -> Ipv4Addr {
    static WORLDS: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high, low, WORLDS.fetch_add(1, Ordering::Relaxed))
}

#[track_caller]
fn succeeded(what: &str, output: &Output) {
    assert!(
        output.status.success(),
        "{what}: {}: {}",
        output.status,
        said(output)
    );
}

/// What a command printed, to people and to programs.
#[must_use]
pub fn said(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    format!("{} {}", text(&output.stdout), text(&output.stderr))
        .trim()
        .to_owned()
}
