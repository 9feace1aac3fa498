//! `cargo xtask`: demo, test, ci, bench, packages, windows.
//!
//! Touches the build tool and the processes it starts. Must never hold product logic.
#![expect(
    clippy::print_stdout,
    reason = "a command of the workshop speaks to the terminal it was typed in"
)]

mod bench;
mod children;
mod demo;
mod msi;
mod packages;
mod step;
mod test;
mod tools;
mod windows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workshop of Sekisho: what builds, shows, tests and measures it.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the product on this machine: a collector and an agent, enrolled, approved and judged.
    /// The machine's firewall is not touched, and everything lives in a temporary directory.
    Demo(demo::Arguments),
    /// Installs what the tests need and runs every check there is.
    Test(test::Arguments),
    /// Measures the product against a bare baseline in the same run.
    Bench(bench::Arguments),
    /// Packs agent and collector for Debian and Ubuntu.
    Deb(packages::Arguments),
    /// Packs the agent for Fedora, RHEL and their kin.
    Rpm(packages::Arguments),
    /// Packs the agent for Windows.
    Msi(msi::Arguments),
    /// Builds the agent for Windows, and has it tell its story in Wine.
    Windows(windows::Arguments),
    /// What `.ci/run` runs: `test`, with nothing left out.
    Ci,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Deb(arguments) => packages::deb(&arguments),
        Command::Rpm(arguments) => packages::rpm(&arguments),
        Command::Msi(arguments) => msi::run(&arguments),
        Command::Windows(arguments) => windows::run(&arguments),
        Command::Ci => test::run(&test::Arguments::everything()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nfailed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
