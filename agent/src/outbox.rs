//! Reports kept on disk until the collector has them on its own.
//!
//! Touches the outbox folder: a sled database for the row of reports, and one file for each section
//! body. Must never say that a report is kept before it would survive a power cut, and never use a
//! sequence twice.
//!
//! Bodies stand beside the database because sled would keep values of their size in files of its own
//! too, and syncs neither those nor its log on Linux: its `flush` ends in `sync_file_range(2)`, which
//! waits for neither metadata nor device. So each flush here is followed by `fdatasync(2)`.

mod bodies;
mod open;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;
use prost::Message;
use sled::Batch;
use thiserror::Error;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_REPORTS_MAX};
use crate::paths::PathError;
use bodies::Bodies;

/// Bytes that must be free before sled writes: a full disk in the middle of its log is the one
/// thing it does not come back from without being opened anew.
const FREE_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// A section as it goes into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which section.
    pub kind: SectionKind,
    /// SHA-256 of the encoded section.
    pub digest: Fingerprint,
    /// The encoded section as one zstd frame.
    pub frame: Vec<u8>,
}

/// A report that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its place in the row.
    pub sequence: Sequence,
    /// When the facts were read, by this laptop's clock.
    pub taken_at: Timestamp,
    /// The first of the reports folded into it; `None` when it stands for itself alone.
    pub folded_from: Option<Sequence>,
    /// Every section, by digest.
    pub sections: BTreeMap<SectionKind, Fingerprint>,
}

/// Why the outbox did not do what it was asked.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// A file beside the database.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The disk is nearly full. Nothing was written; make room.
    #[error("the disk of {path} has {free} bytes free and {needed} are needed; make room")]
    DiskFull {
        /// The outbox folder.
        path: PathBuf,
        /// Bytes free for the agent.
        free: u64,
        /// Bytes needed.
        needed: u64,
    },
    /// The database cannot be written or read.
    #[error("the outbox at {path} failed to {step}")]
    Database {
        /// The outbox folder.
        path: PathBuf,
        /// What was being done.
        step: &'static str,
        /// What sled said.
        #[source]
        source: sled::Error,
    },
    /// The database's file cannot be made durable.
    #[error("the outbox at {path} cannot be brought to disk")]
    Sync {
        /// The outbox folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What is in the database is not what was put there.
    #[error("the outbox at {path} is damaged: {what}")]
    Damaged {
        /// The outbox folder.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
}

/// The outbox of one device. One process has it open at a time.
#[derive(Debug)]
pub struct Outbox {
    outbox_dir: PathBuf,
    db: sled::Db,
    log: File,
    bodies: Bodies,
    rows: Rows,
}

/// What the database holds, as read at open and written since.
#[derive(Debug, Default)]
struct Rows {
    pending: BTreeMap<Sequence, Pending>,
    /// The sections of the last report appended, pending or not: their bodies are kept.
    latest: BTreeMap<SectionKind, Fingerprint>,
    next: Sequence,
    /// The row was begun without knowing what the collector has; its word moves the row up once.
    anew: bool,
}

impl Outbox {
    /// Opens the outbox of `device`, or makes it. The outbox of another device is set aside, as is one
    /// that cannot be read: the second value then says what happened.
    ///
    /// # Errors
    /// [`OutboxError`] when neither can be done.
    pub fn open(
        outbox_dir: &Path,
        device: DeviceId,
    ) -> Result<(Self, Option<String>), OutboxError> {
        open::open(outbox_dir, device)
    }

    /// The report to send next.
    #[must_use]
    pub fn first(&self) -> Option<&Pending> {
        self.rows.pending.values().next()
    }

    /// One report that waits.
    #[must_use]
    pub fn pending(&self, sequence: Sequence) -> Option<&Pending> {
        self.rows.pending.get(&sequence)
    }

    /// How many reports wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.pending.len()
    }

    /// Whether no report waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.pending.is_empty()
    }

    /// The sequence the next report gets.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.rows.next
    }

    /// Whether the body of a section is here.
    #[must_use]
    pub fn has_body(&self, digest: Fingerprint) -> bool {
        self.bodies.size(digest).is_some()
    }

    /// The digests of all bodies that are here.
    #[must_use]
    pub fn bodies(&self) -> BTreeSet<Fingerprint> {
        self.bodies.digests()
    }

    /// The body of a section, as one zstd frame.
    ///
    /// # Errors
    /// [`OutboxError::Path`] when it cannot be read, [`OutboxError::Damaged`] when it is not there.
    pub fn body(&self, digest: Fingerprint) -> Result<Vec<u8>, OutboxError> {
        self.bodies
            .read(digest)?
            .ok_or_else(|| self.damaged(format!("the body of section {digest} is missing")))
    }

    /// Adds a report; it is on disk, through a power cut, when this returns. When the outbox is full
    /// the oldest reports that changed nothing are folded into their successors, then the oldest of
    /// all; `sending` is left alone.
    ///
    /// `sections` names every section; `frames` brings the bodies that are not here yet.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was added and the sequence is not used up.
    pub fn append(
        &mut self,
        taken_at: Timestamp,
        sections: BTreeMap<SectionKind, Fingerprint>,
        frames: &[Section],
        sending: Option<Sequence>,
    ) -> Result<Sequence, OutboxError> {
        let incoming = frames.iter().map(|section| section.frame.len());
        self.demand_room(incoming.sum())?;
        for section in frames {
            self.bodies.keep(section.digest, &section.frame)?;
        }
        if let Some(missing) = sections.values().find(|digest| !self.has_body(**digest)) {
            return Err(self.damaged(format!("the body of section {missing} is missing")));
        }
        let sequence = self.rows.next;
        let report = Pending {
            sequence,
            taken_at,
            folded_from: None,
            sections,
        };
        let mut after = self.rows.pending.clone();
        let mut batch = Batch::default();
        batch.insert(row_key(sequence).as_slice(), encode(&report));
        after.insert(sequence, report.clone());
        for folded in fold(&mut after, sending, |digest| self.bodies.size(digest)) {
            batch.remove(row_key(folded.gone).as_slice());
            if let Some(into) = after.get(&folded.into) {
                batch.insert(row_key(folded.into).as_slice(), encode(into));
            }
        }
        let next = Sequence(sequence.0.saturating_add(1));
        batch.insert(open::NEXT, &next.0.to_be_bytes());
        batch.insert(open::LATEST, encode(&report));
        self.commit(batch)?;
        self.rows.pending = after;
        self.rows.latest = report.sections;
        self.rows.next = next;
        self.sweep();
        Ok(sequence)
    }

    /// Drops every report up to `last`, which the collector has.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was dropped.
    pub fn acknowledge(&mut self, last: Sequence) -> Result<(), OutboxError> {
        let later = self
            .rows
            .pending
            .range(Sequence(last.0.saturating_add(1))..);
        let kept: BTreeMap<_, _> = later.map(|(at, report)| (*at, report.clone())).collect();
        let mut batch = Batch::default();
        for gone in self.rows.pending.range(..=last) {
            batch.remove(row_key(*gone.0).as_slice());
        }
        if kept.len() == self.rows.pending.len() {
            return Ok(());
        }
        self.commit(batch)?;
        self.rows.pending = kept;
        self.sweep();
        Ok(())
    }

    /// Takes the collector's word that it has the reports up to `last`. A row that was begun anew,
    /// after the old one was lost, moves up behind them instead of being taken for them.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was changed.
    pub fn resume(&mut self, last: Sequence) -> Result<(), OutboxError> {
        if !self.rows.anew {
            self.acknowledge(last)?;
            return self.skip_to(Sequence(last.0.saturating_add(1)));
        }
        let mut batch = Batch::default();
        batch.remove(open::ANEW);
        let mut next = self.rows.next.max(Sequence(last.0.saturating_add(1)));
        let mut moved = self.rows.pending.clone();
        if moved.keys().next().is_some_and(|first| *first <= last) {
            next = Sequence(last.0.saturating_add(1));
            moved.clear();
            for (old, report) in &self.rows.pending {
                batch.remove(row_key(*old).as_slice());
                let report = Pending {
                    sequence: next,
                    folded_from: None,
                    ..report.clone()
                };
                moved.insert(next, report);
                next = Sequence(next.0.saturating_add(1));
            }
            for (at, report) in &moved {
                batch.insert(row_key(*at).as_slice(), encode(report));
            }
        }
        batch.insert(open::NEXT, &next.0.to_be_bytes());
        self.commit(batch)?;
        self.rows.pending = moved;
        self.rows.next = next;
        self.rows.anew = false;
        Ok(())
    }

    /// Folds the first report into its successor, because a body of it was lost; nothing happens when
    /// it is the only one.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was changed.
    pub fn fold_first(&mut self) -> Result<(), OutboxError> {
        let mut reports = self.rows.pending.values();
        let (Some(gone), Some(into)) = (reports.next(), reports.next()) else {
            return Ok(());
        };
        let into = Pending {
            folded_from: Some(gone.folded_from.unwrap_or(gone.sequence)),
            ..into.clone()
        };
        let mut batch = Batch::default();
        batch.remove(row_key(gone.sequence).as_slice());
        batch.insert(row_key(into.sequence).as_slice(), encode(&into));
        self.commit(batch)?;
        self.rows.pending.pop_first();
        self.rows.pending.insert(into.sequence, into);
        self.sweep();
        Ok(())
    }

    fn skip_to(&mut self, next: Sequence) -> Result<(), OutboxError> {
        if next <= self.rows.next {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.insert(open::NEXT, &next.0.to_be_bytes());
        self.commit(batch)?;
        self.rows.next = next;
        Ok(())
    }

    fn commit(&self, batch: Batch) -> Result<(), OutboxError> {
        let database = |step| {
            let path = self.outbox_dir.clone();
            move |source| OutboxError::Database { path, step, source }
        };
        self.db.apply_batch(batch).map_err(database("write"))?;
        self.db.flush().map_err(database("flush"))?;
        self.log.sync_data().map_err(|source| OutboxError::Sync {
            path: self.outbox_dir.clone(),
            source,
        })
    }

    /// Removes bodies that no report names. One that cannot be removed is tried again after the next
    /// report.
    fn sweep(&mut self) {
        let pending = self.rows.pending.values().map(|report| &report.sections);
        let named = pending.chain([&self.rows.latest]);
        let named = named.flat_map(BTreeMap::values).copied().collect();
        self.bodies.keep_only(&named);
    }

    fn demand_room(&self, incoming: usize) -> Result<(), OutboxError> {
        let needed = FREE_BYTES_MIN.saturating_add(u64::try_from(incoming).unwrap_or(u64::MAX));
        // A file system that will not say how much is free is found out by writing.
        let Ok(stat) = statvfs(&self.outbox_dir) else {
            return Ok(());
        };
        let free = stat.blocks_available().saturating_mul(stat.fragment_size());
        if free < needed {
            return Err(OutboxError::DiskFull {
                path: self.outbox_dir.clone(),
                free,
                needed,
            });
        }
        Ok(())
    }

    fn damaged(&self, what: String) -> OutboxError {
        OutboxError::Damaged {
            path: self.outbox_dir.clone(),
            what,
        }
    }
}

/// One report that was folded into its successor.
struct Folded {
    gone: Sequence,
    into: Sequence,
}

/// Folds until the bounds hold. The newest report and the one being sent are never folded.
fn fold(
    pending: &mut BTreeMap<Sequence, Pending>,
    sending: Option<Sequence>,
    size: impl Fn(Fingerprint) -> Option<u64>,
) -> Vec<Folded> {
    let mut folded = Vec::new();
    while pending.len() > OUTBOX_REPORTS_MAX || bytes(pending, &size) > OUTBOX_BYTES_MAX {
        let order: Vec<&Pending> = pending.values().collect();
        let pairs = || order.iter().zip(order.iter().skip(1));
        let free = |report: &Pending| Some(report.sequence) != sending;
        let routine = order
            .iter()
            .zip(order.iter().skip(1))
            .zip(order.iter().skip(2))
            .find(|((before, report), _)| before.sections == report.sections && free(report))
            .map(|((_, report), after)| (report.sequence, after.sequence));
        let oldest = || {
            pairs()
                .find(|(report, _)| free(report))
                .map(|(report, after)| (report.sequence, after.sequence))
        };
        let Some((gone, into)) = routine.or_else(oldest) else {
            break;
        };
        let from = pending
            .remove(&gone)
            .map(|report| report.folded_from.unwrap_or(gone));
        if let Some(successor) = pending.get_mut(&into) {
            successor.folded_from = from;
        }
        folded.push(Folded { gone, into });
    }
    folded
}

fn bytes(pending: &BTreeMap<Sequence, Pending>, size: impl Fn(Fingerprint) -> Option<u64>) -> u64 {
    let named: BTreeSet<_> = pending
        .values()
        .flat_map(|report| report.sections.values().copied())
        .collect();
    named.into_iter().filter_map(size).sum()
}

fn row_key(sequence: Sequence) -> [u8; 9] {
    let mut key = [open::ROW; 9];
    for (to, from) in key.iter_mut().skip(1).zip(sequence.0.to_be_bytes()) {
        *to = from;
    }
    key
}

fn encode(report: &Pending) -> Vec<u8> {
    open::PendingRecord::from(report).encode_to_vec()
}

#[cfg(test)]
mod tests;
