//! The time zone of whoever reads: times as the clock on the wall shows them, with the offset beside.
//!
//! Touches the system's zone: `TZ`, and where it is not set `/etc/localtime`, with the rules in
//! `/usr/share/zoneinfo`. Must never show a time without its offset, nor change one for a program.

use jiff::tz::TimeZone;
use sekisho_policy::finding::{Message, TIME_ARGS};
use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;

/// A time zone.
#[derive(Debug, Clone)]
pub(super) struct Zone(TimeZone);

impl Zone {
    /// That of the system; UTC where it has none that can be read.
    pub(super) fn of_system() -> Self {
        Self(TimeZone::system())
    }

    /// The time, such as `2026-11-23 05:33 +09:00`. One that no calendar holds is shown as it is.
    pub(super) fn show(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_millisecond(at.0) {
            Ok(time) => {
                let local = time.to_zoned_datetime(self.0.clone());
                local.strftime("%Y-%m-%d %H:%M %:z").to_string()
            }
            Err(_) => at.to_string(),
        }
    }

    /// The message with its times in this zone.
    pub(super) fn localized(&self, message: &Message) -> Message {
        let mut message = message.clone();
        for name in TIME_ARGS {
            if let Some(value) = message.args.get_mut(name)
                && let Ok(Time(at)) = value.parse()
            {
                *value = self.show(at);
            }
        }
        message
    }

    /// A zone whose offset never changes.
    #[cfg(test)]
    pub(super) fn fixed(hours: i8) -> Self {
        Self(jiff::tz::offset(hours).to_time_zone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_as_on_the_wall_with_its_offset() {
        let at = Timestamp::from_secs(1_795_379_612);
        assert_eq!(Zone::fixed(9).show(at), "2026-11-23 05:33 +09:00");
        assert_eq!(Zone::fixed(0).show(at), "2026-11-22 20:33 +00:00");
        assert_eq!(Zone::fixed(-5).show(at), "2026-11-22 15:33 -05:00");
    }

    #[test]
    fn summer_time_is_that_of_the_day_shown() {
        let zone = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        assert_eq!(
            zone.show(Timestamp::from_secs(1_783_000_000)),
            "2026-07-02 15:46 +02:00"
        );
        assert_eq!(
            zone.show(Timestamp::from_secs(1_795_379_612)),
            "2026-11-22 21:33 +01:00"
        );
    }

    #[test]
    fn a_time_beyond_every_calendar_is_shown_all_the_same() {
        let far = Timestamp(i64::MAX);
        assert_eq!(Zone::fixed(9).show(far), far.to_string());
    }

    #[test]
    fn only_what_is_a_time_is_changed() {
        let message = Message::new("definitions-current-ok")
            .with("product", "2026-11-22T20:33:32Z")
            .with("until", "2026-11-22T20:33:32Z");
        let local = Zone::fixed(9).localized(&message);
        assert_eq!(local.args["product"], "2026-11-22T20:33:32Z");
        assert_eq!(local.args["until"], "2026-11-23 05:33 +09:00");
    }
}
