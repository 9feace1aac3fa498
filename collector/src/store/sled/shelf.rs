//! What the committer and the readers share: the open database, and what of it is on the device.
//!
//! Touches the database, reading only. Must never show a reader a row that a power cut could still take
//! back: who answers "I have it" on such a row would lie.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use sled::Tree;
use tokio::sync::watch;

use super::changed::Watcher;
use super::disk::{Disk, Lock};
use super::rows::Writes;
use crate::store::{AuditRoot, StoreError};

/// How often a read is made again because a group came in between, before it waits for a group to end.
const READS_MAX: u32 = 8;

/// The shared state.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) dir: PathBuf,
    now: RwLock<Now>,
    /// The last group that ended, well or not.
    ended: watch::Sender<u64>,
    /// Told of every row that changes.
    pub(super) watcher: Watcher,
    _lock: Lock,
}

/// The state at one moment.
#[derive(Debug, Clone)]
pub(super) struct Now {
    /// The database; or why there is none.
    pub(super) disk: Result<Arc<Disk>, String>,
    /// What the last group that began writes, while it is not yet on the device.
    in_flight: Option<Arc<Writes>>,
    /// Groups begun.
    begun: u64,
    /// Times that the database was taken away: what was read before may never have been there.
    lost: u64,
    /// The audit log as it is on the device.
    root: AuditRoot,
}

impl Shelf {
    pub(super) fn new(dir: PathBuf, disk: Disk, root: AuditRoot, lock: Lock) -> Self {
        Self {
            dir,
            now: RwLock::new(Now {
                disk: Ok(Arc::new(disk)),
                in_flight: None,
                begun: 0,
                lost: 0,
                root,
            }),
            ended: watch::Sender::new(0),
            watcher: Watcher::default(),
            _lock: lock,
        }
    }

    /// The state as it is.
    pub(super) fn now(&self) -> Now {
        self.now
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether there is a database to read from.
    pub(super) fn is_open(&self) -> bool {
        self.now
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .disk
            .is_ok()
    }

    /// How often the database was taken away.
    pub(super) fn losses(&self) -> u64 {
        self.now().lost
    }

    /// The database, if it has not been taken away since there were so many losses.
    pub(super) fn disk_since(&self, losses: u64) -> Result<Arc<Disk>, StoreError> {
        let now = self.now();
        if now.lost != losses {
            return Err(self.gone("a write was refused meanwhile; begin anew"));
        }
        now.disk.map_err(|why| self.gone(&why))
    }

    /// The audit log as it is on the device.
    pub(super) fn root(&self) -> AuditRoot {
        self.now().root
    }

    /// A group begins that writes these rows.
    pub(super) fn begin(&self, writes: Arc<Writes>) {
        self.change(|now| {
            now.begun = now.begun.saturating_add(1);
            now.in_flight = Some(writes);
        });
    }

    /// The group is on the device.
    pub(super) fn end(&self, root: AuditRoot) {
        self.change(|now| {
            now.in_flight = None;
            now.root = root;
        });
        self.tell();
    }

    /// Takes the database away from the readers, and waits for those who still read.
    pub(super) fn take(&self, why: &str) -> Option<Disk> {
        let mut taken = None;
        self.change(|now| {
            taken = std::mem::replace(&mut now.disk, Err(why.to_owned())).ok();
            now.lost = now.lost.saturating_add(1);
        });
        let mut disk = taken?;
        loop {
            match Arc::try_unwrap(disk) {
                Ok(disk) => return Some(disk),
                Err(shared) => disk = shared,
            }
            std::thread::yield_now();
        }
    }

    /// Gives the readers a database that was opened anew.
    pub(super) fn put(&self, disk: Disk, root: AuditRoot) {
        self.change(|now| {
            now.disk = Ok(Arc::new(disk));
            now.in_flight = None;
            now.root = root;
        });
        self.tell();
    }

    /// There is no database any more.
    pub(super) fn lose(&self) {
        self.change(|now| now.in_flight = None);
        self.tell();
    }

    /// Reads the rows at `keys`, all as of one moment, and all of them on the device.
    pub(super) async fn read<T>(
        &self,
        keys: &[&[u8]],
        read: impl Fn(&Tree) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        for round in 0_u32.. {
            let mut ended = self.ended.subscribe();
            let (before, value) = self.attempt(&read)?;
            let now = self.now();
            if now.lost != before.lost {
                continue;
            }
            let waits = now
                .in_flight
                .as_ref()
                .is_some_and(|writes| keys.iter().any(|key| writes.contains_key(*key)));
            if now.begun == before.begun && !waits {
                return Ok(value);
            }
            if (waits || round >= READS_MAX) && now.in_flight.is_some() {
                // The sender lives as long as this shelf.
                let _ = ended.changed().await;
            }
        }
        Err(self.gone("the store is closed"))
    }

    /// Reads many rows, each of them on the device, not all as of one moment.
    pub(super) async fn scan<T>(
        &self,
        read: impl Fn(&Tree) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        loop {
            let (before, value) = self.attempt(&read)?;
            let mut ended = self.ended.subscribe();
            let after = self.now();
            let mut now = after.clone();
            while now.begun == after.begun && now.in_flight.is_some() {
                // The sender lives as long as this shelf.
                let _ = ended.changed().await;
                now = self.now();
            }
            if now.lost == before.lost {
                return Ok(value);
            }
        }
    }

    /// That the database is not there.
    pub(super) fn gone(&self, why: &str) -> StoreError {
        StoreError::Disk {
            path: self.dir.display().to_string(),
            cause: why.to_owned(),
        }
    }

    /// One reading, and the state before it.
    fn attempt<T>(
        &self,
        read: &impl Fn(&Tree) -> Result<T, StoreError>,
    ) -> Result<(Now, T), StoreError> {
        let mut now = self.now();
        let disk = std::mem::replace(&mut now.disk, Err(String::new()));
        let value = read(disk.map_err(|why| self.gone(&why))?.tree())?;
        Ok((now, value))
    }

    fn change(&self, change: impl FnOnce(&mut Now)) {
        change(&mut self.now.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn tell(&self) {
        self.ended
            .send_modify(|ended| *ended = ended.saturating_add(1));
    }
}
