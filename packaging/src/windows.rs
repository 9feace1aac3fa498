//! `cargo xtask windows`: builds the agent for Windows on Debian, and has it tell its story in Wine.
//!
//! Touches a target folder of its own, and what its steps touch. Must never let the native builds see the unstable
//! flags that this one needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{msi, step, tools};

/// The target. Its linker and C library are those of mingw-w64.
const TARGET: &str = "x86_64-pc-windows-gnu";
/// Debian's compiler: the one whose standard library can be had as sources from the same place.
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
/// Where those sources are, if they are installed.
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/Cargo.lock";

const OF_THE_AGENT: [&str; 6] = [
    "--locked",
    "-p",
    "sekisho-agent",
    "--target",
    TARGET,
    "-Zbuild-std=std,panic_abort",
];

/// What the tests of the story are built with.
pub(crate) const STORY: &str = "sekisho-tests/wine";

/// What to leave out.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Build the program, and do not start it
    #[arg(long)]
    build_only: bool,
}

/// What the story in Wine is told with.
pub(crate) struct Tried {
    agent: PathBuf,
    packages: PathBuf,
    unit_tests: PathBuf,
}

impl Tried {
    /// Builds the program, and packs it.
    ///
    /// # Errors
    /// When a tool is missing, or something cannot be built or packed.
    pub(crate) fn made() -> Result<Self> {
        tools::install_for_windows()?;
        let agent = build_with_tests()?;
        let packages = msi::to_try(&agent)?;
        let unit_tests = unit_tests()?;
        Ok(Self {
            agent,
            packages,
            unit_tests,
        })
    }

    /// For the tests of that story.
    pub(crate) fn tell(&self, tests: &mut Command) {
        tests.args(["--features", STORY]);
        tests.env("SEKISHO_WINDOWS_AGENT", &self.agent);
        tests.env("SEKISHO_WINDOWS_PACKAGES", &self.packages);
        tests.env("SEKISHO_WINDOWS_UNIT_TESTS", &self.unit_tests);
    }
}

/// Builds the program, and runs its story.
///
/// # Errors
/// When a tool is missing, the program cannot be built, or the story fails.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if arguments.build_only {
        tools::install_for_windows()?;
        println!("\n{}", build(Build::ToTry)?.display());
        return Ok(());
    }
    let tried = Tried::made()?;
    let bin_dir = step::build_programs()?;
    let mut story = step::cargo();
    story.args(["test", "--locked", "--workspace", "--test", "wine"]);
    tried.tell(&mut story);
    story.env("SEKISHO_BIN_DIR", bin_dir).env("SEKISHO_CI", "1");
    step::run("the story in Wine", &mut story)
}

/// What it is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// To be tried in Wine: large, and soon there.
    ToTry,
    /// To be rolled out.
    Shipped,
}

impl Build {
    const fn profile(self) -> &'static str {
        match self {
            Self::ToTry => "quick",
            Self::Shipped => "laptop",
        }
    }
}

/// Builds the program, and gives where it is.
///
/// # Errors
/// When a tool is missing, or it cannot be built.
pub(crate) fn build(what: Build) -> Result<PathBuf> {
    built(what, &[])
}

/// Builds the program to try together with its tests: one build after the other would choose other features for what
/// both stand on, and compile it twice.
fn build_with_tests() -> Result<PathBuf> {
    built(Build::ToTry, &["--bins", "--tests"])
}

fn built(what: Build, more: &[&str]) -> Result<PathBuf> {
    let target_dir = target_dir()?;
    let mut command = toolchain(&target_dir)?;
    command.args(["build", "--profile", what.profile()]);
    command.args(OF_THE_AGENT).args(more);
    step::run("the agent for Windows", &mut command)?;
    let built = target_dir.join(TARGET).join(what.profile());
    Ok(built.join("sekisho-agent.exe"))
}

/// The program that runs the tests of the agent's own rooms on Windows.
fn unit_tests() -> Result<PathBuf> {
    let mut command = toolchain(&target_dir()?)?;
    command.args(["test", "--no-run", "--lib"]);
    command.args(["--profile", Build::ToTry.profile()]);
    let mut program = None;
    step::run_reading(
        "the agent's tests for Windows",
        command.args(OF_THE_AGENT),
        |line| {
            let named = line.trim().strip_prefix("Executable ");
            let path = named.and_then(|named| named.split_once(" (")?.1.strip_suffix(')'));
            program = path.map(PathBuf::from).or(program.take());
        },
    )?;
    let program = program.context("the build did not name the program of the tests")?;
    Ok(step::workspace_dir().join(program))
}

fn target_dir() -> Result<PathBuf> {
    Ok(step::target_dir()?.join("windows"))
}

/// Debian's compiler, set up for the target.
fn toolchain(target_dir: &Path) -> Result<Command> {
    if !Path::new(SOURCES).exists() {
        bail!("{SOURCES} is missing; on Debian: apt-get install rust-web-src");
    }
    let registry =
        registry().context("no folder of the build tool: neither CARGO_HOME nor HOME is set")?;
    // Paths of the machine, and the time, would make each build another one.
    let renamed = [
        (registry, "/cargo"),
        (target_dir.to_path_buf(), "/target"),
        (step::workspace_dir(), "/src"),
    ];
    let mut rust = vec!["-Clink-arg=-Wl,--no-insert-timestamp".to_owned()];
    let mut c = Vec::new();
    for (folder, name) in renamed.iter().rev() {
        let folder = folder.display();
        rust.push(format!("--remap-path-prefix={folder}={name}"));
        c.push(format!("-ffile-prefix-map={folder}={name}"));
    }
    let mut command = Command::new(CARGO);
    command
        .current_dir(step::workspace_dir())
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", target_dir)
        .env(
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER",
            "x86_64-w64-mingw32-gcc",
        )
        // Parted by this, a folder's name may hold spaces.
        .env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"))
        .env("CFLAGS_x86_64_pc_windows_gnu", c.join(" "))
        // Those of the toolchain that runs this.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO");
    Ok(command)
}

fn registry() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("registry").join("src"))
}
