//! A process of the story: started with its own log, ended by its id when it is dropped.
//!
//! Touches the process it started and its log file. Must never end another one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::eventually::eventually;

/// Bytes of a log that are shown when the story fails.
const SHOWN_BYTES: usize = 6000;

/// A running process.
#[derive(Debug)]
pub struct Child {
    name: String,
    process: Process,
    log_path: PathBuf,
}

impl Child {
    /// Starts the command; what it prints goes to the end of `log_path`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start(name: &str, command: &mut Command, log_path: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log_path);
        let log = log.unwrap_or_else(|error| panic!("{}: {error}", log_path.display()));
        let other = log
            .try_clone()
            .unwrap_or_else(|error| panic!("log: {error}"));
        let process = command
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(other)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        Self {
            name: name.to_owned(),
            process,
            log_path: log_path.to_owned(),
        }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it has printed.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log_path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().ok().flatten()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let Ok(id) = i32::try_from(self.id()) else {
            return;
        };
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(id), signal);
    }

    /// Ends it as a power cut would: at once, without a word.
    pub fn kill(mut self) {
        self.end(Signal::SIGKILL);
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        let name = self.name.clone();
        eventually(&format!("{name} ends"), || {
            self.ended().ok_or_else(|| "it still runs".to_owned())
        })
    }

    fn end(&mut self, signal: Signal) {
        if self.ended().is_none() {
            self.signal(signal);
            // Nothing can be done about a process that cannot be waited for.
            drop(self.process.wait());
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end(Signal::SIGKILL);
        if std::thread::panicking() {
            let log = self.log();
            let start = log.ceil_char_boundary(log.len().saturating_sub(SHOWN_BYTES));
            println!(
                "--- {} said:\n{}\n---",
                self.name,
                log.get(start..).unwrap_or_default()
            );
        }
    }
}
