//! Proofs of inclusion (RFC 9162, section 2.1.3): that an entry stands in the log that a head signs,
//! shown by as many hashes as the log's size has binary digits.
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
    /// The subtrees beside the way from the leaf to the root, the lowest first.
    siblings: Vec<Range<u64>>,
    roots: Vec<Option<Fingerprint>>,
    open: Frontier,
    next: u64,
}

impl ProofBuilder {
    /// Begins the proof of entry `index` in a log of `size` entries. `None` when there is no such entry.
    #[must_use]
    pub fn new(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let siblings = siblings(index, size);
        Some(Self {
            roots: vec![None; siblings.len()],
            siblings,
            open: Frontier::default(),
            next: 0,
        })
    }

    /// Takes the hash of the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let index = self.next;
        self.next = self.next.saturating_add(1);
        for (sibling, root) in self.siblings.iter().zip(&mut self.roots) {
            if sibling.contains(&index) {
                self.open.push(leaf);
                if self.next == sibling.end {
                    *root = Some(std::mem::take(&mut self.open).root());
                }
            }
        }
    }

    /// The hashes of the proof, the lowest first. `None` when not all leaves were given.
    #[must_use]
    pub fn finish(self) -> Option<Vec<Fingerprint>> {
        self.roots.into_iter().collect()
    }
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
                let mut builder = ProofBuilder::new(index, size).unwrap();
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
        assert!(ProofBuilder::new(3, 3).is_none());
        assert_eq!(root_of([0; 32], 3, 3, &[]), None);
    }
}
