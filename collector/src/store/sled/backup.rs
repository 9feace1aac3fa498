//! A backup: the store as one commit group left it, piece by piece, under one digest, while others write.
//!
//! Touches the database, reading only. Must never make a writer wait for more than the last few rows, nor
//! pass for whole when something of it is missing.
//!
//! The form: a first line; then rows, each as the lengths of key and value (four bytes each, big-endian),
//! key and value; two lengths of all ones; and the SHA-256 of everything before. A later row replaces an
//! earlier one of the same key, and a value's length of [`GONE`] removes it: rows that change while the
//! others are read come again behind them, the last of them as they stood between two groups.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};
use sled::{IVec, Tree};
use tokio::sync::mpsc::WeakSender;
use tokio::sync::oneshot;

use super::change::Change;
use super::changed::Changed;
use super::committer::Job;
use super::disk;
use super::shelf::Shelf;
use crate::limits::{BACKUP_LAST_ROWS, BACKUP_PIECE_BYTES, BACKUP_ROUNDS_MAX};
use crate::store::{Backup, StoreError};

pub(super) const FIRST_LINE: &[u8] = b"sekisho backup 2\n";
/// Stands in place of both lengths behind the last row.
pub(super) const END: [u8; 4] = [0xff; 4];
/// Stands in place of a value's length where the row is gone.
pub(super) const GONE: [u8; 4] = [0xff, 0xff, 0xff, 0xfe];

/// Rows as they are written.
pub(super) type Rows = Vec<u8>;

/// How far the reading has come.
enum Stage {
    Begin,
    /// All rows in their order, from behind this one.
    Rows(Option<IVec>),
    /// Rows that changed meanwhile, still to be read, and how many rounds have ended.
    Again(BTreeSet<IVec>, u32),
    /// The last of them have been asked for between two groups.
    Last(Rows),
    End,
}

struct Reading {
    shelf: Arc<Shelf>,
    /// Weak, so that a reader who dawdles does not keep the writer from ending.
    jobs: WeakSender<Job>,
    changed: Arc<Changed>,
    /// The database may not be opened anew meanwhile.
    lost: u64,
    digest: Sha256,
    stage: Stage,
}

/// Begins a backup.
pub(super) fn begin(shelf: &Arc<Shelf>, jobs: WeakSender<Job>) -> Result<Backup, StoreError> {
    let changed = shelf.watcher.begin().ok_or_else(|| {
        StoreError::Conflict("another backup is being taken; wait until it has ended".to_owned())
    })?;
    let reading = Reading {
        shelf: Arc::clone(shelf),
        jobs,
        changed,
        lost: shelf.losses(),
        digest: Sha256::new(),
        stage: Stage::Begin,
    };
    Ok(Box::pin(stream::try_unfold(reading, |mut reading| async {
        let piece = reading.piece().await?;
        Ok(piece.map(|piece| (piece, reading)))
    })))
}

/// The rows at the keys, as the tree holds them.
pub(super) fn rows_at(tree: &Tree, keys: impl Iterator<Item = IVec>) -> sled::Result<Rows> {
    let mut rows = Rows::new();
    for key in keys {
        match tree.get(&key)? {
            Some(value) => put(&mut rows, &key, &value),
            None => {
                rows.extend_from_slice(&length(&key));
                rows.extend_from_slice(&GONE);
                rows.extend_from_slice(&key);
            }
        }
    }
    Ok(rows)
}

impl Reading {
    /// The next piece. `None` at the end.
    async fn piece(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            let bytes = match std::mem::replace(&mut self.stage, Stage::End) {
                Stage::Begin => {
                    self.stage = Stage::Rows(None);
                    FIRST_LINE.to_vec()
                }
                Stage::Rows(after) => self.rows(after)?,
                Stage::Again(keys, rounds) => self.again(keys, rounds).await?,
                Stage::Last(mut rows) => {
                    rows.extend_from_slice(&[END, END].concat());
                    self.digest.update(&rows);
                    rows.extend_from_slice(&self.digest.finalize_reset());
                    return Ok(Some(rows.into()));
                }
                Stage::End => return Ok(None),
            };
            if !bytes.is_empty() {
                self.digest.update(&bytes);
                return Ok(Some(bytes.into()));
            }
        }
    }

    /// A piece of all rows in their order.
    fn rows(&mut self, after: Option<IVec>) -> Result<Rows, StoreError> {
        let disk = self.shelf.disk_since(self.lost)?;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = Rows::with_capacity(BACKUP_PIECE_BYTES);
        for row in disk.tree().range((start, Bound::Unbounded)) {
            let (key, value) = row.map_err(|e| disk::failed(disk.dir(), e))?;
            put(&mut rows, &key, &value);
            if rows.len() >= BACKUP_PIECE_BYTES {
                self.stage = Stage::Rows(Some(key));
                return Ok(rows);
            }
        }
        self.stage = Stage::Again(BTreeSet::new(), 0);
        Ok(rows)
    }

    /// A piece of the rows that changed meanwhile; the last of them, when they are few.
    async fn again(&mut self, mut keys: BTreeSet<IVec>, rounds: u32) -> Result<Rows, StoreError> {
        let rounds = if keys.is_empty() {
            keys = self.changes()?;
            rounds.saturating_add(1)
        } else {
            rounds
        };
        if keys.len() <= BACKUP_LAST_ROWS || rounds > BACKUP_ROUNDS_MAX {
            let last = self.last(keys).await?;
            self.stage = Stage::Last(last);
            return Ok(Rows::new());
        }
        let disk = self.shelf.disk_since(self.lost)?;
        let mut piece = Rows::new();
        while let Some(key) = keys.pop_first() {
            let row = rows_at(disk.tree(), std::iter::once(key));
            piece.extend(row.map_err(|e| disk::failed(disk.dir(), e))?);
            if piece.len() >= BACKUP_PIECE_BYTES {
                break;
            }
        }
        self.stage = Stage::Again(keys, rounds);
        Ok(piece)
    }

    /// The last rows, read by the writer between two groups.
    async fn last(&self, keys: BTreeSet<IVec>) -> Result<Rows, StoreError> {
        let gone = || {
            self.shelf
                .gone("the writer has ended; restart the collector")
        };
        let (send_rows, rows) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let job = Job {
            change: Change::Backup {
                keys,
                changed: Arc::clone(&self.changed),
                rows: send_rows,
            },
            audit: Vec::new(),
            answer,
        };
        let jobs = self.jobs.upgrade().ok_or_else(gone)?;
        // Busy or not, it waits its turn: what has been read is worth that.
        jobs.send(job).await.map_err(|_| gone())?;
        drop(jobs);
        answered.await.map_err(|_| gone())??;
        let rows = rows.await.map_err(|_| gone())?;
        // What was read before must be of the same database.
        self.shelf.disk_since(self.lost)?;
        Ok(rows)
    }

    fn changes(&self) -> Result<BTreeSet<IVec>, StoreError> {
        too_many(self.changed.take())
    }
}

/// What changed; an error when there was too much of it.
pub(super) fn too_many(changed: Option<BTreeSet<IVec>>) -> Result<BTreeSet<IVec>, StoreError> {
    changed.ok_or_else(|| {
        let why =
            "too much changed while the backup was read; read it faster, or at a quieter time";
        StoreError::Conflict(why.to_owned())
    })
}

fn put(rows: &mut Rows, key: &[u8], value: &[u8]) {
    for part in [&length(key)[..], &length(value), key, value] {
        rows.extend_from_slice(part);
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}
