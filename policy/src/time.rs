//! Points in time and spans of it, as numbers.
//!
//! Touches nothing. Must never ask what time it is: every function that needs the time is given it.

use std::fmt;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A span of time in milliseconds; negative when it reaches back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub i64);

/// What time it is, as far as it is known: no earlier than the one, no later than the other. The two are
/// one where the clock can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    earliest: Timestamp,
    latest: Timestamp,
}

impl Moment {
    /// It is this time.
    #[must_use]
    pub const fn at(time: Timestamp) -> Self {
        Self {
            earliest: time,
            latest: time,
        }
    }

    /// It is this time or any later one: the clock at hand is known to be wrong, and this time was told
    /// by one that is not.
    #[must_use]
    pub const fn not_before(time: Timestamp) -> Self {
        Self {
            earliest: time,
            latest: Timestamp(i64::MAX),
        }
    }

    /// It is one of these times or one between them.
    #[must_use]
    pub fn between(one: Timestamp, other: Timestamp) -> Self {
        Self {
            earliest: one.min(other),
            latest: one.max(other),
        }
    }

    /// Whether there is one time that it can be.
    #[must_use]
    pub const fn is_certain(self) -> bool {
        self.earliest.0 == self.latest.0
    }

    /// The earliest time it can be.
    #[must_use]
    pub const fn earliest(self) -> Timestamp {
        self.earliest
    }

    /// The latest time it can be.
    #[must_use]
    pub const fn latest(self) -> Timestamp {
        self.latest
    }
}

impl Timestamp {
    /// The point `seconds` after the epoch; at the ends of the range it stays at the end.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The beginning in UTC of the day written as `2026-11-22`. `None` when the text is no such day.
    #[must_use]
    pub fn of_date(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let part = parts.next()?;
            let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<i64>().ok())?
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return None;
        }
        let found = Self::from_secs(days_from_civil(year, month, day).saturating_mul(86_400));
        // The 31st of a month of 30 days would come back as another day.
        (found.date() == text).then_some(found)
    }

    /// The day in UTC, as `2026-11-22`.
    #[must_use]
    pub fn date(self) -> String {
        let (year, month, day) = civil_from_days(self.secs().div_euclid(86_400));
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// Whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long after `earlier` this is; negative when it is before it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The point `span` later.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// A span of whole hours.
    #[must_use]
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_secs(hours.saturating_mul(3600))
    }

    /// A span of days of 24 hours.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self::from_hours(days.saturating_mul(24))
    }

    /// How long it is, whichever way it reaches.
    #[must_use]
    pub const fn length(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// Whole seconds, rounded towards zero.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0 / 1000
    }
}

/// Writes RFC 3339 in UTC with seconds (`2026-11-22T20:33:32Z`). Years outside 0 to 9999 are
/// written as they come.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.secs();
        let (year, month, day) = civil_from_days(secs.div_euclid(86_400));
        let of_day = secs.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, by eras of 400 years.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The day counted from 1970-01-01 of a proleptic Gregorian date, the other way round.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(secs: i64, written: &str) {
        assert_eq!(Timestamp::from_secs(secs).to_string(), written);
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        check(0, "1970-01-01T00:00:00Z");
        check(951_782_400, "2000-02-29T00:00:00Z");
        check(1_795_379_612, "2026-11-22T20:33:32Z");
        check(-1, "1969-12-31T23:59:59Z");
        check(4_107_542_399, "2100-02-28T23:59:59Z");
        check(4_107_542_400, "2100-03-01T00:00:00Z");
    }

    #[test]
    fn a_day_is_read_as_it_is_written_and_no_other_text_is_one() {
        for day in [
            "1970-01-01",
            "2000-02-29",
            "2026-11-22",
            "2100-03-01",
            "0000-01-01",
        ] {
            assert_eq!(Timestamp::of_date(day).unwrap().date(), day);
        }
        assert_eq!(
            Timestamp::of_date("2026-11-22"),
            Some(Timestamp(1_795_305_600_000))
        );
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "2026-11-22-",
            "",
            "+026-11-22",
        ] {
            assert_eq!(Timestamp::of_date(text), None, "{text}");
        }
    }
}
