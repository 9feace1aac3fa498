//! Facts packed into sections, as the outbox keeps them.
//!
//! Touches bytes in memory. Must never pack a section whose body is kept already.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::Fingerprint;
use sekisho_proto::section::{compress, encode};

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

/// Every section of the facts by digest, and the bodies of those that are not `here`.
///
/// # Errors
/// [`io::Error`] when there is no memory for the compressor.
pub fn pack(
    facts: &Facts,
    here: &BTreeSet<Fingerprint>,
) -> io::Result<(BTreeMap<SectionKind, Fingerprint>, Vec<Section>)> {
    let mut sections = BTreeMap::new();
    let mut frames = Vec::new();
    for kind in SectionKind::ALL {
        let encoded = encode(facts, kind);
        let digest = encoded.digest;
        sections.insert(kind, digest);
        if !here.contains(&digest) {
            frames.push(Section {
                kind,
                digest,
                frame: compress(&encoded.bytes)?,
            });
        }
    }
    Ok((sections, frames))
}
