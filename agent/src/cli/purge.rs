//! `sekisho-agent purge`: forgets that this machine was ever a device. The installer does this with `PURGE=1`.
//!
//! Touches the state folder and the firewall. Must never remove a folder that is not the agent's, or that a running
//! agent holds, nor forget an isolation that it leaves behind.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;

use clap::Args;
use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};

use super::{EXIT_OK, Failure};
use crate::enforce::plan::Way;
use crate::enforce::probe::Elsewhere;
use crate::enforce::{Desired, Enforcer};
use crate::paths::{PathError, Paths};
use crate::{clock, files, shell};

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
    lift()?;
    drop(held);
    fs::remove_dir_all(dir).map_err(failed)?;
    Ok(EXIT_OK)
}

/// Takes the rules away, and looks that they are gone.
fn lift() -> anyhow::Result<()> {
    let nobody = Way {
        collectors: BTreeSet::new(),
        allow: BTreeSet::new(),
        owner: None,
    };
    let mut enforcer = Enforcer::new(nobody, Elsewhere::default());
    let full = Desired::nothing_ordered();
    let done = enforcer.reconcile_unprobed(&full, clock::now());
    match super::runtime()?.block_on(done).applied {
        // Where there can be no rules there are none.
        Reading::Known(Access::Full) | Reading::Unknown(Why::Unsupported(_)) => Ok(()),
        left => anyhow::bail!("the isolation is not lifted ({left:?}); nothing was removed"),
    }
}
