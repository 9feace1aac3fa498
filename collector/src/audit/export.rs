//! The audit log as a file for an auditor: JSON, one object on each line, the signed head first; and
//! its check by the log's public key alone.
//!
//! Touches what it is given to read and write. Must never take the readable copy of an entry for the
//! entry: only its bytes are under the head's signature, and the copy must say the same.

use std::io::{self, BufRead, Read};

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;

use super::entry::{EntryError, decode};
use super::head::{AuditHead, HeadError, LogPublicKey};
use super::tree::{Frontier, leaf_hash};
use crate::record::Actor;
use crate::store::AuditRoot;

/// The name of this form.
const FORMAT: &str = "sekisho-audit-1";
/// Bytes of one line. An entry's particulars are bounded well below.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A signed head as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadLine {
    /// The form of the file.
    pub format: String,
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

/// An entry as it is written: its bytes, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLine {
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

/// What a good file proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many entries stand in the log.
    pub size: u64,
    /// The root that the head signs.
    pub root: Fingerprint,
    /// When the head was signed.
    pub at: Timestamp,
}

/// Why a file proves nothing.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The file cannot be read.
    #[error("line {line} cannot be read")]
    Read {
        /// The line, counted from 1.
        line: u64,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A line is not of the form.
    #[error("line {line} is not as an export writes it: {cause}")]
    Malformed {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        cause: String,
    },
    /// The head is not signed by the key given.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The entries are not those that were signed: at least one was changed, added or taken out.
    #[error("the {found} entries do not add up to the head over {signed}; the file was altered")]
    Altered {
        /// Entries in the file.
        found: u64,
        /// Entries under the head.
        signed: u64,
    },
}

impl HeadLine {
    /// A head as it is written.
    #[must_use]
    pub fn of(head: &AuditHead, key: LogPublicKey) -> Self {
        Self {
            format: FORMAT.to_owned(),
            size: head.root.size,
            root: head.root.root.to_string(),
            at_ms: head.at.0,
            key: HEXLOWER.encode(&key.0),
            signature: HEXLOWER.encode(&head.signature),
        }
    }

    fn head(&self, key: &LogPublicKey) -> Result<AuditHead, String> {
        if self.format != FORMAT {
            return Err(format!(
                "the format is {:?} and not {FORMAT:?}",
                self.format
            ));
        }
        let signature = HEXLOWER.decode(self.signature.as_bytes());
        let signature = signature.map_err(|error| error.to_string())?;
        Ok(AuditHead {
            root: AuditRoot {
                size: self.size,
                root: self.root.parse().map_err(|error| format!("{error}"))?,
            },
            at: Timestamp(self.at_ms),
            key_id: key.id(),
            signature: signature
                .try_into()
                .map_err(|_| "a signature has 64 bytes")?,
        })
    }
}

impl EntryLine {
    /// An entry of the log as it is written.
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

/// Checks a file by the log's public key.
///
/// # Errors
/// [`ExportError`] names the line that is wrong, or says that the whole does not add up.
pub fn verify(mut file: impl BufRead, key: &LogPublicKey) -> Result<Verified, ExportError> {
    let first = line(&mut file, 1)?.unwrap_or_default();
    let malformed = |line, cause: String| ExportError::Malformed { line, cause };
    let head: HeadLine =
        serde_json::from_str(&first).map_err(|error| malformed(1, error.to_string()))?;
    let head = head.head(key).map_err(|cause| malformed(1, cause))?;
    head.verify(key)?;
    let mut log = Frontier::default();
    let mut number = 1_u64;
    loop {
        number = number.saturating_add(1);
        let Some(text) = line(&mut file, number)? else {
            break;
        };
        let leaf = entry(&text, log.size()).map_err(|cause| malformed(number, cause))?;
        log.push(leaf);
    }
    if log.size() != head.root.size || log.root() != head.root.root {
        return Err(ExportError::Altered {
            found: log.size(),
            signed: head.root.size,
        });
    }
    Ok(Verified {
        size: head.root.size,
        root: head.root.root,
        at: head.at,
    })
}

/// The leaf hash of an entry's line, if the line says what its bytes say.
fn entry(text: &str, index: u64) -> Result<[u8; 32], String> {
    let line: EntryLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let bytes = BASE64
        .decode(line.entry.as_bytes())
        .map_err(|error| error.to_string())?;
    let said = EntryLine::of(index, &bytes).map_err(|error| error.to_string())?;
    if said == line {
        Ok(leaf_hash(&bytes))
    } else {
        Err(format!("it does not say what entry {index} says"))
    }
}

fn line(file: &mut impl BufRead, number: u64) -> Result<Option<String>, ExportError> {
    let mut text = String::new();
    let read = file.by_ref().take(LINE_BYTES_MAX).read_line(&mut text);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(text)),
        Err(cause) => Err(ExportError::Read {
            line: number,
            cause,
        }),
    }
}
