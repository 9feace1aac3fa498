//! `cargo xtask bench`: builds the programs as they are shipped and measures them.
//!
//! Touches what the bench touches. Must never judge: the bench prints figures and whether each bar is
//! met.

use std::process::Command;

use anyhow::Result;

use crate::{step, tools};

/// What to hand to the bench.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// `--json`, `--quick`, `--only NAME`; `-- --help` tells more.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<String>,
}

/// Builds and measures.
///
/// # Errors
/// When something cannot be built, or a figure cannot be measured.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    tools::install_for_bench()?;
    let programs = step::build_shipped()?;
    let mut bench = Command::new(programs.join("sekisho-bench"));
    bench
        .arg("--programs")
        .arg(&programs)
        .args(&arguments.bench);
    step::run("figures", &mut bench)
}
