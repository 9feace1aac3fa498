//! Spans of time, days, and heads of the audit log, as people type them.
//!
//! Touches the system's time zone. Must never guess a unit.

use thiserror::Error;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::json::Time;

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

/// A text that is neither a day nor a time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a day or a time; one is 2026-12-01, or 2026-12-01T18:00:00+09:00")]
pub struct NoDate;

/// Reads a time, or a day of the system's zone: its first moment.
///
/// # Errors
/// [`NoDate`] when it is neither.
pub fn first_moment(text: &str) -> Result<Time, NoDate> {
    moment(text, &TimeZone::system(), |day| {
        Ok(day.to_datetime(jiff::civil::Time::midnight()))
    })
}

/// Reads a time, or a day of the system's zone: the moment it is over.
///
/// # Errors
/// [`NoDate`] when it is neither.
pub fn last_moment(text: &str) -> Result<Time, NoDate> {
    moment(text, &TimeZone::system(), |day| {
        let next = day.tomorrow().map_err(|_| NoDate)?;
        Ok(next.to_datetime(jiff::civil::Time::midnight()))
    })
}

fn moment(
    text: &str,
    zone: &TimeZone,
    of_day: fn(Date) -> Result<DateTime, NoDate>,
) -> Result<Time, NoDate> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    // Ten characters are a day and nothing beside it.
    let day = Some(text).filter(|text| text.len() == 10).ok_or(NoDate)?;
    let day: Date = day.parse().map_err(|_| NoDate)?;
    let moment = of_day(day)?
        .to_zoned_datetime(zone.clone())
        .map_err(|_| NoDate)?;
    Ok(Time(Timestamp(moment.timestamp().as_millisecond())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_of_the_zone_and_a_time_says_its_own() {
        let zone = jiff::tz::offset(9).to_time_zone();
        let read = |text| {
            let day = moment(text, &zone, |day| {
                Ok(day.to_datetime(jiff::civil::Time::midnight()))
            });
            day.map(|time| time.to_string())
        };
        assert_eq!(read("2026-12-01").unwrap(), "2026-11-30T15:00:00Z");
        assert_eq!(
            read("2026-12-01T18:00:00+09:00").unwrap(),
            "2026-12-01T09:00:00Z"
        );
        for text in [
            "",
            "2026-13-01",
            "2026-02-30",
            "20261201",
            "tomorrow",
            "2026-12-01T18:00",
        ] {
            assert_eq!(read(text), Err(NoDate), "{text}");
        }
    }

    #[test]
    fn a_day_that_is_named_as_the_end_is_part_of_it() {
        let first = first_moment("2026-12-01").unwrap().0;
        let last = last_moment("2026-12-01").unwrap().0;
        let hours = last.since(first).secs() / 3600;
        assert!((23..=25).contains(&hours), "{hours}");
    }

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
