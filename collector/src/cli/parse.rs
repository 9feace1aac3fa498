//! Spans of time, and heads of the audit log, as people type them.
//!
//! Touches nothing. Must never guess a unit.

use thiserror::Error;

use sekisho_policy::time::Span;

use crate::store::AuditRoot;

/// A text that is no span.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a span of time; one is a number with s, m, h, d or w, such as 90m, 4h or 7d")]
pub struct NoSpan;

/// A text that is no head of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "not a head; `audit head` shows one to note down: the number of entries, a colon, and the root"
)]
pub struct NoHead;

/// Reads a head as it was noted down: `SIZE:ROOT`.
///
/// # Errors
/// [`NoHead`] when it is none.
pub fn log_root(text: &str) -> Result<AuditRoot, NoHead> {
    let (size, root) = text.split_once(':').ok_or(NoHead)?;
    Ok(AuditRoot {
        size: size.parse().map_err(|_| NoHead)?,
        root: root.parse().map_err(|_| NoHead)?,
    })
}

/// Reads a whole number with its unit.
///
/// # Errors
/// [`NoSpan`] when there is no number, no unit, nothing left of it, or more than can be counted.
pub fn span(text: &str) -> Result<Span, NoSpan> {
    let unit = text.chars().next_back().ok_or(NoSpan)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(NoSpan),
    };
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NoSpan);
    }
    let number: i64 = digits.parse().map_err(|_| NoSpan)?;
    let seconds = number.checked_mul(seconds).filter(|seconds| *seconds > 0);
    let seconds = seconds.filter(|seconds| seconds.checked_mul(1000).is_some());
    seconds.map(Span::from_secs).ok_or(NoSpan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, seconds: Option<i64>) {
        assert_eq!(span(text).ok(), seconds.map(Span::from_secs), "{text:?}");
    }

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        check("90s", Some(90));
        check("90m", Some(5400));
        check("4h", Some(14_400));
        check("7d", Some(604_800));
        check("2w", Some(1_209_600));
        check("", None);
        check("7", None);
        check("d", None);
        check("0d", None);
        check("-7d", None);
        check("1.5h", None);
        check("7 d", None);
        check("7日", None);
        check("99999999999999999999d", None);
        check("9223372036854775807s", None);
    }
}
