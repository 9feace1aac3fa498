//! The audit log: what was done by whom, as entries under a Merkle tree (RFC 9162) with signed
//! heads, so that a record kept is a record nobody altered.
//!
//! Touches nothing, but for `walk`, which reads a store. Must never know how a store keeps the
//! entries, nor ask what time it is.

pub mod consistency;
pub mod entry;
pub mod head;
pub mod line;
pub mod proof;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod verify;
pub mod walk;

pub use entry::AuditEntry;
pub use head::{AuditHead, HeadSigner, LogKey, LogPublicKey, is_backup_of, sign_backup};
pub use tree::Frontier;

/// The action of the entry that covers the reports of one commit group that changed nothing: their
/// `count`, and the `sha256` over their compact rows.
pub const ROUTINE: &str = "reports.routine";
