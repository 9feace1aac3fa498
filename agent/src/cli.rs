//! What people type, one room for each command, and the exit codes they give.
//!
//! Touches the terminal. Must never hold logic that the service needs too.

pub mod check;
mod terminal;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit code: all is well; for `check`, the laptop keeps every rule.
pub const EXIT_OK: u8 = 0;
/// Exit code: for `check`, at least one rule is broken; for others, it did not work.
pub const EXIT_FINDINGS: u8 = 1;
/// Exit code: for `check`, no rule is known to be broken, and at least one could not be told.
pub const EXIT_UNDECIDED: u8 = 2;
/// Exit code: what was typed, or a file named there, makes no sense (`EX_USAGE` of sysexits).
pub const EXIT_USAGE: u8 = 64;

/// Checks this laptop against the company's rules for mobile devices, reports to the collector and
/// carries out its orders.
#[derive(Debug, Parser)]
#[command(name = "sekisho-agent", version, arg_required_else_help = true)]
struct Typed {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks this laptop and tells what to mend. Works offline, without root and before enrolment.
    ///
    /// Exit codes: 0 every rule is kept, 1 a rule is broken, 2 no rule is known to be broken and
    /// at least one could not be told, 64 bad usage.
    Check(check::Arguments),
}

/// Runs the command that was typed; blocks until it ends.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let typed = match Typed::try_parse_from(arguments) {
        Ok(typed) => typed,
        Err(error) => {
            // Nothing more can be told when the terminal is gone.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() {
                EXIT_USAGE
            } else {
                EXIT_OK
            });
        }
    };
    let ended = match typed.command {
        Command::Check(arguments) => check::run(&arguments),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            let shown = sekisho_policy::words::shown(&format!("{:#}", failure.error)).into_owned();
            drop(writeln!(io::stderr(), "sekisho-agent: {shown}"));
            ExitCode::from(failure.code)
        }
    }
}

/// Why a command did not do its work, and the exit code for it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What went wrong, with its causes.
    pub error: anyhow::Error,
}

impl Failure {
    /// The fault lies in what was typed or in a file named there.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            code: EXIT_USAGE,
            error: error.into(),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: EXIT_FINDINGS,
            error: error.into(),
        }
    }
}
