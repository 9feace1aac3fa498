//! Codes of eight characters that people read out over the telephone and type in.
//!
//! Touches nothing. Must never hold two characters that are taken for each other.

use std::fmt;

use thiserror::Error;

/// Characters of a code: 40 bits.
pub const CODE_CHARS: usize = 8;

/// Thirty-two characters without I, L, O and U, as in Crockford's Base32
/// <https://www.crockford.com/base32.html>.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidCode {
    /// Too few or too many characters, spaces and dashes left out.
    #[error("a code has {expected} characters, and this one has {0}", expected = CODE_CHARS)]
    WrongLength(usize),
    /// A character that stands in no code.
    #[error("{0:?} stands in no code; a code has digits and letters without U")]
    NotInAlphabet(char),
}

/// The first 40 bits as a code.
pub(super) fn encode(digest: &[u8; 32]) -> [u8; CODE_CHARS] {
    let bits = digest
        .iter()
        .take(5)
        .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let mut code = [b'0'; CODE_CHARS];
    for (place, char) in code.iter_mut().rev().enumerate() {
        let index = usize::try_from(bits >> (5 * place) & 31).unwrap_or_default();
        *char = ALPHABET.get(index).copied().unwrap_or(b'0');
    }
    code
}

/// Reads a code as people type it.
pub(super) fn decode(text: &str) -> Result<[u8; CODE_CHARS], InvalidCode> {
    let mut code = [0_u8; CODE_CHARS];
    let mut length = 0_usize;
    for char in text.chars().filter(|char| !is_filler(*char)) {
        let byte = meant(char).ok_or(InvalidCode::NotInAlphabet(char))?;
        if let Some(place) = code.get_mut(length) {
            *place = byte;
        }
        length = length.saturating_add(1);
    }
    if length == CODE_CHARS {
        Ok(code)
    } else {
        Err(InvalidCode::WrongLength(length))
    }
}

/// Writes the code in two groups of four.
pub(super) fn write(code: &[u8; CODE_CHARS], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    for (place, byte) in code.iter().enumerate() {
        if place == CODE_CHARS / 2 {
            f.write_char('-')?;
        }
        f.write_char(char::from(*byte))?;
    }
    Ok(())
}

/// Spaces and dashes of any kind, the Japanese keyboard's among them.
const fn is_filler(char: char) -> bool {
    char.is_whitespace()
        || matches!(
            char,
            '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{ff0d}'
        )
}

/// The character of the alphabet that is meant; full-width ones come from Japanese keyboards.
fn meant(char: char) -> Option<u8> {
    let half_width = match char {
        '\u{ff01}'..='\u{ff5e}' => u32::from(char)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)?,
        other => other,
    };
    let byte = u8::try_from(half_width).ok()?.to_ascii_uppercase();
    let byte = match byte {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.contains(&byte).then_some(byte)
}
