//! The row of reports, as it is on disk: one file, replaced whole.
//!
//! Touches one file of the outbox folder. Must never take a file that was altered or cut for a row.

use std::collections::BTreeMap;
use std::path::Path;

use prost::Message;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use super::{OutboxError, Pending};
use crate::limits::OUTBOX_ROW_BYTES_MAX;
use crate::memory::{seal, unseal};
use crate::paths::{self, PathError};

/// Name of the file.
const NAME: &str = "row";

/// What waits, and where the row goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) pending: BTreeMap<Sequence, Pending>,
    /// The sections of the last report appended, pending or not: their bodies are kept.
    pub(super) latest: BTreeMap<SectionKind, Fingerprint>,
    pub(super) next: Sequence,
    /// The row was begun without knowing what the collector has; its word moves the row up once.
    pub(super) anew: bool,
}

impl Row {
    /// A row without reports.
    pub(super) const fn begun(anew: bool) -> Self {
        Self {
            pending: BTreeMap::new(),
            latest: BTreeMap::new(),
            next: Sequence(1),
            anew,
        }
    }

    /// Writes the row; it is on disk, through a power cut, when this returns.
    pub(super) fn write(&self, outbox_dir: &Path, device: DeviceId) -> Result<(), OutboxError> {
        let bytes = seal(NAME, device, &RowRecord::from(self).encode_to_vec());
        Ok(paths::write_small(&outbox_dir.join(NAME), &bytes)?)
    }

    /// Reads the row back; `None` when there is none.
    pub(super) fn read(outbox_dir: &Path, device: DeviceId) -> Result<Option<Self>, OutboxError> {
        let damaged = |what: String| OutboxError::Damaged {
            path: outbox_dir.to_owned(),
            what,
        };
        let read = paths::read_small(&outbox_dir.join(NAME), OUTBOX_ROW_BYTES_MAX);
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(error @ PathError::TooLarge { .. }) => return Err(damaged(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let (owner, body) = unseal(NAME, &bytes).map_err(|what| damaged(what.to_owned()))?;
        if owner != device {
            return Err(damaged("it belongs to another device".to_owned()));
        }
        let record = RowRecord::decode(body).map_err(|error| damaged(error.to_string()))?;
        Self::try_from(record).map(Some).map_err(damaged)
    }
}

/// The row as it is kept.
#[derive(Clone, PartialEq, Eq, Message)]
struct RowRecord {
    #[prost(message, repeated, tag = "1")]
    pending: Vec<PendingRecord>,
    #[prost(message, repeated, tag = "2")]
    latest: Vec<SectionRecord>,
    #[prost(uint64, tag = "3")]
    next: u64,
    #[prost(bool, tag = "4")]
    anew: bool,
}

impl From<&Row> for RowRecord {
    fn from(row: &Row) -> Self {
        let Row {
            pending,
            latest,
            next,
            anew,
        } = row;
        Self {
            pending: pending.values().map(PendingRecord::from).collect(),
            latest: section_records(latest),
            next: next.0,
            anew: *anew,
        }
    }
}

impl TryFrom<RowRecord> for Row {
    type Error = String;

    fn try_from(record: RowRecord) -> Result<Self, Self::Error> {
        let RowRecord {
            pending,
            latest,
            next,
            anew,
        } = record;
        let mut row = Self {
            latest: sections(latest)?,
            next: Sequence(next),
            ..Self::begun(anew)
        };
        for report in pending {
            let report = Pending::try_from(report)?;
            if report.sequence >= row.next {
                return Err("a report is ahead of its row".to_owned());
            }
            row.pending.insert(report.sequence, report);
        }
        Ok(row)
    }
}

/// A report as it is kept.
#[derive(Clone, PartialEq, Eq, Message)]
struct PendingRecord {
    #[prost(uint64, tag = "1")]
    sequence: u64,
    #[prost(int64, tag = "2")]
    taken_at_ms: i64,
    #[prost(uint64, tag = "3")]
    folded_from: u64,
    #[prost(message, repeated, tag = "4")]
    sections: Vec<SectionRecord>,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct SectionRecord {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(bytes = "vec", tag = "2")]
    digest: Vec<u8>,
}

impl From<&Pending> for PendingRecord {
    fn from(report: &Pending) -> Self {
        let Pending {
            sequence,
            taken_at,
            folded_from,
            sections,
        } = report;
        Self {
            sequence: sequence.0,
            taken_at_ms: taken_at.0,
            folded_from: folded_from.map_or(0, |from| from.0),
            sections: section_records(sections),
        }
    }
}

impl TryFrom<PendingRecord> for Pending {
    type Error = String;

    fn try_from(record: PendingRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            sequence: Sequence(record.sequence),
            taken_at: Timestamp(record.taken_at_ms),
            folded_from: (record.folded_from > 0).then_some(Sequence(record.folded_from)),
            sections: sections(record.sections)?,
        })
    }
}

fn section_records(sections: &BTreeMap<SectionKind, Fingerprint>) -> Vec<SectionRecord> {
    sections
        .iter()
        .map(|(kind, digest)| SectionRecord {
            kind: kind.name().to_owned(),
            digest: digest.as_bytes().to_vec(),
        })
        .collect()
}

fn sections(records: Vec<SectionRecord>) -> Result<BTreeMap<SectionKind, Fingerprint>, String> {
    let mut sections = BTreeMap::new();
    for SectionRecord { kind, digest } in records {
        // A section that this version does not know any more is not sent any more.
        let Some(kind) = SectionKind::ALL
            .into_iter()
            .find(|known| known.name() == kind)
        else {
            continue;
        };
        let digest = <[u8; 32]>::try_from(digest).map_err(|_| "a digest of the wrong size")?;
        sections.insert(kind, Fingerprint::from_bytes(digest));
    }
    Ok(sections)
}
