//! The one writer: takes what has queued, commits it as one transaction, and answers all.
//!
//! Touches the database. Must never answer before the commit is on the device, and never go on after a
//! sync that failed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::change::Change;
use super::disk;
use super::group::{Group, LogState};
use super::readers::Readers;
use super::rows::{Rows, Unsynced, Writes};
use crate::audit::HeadSigner;
use crate::limits::{
    BACKUP_LOG_BYTES_MAX, CHECKPOINT_BYTES, GROUP_FULL, GROUP_MAX, GROUP_WAIT_MS, GROUP_WAITS_FROM,
};
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
    pub(super) rows: Rows,
    pub(super) readers: Arc<Readers>,
    pub(super) signer: Arc<dyn HeadSigner>,
    pub(super) log: LogState,
    /// Bytes written since the last checkpoint.
    pub(super) written: usize,
    /// Why nothing is written any more.
    pub(super) lost: Option<StoreError>,
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
        if let Err(error) = self.begin() {
            for job in jobs {
                answer(job.answer, Err(error.again()));
            }
            return;
        }
        let mut group = Group::begin(&self.rows, &self.log);
        let answers: Answers = jobs
            .map(|job| (job.answer, job.change.apply(&job.audit, &mut group)))
            .collect();
        let (writes, after) = group.finish(&*self.signer);
        let outcome = if writes.is_empty() {
            self.rows.give_up();
            Ok(())
        } else {
            self.write(&writes, after)
        };
        for (to, result) in answers {
            answer(
                to,
                result.and_then(|()| outcome.as_ref().copied().map_err(StoreError::again)),
            );
        }
    }

    fn begin(&self) -> Result<(), StoreError> {
        match &self.lost {
            Some(why) => Err(why.again()),
            None => self.rows.begin(),
        }
    }

    fn write(&mut self, writes: &Writes, after: LogState) -> Result<(), StoreError> {
        match self.rows.commit(writes) {
            Ok(()) => {
                self.log = after;
                self.tidy(writes);
                Ok(())
            }
            Err(unsynced) => {
                // A backup that nobody reads on must not keep the disk full.
                self.readers.go_on();
                Err(self.note(unsynced))
            }
        }
    }

    /// Keeps the log short.
    fn tidy(&mut self, writes: &Writes) {
        let bytes = writes.iter().map(|(key, value)| {
            let value = value.as_ref().map_or(0, |value| value.len());
            key.len().saturating_add(value)
        });
        self.written = bytes.fold(self.written, usize::saturating_add);
        if self.written < CHECKPOINT_BYTES {
            return;
        }
        self.written = 0;
        if disk::log_bytes(self.readers.dir()) > BACKUP_LOG_BYTES_MAX {
            self.readers.go_on();
        }
        if let Err(unsynced) = self.rows.checkpoint() {
            // What was committed is in the log, and stays there.
            let error = self.note(unsynced);
            tracing::error!(%error, "the store's log cannot be put away, and grows");
        }
    }

    fn note(&mut self, unsynced: Unsynced) -> StoreError {
        match unsynced {
            Unsynced::Refused(error) => error,
            Unsynced::Lost(error) => {
                // The device may have dropped what it was given, and a later sync would report the
                // silence that follows as success. A fresh process reads what is really there.
                let lost = self.readers.gone(&format!(
                    "{error}; mend the disk, then restart the collector"
                ));
                tracing::error!(error = %lost, "nothing is recorded any more");
                self.lost = Some(lost);
                error
            }
        }
    }
}

fn answer(to: oneshot::Sender<Result<(), StoreError>>, result: Result<(), StoreError>) {
    // Whoever asked may have gone away; what was asked is done all the same.
    let _ = to.send(result);
}
