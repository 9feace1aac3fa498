//! Text from strangers made safe to show, and text laid out in columns.
//!
//! Touches nothing. Must never let a name move the cursor, turn the line around, or hide itself.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::limits::SHOWN_CHARS_MAX;

/// The text with control, direction and invisible characters written out as `\u{202e}`, cut with
/// `…` after [`SHOWN_CHARS_MAX`] characters. What is already safe is not copied.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    shown_within(text, SHOWN_CHARS_MAX)
}

/// The same, cut after `chars` characters of the text.
#[must_use]
pub fn shown_within(text: &str, chars: usize) -> Cow<'_, str> {
    let long = text.chars().nth(chars).is_some();
    if !long && !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len().min(chars.saturating_mul(4)));
    for char in text.chars().take(chars) {
        if is_unsafe(char) {
            safe.extend(char.escape_unicode());
        } else {
            safe.push(char);
        }
    }
    if long {
        safe.push('…');
    }
    Cow::Owned(safe)
}

/// Columns that the text takes in a terminal; a Japanese character takes two.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text, filled up with spaces on the right to `columns`. Longer text stays as it is.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    padded.extend(std::iter::repeat_n(
        ' ',
        columns.saturating_sub(width(text)),
    ));
    padded
}

/// The text, cut with `…` so that it takes no more than `columns`.
#[must_use]
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(1);
    let mut used = 0_usize;
    let mut cut: String = text
        .chars()
        .take_while(|char| {
            used = used.saturating_add(char.width().unwrap_or(0));
            used <= room
        })
        .collect();
    if columns > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// Control characters, line and paragraph separators, and all that Unicode Technical Report 36
/// names for spoofing: direction marks, joiners, fillers, invisible operators and tags.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(shown("curl"), "curl");
        assert_eq!(shown("関所 7.1"), "関所 7.1");
        assert_eq!(shown("a\nb"), "a\\u{a}b");
        assert_eq!(shown("\u{1b}[2Jx"), "\\u{1b}[2Jx");
        assert_eq!(shown("exe.\u{202e}gpj"), "exe.\\u{202e}gpj");
        assert_eq!(shown("pay\u{200b}pal"), "pay\\u{200b}pal");
    }

    #[test]
    fn a_long_name_is_cut() {
        let cut = shown(&"x".repeat(SHOWN_CHARS_MAX + 1)).into_owned();
        assert_eq!(cut.chars().count(), SHOWN_CHARS_MAX + 1);
        assert!(cut.ends_with("x…"));
        let whole = "x".repeat(SHOWN_CHARS_MAX);
        assert_eq!(shown(&whole), whole);
    }

    #[test]
    fn columns_of_japanese_line_up() {
        assert_eq!(pad("関所", 6), "関所  ");
        assert_eq!(pad("gate", 6), "gate  ");
        assert_eq!(pad("関所関所", 6), "関所関所");
        assert_eq!(truncate("関所の記録", 7), "関所の…");
        assert_eq!(truncate("関所の記録", 6), "関所…");
        assert_eq!(truncate("関所", 4), "関所");
        assert_eq!(truncate("関所", 0), "");
    }
}
