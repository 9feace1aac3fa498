//! Opening the outbox: whose it is, and what happens when it cannot be read.
//!
//! Touches the outbox folder and its neighbours of the same name. Must never delete what it cannot
//! read: it is set aside for a person to look at.

use std::fs;
use std::path::{Path, PathBuf};

use sekisho_policy::id::DeviceId;

use super::bodies::Bodies;
use super::row::Row;
use super::{Outbox, OutboxError};
use crate::paths::{self, PathError};

/// Outboxes set aside and kept. A disk that fails again and again must not fill itself.
const ASIDE_MAX: usize = 3;

pub(super) fn open(
    outbox_dir: &Path,
    device: DeviceId,
) -> Result<(Outbox, Option<String>), OutboxError> {
    match try_open(outbox_dir, device) {
        Err(error @ OutboxError::Damaged { .. }) => {
            set_aside(outbox_dir)?;
            Ok((try_open(outbox_dir, device)?, Some(error.to_string())))
        }
        other => Ok((other?, None)),
    }
}

fn try_open(outbox_dir: &Path, device: DeviceId) -> Result<Outbox, OutboxError> {
    paths::make_dir(outbox_dir, 0o700)?;
    let bodies = Bodies::open(&outbox_dir.join("bodies"))?;
    let row = match Row::read(outbox_dir, device)? {
        Some(row) => row,
        None if bodies.is_empty() => {
            // Whether one was set aside before this is not known after a crash in between.
            let row = Row::begun(true);
            row.write(outbox_dir, device)?;
            row
        }
        // The row is written before the first body, so that its loss is not taken for a beginning.
        None => {
            return Err(OutboxError::Damaged {
                path: outbox_dir.to_owned(),
                what: "the row of its reports is missing".to_owned(),
            });
        }
    };
    let mut outbox = Outbox {
        outbox_dir: outbox_dir.to_owned(),
        device,
        bodies,
        row,
    };
    outbox.sweep();
    Ok(outbox)
}

/// Moves the outbox to a name of its own beside itself.
fn set_aside(outbox_dir: &Path) -> Result<(), PathError> {
    let failed = |source| PathError::Write {
        path: outbox_dir.to_owned(),
        source,
    };
    if !outbox_dir.exists() {
        return Ok(());
    }
    let names: Vec<PathBuf> = (1..=ASIDE_MAX)
        .map(|number| outbox_dir.with_extension(format!("damaged-{number}")))
        .collect();
    let free = names.iter().find(|path| !path.exists());
    let Some(name) = free.or(names.last()) else {
        return Ok(());
    };
    if name.exists() {
        fs::remove_dir_all(name).map_err(failed)?;
    }
    fs::rename(outbox_dir, name).map_err(failed)
}
