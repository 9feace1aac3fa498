//! How the collector's records are written down: each record has a twin that is encoded, so that a
//! record can change without the disk noticing, and the disk without the record.
//!
//! Touches nothing. Must never refuse to read what it wrote: the limits of the wire are not checked
//! here, for a limit that shrinks must not make yesterday's rows unreadable.
//!
//! Every row starts with one byte, the version of its layout. Fields are added with new numbers and
//! leave the version; a row that an older reader would misread gets the next one.

pub mod device;
mod enforcement;
pub mod exception;
pub mod ledger;
pub mod order;
pub mod posture;
pub mod reading;
mod verdict;
mod write;

use prost::Message;
use thiserror::Error;

use sekisho_policy::id::{DeviceId, Fingerprint};

/// The version of the layout of every row written.
const ROW_VERSION: u8 = 1;

/// A row that cannot be read.
#[derive(Debug, Error)]
pub enum RowError {
    /// A newer collector wrote it. Run that version or a later one.
    #[error("a {row} row is of version {found}, and this collector reads up to {ROW_VERSION}")]
    Newer {
        /// The kind of row.
        row: &'static str,
        /// The version it says it is of.
        found: u8,
    },
    /// The bytes are no row of this kind.
    #[error("a {row} row cannot be read: {cause}")]
    Encoding {
        /// The kind of row.
        row: &'static str,
        /// What is wrong.
        cause: String,
    },
    /// A part that every such row has is missing or malformed.
    #[error("a row has no proper {0}")]
    Field(&'static str),
}

/// Encodes a twin under its version byte.
pub(crate) fn seal(twin: &impl Message) -> Vec<u8> {
    let mut row = Vec::with_capacity(twin.encoded_len().saturating_add(1));
    row.push(ROW_VERSION);
    // Encoding fails only when the buffer has no room, and a Vec always has.
    let _ = twin.encode(&mut row);
    row
}

/// Reads a twin back.
pub(crate) fn unseal<T: Message + Default>(row: &'static str, bytes: &[u8]) -> Result<T, RowError> {
    match bytes.split_first() {
        Some((&ROW_VERSION, rest)) => T::decode(rest).map_err(|e| RowError::Encoding {
            row,
            cause: e.to_string(),
        }),
        Some((&found, _)) if found > ROW_VERSION => Err(RowError::Newer { row, found }),
        Some(_) | None => Err(RowError::Encoding {
            row,
            cause: "it has no version".to_owned(),
        }),
    }
}

pub(crate) fn device_id(bytes: &[u8]) -> Result<DeviceId, RowError> {
    <[u8; 16]>::try_from(bytes)
        .map(DeviceId::from_bytes)
        .map_err(|_| RowError::Field("device id"))
}

pub(crate) fn fingerprint(bytes: &[u8]) -> Result<Fingerprint, RowError> {
    <[u8; 32]>::try_from(bytes)
        .map(Fingerprint::from_bytes)
        .map_err(|_| RowError::Field("fingerprint"))
}
