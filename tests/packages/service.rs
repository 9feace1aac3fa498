//! What a unit says is to be done, done without a service manager: its program, as its user, with its capabilities and
//! its variables.
//!
//! Touches the units in a fresh system. Must never add anything to what the unit says.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use sekisho_tests::child::Child;

use crate::fresh::Fresh;

/// A unit as it lies in a fresh system.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    fresh: &'a Fresh,
    name: String,
    text: String,
}

impl<'a> Unit<'a> {
    #[track_caller]
    pub(crate) fn of(fresh: &'a Fresh, name: &str) -> Self {
        let text = fresh.read(&format!("/usr/lib/systemd/system/{name}"));
        let name = name.to_owned();
        Self { fresh, name, text }
    }

    /// What it says under a key; the last time it does.
    #[track_caller]
    fn says(&self, key: &str) -> &str {
        let found = self.maybe(key);
        found.unwrap_or_else(|| panic!("{} says no {key}", self.name))
    }

    fn maybe(&self, key: &str) -> Option<&str> {
        let mut lines = self.text.lines().rev();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }

    #[track_caller]
    fn command(&self) -> Command {
        let user = self.says("User");
        for (key, above) in [("StateDirectory", "/var/lib"), ("RuntimeDirectory", "/run")] {
            if let Some(name) = self.maybe(key) {
                let mode = self.says(&format!("{key}Mode"));
                let dir = format!("{above}/{name}");
                let make = ["install", "-d", "-m", mode, "-o", user, "-g", user, &dir];
                self.fresh.does(&make);
            }
        }
        let bound = match self.says("CapabilityBoundingSet") {
            "" => "-all".to_owned(),
            one => format!("-all,+{}", one.trim_start_matches("CAP_").to_lowercase()),
        };
        let ambient = match self.maybe("AmbientCapabilities") {
            None => "-all".to_owned(),
            Some(_) => bound.clone(),
        };
        let switches = [
            format!("--reuid={user}"),
            format!("--regid={user}"),
            "--init-groups".to_owned(),
            "--no-new-privs".to_owned(),
            format!("--inh-caps={ambient}"),
            format!("--ambient-caps={ambient}"),
            format!("--bounding-set={bound}"),
        ];
        let words: Vec<&str> = ["setpriv"]
            .into_iter()
            .chain(switches.iter().map(String::as_str))
            .chain(self.says("ExecStart").split(' '))
            .collect();
        let mut command = self.fresh.command(&words);
        if let Some(path) = self.maybe("EnvironmentFile") {
            let text = self.fresh.read(path);
            let set = text.lines().filter(|line| !line.starts_with('#'));
            command.envs(set.filter_map(|line| line.split_once('=')));
        }
        command
    }

    /// Starts what stays.
    #[track_caller]
    pub(crate) fn start(&self, log: &Path) -> Child {
        self.does_as_root("ExecStartPre");
        Child::start(&self.name, &mut self.command(), log)
    }

    /// Starts what is to stay and does not.
    #[track_caller]
    pub(crate) fn fails_to_start(&self) {
        self.does_as_root("ExecStartPre");
        let output = self.command().output().unwrap();
        assert!(!output.status.success(), "{output:?}");
    }

    /// What is done once it is ready.
    #[track_caller]
    pub(crate) fn is_ready(&self) {
        self.does_as_root("ExecStartPost");
    }

    #[track_caller]
    fn does_as_root(&self, key: &str) {
        if let Some(what) = self.maybe(key) {
            let as_root = what.trim_start_matches('-').strip_prefix('+').unwrap();
            self.fresh.does(&as_root.split(' ').collect::<Vec<_>>());
        }
    }

    /// Runs what ends by itself, and what the unit has done after it, as root, where it went well.
    #[track_caller]
    pub(crate) fn run(&self) -> Output {
        for condition in self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("ConditionPathExists="))
        {
            let holds = match condition.strip_prefix('!') {
                Some(path) => !self.fresh.has(path),
                None => self.fresh.has(condition),
            };
            assert!(holds, "{}: {condition}", self.name);
        }
        let output = self.command().output().unwrap();
        if output.status.success() {
            self.does_as_root("ExecStartPost");
        }
        output
    }

    /// The system's links that say the unit starts with it.
    pub(crate) fn is_enabled(&self) -> bool {
        let wanted_by = self.says("WantedBy");
        let path = format!("/etc/systemd/system/{wanted_by}.wants/{}", self.name);
        let link = fs::read_link(self.fresh.path(&path));
        link.is_ok_and(|to| to.ends_with(&self.name))
    }
}
