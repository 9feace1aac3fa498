//! What lifts an isolation that is tried on Windows: the end of the session that made its filters, with the program.
//!
//! Touches nothing. Must never promise more than the platform does.

use std::io;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::super::Failure;
use crate::paths::Paths;

/// Nothing is to be told.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Stands for the session, which the enforcer holds.
pub(super) struct Guard;

impl Guard {
    /// There is nothing to start.
    #[expect(clippy::unused_async, reason = "the guards of other systems wait")]
    pub(super) async fn start(_: &Paths, _: &Path, _: Duration) -> io::Result<Self> {
        Ok(Self)
    }

    /// The enforcer has gone, and the session with it.
    #[expect(clippy::unused_async, reason = "the guards of other systems wait")]
    pub(super) async fn lift(self) -> io::Result<()> {
        Ok(())
    }
}

/// There is no second process here.
///
/// # Errors
/// [`Failure`], always.
pub fn run(_: &Arguments, _: &Paths) -> Result<u8, Failure> {
    Err(Failure::usage(anyhow::anyhow!(
        "on Windows the session that made the filters guards them"
    )))
}
