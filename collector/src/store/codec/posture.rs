//! What was last seen of a device, as it is written down.
//!
//! Touches nothing. Must never merge what a device says of an order with what was asked of it.

use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Generation, Sequence};
use sekisho_policy::order::Access;
use sekisho_policy::time::{Span, Timestamp};

use super::enforcement::EnforcementRow;
use super::order::access;
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
        counted_from: None,
    })
}

/// Reads of a posture the order that the device says it holds.
///
/// # Errors
/// [`RowError`] when the bytes are no posture.
pub fn decode_held(bytes: &[u8]) -> Result<Option<(Generation, Access)>, RowError> {
    let row: HeldPostureRow = unseal("posture", bytes)?;
    row.enforcement
        .map(|held| Ok((Generation(held.generation), access(held.desired)?)))
        .transpose()
}

/// The number a section goes by in rows and keys.
#[must_use]
pub const fn section_code(kind: SectionKind) -> u8 {
    match kind {
        SectionKind::Antivirus => 1,
        SectionKind::Host => 2,
        SectionKind::Software => 3,
        SectionKind::Volumes => 4,
        SectionKind::Platform => 5,
        SectionKind::Network => 6,
    }
}

const fn section_kind(code: u32) -> Result<SectionKind, RowError> {
    Ok(match code {
        1 => SectionKind::Antivirus,
        2 => SectionKind::Host,
        3 => SectionKind::Software,
        4 => SectionKind::Volumes,
        5 => SectionKind::Platform,
        6 => SectionKind::Network,
        _ => return Err(RowError::Field("section kind")),
    })
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

/// The order held, of a [`PostureRow`]; the rest is passed over.
#[derive(Clone, PartialEq, prost::Message)]
struct HeldPostureRow {
    #[prost(message, optional, tag = "10")]
    enforcement: Option<HeldRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HeldRow {
    #[prost(uint64, tag = "1")]
    generation: u64,
    #[prost(uint32, tag = "2")]
    desired: u32,
}
