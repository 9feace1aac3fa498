//! Counts the items of an encoded section before a decoder makes room for them: two bytes on the
//! wire can take two hundred in memory.
//!
//! Touches bytes in memory. Must never trust a length, nor stop where the decoder goes on: bytes that
//! break off are left to it, which refuses them, and what it would skip uncounted is refused here.

/// The highest number that a body of a section has; what is beyond is a newer agent's.
const BODY_NUMBER_MAX: u64 = 8;

/// Fields inside the section's body, over every repetition of it. As many as there can be when it holds a
/// group: the decoder skips groups that it does not know, and no section has one. What a newer agent has put beside the
/// body is skipped by the decoder whole.
pub(super) fn items(section: &[u8]) -> usize {
    let (mut count, mut bodies) = (0_usize, true);
    let section = walk(section, |number, body| {
        if number <= BODY_NUMBER_MAX {
            bodies &= walk(body, |_, _| count = count.saturating_add(1));
        }
    });
    if section && bodies { count } else { usize::MAX }
}

/// Visits number and contents of every length-delimited field, until the bytes end or break off. False when it
/// met a wire type that it does not walk over (3 and 4 are groups, 6 and 7 are none).
fn walk<'a>(mut bytes: &'a [u8], mut visit: impl FnMut(u64, &'a [u8])) -> bool {
    while let Some((key, rest)) = varint(bytes) {
        let after = match key & 7 {
            0 => varint(rest).map(|(_, after)| after),
            1 => rest.get(8..),
            2 => varint(rest).and_then(|(length, rest)| {
                let (field, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                visit(key >> 3, field);
                Some(after)
            }),
            5 => rest.get(4..),
            _ => return false,
        };
        let Some(after) = after else { return true };
        bytes = after;
    }
    true
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
