//! `sekisho-agent run`: the service.
//!
//! Touches the log on standard error. Must never need root once it has started.

use std::path::PathBuf;

use clap::Args;
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::paths::{CONFIG_PATH, Paths};
use crate::{config, shell};

/// What `run` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value = CONFIG_PATH)]
    config: PathBuf,
    /// Never touch this machine's firewall, whatever is ordered
    #[arg(long)]
    no_enforce: bool,
    /// Read a captured system below this folder instead of the running one
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,
}

/// Runs the agent until it gets SIGTERM or SIGINT.
///
/// # Errors
/// [`Failure`] when the configuration is wrong or the agent cannot run.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let mut config = config::load(&arguments.config).map_err(Failure::usage)?;
    config.enforce &= !arguments.no_enforce;
    config.root = super::root(arguments.root.as_deref())?;
    log();
    super::runtime()?.block_on(shell::run(paths, &config))?;
    Ok(super::EXIT_OK)
}

/// Logs to standard error; `SEKISHO_LOG` says how much, `info` where it is not set. Under systemd the
/// journal adds the time.
fn log() {
    let filter = EnvFilter::try_from_env("SEKISHO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    // A second subscriber would mean that somebody set one up before; theirs serves as well.
    let _ = match journal {
        true => builder.without_time().try_init(),
        false => builder.try_init(),
    };
}
