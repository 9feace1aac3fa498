//! What the kernel says a process has used.
//!
//! Touches `/proc`. Must never look at a process the bench did not start.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A child that ends with its owner.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Starts a program with its standard output piped.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The first line the program prints.
    pub(crate) fn first_line(&mut self) -> Result<String> {
        use std::io::BufRead;
        let stdout = self
            .child
            .stdout
            .take()
            .context("standard output is taken already")?;
        let mut reader = std::io::BufReader::new(stdout);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        ensure!(
            !line.is_empty(),
            "the program ended before it said anything"
        );
        self.child.stdout = Some(reader.into_inner());
        Ok(line.trim().to_owned())
    }

    /// CPU time used so far by all its threads, in microseconds.
    pub(crate) fn cpu_us(&self) -> Result<f64> {
        cpu_us(self.pid())
    }

    /// Resident memory, in KiB.
    pub(crate) fn rss_kib(&self) -> Result<f64> {
        status_kib(self.pid(), "VmRSS:")
    }

    /// The most resident memory so far, in KiB.
    pub(crate) fn peak_kib(&self) -> Result<f64> {
        status_kib(self.pid(), "VmHWM:")
    }

    /// Voluntary and other switches of all its threads: how often it woke up.
    pub(crate) fn wakeups(&self) -> Result<f64> {
        let mut total = 0.0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.pid()))? {
            let status = std::fs::read_to_string(task?.path().join("status"))?;
            total += field(&status, "voluntary_ctxt_switches:").unwrap_or(0.0);
        }
        Ok(total)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error here means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cpu_us(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').context("no name in stat")?.1;
    let mut fields = after_name.split_whitespace().skip(11);
    let mut ticks = 0.0;
    for _ in 0..2 {
        ticks += fields.next().context("stat is short")?.parse::<f64>()?;
    }
    // USER_HZ is 100 on every Linux that Rust runs on.
    Ok(ticks * 10_000.0)
}

fn status_kib(pid: u32, name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    field(&status, name).with_context(|| format!("no {name} in status"))
}

fn field(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A whole run of a program: CPU seconds and peak KiB, from the kernel's account of the child.
pub(crate) fn whole_run(program: &Path, args: &[&str]) -> Result<(f64, f64)> {
    let report: PathBuf =
        std::env::temp_dir().join(format!("sekisho-bench-{}", std::process::id()));
    let status = Command::new("/usr/bin/time")
        .args(["-o", &report.to_string_lossy(), "-f", "%U %S %M"])
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start /usr/bin/time (Debian package time)")?;
    let text = std::fs::read_to_string(&report)?;
    std::fs::remove_file(&report)?;
    ensure!(
        status.code().is_some_and(|code| code < 64),
        "{} failed: {status}",
        program.display()
    );
    let line = text.lines().last().context("no account of the run")?;
    let mut fields = line.split_whitespace().map(str::parse::<f64>);
    let mut next = || {
        fields
            .next()
            .context("the account is short")?
            .context("no number")
    };
    let (user, sys, peak) = (next()?, next()?, next()?);
    Ok((user + sys, peak))
}
