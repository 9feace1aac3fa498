//! The one writer: takes what has queued, makes it one batch, syncs, and answers all.
//!
//! Touches the database. Must never answer before the sync, and never go on after a failed write
//! without reading anew what the disk holds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::change::Change;
use super::disk::{self, Disk, Unsynced};
use super::group::{Group, LogState};
use super::rows::{Pieces, Writes};
use super::shelf::Shelf;
use crate::audit::HeadSigner;
use crate::limits::{GROUP_FULL, GROUP_MAX, GROUP_WAIT_MS, GROUP_WAITS_FROM};
use crate::record::AuditEvent;
use crate::store::StoreError;

/// One transaction that waits for its group.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) change: Change,
    pub(super) audit: Vec<AuditEvent>,
    pub(super) answer: oneshot::Sender<Result<(), StoreError>>,
}

/// The writer's state.
pub(super) struct Committer {
    pub(super) shelf: Arc<Shelf>,
    pub(super) signer: Arc<dyn HeadSigner>,
    pub(super) log: LogState,
    pub(super) pieces: Pieces,
}

type Answers = Vec<(
    oneshot::Sender<Result<(), StoreError>>,
    Result<(), StoreError>,
)>;

impl Committer {
    /// Commits group after group until nobody can send any more.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while jobs.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            if (GROUP_WAITS_FROM..GROUP_FULL).contains(&group.len()) {
                std::thread::sleep(Duration::from_millis(GROUP_WAIT_MS));
                while group.len() < GROUP_MAX
                    && let Ok(job) = jobs.try_recv()
                {
                    group.push(job);
                }
            }
            self.commit(group.drain(..));
        }
    }

    fn commit(&mut self, jobs: impl Iterator<Item = Job>) {
        let disk = match self.database() {
            Ok(disk) => disk,
            Err(cause) => {
                for job in jobs {
                    answer(job.answer, Err(self.shelf.gone(&cause)));
                }
                return;
            }
        };
        let fail = |e| disk::failed(disk.dir(), e);
        let mut group = Group::begin(disk.tree(), &self.log, &fail);
        let answers: Answers = jobs
            .map(|job| (job.answer, job.change.apply(&job.audit, &mut group)))
            .collect();
        let (writes, after) = group.finish(&*self.signer);
        let outcome = if writes.is_empty() {
            Ok(())
        } else {
            self.write(disk, &writes, after)
        };
        for (to, result) in answers {
            answer(
                to,
                result.and_then(|()| outcome.as_ref().copied().map_err(StoreError::again)),
            );
        }
    }

    /// The database, opened anew when it was lost.
    fn database(&mut self) -> Result<Arc<Disk>, String> {
        let lost = match self.shelf.now().disk {
            Ok(disk) => return Ok(disk),
            Err(why) => why,
        };
        self.reopen()
            .map_err(|e| format!("{lost}; and opened anew: {}", cause(&e)))?;
        self.shelf.now().disk
    }

    fn write(
        &mut self,
        disk: Arc<Disk>,
        writes: &Arc<Writes>,
        after: LogState,
    ) -> Result<(), StoreError> {
        self.shelf.begin(Arc::clone(writes));
        let written = disk
            .tree()
            .apply_batch(self.pieces.batch(writes))
            .map_err(|e| Unsynced::Refused(disk::failed(disk.dir(), e)))
            .inspect(|()| self.shelf.watcher.note(|| self.pieces.touched(writes)))
            .and_then(|()| disk.sync());
        drop(disk);
        match written {
            Ok(()) => {
                self.shelf.end(after.root());
                self.log = after;
                self.pieces.note(writes);
                Ok(())
            }
            Err(Unsynced::Refused(error)) => self.recover(error, after.group),
            Err(Unsynced::Lost(error)) => {
                // The device may have dropped what it was given, and only a fresh process reads it
                // without what this one believes. Closing would sync again and take the silence that
                // follows a reported error for success.
                std::mem::forget(self.shelf.take(&format!(
                    "{}; mend the disk, then restart the collector",
                    cause(&error)
                )));
                self.shelf.lose();
                Err(error)
            }
        }
    }

    /// Opens the database anew after a refused write and looks whether the group got through.
    fn recover(&mut self, error: StoreError, group: u64) -> Result<(), StoreError> {
        drop(self.shelf.take(&cause(&error)));
        match self.reopen() {
            Ok(()) if self.log.group >= group => Ok(()),
            Ok(()) => Err(error),
            Err(_) => {
                self.shelf.lose();
                Err(error)
            }
        }
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        Disk::forget_cached(&self.shelf.dir);
        let disk = Disk::open(&self.shelf.dir)?;
        let log = LogState::read(disk.tree()).map_err(|cause| StoreError::Corrupt {
            path: self.shelf.dir.display().to_string(),
            cause,
        })?;
        self.pieces = Pieces::count(disk.tree()).map_err(|e| disk::failed(&self.shelf.dir, e))?;
        self.log = log;
        self.shelf.put(disk, self.log.root());
        Ok(())
    }
}

/// What the system said, without where.
fn cause(error: &StoreError) -> String {
    match error {
        StoreError::Disk { cause, .. } | StoreError::Corrupt { cause, .. } => cause.clone(),
        other @ (StoreError::Conflict(_)
        | StoreError::NotFound { .. }
        | StoreError::Busy { .. }) => other.to_string(),
    }
}

fn answer(to: oneshot::Sender<Result<(), StoreError>>, result: Result<(), StoreError>) {
    // Whoever asked may have gone away; what was asked is done all the same.
    let _ = to.send(result);
}
