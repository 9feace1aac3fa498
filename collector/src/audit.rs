//! The audit log: what was done by whom, as entries under a Merkle tree (RFC 9162) with signed
//! heads, so that a record kept is a record nobody altered.
//!
//! Touches nothing: pure over entries. Must never know how a store keeps the entries, nor ask what
//! time it is.

pub mod entry;
pub mod export;
pub mod head;
pub mod proof;
pub mod tree;

pub use entry::AuditEntry;
pub use head::{AuditHead, HeadSigner, LogKey, LogPublicKey};
pub use tree::Frontier;
