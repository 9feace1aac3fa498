//! Facts packed into sections, as the outbox keeps them.
//!
//! Touches bytes in memory. Must never pack a section anew that is packed already.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::Fingerprint;
use sekisho_proto::convert::InvalidMessage;
use sekisho_proto::section::{compress, decode, encode, unseal};

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

/// The sections of one reading. Packed they take a hundredth part of what the facts take.
#[derive(Debug, Clone, Default)]
pub struct Packed(BTreeMap<SectionKind, Arc<Section>>);

impl Packed {
    /// All sections of these facts.
    ///
    /// # Errors
    /// [`io::Error`] when there is no memory for the compressor.
    pub fn of(facts: &Facts) -> io::Result<Self> {
        let mut packed = Self::default();
        packed.renew(facts, SectionKind::ALL)?;
        Ok(packed)
    }

    /// Takes these sections from the facts and leaves the others as they are.
    ///
    /// # Errors
    /// [`io::Error`] when there is no memory for the compressor.
    pub fn renew(
        &mut self,
        facts: &Facts,
        kinds: impl IntoIterator<Item = SectionKind>,
    ) -> io::Result<()> {
        for kind in kinds {
            let encoded = encode(facts, kind);
            let digest = encoded.digest;
            if self.0.get(&kind).is_none_or(|here| here.digest != digest) {
                let frame = compress(&encoded.bytes)?;
                let section = Section {
                    kind,
                    digest,
                    frame,
                };
                self.0.insert(kind, Arc::new(section));
            }
        }
        Ok(())
    }

    /// Every section by digest.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<SectionKind, Fingerprint> {
        let sections = self.0.iter();
        sections
            .map(|(kind, section)| (*kind, section.digest))
            .collect()
    }

    /// Those that are not `here`.
    #[must_use]
    pub fn missing(&self, here: &BTreeSet<Fingerprint>) -> Vec<Section> {
        let missing = self
            .0
            .values()
            .filter(|section| !here.contains(&section.digest));
        missing.map(|section| Section::clone(section)).collect()
    }

    /// The facts that were packed.
    ///
    /// # Errors
    /// [`InvalidMessage`] when a section is not what was packed.
    pub fn facts(&self) -> Result<Facts, InvalidMessage> {
        let mut facts = Facts::not_asked();
        for (kind, section) in &self.0 {
            let bytes = unseal(&section.frame, section.digest)?;
            decode(*kind, &bytes, &mut facts)?;
        }
        Ok(facts)
    }
}
