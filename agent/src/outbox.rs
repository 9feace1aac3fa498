//! Reports kept on disk until the collector has them on its own.
//!
//! Touches the outbox folder: one sealed file for the row of reports, and one file for each section
//! body. Must never say that a report is kept before it would survive a power cut, and never use a
//! sequence twice.
//!
//! The row is written anew, whole, with every change: full it takes some 50 KiB, and it changes a few
//! times an hour. A database would keep threads and memory for that on every laptop.

mod bodies;
mod open;
mod row;
mod section;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use crate::files;
use crate::limits::{OUTBOX_BYTES_MAX, OUTBOX_REPORTS_MAX};
use crate::paths::PathError;
use bodies::Bodies;
use row::Row;
pub use section::{Packed, Section};

/// Bytes that must be free before a report is added, so that what the collector has can still be
/// dropped: that is written too.
const FREE_BYTES_MIN: u64 = 4 * 1024 * 1024;

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
    /// A file of the outbox cannot be read or written.
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
    /// What is in the outbox is not what was put there.
    #[error("the outbox at {path} is damaged: {what}")]
    Damaged {
        /// The outbox folder.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
}

/// Looks whether an outbox can be read; changes nothing.
///
/// # Errors
/// [`OutboxError`], as [`Outbox::open`] would meet it.
pub(crate) fn readable(outbox_dir: &Path, device: DeviceId) -> Result<(), OutboxError> {
    Row::read(outbox_dir, device).map(drop)
}

/// The outbox of one device. One process has it open at a time.
#[derive(Debug)]
pub struct Outbox {
    outbox_dir: PathBuf,
    device: DeviceId,
    bodies: Bodies,
    row: Row,
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
        self.row.pending.values().next()
    }

    /// One report that waits.
    #[must_use]
    pub fn pending(&self, sequence: Sequence) -> Option<&Pending> {
        self.row.pending.get(&sequence)
    }

    /// How many reports wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.row.pending.len()
    }

    /// Whether no report waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.row.pending.is_empty()
    }

    /// The sequence the next report gets.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        self.row.next
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

    /// The same to be sent: a body that cannot be read is given up, so that the next report brings it
    /// again.
    ///
    /// # Errors
    /// As [`Self::body`].
    pub fn body_or_forget(&mut self, digest: Fingerprint) -> Result<Vec<u8>, OutboxError> {
        let read = self.body(digest);
        if read.is_err() {
            self.bodies.forget(digest);
        }
        read
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
        let sequence = self.row.next;
        let report = Pending {
            sequence,
            taken_at,
            folded_from: None,
            sections,
        };
        let mut after = self.row.clone();
        after.latest.clone_from(&report.sections);
        after.next = Sequence(sequence.0.saturating_add(1));
        after.pending.insert(sequence, report);
        fold(&mut after.pending, sending, |digest| {
            self.bodies.size(digest)
        });
        self.keep(after)?;
        self.sweep();
        Ok(sequence)
    }

    /// Drops every report up to `last`, which the collector has.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was dropped.
    pub fn acknowledge(&mut self, last: Sequence) -> Result<(), OutboxError> {
        let mut after = self.row.clone();
        after.pending = after.pending.split_off(&Sequence(last.0.saturating_add(1)));
        if after.pending.len() == self.row.pending.len() {
            return Ok(());
        }
        self.keep(after)?;
        self.sweep();
        Ok(())
    }

    /// Takes the collector's word that it has the reports up to `last`. A row that was begun anew,
    /// after the old one was lost, moves up behind them instead of being taken for them.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was changed.
    pub fn resume(&mut self, last: Sequence) -> Result<(), OutboxError> {
        if !self.row.anew {
            self.acknowledge(last)?;
            return self.skip_to(Sequence(last.0.saturating_add(1)));
        }
        let mut after = self.row.clone();
        after.anew = false;
        after.next = after.next.max(Sequence(last.0.saturating_add(1)));
        if after
            .pending
            .keys()
            .next()
            .is_some_and(|first| *first <= last)
        {
            after.next = Sequence(last.0.saturating_add(1));
            after.pending.clear();
            for report in self.row.pending.values() {
                let report = Pending {
                    sequence: after.next,
                    folded_from: None,
                    ..report.clone()
                };
                after.next = Sequence(after.next.0.saturating_add(1));
                after.pending.insert(report.sequence, report);
            }
        }
        self.keep(after)
    }

    /// Folds the first report into its successor, because a body of it was lost; nothing happens when
    /// it is the only one.
    ///
    /// # Errors
    /// [`OutboxError`]; nothing was changed.
    pub fn fold_first(&mut self) -> Result<(), OutboxError> {
        let mut reports = self.row.pending.values();
        let (Some(gone), Some(into)) = (reports.next(), reports.next()) else {
            return Ok(());
        };
        let into = Pending {
            folded_from: Some(gone.folded_from.unwrap_or(gone.sequence)),
            ..into.clone()
        };
        let mut after = self.row.clone();
        after.pending.pop_first();
        after.pending.insert(into.sequence, into);
        self.keep(after)?;
        self.sweep();
        Ok(())
    }

    fn skip_to(&mut self, next: Sequence) -> Result<(), OutboxError> {
        if next <= self.row.next {
            return Ok(());
        }
        self.keep(Row {
            next,
            ..self.row.clone()
        })
    }

    /// Brings the row to disk; it counts only then.
    fn keep(&mut self, row: Row) -> Result<(), OutboxError> {
        row.write(&self.outbox_dir, self.device)?;
        self.row = row;
        Ok(())
    }

    /// Removes bodies that no report names. One that cannot be removed is tried again after the next
    /// report.
    fn sweep(&mut self) {
        let pending = self.row.pending.values().map(|report| &report.sections);
        let named = pending.chain([&self.row.latest]);
        let named = named.flat_map(BTreeMap::values).copied().collect();
        self.bodies.keep_only(&named);
    }

    fn demand_room(&self, incoming: usize) -> Result<(), OutboxError> {
        let needed = FREE_BYTES_MIN.saturating_add(u64::try_from(incoming).unwrap_or(u64::MAX));
        // A file system that will not say how much is free is found out by writing.
        let Ok(free) = files::free_bytes(&self.outbox_dir) else {
            return Ok(());
        };
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

/// Folds until the bounds hold. The newest report and the one being sent are never folded.
fn fold(
    pending: &mut BTreeMap<Sequence, Pending>,
    sending: Option<Sequence>,
    size: impl Fn(Fingerprint) -> Option<u64>,
) {
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
    }
}

fn bytes(pending: &BTreeMap<Sequence, Pending>, size: impl Fn(Fingerprint) -> Option<u64>) -> u64 {
    let named: BTreeSet<_> = pending
        .values()
        .flat_map(|report| report.sections.values().copied())
        .collect();
    named.into_iter().filter_map(size).sum()
}

#[cfg(test)]
mod tests;
