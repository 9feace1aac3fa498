//! Processes the demonstration starts, ended by their ids whatever happens.
//!
//! Touches the processes it started. Must never end another one, and never outlive its own.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child as Process, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Looks until a process that was asked to end is ended: five seconds.
const LOOKS_TO_END: u32 = 100;

/// A process with its log, in a process group of its own: Ctrl-C at the terminal does not reach it.
#[derive(Debug)]
pub(crate) struct Child {
    name: &'static str,
    process: Process,
    log_path: PathBuf,
}

impl Child {
    /// Starts it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(name: &'static str, command: &mut Command, dir: &Path) -> Result<Self> {
        let log_path = dir.join(format!("{name}.log"));
        let log = File::create(&log_path).with_context(|| log_path.display().to_string())?;
        let process = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("log")?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start the {name}"))?;
        Ok(Self {
            name,
            process,
            log_path,
        })
    }

    /// Fails when it has ended, with what it printed.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn still_runs(&mut self) -> Result<()> {
        let Some(status) = self.process.try_wait().context("lost the process")? else {
            return Ok(());
        };
        let log = std::fs::read_to_string(&self.log_path).unwrap_or_default();
        bail!("the {} ended by itself ({status}):\n{log}", self.name);
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.process.try_wait(), Ok(None))
    }

    fn signal(&self, signal: Signal) {
        if let Ok(id) = i32::try_from(self.process.id()) {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(id), signal);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal(Signal::SIGTERM);
        for _ in 0..LOOKS_TO_END {
            if self.has_ended() {
                return;
            }
            thread::sleep(LOOK);
        }
        self.signal(Signal::SIGKILL);
        // Nothing can be done about a process that cannot be waited for.
        drop(self.process.wait());
    }
}

/// Looks again and again until there is an answer, at most for a minute.
///
/// # Errors
/// When a process ends meanwhile, or the minute passes.
pub(crate) fn until<T>(
    what: &str,
    children: &mut [&mut Child],
    mut look: impl FnMut() -> Option<T>,
) -> Result<T> {
    for _ in 0..1200 {
        if let Some(found) = look() {
            return Ok(found);
        }
        for child in children.iter_mut() {
            child.still_runs()?;
        }
        thread::sleep(LOOK);
    }
    bail!("waited a minute in vain: {what}");
}
