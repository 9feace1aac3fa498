//! Values of any size in rows of a bounded one.
//!
//! Touches the tree. Must never let a row grow past [`ROW_BYTES_MAX`]: sled moves a page of more than
//! a quarter of a segment (128 KiB) out into a file of its own, whose folder it does not sync.

use std::collections::HashMap;

use sled::{Batch, IVec, Tree};

use super::keys;

/// Bytes of one row. A page holds up to 17 rows before it splits: 102 KiB.
const ROW_BYTES_MAX: usize = 6 * 1024;

/// The value is whole in its row.
const WHOLE: u8 = 0;
/// The value goes on in pieces, whose number stands before this mark.
const GOES_ON: u8 = 1;

/// What a commit group writes: `None` removes.
pub(super) type Writes = HashMap<IVec, Option<IVec>>;

/// Reads a value, put together from its pieces. `None` when there is none.
pub(super) fn fetch(tree: &Tree, key: &[u8]) -> sled::Result<Option<IVec>> {
    let Some(row) = tree.get(key)? else {
        return Ok(None);
    };
    value(tree, key, row).map(Some)
}

/// The value of a row that was found at `key`.
pub(super) fn value(tree: &Tree, key: &[u8], row: IVec) -> sled::Result<IVec> {
    let Some((mark, body)) = row.split_last() else {
        return Ok(row);
    };
    if *mark == WHOLE {
        return Ok(row.subslice(0, body.len()));
    }
    let (first, count) = split_count(body);
    let mut whole = first.to_vec();
    for index in 0..count {
        let piece = tree.get(keys::piece(key, index))?.ok_or_else(|| {
            sled::Error::ReportableBug(format!("piece {index} of a value of {count} is missing"))
        })?;
        whole.extend_from_slice(&piece);
    }
    Ok(IVec::from(whole))
}

/// How many pieces there are of each value that is larger than one row, so that a value that shrinks
/// takes its pieces with it, and nobody has to look them up.
#[derive(Debug, Default)]
pub(super) struct Pieces(HashMap<IVec, u32>);

impl Pieces {
    /// Counts the pieces in the tree.
    pub(super) fn count(tree: &Tree) -> sled::Result<Self> {
        let mut pieces = Self::default();
        for key in tree.scan_prefix(keys::PIECES).keys() {
            let key = key?;
            let of = key.get(1..key.len().saturating_sub(4)).unwrap_or_default();
            let count = pieces.0.entry(IVec::from(of)).or_default();
            *count = count.saturating_add(1);
        }
        Ok(pieces)
    }

    /// Puts the writes of a group into one batch.
    pub(super) fn batch(&self, writes: &Writes) -> Batch {
        let mut batch = Batch::default();
        for (key, value) in writes {
            let needed = match value {
                None => {
                    batch.remove(key.clone());
                    0
                }
                Some(value) => insert(&mut batch, key, value),
            };
            for index in needed..self.0.get(key).copied().unwrap_or(0) {
                batch.remove(keys::piece(key, index));
            }
        }
        batch
    }

    /// Every row that the batch of these writes puts or removes.
    pub(super) fn touched(&self, writes: &Writes) -> impl Iterator<Item = IVec> {
        writes.iter().flat_map(|(key, value)| {
            let length = value.as_ref().map_or(0, |value| value.len());
            let held = self.0.get(key).copied().unwrap_or(0);
            let pieces = (0..held.max(pieces_of(length))).map(|index| keys::piece(key, index));
            std::iter::once(key.clone()).chain(pieces)
        })
    }

    /// Takes note of writes that are on the device.
    pub(super) fn note(&mut self, writes: &Writes) {
        for (key, value) in writes {
            match pieces_of(value.as_ref().map_or(0, |value| value.len())) {
                0 => self.0.remove(key),
                count => self.0.insert(key.clone(), count),
            };
        }
    }
}

/// How many pieces stand beside the first row of a value of this length.
fn pieces_of(length: usize) -> u32 {
    let pieces = length.div_ceil(ROW_BYTES_MAX).saturating_sub(1);
    u32::try_from(pieces).unwrap_or(u32::MAX)
}

fn insert(batch: &mut Batch, key: &IVec, value: &[u8]) -> u32 {
    if value.len() <= ROW_BYTES_MAX {
        batch.insert(key.clone(), marked(value, &[WHOLE]));
        return 0;
    }
    let mut chunks = value.chunks(ROW_BYTES_MAX);
    let first = chunks.next().unwrap_or_default();
    let mut count = 0_u32;
    for chunk in chunks {
        batch.insert(keys::piece(key, count), chunk);
        count = count.saturating_add(1);
    }
    let mut end = count.to_be_bytes().to_vec();
    end.push(GOES_ON);
    batch.insert(key.clone(), marked(first, &end));
    count
}

fn marked(value: &[u8], end: &[u8]) -> Vec<u8> {
    [value, end].concat()
}

fn split_count(body: &[u8]) -> (&[u8], u32) {
    match body.split_last_chunk::<4>() {
        Some((first, count)) => (first, u32::from_be_bytes(*count)),
        None => (body, 0),
    }
}
