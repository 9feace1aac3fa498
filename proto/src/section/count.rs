//! Counts the items of an encoded section before a decoder makes room for them: two bytes on the
//! wire can take two hundred in memory.
//!
//! Touches bytes in memory. Must never trust a length: what cannot be walked is left to the
//! decoder, which refuses it.

/// Fields inside the section's body, over every repetition of it.
pub(super) fn items(section: &[u8]) -> usize {
    let mut count = 0_usize;
    walk(section, |body| {
        walk(body, |_| count = count.saturating_add(1));
    });
    count
}

/// Visits the contents of every length-delimited field, until the bytes end or make no sense.
fn walk<'a>(mut bytes: &'a [u8], mut visit: impl FnMut(&'a [u8])) {
    while let Some((key, rest)) = varint(bytes) {
        let after = match key & 7 {
            0 => varint(rest).map(|(_, after)| after),
            1 => rest.get(8..),
            2 => varint(rest).and_then(|(length, rest)| {
                let (field, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                visit(field);
                Some(after)
            }),
            5 => rest.get(4..),
            _ => None,
        };
        let Some(after) = after else { return };
        bytes = after;
    }
}

/// A base-128 varint of at most ten bytes, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index).min(63);
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..).map(|rest| (value, rest));
        }
    }
    None
}
