//! Proofs of RFC 9162, section 2.1.4: that a log is the beginning of a later one.
//!
//! Touches nothing. Must never check a proof by the code that made it: checking is another
//! implementation's work.

use ct_merkle::{ConsistencyProof, RootHash};
use sha2::Sha256;

use sekisho_policy::merkle::{Hash, node_hash};

use super::tree::Frontier;
use crate::store::AuditRoot;

/// The proof that the first `size` of the leaves are the beginning of all. `None` when there are not so
/// many, or none.
#[must_use]
pub fn consistency(leaves: &[Hash], size: usize) -> Option<Vec<Hash>> {
    (1..=leaves.len())
        .contains(&size)
        .then(|| subproof(leaves, size, true))
}

/// Whether the proof leads from the earlier root to the later one.
#[must_use]
pub fn proves_consistency(earlier: AuditRoot, later: AuditRoot, proof: &[Hash]) -> bool {
    ConsistencyProof::<Sha256>::try_from_bytes(proof.concat()).is_ok_and(|proof| {
        head(later)
            .verify_consistency(&head(earlier), &proof)
            .is_ok()
    })
}

fn head(root: AuditRoot) -> RootHash<Sha256> {
    RootHash::new((*root.root.as_bytes()).into(), root.size)
}

/// SUBPROOF of RFC 9162, section 2.1.4.1; `whole` tells that the earlier root is known to the reader.
fn subproof(leaves: &[Hash], size: usize, whole: bool) -> Vec<Hash> {
    if size == leaves.len() {
        return if whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let (left, right) = halves(leaves);
    let (mut proof, outer) = match size.checked_sub(left.len()) {
        Some(more) if more > 0 => (subproof(right, more, false), left),
        Some(_) | None => (subproof(left, size, whole), right),
    };
    proof.push(root(outer));
    proof
}

/// The leaves up to the largest power of two below their number, and the rest.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    let at = leaves.len().div_ceil(2).next_power_of_two();
    leaves.split_at_checked(at).unwrap_or((leaves, &[]))
}

fn root(leaves: &[Hash]) -> Hash {
    if leaves.len().is_power_of_two() && leaves.len() > 1 {
        let (left, right) = halves(leaves);
        return node_hash(&root(left), &root(right));
    }
    let mut tree = Frontier::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    *tree.root().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sekisho_policy::id::Fingerprint;
    use sekisho_policy::merkle::leaf_hash;

    fn log(size: usize) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    fn at(leaves: &[Hash]) -> AuditRoot {
        AuditRoot {
            size: leaves.len() as u64,
            root: Fingerprint::from_bytes(root(leaves)),
        }
    }

    proptest! {
        #[test]
        fn another_implementation_accepts_the_proof(size in 1_usize..200, pick in any::<usize>()) {
            let leaves = log(size);
            let earlier = pick % size + 1;
            let proof = consistency(&leaves, earlier).unwrap();
            prop_assert!(proves_consistency(at(&leaves[..earlier]), at(&leaves), &proof));
            let mut forged = at(&leaves[..earlier]);
            forged.root = Fingerprint::of(b"forged");
            prop_assert!(!proves_consistency(forged, at(&leaves), &proof));
        }
    }

    #[test]
    fn there_is_no_proof_of_what_is_not_there() {
        assert_eq!(consistency(&log(3), 4), None);
        assert_eq!(consistency(&log(3), 0), None);
    }
}
