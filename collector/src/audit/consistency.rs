//! The check of a proof that a log is the beginning of a later one (RFC 9162, section 2.1.4).
//!
//! Touches nothing. Must never check a proof by the code that made it: this is another implementation.

use ct_merkle::{ConsistencyProof, RootHash};
use sekisho_policy::id::Fingerprint;
use sha2::Sha256;

use crate::store::AuditRoot;

/// Whether the proof leads from the earlier root to the later one.
#[must_use]
pub fn proves_consistency(earlier: AuditRoot, later: AuditRoot, proof: &[Fingerprint]) -> bool {
    let bytes: Vec<u8> = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
    ConsistencyProof::<Sha256>::try_from_bytes(bytes).is_ok_and(|proof| {
        head(later)
            .verify_consistency(&head(earlier), &proof)
            .is_ok()
    })
}

fn head(root: AuditRoot) -> RootHash<Sha256> {
    RootHash::new((*root.root.as_bytes()).into(), root.size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sekisho_policy::merkle::leaf_hash;

    use super::*;
    use crate::audit::Frontier;
    use crate::audit::proof::ProofBuilder;

    fn leaf(index: u64) -> [u8; 32] {
        leaf_hash(&index.to_be_bytes())
    }

    fn at(size: u64) -> AuditRoot {
        let mut log = Frontier::default();
        (0..size).for_each(|index| log.push(leaf(index)));
        let root = log.root();
        AuditRoot { size, root }
    }

    proptest! {
        #[test]
        fn another_implementation_accepts_the_proof(size in 1_u64..200, pick in any::<u64>()) {
            let earlier = pick % size + 1;
            let mut builder = ProofBuilder::consistency(earlier, size).unwrap();
            (0..size).for_each(|index| builder.push(leaf(index)));
            let proof = builder.finish().unwrap();
            prop_assert!(proves_consistency(at(earlier), at(size), &proof));
            let mut forged = at(earlier);
            forged.root = Fingerprint::of(b"forged");
            prop_assert!(!proves_consistency(forged, at(size), &proof));
        }
    }

    #[test]
    fn there_is_no_proof_of_what_is_not_there() {
        assert!(ProofBuilder::consistency(4, 3).is_none());
        assert!(ProofBuilder::consistency(0, 3).is_none());
    }
}
