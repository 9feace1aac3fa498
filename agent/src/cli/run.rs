//! `sekisho-agent run`: the service.
//!
//! Touches the log on standard error. Must never need root once it has started.

use std::path::PathBuf;

use clap::Args;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

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

/// Logs to standard error; `SEKISHO_LOG` says how much, such as `warn` or `info,sekisho_agent::link=debug`,
/// and `info` where it is not set. Under systemd the journal adds the time.
fn log() {
    // Filters by span and field would keep a compiler of regular expressions in memory.
    let filter = std::env::var("SEKISHO_LOG")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    let lines = match std::env::var_os("JOURNAL_STREAM") {
        Some(_) => lines.without_time().with_filter(filter).boxed(),
        None => lines.with_filter(filter).boxed(),
    };
    // A second subscriber would mean that somebody set one up before; theirs serves as well.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}
