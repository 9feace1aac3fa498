//! `sekisho-agent`: hands what was typed over to the commands.
//!
//! Touches the command line and the exit code. Must never hold logic.

use std::process::ExitCode;

fn main() -> ExitCode {
    sekisho_agent::cli::run(std::env::args_os())
}
