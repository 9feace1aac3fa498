//! Runs one command of the build, under a heading.
//!
//! Touches the processes it starts, and waits for each. Must never go on after a failure.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::windows;

/// The workspace: the folder above this crate's.
pub(crate) fn workspace_dir() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The build tool that runs this.
pub(crate) fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(workspace_dir());
    command
}

/// Runs the command to its end under a heading.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(heading: &str, command: &mut Command) -> Result<()> {
    println!("\n== {heading}");
    let status = command
        .status()
        .with_context(|| format!("{heading}: cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{heading}: {status}");
    }
    Ok(())
}

/// Runs the command to its end without a word, unless it fails.
///
/// # Errors
/// When it cannot be started or does not succeed, with what it said.
pub(crate) fn quiet(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// Runs the command to its end, and gives what it printed, without white space around.
///
/// # Errors
/// When it cannot be started or does not succeed, with what it said.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", name(command)))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}: {}\n{printed}{said}", name(command), output.status);
    }
    Ok(printed.trim().to_owned())
}

/// Runs the command to its end, shows what it prints, and gives every printed line to `read`.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run_reading(
    heading: &str,
    command: &mut Command,
    mut read: impl FnMut(&str),
) -> Result<()> {
    println!("\n== {heading}");
    let (lines, writer) = std::io::pipe().context("cannot make a pipe")?;
    let other = writer.try_clone().context("cannot make a pipe")?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(other)
        .spawn()
        .with_context(|| format!("{heading}: cannot start {}", name(command)))?;
    // The command holds the pipe's writing ends; unless they go, reading never ends.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    for line in BufReader::new(lines).split(b'\n') {
        let line = line.with_context(|| format!("{heading}: cannot read what it prints"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        read(&line);
    }
    let status = child
        .wait()
        .with_context(|| format!("{heading}: lost the process"))?;
    if !status.success() {
        bail!("{heading}: {status}");
    }
    Ok(())
}

/// Builds the programs, and gives the folder they are in. The whole workspace is built, as the tests
/// will: for a part of it cargo would choose other features and build every dependency twice.
///
/// # Errors
/// When they cannot be built.
pub(crate) fn build_programs() -> Result<PathBuf> {
    run(
        "programs",
        cargo()
            .args(["build", "--locked", "--workspace", "--all-targets"])
            .args(["--features", windows::STORY]),
    )?;
    Ok(target_dir()?.join("debug"))
}

/// Builds the programs as they are shipped, and puts them and the bench into one folder.
///
/// # Errors
/// When they cannot be built or copied.
pub(crate) fn build_shipped() -> Result<PathBuf> {
    let centre = ["-p", "sekisho-collector", "-p", "sekisho-tests", "--bins"];
    let mut build = without_own_paths(cargo());
    build.args(["build", "--locked", "--release"]).args(centre);
    run("the collector", &mut build)?;
    let laptop = ["--profile", "laptop", "-p", "sekisho-agent"];
    let mut build = without_own_paths(cargo());
    build.args(["build", "--locked"]).args(laptop);
    run("the agent", &mut build)?;
    let target_dir = target_dir()?;
    let shipped = target_dir.join("shipped");
    std::fs::create_dir_all(&shipped)
        .with_context(|| format!("cannot make {}", shipped.display()))?;
    for (from, program) in [
        ("release", "sekisho-collector"),
        ("release", "sekisho-bench"),
        ("release", "sekisho-pages"),
        ("laptop", "sekisho-agent"),
    ] {
        let built = target_dir.join(from).join(program);
        std::fs::copy(&built, shipped.join(program))
            .with_context(|| format!("cannot copy {}", built.display()))?;
    }
    Ok(shipped)
}

/// Has the compilers write other names for the folders of this machine, so that the program is the same wherever it
/// is built.
fn without_own_paths(mut build: Command) -> Command {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let workspace = Some(workspace_dir());
    let mut rust = Vec::new();
    let mut c = Vec::new();
    for (folder, name) in [(home, "/cargo"), (workspace, "/sekisho")] {
        if let Some(folder) = folder {
            let folder = folder.display();
            rust.push(format!("--remap-path-prefix={folder}={name}"));
            c.push(format!("-ffile-prefix-map={folder}={name}"));
        }
    }
    // Parted by this, a folder's name may hold spaces.
    build.env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"));
    build.env("CFLAGS", c.join(" "));
    build
}

/// Where cargo builds.
///
/// # Errors
/// When it does not say.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let told = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1", "--locked"])
        .output()
        .context("cannot ask cargo where it builds")?;
    let told: serde_json::Value =
        serde_json::from_slice(&told.stdout).context("cannot read where cargo builds")?;
    let target_dir = told
        .get("target_directory")
        .and_then(serde_json::Value::as_str)
        .context("cargo does not say where it builds")?;
    Ok(PathBuf::from(target_dir))
}

/// Whether the command can be started and succeeds; what it prints is dropped.
pub(crate) fn works(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
