//! A network of the story's own: a laptop, the collector and the rest of the world on one switch.
//!
//! Touches network namespaces that carry this process's id in their names, and removes them. Must
//! never change the network of the machine.

use std::fs::File;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use nix::sched::{CloneFlags, setns};

use crate::ran::ran;

/// A network namespace; gone when it is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

/// Three machines on a switch: `laptop` 10.77.0.1 and fd77::1, `collector` .2, `world` .3. The
/// world routes to 192.0.2.1 and 2001:db8::1, which are its own.
#[derive(Debug)]
pub struct Network {
    /// The laptop.
    pub laptop: Namespace,
    /// The collector's machine.
    pub collector: Namespace,
    /// The rest of the world.
    pub world: Namespace,
    _switch: Namespace,
}

impl Namespace {
    /// Makes one.
    ///
    /// # Panics
    /// When it cannot be made: see [`crate::skip::may_make_namespaces`].
    #[must_use]
    #[track_caller]
    pub fn new(role: &str) -> Self {
        static MADE: AtomicU8 = AtomicU8::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("sekisho-{}-{number}-{role}", std::process::id());
        let made = Self { name };
        ran(Command::new("ip").args(["netns", "add", &made.name]));
        made.sh("ip link set lo up");
        made
    }

    /// The words before a command that make it run inside.
    #[must_use]
    pub fn prefix(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name]
            .map(str::to_owned)
            .to_vec()
    }

    /// What `ip netns` knows it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Does something on a thread inside; sockets it makes stay inside.
    ///
    /// # Panics
    /// When the namespace cannot be entered, or the thing done panics.
    #[track_caller]
    pub fn inside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let door = File::open(format!("/run/netns/{}", self.name));
        let door = door.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        thread::scope(|scope| {
            let done = scope.spawn(|| {
                setns(&door, CloneFlags::CLONE_NEWNET)
                    .unwrap_or_else(|error| panic!("{}: {error}", self.name));
                act()
            });
            done.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// A command that runs inside.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Runs a shell line inside, which must succeed. Gives what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn sh(&self, line: &str) -> String {
        let output = self.try_sh(line);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{line}: {text}");
        text
    }

    /// Runs a shell line inside.
    ///
    /// # Panics
    /// When no shell can be started.
    #[track_caller]
    pub fn try_sh(&self, line: &str) -> Output {
        let output = self.command("sh").args(["-ec", line]).output();
        output.unwrap_or_else(|error| panic!("{line}: {error}"))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // One that cannot be removed is named after this process, and harms nobody.
        drop(
            Command::new("ip")
                .args(["netns", "delete", &self.name])
                .output(),
        );
    }
}

impl Network {
    /// Makes it.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        let network = Self {
            laptop: Namespace::new("laptop"),
            collector: Namespace::new("collector"),
            world: Namespace::new("world"),
            _switch: Namespace::new("switch"),
        };
        let switch = &network._switch;
        switch.sh("ip link add br0 type bridge mcast_snooping 0 && ip link set br0 up");
        let machines = [
            (&network.laptop, 1),
            (&network.collector, 2),
            (&network.world, 3),
        ];
        for (machine, number) in machines {
            switch.sh(&format!(
                "ip link add port{number} type veth peer name eth0 netns {}
                 ip link set port{number} master br0 up",
                machine.name
            ));
            machine.sh(&format!(
                "ip link set eth0 up
                 ip addr add 10.77.0.{number}/24 dev eth0
                 ip addr add fd77::{number}/64 dev eth0 nodad"
            ));
        }
        network.world.sh("ip addr add 192.0.2.1/32 dev lo
             ip addr add 2001:db8::1/128 dev lo nodad");
        network.laptop.sh("ip route add default via 10.77.0.3
             ip -6 route add default via fd77::3");
        network
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}
