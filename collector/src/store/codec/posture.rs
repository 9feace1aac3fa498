//! What was last seen of a device, as it is written down.
//!
//! Touches nothing. Must never merge what a device says of an order with what was asked of it.

use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Generation, Sequence};
use sekisho_policy::order::{Enforcement, Probe};
use sekisho_policy::time::{Span, Timestamp};

use super::ledger::{access, access_code};
use super::reading::CodeRow;
use super::{RowError, fingerprint, seal, unseal, verdict};
use crate::record::{Posture, Thread};

/// Encodes a posture.
#[must_use]
pub fn encode(posture: &Posture) -> Vec<u8> {
    seal(&PostureRow {
        agent_version: posture.agent_version.clone(),
        thread_last: posture.thread.last.clone(),
        thread_before: posture.thread.before.clone(),
        sequence: posture.sequence.0,
        taken_at_ms: posture.taken_at.0,
        recorded_at_ms: posture.recorded_at.0,
        sections: posture
            .sections
            .iter()
            .map(|(kind, digest)| SectionRow {
                kind: u32::from(section_code(*kind)),
                digest: digest.as_bytes().to_vec(),
            })
            .collect(),
        verdict: posture.verdict.as_deref().map(verdict::encode),
        clock_skew_ms: posture.clock_skew.0,
        enforcement: posture.enforcement.as_ref().map(EnforcementRow::from),
        seen_at_ms: posture.seen_at.0,
    })
}

/// Reads a posture back.
///
/// # Errors
/// [`RowError`] when the bytes are no posture.
pub fn decode(bytes: &[u8]) -> Result<Posture, RowError> {
    let row: PostureRow = unseal("posture", bytes)?;
    Ok(Posture {
        agent_version: row.agent_version,
        thread: Thread {
            last: row.thread_last,
            before: row.thread_before,
        },
        sequence: Sequence(row.sequence),
        taken_at: Timestamp(row.taken_at_ms),
        recorded_at: Timestamp(row.recorded_at_ms),
        sections: row
            .sections
            .into_iter()
            .map(|s| Ok((section_kind(s.kind)?, fingerprint(&s.digest)?)))
            .collect::<Result<_, RowError>>()?,
        verdict: row
            .verdict
            .map(|row| verdict::decode(&row))
            .transpose()?
            .map(Arc::new),
        clock_skew: Span(row.clock_skew_ms),
        enforcement: row
            .enforcement
            .map(EnforcementRow::enforcement)
            .transpose()?,
        seen_at: Timestamp(row.seen_at_ms),
    })
}

/// The number a section goes by in rows and keys.
#[must_use]
pub const fn section_code(kind: SectionKind) -> u8 {
    match kind {
        SectionKind::Antivirus => 1,
        SectionKind::Host => 2,
        SectionKind::Software => 3,
        SectionKind::Volumes => 4,
    }
}

const fn section_kind(code: u32) -> Result<SectionKind, RowError> {
    Ok(match code {
        1 => SectionKind::Antivirus,
        2 => SectionKind::Host,
        3 => SectionKind::Software,
        4 => SectionKind::Volumes,
        _ => return Err(RowError::Field("section kind")),
    })
}

impl From<&Enforcement> for EnforcementRow {
    fn from(enforcement: &Enforcement) -> Self {
        Self {
            generation: enforcement.desired.0.0,
            desired: access_code(enforcement.desired.1),
            applied: Some(CodeRow::of(&enforcement.applied, |a| access_code(*a))),
            verified: Some(CodeRow::of(&enforcement.verified, |a| access_code(*a))),
            probes: enforcement
                .probes
                .iter()
                .map(|probe| ProbeRow {
                    name: probe.name.clone(),
                    open: Some(CodeRow::of(&probe.open, |open| u32::from(*open))),
                })
                .collect(),
            observed_at_ms: enforcement.observed_at.0,
            lifted_until_ms: enforcement.lifted_until.map(|at| at.0),
            reasserted: enforcement.reasserted,
        }
    }
}

impl EnforcementRow {
    fn enforcement(self) -> Result<Enforcement, RowError> {
        let missing = || RowError::Field("reading of an enforcement");
        Ok(Enforcement {
            desired: (Generation(self.generation), access(self.desired)?),
            applied: self.applied.ok_or_else(missing)?.reading(access)?,
            verified: self.verified.ok_or_else(missing)?.reading(access)?,
            probes: self
                .probes
                .into_iter()
                .map(|probe| {
                    Ok(Probe {
                        name: probe.name,
                        open: probe.open.ok_or_else(missing)?.reading(flag)?,
                    })
                })
                .collect::<Result<_, RowError>>()?,
            observed_at: Timestamp(self.observed_at_ms),
            lifted_until: self.lifted_until_ms.map(Timestamp),
            reasserted: self.reasserted,
        })
    }
}

const fn flag(code: u32) -> Result<bool, RowError> {
    match code {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(RowError::Field("flag")),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct PostureRow {
    #[prost(string, tag = "1")]
    agent_version: String,
    #[prost(bytes = "vec", tag = "2")]
    thread_last: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    thread_before: Vec<u8>,
    #[prost(uint64, tag = "4")]
    sequence: u64,
    #[prost(int64, tag = "5")]
    taken_at_ms: i64,
    #[prost(int64, tag = "6")]
    recorded_at_ms: i64,
    #[prost(message, repeated, tag = "7")]
    sections: Vec<SectionRow>,
    /// An encoded verdict; on disk a message looks the same.
    #[prost(bytes = "vec", optional, tag = "8")]
    verdict: Option<Vec<u8>>,
    #[prost(int64, tag = "9")]
    clock_skew_ms: i64,
    #[prost(message, optional, tag = "10")]
    enforcement: Option<EnforcementRow>,
    #[prost(int64, tag = "11")]
    seen_at_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SectionRow {
    #[prost(uint32, tag = "1")]
    kind: u32,
    #[prost(bytes = "vec", tag = "2")]
    digest: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct EnforcementRow {
    #[prost(uint64, tag = "1")]
    generation: u64,
    #[prost(uint32, tag = "2")]
    desired: u32,
    #[prost(message, optional, tag = "3")]
    applied: Option<CodeRow>,
    #[prost(message, optional, tag = "4")]
    verified: Option<CodeRow>,
    #[prost(message, repeated, tag = "5")]
    probes: Vec<ProbeRow>,
    #[prost(int64, tag = "6")]
    observed_at_ms: i64,
    #[prost(int64, optional, tag = "7")]
    lifted_until_ms: Option<i64>,
    #[prost(uint64, tag = "8")]
    reasserted: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ProbeRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    open: Option<CodeRow>,
}
