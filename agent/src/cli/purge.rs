//! `sekisho-agent purge`: forgets that this machine was ever a device. The installer does this with `PURGE=1`.
//!
//! Touches the state folder and the firewall. Must never remove a folder that is not the agent's, or that a running
//! agent holds, nor forget an isolation that it leaves behind.

use std::fs;
use std::io::ErrorKind;

use clap::Args;

use super::{EXIT_OK, Failure, forget_isolation};
use crate::paths::{PathError, Paths};
use crate::{files, shell};

/// What `purge` can be told.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Lifts any isolation, and removes identity, order and reports.
///
/// # Errors
/// [`Failure`] when something stays.
pub fn run(_: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let dir = paths.state_dir();
    let failed = |source| PathError::Write {
        path: dir.to_owned(),
        source,
    };
    match files::keep_own(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(EXIT_OK),
        done => done.map_err(failed)?,
    }
    let held = shell::lock(paths)?;
    forget_isolation::lift()?;
    drop(held);
    fs::remove_dir_all(dir).map_err(failed)?;
    Ok(EXIT_OK)
}
