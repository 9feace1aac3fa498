//! Protocol Buffers written field by field from what is borrowed: a twin of a large record would be
//! made of copies of all its texts, only to be dropped again.
//!
//! Touches bytes in memory. Must never write what the twin of the same row would read otherwise.

use prost::encoding::{WireType, encode_key, encode_varint};

/// A number. As in proto3, a zero is left out.
pub(super) fn number(tag: u32, value: u64, row: &mut Vec<u8>) {
    if value != 0 {
        present_number(tag, value, row);
    }
}

/// A number that is written even if it is zero.
pub(super) fn present_number(tag: u32, value: u64, row: &mut Vec<u8>) {
    encode_key(tag, WireType::Varint, row);
    encode_varint(value, row);
}

/// Bytes or a text. As in proto3, an empty one is left out.
pub(super) fn bytes(tag: u32, value: &[u8], row: &mut Vec<u8>) {
    if !value.is_empty() {
        encode_key(tag, WireType::LengthDelimited, row);
        encode_varint(length(value.len()), row);
        row.extend_from_slice(value);
    }
}

/// A message, whose fields are written by `fields`.
pub(super) fn message(tag: u32, row: &mut Vec<u8>, fields: impl FnOnce(&mut Vec<u8>)) {
    encode_key(tag, WireType::LengthDelimited, row);
    // The length stands before the fields and is known after them. That of a short message takes one byte: the
    // longer ones alone are moved.
    let start = row.len();
    row.push(0);
    fields(row);
    let long = row.len().saturating_sub(start).saturating_sub(1);
    match (u8::try_from(long), row.get_mut(start)) {
        (Ok(short @ ..0x80), Some(place)) => *place = short,
        _ => {
            let mut prefix = Vec::with_capacity(2);
            encode_varint(length(long), &mut prefix);
            row.splice(start..=start, prefix);
        }
    }
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
