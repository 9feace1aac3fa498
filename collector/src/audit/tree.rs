//! The Merkle tree of RFC 9162, section 2.1, as it grows: the roots of the perfect subtrees that the
//! log falls into, and no more.
//!
//! Touches nothing. Must never hold the entries themselves.

use sha2::{Digest, Sha256};
use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::merkle::{Hash, node_hash};

/// The right edge of the tree: enough to append to it and to take its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of perfect subtrees, the largest (leftmost) first: one for each bit set in `size`.
    peaks: Vec<Hash>,
}

/// A frontier that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a log of {size} entries has {wanted} peaks, and {given} were given")]
pub struct InvalidFrontier {
    /// The size it was given for.
    pub size: u64,
    /// How many peaks a log of that size has.
    pub wanted: u32,
    /// How many there were.
    pub given: usize,
}

impl Frontier {
    /// Puts a frontier together from what was kept of it.
    ///
    /// # Errors
    /// [`InvalidFrontier`] when the number of peaks is not that of a log of this size.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self, InvalidFrontier> {
        if usize::try_from(size.count_ones()) == Ok(peaks.len()) {
            Ok(Self { size, peaks })
        } else {
            Err(InvalidFrontier {
                size,
                wanted: size.count_ones(),
                given: peaks.len(),
            })
        }
    }

    /// Entries in the log.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            // A bit set in the size has a peak, so there is one to take.
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
        }
        self.peaks.push(hash);
        self.size = self.size.saturating_add(1);
    }

    /// The root of the tree; of an empty log, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Fingerprint {
        let mut peaks = self.peaks.iter().rev();
        Fingerprint::from_bytes(match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        })
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use sekisho_policy::merkle::leaf_hash;

    use super::*;

    proptest! {
        #[test]
        fn the_root_is_the_one_another_implementation_finds(
            entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..200)
        ) {
            let mut ours = Frontier::default();
            let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            for entry in entries {
                ours.push(leaf_hash(&entry));
                theirs.push(entry);
                let (root, other) = (ours.root(), theirs.root());
                prop_assert_eq!(&root.as_bytes()[..], &other.as_bytes()[..]);
                prop_assert_eq!(ours.size(), theirs.len());
            }
        }

        #[test]
        fn a_frontier_goes_on_from_what_was_kept_of_it(cut in 0_u64..100, more in 0_u64..100) {
            let mut whole = Frontier::default();
            for n in 0..cut {
                whole.push(leaf_hash(&n.to_be_bytes()));
            }
            let mut kept = Frontier::from_parts(whole.size(), whole.peaks().to_vec()).unwrap();
            for n in 0..more {
                whole.push(leaf_hash(&n.to_be_bytes()));
                kept.push(leaf_hash(&n.to_be_bytes()));
            }
            prop_assert_eq!(whole, kept);
        }
    }

    #[test]
    fn the_root_of_an_empty_log_is_the_hash_of_nothing() {
        assert_eq!(
            Frontier::default().root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn a_frontier_with_too_few_peaks_is_refused() {
        assert!(Frontier::from_parts(3, vec![[0; 32]]).is_err());
    }
}
