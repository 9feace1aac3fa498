//! The audit log in JSON. Head and entries are written as in an exported file.
//!
//! Touches nothing. Must never leave out the bytes that are under the signature.

use serde::{Deserialize, Serialize};

use crate::audit::export::{EntryLine, HeadLine};

/// A page of entries: `GET /v1/audit/entries?from=&limit=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesJson {
    /// In their order.
    pub entries: Vec<EntryLine>,
    /// What to give as `from` for the next page; `null` at the end.
    pub next: Option<u64>,
}

/// A proof that an entry stands in the log: `GET /v1/audit/proof/{index}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofJson {
    /// The entry.
    pub entry: EntryLine,
    /// The head of the log it stands in.
    pub head: HeadLine,
    /// Hashes beside the way from the entry to the root, the lowest first, in hexadecimal (RFC 9162,
    /// section 2.1.3).
    pub path: Vec<String>,
}
