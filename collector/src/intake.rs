//! Takes a report in: checks it, judges it, and makes of it what the store shall record. The core of the
//! collector.
//!
//! Touches the store, to read. Must never know a wire or a database, never record anything itself, and
//! never call a report taken before the store has said that it is on disk.

mod allowance;
mod anew;
mod chunks;
mod compare;
mod session;
#[cfg(test)]
mod tests;
mod warm;

use std::sync::Arc;

use thiserror::Error;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;
use sekisho_proto::convert::InvalidMessage;
use sekisho_proto::message::ReportHead;

use crate::in_force::PolicyInForce;
use crate::limits::{ASIDE_MS, ASIDES_MAX, SEQUENCE_LEAP_MAX};
use crate::record::{AcceptedReport, AuditEvent, RoutineReport};
use crate::store::{Store, StoreError};

pub use allowance::Allowance;
pub use anew::{facts_on_record, is_outdated, is_silent, judged_anew};
pub use chunks::{Assemblies, Budget, Place};
pub use compare::{changes, turns};
pub use session::Session;
use warm::Warm;

/// The desk at which reports are taken in, shared by all streams.
pub struct Intake {
    store: Arc<dyn Store>,
    policy: PolicyInForce,
    warm: Warm,
    budget: Arc<Budget>,
    asides: Allowance,
    changes: Allowance,
    routine: Allowance,
}

/// What a report comes to.
#[derive(Debug)]
pub enum Taken {
    /// It is to be recorded, and then acknowledged with this standing. The place is held in the
    /// collector's memory until then.
    Record(Write, Standing, Place),
    /// What it needs to be judged is still being recorded: offer it again when that is done.
    Later(ReportHead),
    /// It is on disk already; it is to be acknowledged again.
    Repeated(Option<Standing>),
    /// It was never recorded, and a later one was: the log shall say so before it is acknowledged.
    Superseded(AuditEvent, Option<Standing>),
    /// It names sections that are not held.
    Need(Vec<(SectionKind, Fingerprint)>),
    /// Two machines claim to be the device: nothing is taken until a person has decided.
    Held,
}

/// What the store is asked to record.
#[derive(Debug)]
pub enum Write {
    /// Something changed.
    Accepted(Box<AcceptedReport>),
    /// Nothing changed since the report before it.
    Routine(RoutineReport, Sequence),
    /// A word in the audit log alone.
    Audit(AuditEvent),
}

/// Why a report was not taken.
#[derive(Debug, Error)]
pub enum IntakeError {
    /// A section is malformed or beyond a limit. The device is at fault.
    #[error("report {sequence} has a section that cannot be taken")]
    Section {
        /// The report.
        sequence: Sequence,
        /// What is wrong with which section.
        #[source]
        section: InvalidMessage,
    },
    /// Reports are counted from 1. The device is at fault.
    #[error("report 0 came; reports are counted from 1")]
    NoSequence,
    /// Nothing could ever follow a report counted so. The device is at fault.
    #[error(
        "report {sequence} came after report {last}; a report may be counted at most {SEQUENCE_LEAP_MAX} ahead"
    )]
    Leap {
        /// The report.
        sequence: Sequence,
        /// The last one recorded.
        last: Sequence,
    },
    /// A chunk does not follow the one before it.
    #[error("chunk {index} of {count} came where chunk {expected} was due")]
    ChunkOutOfOrder {
        /// Its place.
        index: u32,
        /// How many there are.
        count: u32,
        /// The place that was due.
        expected: u32,
    },
    /// More sections were sent in chunks than a report has, and no report that names them.
    #[error("chunks of more than {0} sections came without a report")]
    TooManyChunked(usize),
    /// Too many devices are sending large sections at once.
    #[error("too many large sections are on their way")]
    Crowded,
    /// The device has reported too often of late. What it says next may well be all of it.
    #[error("too many reports came; the next is taken in {retry_after_ms} ms")]
    TooOften {
        /// When to come back.
        retry_after_ms: u32,
    },
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The device has no posture, though its connection recorded one.
    #[error("there is no posture of device {0} in the store")]
    NoPosture(DeviceId),
}

impl Intake {
    /// Opens the desk over a store and the policy in force. `changes` bounds how often a device may report
    /// that something changed, and as much how often that nothing did.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, policy: PolicyInForce, changes: Allowance) -> Self {
        Self {
            store,
            policy,
            warm: Warm::default(),
            budget: Arc::default(),
            asides: Allowance::new(ASIDES_MAX, Span(ASIDE_MS)),
            routine: changes.another(),
            changes,
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What devices may have put down beside their reports.
    #[must_use]
    pub const fn asides(&self) -> &Allowance {
        &self.asides
    }

    /// The memory that all chunked sections under way may take.
    #[must_use]
    pub const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }
}
