//! `sekisho-agent run`: the service.
//!
//! Touches the log. Must never need root once it has started.

#[cfg_attr(unix, path = "run/host.rs")]
#[cfg_attr(windows, path = "run/windows.rs")]
mod host;
#[cfg(any(windows, test))]
mod log_file;

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::paths::{Paths, config_path};
use crate::{config, shell};

/// What `run` can be told.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value_os_t = config_path())]
    config: PathBuf,
    /// Never touch this machine's firewall, whatever is ordered
    #[arg(long)]
    no_enforce: bool,
    /// Read a captured system below this folder instead of the running one
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,
    #[command(flatten)]
    host: host::OfSystem,
}

/// Runs the agent until it is asked to stop.
///
/// # Errors
/// [`Failure`] when the agent cannot run.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    host::run(arguments, paths)
}

fn until_stopped(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let root = super::root(arguments.root.as_deref())?;
    let mut config = config::load(&arguments.config);
    config.enforce &= !arguments.no_enforce;
    config.root = root;
    super::runtime()?.block_on(shell::run(paths, &config))?;
    Ok(super::EXIT_OK)
}
