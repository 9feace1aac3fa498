//! The audit log in JSON, for programs that ask for a part of it. The whole is exported line by line,
//! in the form of `audit::line`.
//!
//! Touches nothing. Must never leave out the bytes that are under the signature.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::audit::entry::{EntryError, decode};
use crate::audit::{AuditHead, LogPublicKey};
use crate::record::Actor;

/// A signed head: `GET /v1/audit/head`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadJson {
    /// Entries in the log.
    pub size: u64,
    /// Root of the Merkle tree over them, in hexadecimal.
    pub root: String,
    /// When it was signed, in milliseconds since 1970.
    pub at_ms: i64,
    /// The public key that signed, in hexadecimal. Not to be believed: an auditor has it from elsewhere.
    pub key: String,
    /// The signature, in hexadecimal.
    pub signature: String,
}

/// An entry: its bytes, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryJson {
    /// Its place in the log, counted from 0.
    pub index: u64,
    /// When.
    pub at: String,
    /// Who: `admin NAME`, `device ID`, `stranger ADDRESS` or `collector`.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To which device; `null` when to none.
    pub device: Option<String>,
    /// The particulars, each a name and a value.
    pub details: Vec<(String, String)>,
    /// The bytes under the signature, in Base64.
    pub entry: String,
}

/// A page of entries: `GET /v1/audit/entries?from=&limit=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntriesJson {
    /// In their order.
    pub entries: Vec<EntryJson>,
    /// What to give as `from` for the next page; `null` at the end.
    pub next: Option<u64>,
}

/// A proof that an entry stands in the log: `GET /v1/audit/proof/{index}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofJson {
    /// The entry.
    pub entry: EntryJson,
    /// The head of the log it stands in.
    pub head: HeadJson,
    /// Hashes beside the way from the entry to the root, the lowest first, in hexadecimal (RFC 9162,
    /// section 2.1.3).
    pub path: Vec<String>,
}

impl HeadJson {
    /// A head in JSON.
    #[must_use]
    pub fn of(head: &AuditHead, key: LogPublicKey) -> Self {
        Self {
            size: head.root.size,
            root: head.root.root.to_string(),
            at_ms: head.at.0,
            key: HEXLOWER.encode(&key.0),
            signature: HEXLOWER.encode(&head.signature),
        }
    }
}

impl EntryJson {
    /// An entry of the log in JSON.
    ///
    /// # Errors
    /// [`EntryError`] when the bytes are no entry.
    pub fn of(index: u64, bytes: &[u8]) -> Result<Self, EntryError> {
        let entry = decode(bytes)?;
        Ok(Self {
            index,
            at: entry.at.to_string(),
            actor: match entry.actor {
                Actor::Admin(name) => format!("admin {name}"),
                Actor::Device(id) => format!("device {id}"),
                Actor::Stranger(address) => format!("stranger {address}"),
                Actor::Collector => "collector".to_owned(),
            },
            action: entry.action,
            device: entry.device.map(|id| id.to_string()),
            details: entry.details,
            entry: BASE64.encode(bytes),
        })
    }
}
