//! Connections that read: each reading sees the store as one commit group left it, on the device.
//!
//! Touches the database, reading only. Must never make a writer wait.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::disk::{self, Lock};
use super::rows::Rows;
use crate::limits::READERS_IDLE_MAX;
use crate::store::StoreError;

/// The readers of a store that is open.
#[derive(Debug)]
pub(super) struct Readers {
    dir: PathBuf,
    idle: Mutex<Vec<Rows>>,
    backup: Mutex<Weak<Snapshot>>,
    _lock: Lock,
}

/// A reader that stands still for a backup; `None` once it was taken away.
#[derive(Debug)]
pub(super) struct Snapshot(Mutex<Option<Rows>>);

impl Readers {
    pub(super) fn new(dir: &Path, lock: Lock) -> Self {
        Self {
            dir: dir.to_owned(),
            idle: Mutex::default(),
            backup: Mutex::default(),
            _lock: lock,
        }
    }

    /// Where the store is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads, all as of one moment.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Rows) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let waiting = lock(&self.idle).pop();
        let rows = match waiting {
            Some(rows) => rows,
            None => disk::open_reader(&self.dir)?,
        };
        // A connection that failed is not used again.
        let value = rows.at_one_moment(read)?;
        let mut idle = lock(&self.idle);
        if idle.len() < READERS_IDLE_MAX {
            idle.push(rows);
        }
        Ok(value)
    }

    /// The store as it is now, for as long as it is held. `None` while another is held.
    pub(super) fn stand_still(&self) -> Result<Option<Arc<Snapshot>>, StoreError> {
        let mut held = lock(&self.backup);
        if held.strong_count() > 0 {
            return Ok(None);
        }
        let rows = disk::open_reader(&self.dir)?;
        rows.stand_still()?;
        let snapshot = Arc::new(Snapshot(Mutex::new(Some(rows))));
        *held = Arc::downgrade(&snapshot);
        Ok(Some(snapshot))
    }

    /// Takes the snapshot away from a backup: for as long as it stands, the log behind it only grows.
    pub(super) fn go_on(&self) {
        if let Some(snapshot) = lock(&self.backup).upgrade() {
            lock(&snapshot.0).take();
        }
    }

    /// An error that the disk is behind.
    pub(super) fn gone(&self, why: &str) -> StoreError {
        StoreError::Disk {
            path: self.dir.display().to_string(),
            cause: why.to_owned(),
        }
    }
}

impl Snapshot {
    /// Reads; `None` when it was taken away.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Rows) -> Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        lock(&self.0).as_ref().map(read)
    }
}

fn lock<T>(held: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing here panics in between.
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
