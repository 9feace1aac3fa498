//! `sekisho-agent enforce-at-boot`: puts the remembered order in force before the network comes up.
//!
//! Touches the memory and the firewall. Must never open anything that is closed: what cannot be read
//! leaves the firewall as it is.

use std::path::PathBuf;

use clap::Args;

use super::{EXIT_OK, Failure};
use crate::paths::{CONFIG_PATH, Paths};
use crate::{config, shell};

/// What `enforce-at-boot` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value = CONFIG_PATH)]
    config: PathBuf,
}

/// Puts the order in force and ends.
///
/// # Errors
/// [`Failure`] when the configuration is wrong or the firewall cannot be set.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let config = config::load(&arguments.config).map_err(Failure::usage)?;
    super::runtime()?.block_on(shell::enforce_at_boot(paths, &config))?;
    Ok(EXIT_OK)
}
