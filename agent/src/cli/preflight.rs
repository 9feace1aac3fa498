//! `sekisho-agent preflight`: whether this version can go on with the state and the configuration of this laptop. The
//! package does this before the agent is started anew with it.
//!
//! Touches the state folder, to read. Must never change anything: another version is running on the same state.

use std::path::PathBuf;

use clap::Args;

use sekisho_policy::words;

use super::{EXIT_OK, Failure};
use crate::paths::{Paths, config_path};
use crate::{config, shell};

/// What `preflight` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value_os_t = config_path())]
    config: PathBuf,
}

/// Reads everything that the service would start from.
///
/// # Errors
/// [`Failure`] that names what cannot be read.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let language = super::language();
    let unreadable = shell::unreadable(paths, &config::load(&arguments.config));
    if unreadable.is_empty() {
        super::print(&words::text(language, "preflight-done", &[]))?;
        return Ok(EXIT_OK);
    }
    let what = unreadable.join("; ");
    let said = words::text(language, "preflight-refused", &[("what", &what)]);
    Err(Failure::named("unreadable", anyhow::anyhow!(said)))
}
