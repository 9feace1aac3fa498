//! Whether what a person typed may stand in the record.
//!
//! Touches nothing. Must never shorten or mend what was typed: it is taken as it is or refused.

use sekisho_policy::limits::REASON_CHARS_MAX;
use sekisho_policy::time::Timestamp;

use super::ResponseError;
use crate::limits::FIELD_CHARS_MAX;

/// A reason: there is one, on one line, within its length.
pub(super) fn reason(text: &str) -> Result<String, ResponseError> {
    let text = line("the reason", text, REASON_CHARS_MAX)?;
    if text.is_empty() {
        return Err(ResponseError::Missing("the reason"));
    }
    Ok(text)
}

/// A field that may be empty.
pub(super) fn field(what: &'static str, text: &str) -> Result<String, ResponseError> {
    line(what, text, FIELD_CHARS_MAX)
}

/// A time that must lie ahead, if there is one.
pub(super) fn ahead(
    what: &'static str,
    time: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ResponseError> {
    match time {
        Some(time) if time <= now => Err(ResponseError::NotAhead { what, time }),
        Some(_) | None => Ok(()),
    }
}

/// A number within its bounds.
pub(super) fn within(
    what: &'static str,
    value: u64,
    min: u64,
    max: u64,
) -> Result<(), ResponseError> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(ResponseError::OutOfRange {
            what,
            value,
            min,
            max,
        })
    }
}

/// Control characters and the marks that turn the direction of writing would let a record show
/// other than it is (Unicode Technical Report 36, section 2.5).
fn line(what: &'static str, text: &str, max: usize) -> Result<String, ResponseError> {
    let text = text.trim();
    let count = text.chars().count();
    if count > max {
        return Err(ResponseError::TooLong { what, count, max });
    }
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|c| c.is_control() || turns(c)) {
        return Err(ResponseError::ControlCharacter(what));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let got = reason(text);
        let got = got.as_deref().map_err(ResponseError::code);
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn a_reason_is_one_line_within_its_length() {
        check("malware seen", Ok("malware seen"));
        check("  マルウェア検知 ", Ok("マルウェア検知"));
        check("", Err("missing"));
        check(" \t ", Err("missing"));
        check("two\nlines", Err("control_character"));
        check("turned \u{202e}dnuora", Err("control_character"));
        check(&"字".repeat(500), Ok(&"字".repeat(500)));
        check(&"字".repeat(501), Err("too_long"));
    }
}
