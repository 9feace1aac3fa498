//! A backup: the store as one commit group left it, piece by piece, under one digest, while others write.
//!
//! Touches the database, reading only. Must never make a writer wait, nor pass for whole when something
//! of it is missing.
//!
//! The form: a first line; then rows in the order of their keys, each as the lengths of key and value
//! (four bytes each, big-endian), key and value; two lengths of all ones; and the log key's signature over
//! the SHA-256 of everything before: who can write to where backups are kept must not be able to approve a
//! laptop or to make a token.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use sha2::{Digest, Sha256};

use super::readers::{Readers, Snapshot};
use super::rows::{Key, Rows, behind};
use crate::audit::{HeadSigner, sign_backup};
use crate::limits::BACKUP_PIECE_BYTES;
use crate::store::{Backup, StoreError};

pub(super) const FIRST_LINE: &[u8] = b"sekisho backup 3\n";
/// Stands in place of both lengths behind the last row.
pub(super) const END: [u8; 4] = [0xff; 4];

/// How far the reading has come.
enum Stage {
    Begin,
    /// The rows from this one on.
    Rows(Key),
    End,
}

struct Reading {
    snapshot: Arc<Snapshot>,
    signer: Arc<dyn HeadSigner>,
    digest: Sha256,
    stage: Stage,
}

/// Begins a backup.
pub(super) fn begin(readers: &Readers, signer: Arc<dyn HeadSigner>) -> Result<Backup, StoreError> {
    let snapshot = readers.stand_still()?.ok_or_else(|| {
        StoreError::Conflict("another backup is being taken; wait until it has ended".to_owned())
    })?;
    let reading = Reading {
        snapshot,
        signer,
        digest: Sha256::new(),
        stage: Stage::Begin,
    };
    Ok(Box::pin(stream::try_unfold(reading, |mut reading| async {
        let piece = reading.piece()?;
        Ok(piece.map(|piece| (piece, reading)))
    })))
}

impl Reading {
    fn piece(&mut self) -> Result<Option<Bytes>, StoreError> {
        let mut piece = match &self.stage {
            Stage::Begin => {
                self.stage = Stage::Rows(Key::new());
                FIRST_LINE.to_vec()
            }
            Stage::Rows(from) => {
                let read = self.snapshot.read(|rows| rows_from(rows, from));
                let (piece, stage) = read.unwrap_or_else(|| Err(too_slow()))?;
                self.stage = stage;
                piece
            }
            Stage::End => return Ok(None),
        };
        let ends = matches!(self.stage, Stage::End);
        if ends {
            piece.extend_from_slice(&[END, END].concat());
        }
        self.digest.update(&piece);
        if ends {
            let digest = self.digest.finalize_reset().into();
            piece.extend_from_slice(&sign_backup(&digest, &*self.signer));
        }
        Ok(Some(piece.into()))
    }
}

fn rows_from(rows: &Rows, from: &[u8]) -> Result<(Vec<u8>, Stage), StoreError> {
    let mut piece = Vec::with_capacity(BACKUP_PIECE_BYTES);
    let mut stage = Stage::End;
    rows.scan(from, &[0xff], |key, value| {
        for part in [&length(key)[..], &length(value), key, value] {
            piece.extend_from_slice(part);
        }
        let goes_on = piece.len() < BACKUP_PIECE_BYTES;
        if !goes_on {
            stage = Stage::Rows(behind(key));
        }
        Ok(goes_on)
    })?;
    Ok((piece, stage))
}

fn too_slow() -> StoreError {
    let why = "too much changed while the backup was read; read it faster, or at a quieter time";
    StoreError::Conflict(why.to_owned())
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}
