//! A report as it travels: large sections in chunks before it, small ones within it, those that the
//! collector holds by digest alone.
//!
//! Touches bytes in memory. Must never send a section that the collector holds.

use std::collections::BTreeMap;

use bytes::Bytes;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;
use sekisho_proto::limits::{CHUNK_BYTES_MAX, INLINE_BYTES_MAX};
use sekisho_proto::message::{Chunk, FromAgent, FromAgentBody, ReportHead, SectionRef};
use sekisho_proto::wire;

use crate::outbox::Pending;

/// The messages of a report, in their order. `body` gives the frame of a section.
///
/// # Errors
/// What `body` failed with.
pub fn messages<E>(
    at: Timestamp,
    report: &Pending,
    held: &BTreeMap<SectionKind, Fingerprint>,
    mut body: impl FnMut(Fingerprint) -> Result<Vec<u8>, E>,
) -> Result<Vec<wire::FromAgent>, E> {
    let mut messages = Vec::new();
    let mut sections = Vec::new();
    for (kind, digest) in &report.sections {
        let (kind, digest) = (*kind, *digest);
        let mut inline = Bytes::new();
        if held.get(&kind) != Some(&digest) {
            let frame = Bytes::from(body(digest)?);
            if frame.len() > INLINE_BYTES_MAX {
                messages.extend(chunks(at, digest, &frame));
            } else {
                inline = frame;
            }
        }
        sections.push(SectionRef {
            kind,
            digest,
            body: inline,
        });
    }
    let head = ReportHead {
        sequence: report.sequence,
        taken_at: report.taken_at,
        sections,
        folded_from: report.folded_from,
    };
    messages.push(message(at, FromAgentBody::Report(head)));
    Ok(messages)
}

/// A message by this laptop's clock.
#[must_use]
pub fn message(at: Timestamp, body: FromAgentBody) -> wire::FromAgent {
    FromAgent { at, body }.into()
}

fn chunks(at: Timestamp, digest: Fingerprint, frame: &Bytes) -> Vec<wire::FromAgent> {
    let count = u32::try_from(frame.len().div_ceil(CHUNK_BYTES_MAX)).unwrap_or(u32::MAX);
    let pieces = frame.chunks(CHUNK_BYTES_MAX).zip(0_u32..);
    pieces
        .map(|(piece, index)| {
            let chunk = Chunk {
                digest,
                index,
                count,
                data: frame.slice_ref(piece),
            };
            message(at, FromAgentBody::Chunk(chunk))
        })
        .collect()
}
