//! What administrators type: the commands, and the runtime each is run in.
//!
//! Touches the command line. Must never hold what a command does.

pub mod admin;
pub mod audit;
pub mod backup;
pub mod beacon;
pub mod common;
pub mod device;
mod download;
pub mod exception;
pub mod expiry;
pub mod export;
pub mod failure;
pub mod finding;
pub mod init;
pub mod order;
mod owner;
pub mod paper;
pub mod parse;
pub mod policy;
mod progress;
mod question;
pub mod serve;
pub mod status;
pub mod token;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::admin::AdminCommand;
use self::common::Exit;

/// The central side of Sekisho: admits laptops, judges their reports, gives orders, keeps the record
#[derive(Debug, Parser)]
#[command(
    name = "sekisho-collector",
    version,
    after_help = "Begin with:\n  sekisho-collector init\n  sekisho-collector serve\n\nExit codes: 0 done, 1 refused or failed, 2 could not tell, 64 bad usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make keys, configuration, store and a first token
    Init(init::InitArgs),
    /// Serve laptops and administrators until told to stop
    Serve(serve::ServeArgs),
    #[command(flatten)]
    Admin(AdminCommand),
}

/// All that can be typed, for manual pages and for what shells complete.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs what was typed.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = !error.use_stderr();
            // Help that nobody can read is no reason to fail in another way.
            drop(error.print());
            return if is_help { Exit::Done } else { Exit::Usage }.into();
        }
    };
    match &cli.command {
        Command::Init(args) => one_thread(args.run()),
        Command::Serve(args) => args.run(),
        Command::Admin(command) => one_thread(command.run()),
    }
    .into()
}

/// Runs a command that does one thing after the other.
fn one_thread(command: impl Future<Output = Exit>) -> Exit {
    match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(command),
        Err(error) => {
            tracing::error!(%error, "the runtime cannot start");
            Exit::Refused
        }
    }
}
