//! Proofs that an entry stands in the log that a head signs (RFC 9162, section 2.1.3), and that a log is
//! the beginning of a later one (section 2.1.4), each by about as many hashes as the log's size has binary
//! digits.
//!
//! Touches nothing. Must never hold more than the right edge of one subtree at a time, however large
//! the log is.

use std::ops::Range;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::merkle::{Hash, siblings};

use super::tree::Frontier;

/// Puts a proof together from the log's leaves, given one after the other.
#[derive(Debug)]
pub struct ProofBuilder {
    /// The subtrees whose roots are the proof, in its order. No two overlap.
    subtrees: Vec<Range<u64>>,
    roots: Vec<Option<Fingerprint>>,
    open: Frontier,
    next: u64,
}

impl ProofBuilder {
    /// Begins the proof of entry `index` in a log of `size` entries. `None` when there is no such entry.
    #[must_use]
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        (index < size).then(|| Self::of(siblings(index, size)))
    }

    /// Begins the proof that the first `earlier` of `size` entries are the beginning of all. `None` when
    /// there are not so many, or none.
    #[must_use]
    pub fn consistency(earlier: u64, size: u64) -> Option<Self> {
        (1..=size)
            .contains(&earlier)
            .then(|| Self::of(subtrees(earlier, 0..size, true)))
    }

    fn of(subtrees: Vec<Range<u64>>) -> Self {
        Self {
            roots: vec![None; subtrees.len()],
            subtrees,
            open: Frontier::default(),
            next: 0,
        }
    }

    /// Takes the hash of the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        for (subtree, root) in self.subtrees.iter().zip(&mut self.roots) {
            if subtree.contains(&index) {
                self.open.push(leaf);
                if self.next == subtree.end {
                    *root = Some(std::mem::take(&mut self.open).root());
                }
            }
        }
    }

    /// The hashes of the proof in their order. `None` when not all leaves were given.
    #[must_use]
    pub fn finish(self) -> Option<Vec<Fingerprint>> {
        self.roots.into_iter().collect()
    }
}

/// SUBPROOF of RFC 9162, section 2.1.4.1, over the leaves of the range, of which those before `earlier` are
/// the earlier log's; `whole` tells that the earlier root is known to the reader.
fn subtrees(earlier: u64, leaves: Range<u64>, whole: bool) -> Vec<Range<u64>> {
    if earlier == leaves.end {
        return if whole { Vec::new() } else { vec![leaves] };
    }
    let middle = middle(&leaves);
    let (left, right) = (leaves.start..middle, middle..leaves.end);
    let (mut proof, other) = if earlier <= middle {
        (subtrees(earlier, left, whole), right)
    } else {
        (subtrees(earlier, right, false), left)
    };
    proof.push(other);
    proof
}

/// Where a range of two leaves or more parts: after the largest power of two below their number.
fn middle(leaves: &Range<u64>) -> u64 {
    leaves.start + (1_u64 << (leaves.end - leaves.start - 1).ilog2())
}

#[cfg(test)]
mod tests {
    use sekisho_policy::merkle::{leaf_hash, root_of};

    use super::*;

    #[test]
    fn every_entry_of_every_small_log_can_be_proved_and_no_other_passes_for_it() {
        for size in 1..=70_u64 {
            let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
            let mut whole = Frontier::default();
            for leaf in &leaves {
                whole.push(*leaf);
            }
            for index in 0..size {
                let mut builder = ProofBuilder::inclusion(index, size).unwrap();
                leaves.iter().for_each(|leaf| builder.push(*leaf));
                let path = builder.finish().unwrap();
                let path: Vec<_> = path.iter().map(|hash| *hash.as_bytes()).collect();
                let leaf = leaf_hash(&index.to_be_bytes());
                let root = Some(*whole.root().as_bytes());
                assert_eq!(root_of(leaf, index, size, &path), root);
                let forged = leaf_hash(b"forged");
                assert_ne!(root_of(forged, index, size, &path), root);
            }
        }
    }

    #[test]
    fn an_entry_that_is_not_there_cannot_be_proved() {
        assert!(ProofBuilder::inclusion(3, 3).is_none());
        assert_eq!(root_of([0; 32], 3, 3, &[]), None);
    }
}
