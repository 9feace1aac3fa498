//! The audit log: entries, Merkle tree, signed heads, proofs; pure over entries.
