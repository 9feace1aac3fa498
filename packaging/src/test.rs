//! `cargo xtask test`: every check there is, in the order in which they fail fastest.
//!
//! Touches what its steps touch. Must never end well when a test could not run: what is not shown
//! is not known.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{step, tools, windows};

/// What to leave out.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Let a test that needs root or a tool that is not there be skipped, with a line that says so.
    /// Refused where the variable CI is `true`.
    #[arg(long)]
    allow_skips: bool,
}

impl Arguments {
    /// Nothing is left out.
    pub(crate) const fn everything() -> Self {
        Self { allow_skips: false }
    }
}

/// Runs every check.
///
/// # Errors
/// At the first step that fails, or when no test ran.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    if in_ci && arguments.allow_skips {
        bail!("--allow-skips is refused where CI=true");
    }
    tools::install_for_tests()?;
    step::run("format", step::cargo().args(["fmt", "--all", "--check"]))?;
    step::run(
        "clippy",
        step::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--features",
            windows::STORY,
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    step::run(
        "documentation",
        step::cargo()
            .args(["doc", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if step::works(step::cargo().args(["deny", "--version"])) {
        let what = ["deny", "--locked", "check", "bans", "licenses", "sources"];
        step::run("licences and bans", step::cargo().args(what))?;
        // The database of advisories comes from another place than the packages.
        if step::works(step::cargo().args(["deny", "--locked", "fetch"])) {
            let what = ["deny", "--locked", "check", "advisories"];
            step::run("advisories", step::cargo().args(what))?;
        } else {
            println!("\n== advisories: not run, their database cannot be fetched");
        }
    } else {
        println!(
            "\n== licences and bans: not run, cargo-deny is not installed; the tidy test holds licences and sources"
        );
    }
    let tried = match windows::Tried::made() {
        Ok(tried) => Some(tried),
        Err(error) if arguments.allow_skips => {
            println!("SKIPPED: the story of a Windows laptop: {error:#}");
            None
        }
        Err(error) => return Err(error),
    };
    let bin_dir = step::build_programs()?;
    let passed = run_tests(arguments, &bin_dir, tried.as_ref())?;
    if passed == 0 {
        bail!("no test ran");
    }
    println!("\ntest result: ok. {passed} passed; 0 failed");
    Ok(())
}

fn run_tests(arguments: &Arguments, bin_dir: &Path, tried: Option<&windows::Tried>) -> Result<u64> {
    let with_nextest = step::works(step::cargo().args(["nextest", "--version"]));
    let mut command = step::cargo();
    if with_nextest {
        command.args([
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--no-fail-fast",
        ]);
    } else {
        command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    }
    command.env("SEKISHO_BIN_DIR", bin_dir);
    if let Some(tried) = tried {
        tried.tell(&mut command);
    }
    if !arguments.allow_skips {
        command.env("SEKISHO_CI", "1");
    }
    let mut passed = 0_u64;
    step::run_reading("tests", &mut command, |line| {
        passed = passed.saturating_add(passed_in(line).unwrap_or(0));
    })?;
    Ok(passed)
}

/// The number before `passed` in a summary line of either runner.
fn passed_in(line: &str) -> Option<u64> {
    let line = line.trim_start();
    if !line.starts_with("Summary [") && !line.starts_with("test result: ") {
        return None;
    }
    let before = line.split(" passed").next()?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_summaries_are_counted() {
        let check = |line, count| assert_eq!(passed_in(line), count, "{line}");
        check(
            "     Summary [   1.004s] 40 tests run: 40 passed, 0 skipped",
            Some(40),
        );
        check("test result: ok. 12 passed; 0 failed; 0 ignored", Some(12));
        check("        PASS [   0.008s] (2/3) a_test_that_passed", None);
    }
}
