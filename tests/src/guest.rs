//! A machine of its own, under qemu: the distribution's kernel, an initrd with the programs it is to
//! run, a serial line to hear it by, and disks.
//!
//! Touches a folder of its own, the package archive when there is no kernel yet, and the qemu it
//! starts. Must never install anything on this machine, nor need more of it than a processor.

mod archive;
pub mod initrd;
pub mod kernel;
pub mod vm;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// Runs a tool to its end.
///
/// # Errors
/// What it said, when it fails.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {name}"))?;
    // e2fsck tells of a journal it has played back by status 1.
    let fine = output.status.success() || (name == "e2fsck" && output.status.code() == Some(1));
    ensure!(
        fine,
        "{name} failed: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// The first of the tools that no folder of programs holds; `None` when all are there.
#[must_use]
pub fn missing<'a>(tools: &[&'a str]) -> Option<&'a str> {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let is_there = |tool: &str| folders.iter().any(|at| Path::new(at).join(tool).exists());
    tools.iter().copied().find(|tool| !is_there(tool))
}

/// The one entry of a folder whose name begins and ends so.
fn entry_with(dir: &Path, start: &str, end: &str) -> anyhow::Result<PathBuf> {
    std::fs::read_dir(dir)
        .with_context(|| format!("reading {}", dir.display()))?
        .filter_map(Result::ok)
        .find(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        })
        .map(|entry| entry.path())
        .with_context(|| format!("there is no {start}*{end} in {}", dir.display()))
}
