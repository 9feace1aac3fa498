//! The audit log in JSON, for programs that ask for a part of it. The whole is exported line by line,
//! in the form of `audit::line`.
//!
//! Touches nothing. Must never leave out the bytes that are under the signature.

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use sekisho_policy::time::Timestamp;

use crate::audit::entry::{EntryError, decode};
use crate::audit::{AuditHead, LogPublicKey};
use crate::record::Actor;
use crate::store::AuditRoot;

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
#[serde(deny_unknown_fields)]
pub struct ProofJson {
    /// The entry.
    pub entry: EntryJson,
    /// The head of the log it stands in.
    pub head: HeadJson,
    /// Hashes beside the way from the entry to the root, the lowest first, in hexadecimal (RFC 9162,
    /// section 2.1.3).
    pub path: Vec<String>,
}

/// A proof that the log of one size is the beginning of the log of a later one:
/// `GET /v1/audit/growth?from=&to=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrowthJson {
    /// The log at the size `from`.
    pub earlier: HeadJson,
    /// The log at the size `to`, or as it is.
    pub later: HeadJson,
    /// The hashes of the proof in their order, in hexadecimal (RFC 9162, section 2.1.4).
    pub proof: Vec<String>,
}

impl HeadJson {
    /// The head, to be verified by a key that is known from elsewhere. `None` when it is none.
    #[must_use]
    pub fn head(&self) -> Option<AuditHead> {
        let key = HEXLOWER.decode(self.key.as_bytes()).ok()?;
        let signature = HEXLOWER.decode(self.signature.as_bytes()).ok()?;
        Some(AuditHead {
            root: AuditRoot {
                size: self.size,
                root: self.root.parse().ok()?,
            },
            at: Timestamp(self.at_ms),
            key_id: LogPublicKey(key.try_into().ok()?).id(),
            signature: signature.try_into().ok()?,
        })
    }

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
