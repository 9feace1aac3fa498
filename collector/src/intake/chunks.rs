//! Large sections on their way: pieces put together, within a bound for each stream and one for all.
//!
//! Touches memory alone. Must never take more for what is announced than for what has come.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_proto::message::Chunk;

use super::IntakeError;
use crate::limits::ASSEMBLY_KIB_MAX;

/// The memory that all sections under way may take together.
#[derive(Debug)]
pub struct Budget {
    kib: Arc<Semaphore>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            kib: Arc::new(Semaphore::new(ASSEMBLY_KIB_MAX)),
        }
    }
}

/// A part of the budget, given back when dropped.
#[derive(Debug, Default)]
pub struct Place {
    _kib: Option<OwnedSemaphorePermit>,
}

/// The sections of one stream that come in pieces.
#[derive(Debug, Default)]
pub struct Assemblies {
    under_way: Option<Assembly>,
    whole: Vec<Assembly>,
    /// The section that there was no room for: its other pieces are passed over.
    crowded_out: Option<Fingerprint>,
}

#[derive(Debug)]
struct Assembly {
    digest: Fingerprint,
    count: u32,
    next: u32,
    frame: Vec<u8>,
    places: Vec<Place>,
}

impl Budget {
    /// Takes a place of so many bytes.
    ///
    /// # Errors
    /// [`IntakeError::Crowded`] when there is none left.
    pub fn place(&self, bytes: usize) -> Result<Place, IntakeError> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let kib = Arc::clone(&self.kib)
            .try_acquire_many_owned(kib)
            .map_err(|_| IntakeError::Crowded)?;
        Ok(Place { _kib: Some(kib) })
    }
}

impl Assemblies {
    /// Takes a piece.
    ///
    /// # Errors
    /// [`IntakeError::ChunkOutOfOrder`], [`IntakeError::TooManyChunked`], or [`IntakeError::Crowded`]; what
    /// had come of the section is given up then.
    pub fn take(&mut self, budget: &Budget, chunk: &Chunk) -> Result<(), IntakeError> {
        if chunk.index > 0 && self.crowded_out == Some(chunk.digest) {
            return Ok(());
        }
        self.crowded_out = None;
        let mut assembly = match self.under_way.take() {
            Some(assembly) if chunk.index > 0 => assembly,
            // A first piece begins anew: the agent gave up on what it was sending.
            Some(_) | None => self.begin(chunk)?,
        };
        let follows = assembly.digest == chunk.digest
            && assembly.count == chunk.count
            && assembly.next == chunk.index;
        if !follows {
            return Err(IntakeError::ChunkOutOfOrder {
                index: chunk.index,
                count: chunk.count,
                expected: assembly.next,
            });
        }
        match budget.place(chunk.data.len()) {
            Ok(place) => assembly.places.push(place),
            Err(error) => {
                self.crowded_out = Some(chunk.digest);
                return Err(error);
            }
        }
        assembly.frame.extend_from_slice(&chunk.data);
        assembly.next = assembly.next.saturating_add(1);
        if assembly.next == assembly.count {
            self.whole.retain(|other| other.digest != assembly.digest);
            self.whole.push(assembly);
        } else {
            self.under_way = Some(assembly);
        }
        Ok(())
    }

    /// The frame of a section that has come whole.
    #[must_use]
    pub fn frame(&self, digest: Fingerprint) -> Option<&[u8]> {
        self.whole
            .iter()
            .find(|assembly| assembly.digest == digest)
            .map(|assembly| assembly.frame.as_slice())
    }

    /// Whether there was no room for this section when it last came. Says so once: the next time it is
    /// asked for.
    pub fn was_crowded_out(&mut self, digest: Fingerprint) -> bool {
        let was = self.crowded_out == Some(digest);
        if was {
            self.crowded_out = None;
        }
        was
    }

    /// Gives up what has come.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether nothing has come.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.under_way.is_none() && self.whole.is_empty()
    }

    fn begin(&self, chunk: &Chunk) -> Result<Assembly, IntakeError> {
        if chunk.index > 0 {
            return Err(IntakeError::ChunkOutOfOrder {
                index: chunk.index,
                count: chunk.count,
                expected: 0,
            });
        }
        let others = self
            .whole
            .iter()
            .filter(|other| other.digest != chunk.digest)
            .count();
        if others >= SectionKind::ALL.len() {
            return Err(IntakeError::TooManyChunked(SectionKind::ALL.len()));
        }
        Ok(Assembly {
            digest: chunk.digest,
            count: chunk.count,
            next: 0,
            frame: Vec::new(),
            places: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: usize = 1024;

    fn chunk(section: &[u8], index: u32, count: u32, bytes: usize) -> Chunk {
        let byte = u8::try_from(index).unwrap();
        Chunk {
            digest: Fingerprint::of(section),
            index,
            count,
            data: vec![byte; bytes].into(),
        }
    }

    #[test]
    fn pieces_in_order_become_the_section() {
        let (budget, mut assemblies) = (Budget::default(), Assemblies::default());
        for index in 0..3 {
            assemblies.take(&budget, &chunk(b"a", index, 3, 2)).unwrap();
        }
        let frame = assemblies.frame(Fingerprint::of(b"a"));
        assert_eq!(frame, Some([0, 0, 1, 1, 2, 2].as_slice()));
    }

    #[test]
    fn pieces_out_of_order_of_another_section_or_without_a_beginning_are_refused() {
        for second in [
            chunk(b"a", 2, 3, 2),
            chunk(b"b", 1, 3, 2),
            chunk(b"a", 1, 4, 2),
        ] {
            let (budget, mut assemblies) = (Budget::default(), Assemblies::default());
            assemblies.take(&budget, &chunk(b"a", 0, 3, 2)).unwrap();
            let error = assemblies.take(&budget, &second).unwrap_err();
            assert!(
                matches!(error, IntakeError::ChunkOutOfOrder { .. }),
                "{error}"
            );
            assert!(assemblies.is_empty());
        }
        let error = Assemblies::default()
            .take(&Budget::default(), &chunk(b"a", 1, 3, 2))
            .unwrap_err();
        assert!(
            matches!(error, IntakeError::ChunkOutOfOrder { .. }),
            "{error}"
        );
    }

    #[test]
    fn a_device_cannot_heap_up_sections_that_no_report_names() {
        let (budget, mut assemblies) = (Budget::default(), Assemblies::default());
        let sections = SectionKind::ALL.len();
        for section in (b'a'..).take(sections) {
            let section = chunk(&[section], 0, 1, 2);
            assemblies.take(&budget, &section).unwrap();
        }
        let error = assemblies.take(&budget, &chunk(b"z", 0, 1, 2)).unwrap_err();
        let named = matches!(error, IntakeError::TooManyChunked(count) if count == sections);
        assert!(named, "{error}");
    }

    #[test]
    fn all_streams_together_stay_within_the_budget_and_give_it_back() {
        let budget = Budget::default();
        let mut streams = Vec::new();
        let crowded = loop {
            let mut assemblies = Assemblies::default();
            match assemblies.take(&budget, &chunk(b"a", 0, 2, 256 * KIB)) {
                Ok(()) => streams.push(assemblies),
                Err(error) => break error,
            }
        };
        assert!(matches!(crowded, IntakeError::Crowded), "{crowded}");
        assert_eq!(streams.len(), ASSEMBLY_KIB_MAX / 256);
        let mut next = Assemblies::default();
        let error = next.take(&budget, &chunk(b"a", 0, 2, KIB)).unwrap_err();
        assert!(matches!(error, IntakeError::Crowded), "{error}");
        next.take(&budget, &chunk(b"a", 1, 2, KIB)).unwrap();
        assert!(next.was_crowded_out(Fingerprint::of(b"a")));
        assert!(
            !next.was_crowded_out(Fingerprint::of(b"a")),
            "it is asked for now"
        );
        streams.pop();
        next.take(&budget, &chunk(b"a", 0, 2, 256 * KIB)).unwrap();
    }
}
