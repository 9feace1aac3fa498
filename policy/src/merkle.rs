//! The Merkle tree of RFC 9162, section 2.1: hashes of leaves and nodes, the way from a leaf to the
//! root, and the root that a leaf and such a way lead to.
//!
//! Touches nothing. Must never take a leaf for a node: the two are hashed after different bytes.

use std::ops::Range;

use sha2::{Digest, Sha256};

/// A hash of the tree: of a leaf or of a node.
pub type Hash = [u8; 32];

/// The hash of a leaf with this content (RFC 9162, section 2.1.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(entry)
        .finalize()
        .into()
}

/// The hash of a node over its two children (RFC 9162, section 2.1.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The ranges of leaves beside the way from leaf `index` to the root of a tree of `size` leaves, the
/// lowest first. Empty when there is no such leaf.
#[must_use]
pub fn siblings(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut beside = Vec::new();
    let (mut start, mut end) = (0, size);
    while index < size && end - start > 1 {
        // The largest power of two below the number of leaves.
        let half = 1_u64 << (end - start - 1).ilog2();
        let middle = start + half;
        if index < middle {
            beside.push(middle..end);
            end = middle;
        } else {
            beside.push(start..middle);
            start = middle;
        }
    }
    beside.reverse();
    beside
}

/// The root that a leaf's hash and the hashes beside its way lead to (RFC 9162, section 2.1.3.2).
/// `None` when the path has not the length that the index and the size demand.
#[must_use]
pub fn root_of(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let siblings = siblings(index, size);
    if index >= size || siblings.len() != path.len() {
        return None;
    }
    let beside = siblings.iter().zip(path);
    Some(beside.fold(leaf, |hash, (sibling, other)| {
        if sibling.start > index {
            node_hash(&hash, other)
        } else {
            node_hash(other, &hash)
        }
    }))
}

/// A whole tree in memory: 64 bytes for each leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The nodes by height, the leaves first. A node without a right neighbour moves up as it is,
    /// which gives the tree of the RFC.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over the hashes of leaves.
    #[must_use]
    pub fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let above = level.chunks(2).filter_map(|pair| match pair {
                [left, right] => Some(node_hash(left, right)),
                [alone] => Some(*alone),
                _ => None,
            });
            let above = above.collect();
            levels.push(std::mem::replace(&mut level, above));
        }
        levels.push(level);
        Self { levels }
    }

    /// The root; of no leaves, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let root = self.levels.last().and_then(|level| level.first());
        root.copied().unwrap_or_else(|| Sha256::digest([]).into())
    }

    /// The hashes beside the way from leaf `index` to the root, the lowest first.
    #[must_use]
    pub fn path(&self, index: usize) -> Vec<Hash> {
        self.path_above(0, index)
    }

    /// The hashes beside the way to the root from the node `index` of those that stand over
    /// 2^`height` leaves each, the lowest first.
    #[must_use]
    pub fn path_above(&self, height: usize, index: usize) -> Vec<Hash> {
        let mut at = index;
        let mut path = Vec::new();
        for level in self.levels.iter().skip(height) {
            path.extend(level.get(at ^ 1));
            at >>= 1;
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use ct_merkle::{InclusionProof, RootHash};
    use proptest::prelude::*;

    use super::*;

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_can_be_proved_and_no_other_passes_for_it() {
        for size in 1..=130_u64 {
            let leaves = leaves(size);
            let tree = Tree::of(leaves.clone());
            for (index, leaf) in (0_u64..).zip(&leaves) {
                let path = tree.path(usize::try_from(index).unwrap());
                assert_eq!(root_of(*leaf, index, size, &path), Some(tree.root()));
                let forged = leaf_hash(b"forged");
                assert_ne!(root_of(forged, index, size, &path), Some(tree.root()));
                assert_eq!(root_of(*leaf, size, size, &path), None);
                let longer = [path.as_slice(), &[*leaf]].concat();
                assert_eq!(root_of(*leaf, index, size, &longer), None);
            }
        }
    }

    #[test]
    fn a_path_falls_into_one_within_a_subtree_and_one_above_it() {
        for size in 1..=130_u64 {
            let leaves = leaves(size);
            let tree = Tree::of(leaves.clone());
            for (number, part) in leaves.chunks(16).enumerate() {
                let within = Tree::of(part.to_vec());
                for place in 0..part.len() {
                    let above = tree.path_above(4, number);
                    let joined = [within.path(place), above].concat();
                    assert_eq!(joined, tree.path(number * 16 + place), "{size} {place}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn another_implementation_accepts_root_and_path(size in 1_u64..300, pick in any::<u64>()) {
            let tree = Tree::of(leaves(size));
            let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
            for n in 0..size {
                theirs.push(n.to_be_bytes().to_vec());
            }
            let (root, other) = (tree.root(), theirs.root());
            prop_assert_eq!(&root[..], &other.as_bytes()[..]);
            let index = pick % size;
            let path = tree.path(usize::try_from(index).unwrap()).concat();
            let proof = InclusionProof::<Sha256>::try_from_bytes(path).unwrap();
            let root = RootHash::<Sha256>::new(root.into(), size);
            prop_assert!(root.verify_inclusion(&index.to_be_bytes().to_vec(), index, &proof).is_ok());
        }
    }
}
