//! The two ways ClamAV writes a time.
//!
//! Touches nothing. Must never make a time later than it can have been.

use sekisho_policy::time::{Span, Timestamp};
use time::{Date, Month, PrimitiveDateTime, Time};

/// Hours by which the furthest zone is ahead of UTC (Kiribati).
const FURTHEST_ZONE_HOURS: i64 = 14;

/// `22 Jun 2021 14-58 -0400`, as the header of a database has it.
pub(super) fn of_header(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (hour, minute) = words.next()?.split_once('-')?;
    let zone = words.next()?;
    let local = stamp(day, month, year, [hour, minute, "0"])?;
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1_i64, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let offset = hours
        .parse::<i64>()
        .ok()?
        .checked_mul(60)?
        .checked_add(minutes.parse().ok()?)?;
    let offset = Span::from_secs(offset.checked_mul(60)?.checked_mul(-sign)?);
    Some(local.after(offset))
}

/// `Sun Nov 22 18:16:07 2026`, ctime(3) in the time zone of clamd, which it does not tell: the
/// earliest time that can be meant.
pub(super) fn earliest_of_ctime(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace().skip(1);
    let (month, day) = (words.next()?, words.next()?);
    let mut clock = words.next()?.splitn(3, ':');
    let clock = [clock.next()?, clock.next()?, clock.next()?];
    let local = stamp(day, month, words.next()?, clock)?;
    Some(local.after(Span::from_hours(-FURTHEST_ZONE_HOURS)))
}

fn stamp(
    day: &str,
    month: &str,
    year: &str,
    [hour, minute, second]: [&str; 3],
) -> Option<Timestamp> {
    let month = match month {
        "Jan" => Month::January,
        "Feb" => Month::February,
        "Mar" => Month::March,
        "Apr" => Month::April,
        "May" => Month::May,
        "Jun" => Month::June,
        "Jul" => Month::July,
        "Aug" => Month::August,
        "Sep" => Month::September,
        "Oct" => Month::October,
        "Nov" => Month::November,
        "Dec" => Month::December,
        _ => return None,
    };
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    // A leap second is the last one before it.
    let second = second.parse::<u8>().ok()?.min(59);
    let time = Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, second).ok()?;
    let seconds = PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp();
    Some(Timestamp::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_never_taken_for_a_later_one() {
        let earliest = earliest_of_ctime("Sun Nov 22 18:16:07 2026").unwrap();
        assert_eq!(earliest.to_string(), "2026-11-22T04:16:07Z");
        assert_eq!(
            earliest_of_ctime("Sun Nov  2 18:16:07 2026")
                .unwrap()
                .to_string(),
            "2026-11-02T04:16:07Z"
        );
        assert_eq!(earliest_of_ctime("Sun Foo 22 18:16:07 2026"), None);
        assert_eq!(earliest_of_ctime(""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "[0-9A-Za-z :é+-]{0,40}") {
            let _ = of_header(&text);
            let _ = earliest_of_ctime(&text);
        }
    }
}
