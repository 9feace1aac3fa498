//! The one writer: takes what has queued, commits it as one transaction, and answers all.
//!
//! Touches the database. Must never answer before the commit is on the device, and never go on after a
//! sync that failed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::change::Change;
use super::disk;
use super::group::{Group, LogState};
use super::readers::Readers;
use super::rows::{self, Rows, Unsynced, Writes};
use crate::audit::HeadSigner;
use crate::limits::{
    BACKUP_LOG_BYTES_MAX, CHECKPOINT_PAGES, GROUP_FULL, GROUP_MAX, GROUP_WAIT_MS, GROUP_WAITS_FROM,
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
    /// Pages in the log when it was last put away.
    pub(super) put_away: u32,
    /// Why nothing is written any more.
    pub(super) lost: Option<StoreError>,
    pub(super) trouble: Arc<Trouble>,
}

/// Why the last group was not recorded, for whoever asks.
#[derive(Debug, Default)]
pub(super) struct Trouble(Mutex<Option<StoreError>>);

impl Trouble {
    pub(super) fn now(&self) -> Option<StoreError> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(StoreError::again)
    }

    fn put(&self, error: Option<StoreError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
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
            self.trouble.put(Some(error.again()));
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
            let unread = answers.iter().find_map(|(_, result)| match result {
                Err(error @ StoreError::Disk { .. }) => Some(error.again()),
                _ => None,
            });
            if unread.is_some() {
                self.trouble.put(unread);
            }
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
                self.trouble.put(None);
                self.tidy();
                Ok(())
            }
            Err(unsynced) => {
                // A backup that nobody reads on must not keep the disk full.
                self.readers.go_on();
                let error = self.note(unsynced);
                self.trouble.put(Some(error.again()));
                Err(error)
            }
        }
    }

    /// Keeps the log short.
    fn tidy(&mut self) {
        let pages = rows::log_pages();
        // When all of it was put away and nobody reads there, the next commit begins it anew.
        self.put_away = self.put_away.min(pages);
        if pages.saturating_sub(self.put_away) < CHECKPOINT_PAGES {
            return;
        }
        self.put_away = pages;
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
                let (StoreError::Disk { cause, .. } | StoreError::Corrupt { cause, .. }) = &error
                else {
                    return error;
                };
                let lost = self.readers.gone(&format!(
                    "{cause}; mend the disk, then restart the collector"
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
