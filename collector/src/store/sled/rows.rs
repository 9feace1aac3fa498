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

/// Puts the writes of a group into one batch.
pub(super) fn batch(tree: &Tree, writes: &Writes) -> sled::Result<Batch> {
    let mut batch = Batch::default();
    for (key, value) in writes {
        let held = match value {
            Some(value) if !may_be_large(key) => {
                batch.insert(key.clone(), marked(value, &[WHOLE]));
                continue;
            }
            _ => pieces_held(tree, key)?,
        };
        let needed = match value {
            None => {
                batch.remove(key.clone());
                0
            }
            Some(value) => insert(&mut batch, key, value),
        };
        for index in needed..held {
            batch.remove(keys::piece(key, index));
        }
    }
    Ok(batch)
}

/// Whether values under this key can be longer than a row.
fn may_be_large(key: &[u8]) -> bool {
    key.first()
        .is_some_and(|letter| b"dpsvotar".contains(letter))
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

fn pieces_held(tree: &Tree, key: &[u8]) -> sled::Result<u32> {
    Ok(
        match tree.get(key)?.as_deref().and_then(<[u8]>::split_last) {
            Some((&GOES_ON, body)) => split_count(body).1,
            Some(_) | None => 0,
        },
    )
}

fn split_count(body: &[u8]) -> (&[u8], u32) {
    match body.split_last_chunk::<4>() {
        Some((first, count)) => (first, u32::from_be_bytes(*count)),
        None => (body, 0),
    }
}
