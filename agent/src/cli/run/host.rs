//! The service under systemd, or by hand: a process like any other.
//!
//! Touches the log on standard error. Must never leave the process that was started.

use clap::Args;

use super::super::{Failure, log};
use crate::paths::Paths;

/// What only other systems can be told.
#[derive(Debug, Clone, Args)]
pub(super) struct OfSystem {}

/// Runs the agent until it gets SIGTERM or SIGINT.
pub(super) fn run(arguments: &super::Arguments, paths: &Paths) -> Result<u8, Failure> {
    log::to_standard_error();
    super::until_stopped(arguments, paths)
}
