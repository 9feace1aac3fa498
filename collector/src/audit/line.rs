//! The exported log, line by line: JSON that a person can read, and that says every thing twice, so
//! that what is read is what is signed.
//!
//! Touches nothing. Must never accept a line that it would not have written itself, byte for byte.

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;

use super::{AuditHead, entry};
use crate::record::Actor;
use crate::store::AuditRoot;

/// The version of this form.
const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The first: the head that the export ends at; `None` of an empty log.
    Log(Option<AuditHead>),
    /// An entry, as it is hashed.
    Entry(u64, Vec<u8>),
    /// The compact rows that the entry before holds the digest of.
    Routine(u64, Vec<u8>),
    /// A head over all entries before.
    Head(AuditHead),
}

/// A line that is not one of an exported log.
#[derive(Debug, Error)]
pub enum LineError {
    /// It is no such JSON.
    #[error("not a line of an exported audit log")]
    Json(#[source] serde_json::Error),
    /// Its parts do not fit each other.
    #[error("its {0} is malformed, or does not fit the rest of the line")]
    Part(&'static str),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Form {
    Log {
        format: u32,
        head: Option<HeadForm>,
    },
    Entry {
        index: u64,
        at: String,
        actor: String,
        action: String,
        device: Option<String>,
        details: Vec<(String, String)>,
        data: String,
    },
    Routine {
        entry: u64,
        rows: String,
    },
    Head(HeadForm),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadForm {
    size: u64,
    root: String,
    at_ms: i64,
    key_id: String,
    signature: String,
}

impl Line {
    /// The line, without its end.
    ///
    /// # Errors
    /// [`LineError`] when an entry's bytes are no entry.
    pub fn render(&self) -> Result<String, LineError> {
        let form = match self {
            Self::Log(head) => Form::Log {
                format: FORMAT,
                head: head.as_ref().map(HeadForm::from),
            },
            Self::Entry(index, data) => {
                let entry = entry::decode(data).map_err(|_| LineError::Part("entry"))?;
                Form::Entry {
                    index: *index,
                    at: entry.at.to_string(),
                    actor: actor(&entry.actor),
                    action: entry.action,
                    device: entry.device.map(|id| id.to_string()),
                    details: entry.details,
                    data: BASE64.encode(data),
                }
            }
            Self::Routine(entry, rows) => Form::Routine {
                entry: *entry,
                rows: BASE64.encode(rows),
            },
            Self::Head(head) => Form::Head(head.into()),
        };
        serde_json::to_string(&form).map_err(LineError::Json)
    }

    /// Reads a line that [`Self::render`] wrote.
    ///
    /// # Errors
    /// [`LineError`] when it wrote no such line.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let base64 = |text: &str| BASE64.decode(text.as_bytes());
        let line = match serde_json::from_str(text).map_err(LineError::Json)? {
            Form::Log { format, head } => {
                if format != FORMAT {
                    return Err(LineError::Part("format"));
                }
                Self::Log(head.map(|head| head.head()).transpose()?)
            }
            Form::Entry { index, data, .. } => {
                Self::Entry(index, base64(&data).map_err(|_| LineError::Part("data"))?)
            }
            Form::Routine { entry, rows } => {
                Self::Routine(entry, base64(&rows).map_err(|_| LineError::Part("rows"))?)
            }
            Form::Head(head) => Self::Head(head.head()?),
        };
        if line.render()? == text {
            Ok(line)
        } else {
            Err(LineError::Part("wording"))
        }
    }
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Admin(name) => format!("admin {name}"),
        Actor::Device(id) => format!("device {id}"),
        Actor::Stranger(address) => format!("stranger {address}"),
        Actor::Collector => "collector".to_owned(),
    }
}

impl From<&AuditHead> for HeadForm {
    fn from(head: &AuditHead) -> Self {
        Self {
            size: head.root.size,
            root: head.root.root.to_string(),
            at_ms: head.at.0,
            key_id: HEXLOWER.encode(&head.key_id),
            signature: HEXLOWER.encode(&head.signature),
        }
    }
}

impl HeadForm {
    fn head(&self) -> Result<AuditHead, LineError> {
        Ok(AuditHead {
            root: AuditRoot {
                size: self.size,
                root: Fingerprint::from_bytes(bytes(&self.root, "root")?),
            },
            at: Timestamp(self.at_ms),
            key_id: bytes(&self.key_id, "key id")?,
            signature: bytes(&self.signature, "signature")?,
        })
    }
}

fn bytes<const N: usize>(text: &str, part: &'static str) -> Result<[u8; N], LineError> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(LineError::Part(part))
}
