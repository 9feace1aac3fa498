//! `sekisho-agent notify` on Windows: not there yet.
//!
//! Touches nothing. Must never end well without having told anybody.

use clap::Args;

use super::Failure;
use crate::paths::Paths;

/// What `notify` can be told.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Says that nothing is shown.
///
/// # Errors
/// [`Failure`] always.
pub fn run(_: &Arguments, _: &Paths) -> Result<u8, Failure> {
    let why = anyhow::anyhow!("this agent shows no notifications on Windows");
    Err(Failure::named("no_session", why))
}
