//! What time it is, as far as this laptop can know.
//!
//! Touches nothing. Must never let the laptop's own clock overrule a time the collector told over a
//! verified connection.

use prost::Message;

use sekisho_policy::limits::CLOCK_OFF_MAX;
use sekisho_policy::time::{Moment, Span, Timestamp};

use super::{Action, Now};
use crate::limits::CLOCK_KEEP_SECS;
use crate::memory::Slot;
use crate::memory::record::ClockRecord;

/// The newest time heard, and how far this clock is off.
#[derive(Debug, Clone)]
pub struct Clock {
    floor: Timestamp,
    heard: Option<(Timestamp, Span)>,
    skew: Option<Span>,
    kept_at: Option<Span>,
}

impl Clock {
    /// A clock that remembers.
    #[must_use]
    pub const fn new(floor: Timestamp, skew: Option<Span>) -> Self {
        Self {
            floor,
            heard: None,
            skew,
            kept_at: None,
        }
    }

    /// The newest time ever heard.
    #[must_use]
    pub const fn floor(&self) -> Timestamp {
        self.floor
    }

    /// How far this laptop's clock is ahead of the collector's; `None` when it was never measured.
    #[must_use]
    pub const fn skew(&self) -> Option<Span> {
        self.skew
    }

    /// The time as the collector would tell it; `None` when it told none since this start.
    #[must_use]
    pub fn told(&self, now: Now) -> Option<Timestamp> {
        let (at, boot) = self.heard?;
        Some(at.after(Span(now.boot.0.saturating_sub(boot.0))))
    }

    /// The best guess: what the collector would tell, else this clock or the floor, whichever is later.
    #[must_use]
    pub fn estimate(&self, now: Now) -> Timestamp {
        self.told(now).unwrap_or_else(|| now.wall.max(self.floor))
    }

    /// What time it can be, to judge by. The collector's word of this start settles it. Without that a
    /// clock that stands before a time once told is wrong by nobody knows how much, and one that was
    /// off when last compared may have been set since, or not.
    #[must_use]
    pub fn moment(&self, now: Now) -> Moment {
        if let Some(told) = self.told(now) {
            return Moment::at(told);
        }
        if self.floor.since(now.wall) > CLOCK_OFF_MAX {
            return Moment::not_before(self.floor);
        }
        let off = self.off().unwrap_or(Span(0));
        let corrected = now.wall.after(Span(off.0.saturating_neg()));
        Moment::between(now.wall.max(self.floor), corrected.max(self.floor))
    }

    /// How far this clock is ahead of the collector's, where that is too much; `None` where it is not, or
    /// was never measured.
    #[must_use]
    pub fn off(&self) -> Option<Span> {
        self.skew.filter(|skew| skew.length() > CLOCK_OFF_MAX)
    }

    pub(super) fn heard(&mut self, at: Timestamp, now: Now, actions: &mut Vec<Action>) {
        let was_off = self.off().is_some();
        self.heard = Some((at, now.boot));
        self.skew = Some(now.wall.since(at));
        if let Some(off) = self.off().filter(|_| !was_off) {
            let way = if off.0 > 0 { "ahead of" } else { "behind" };
            actions.push(Action::Warn(format!(
                "this laptop's clock is {} s {way} the collector's; set its date and time",
                off.length().secs()
            )));
        }
        if at > self.floor {
            self.floor = at;
            actions.push(Action::RaiseFloor(at));
        }
        let pause = Span::from_secs(CLOCK_KEEP_SECS).0;
        let due = |kept: Span| now.boot.0.saturating_sub(kept.0) >= pause;
        if self.kept_at.is_none_or(due) || was_off != self.off().is_some() {
            self.kept_at = Some(now.boot);
            let record = ClockRecord {
                floor_ms: self.floor.0,
                skew_ms: self.skew.map(|skew| skew.0),
            };
            actions.push(Action::Keep(Slot::Clock, record.encode_to_vec()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Timestamp = Timestamp(1_800_000_000_000);
    const YEAR: Span = Span::from_days(365);

    fn at(wall: Timestamp, boot_secs: i64) -> Now {
        Now {
            wall,
            boot: Span::from_secs(boot_secs),
        }
    }

    #[test]
    fn the_collectors_word_settles_the_time_however_far_off_the_laptop_is() {
        for off in [YEAR, Span(-YEAR.0)] {
            let mut clock = Clock::new(Timestamp(0), None);
            let mut actions = Vec::new();
            let wall = TOLD.after(off);
            clock.heard(TOLD, at(wall, 10), &mut actions);
            let later = TOLD.after(Span::from_secs(50));
            assert_eq!(clock.moment(at(wall, 60)), Moment::at(later));
            assert_eq!(clock.off(), Some(off));
            let warned = |action: &Action| matches!(action, Action::Warn(_));
            assert!(actions.iter().any(warned), "the user is told");
        }
    }

    #[test]
    fn after_a_restart_a_clock_that_was_off_or_fell_back_is_not_believed() {
        let off = Clock::new(TOLD, Some(YEAR));
        let moment = off.moment(at(TOLD.after(YEAR), 10));
        assert_eq!(
            (moment.earliest(), moment.latest()),
            (TOLD, TOLD.after(YEAR))
        );
        let fell_back = Clock::new(TOLD, None).moment(at(TOLD.after(Span(-YEAR.0)), 10));
        assert_eq!(fell_back, Moment::not_before(TOLD));
        let right = Clock::new(TOLD, Some(Span(700))).moment(at(TOLD.after(YEAR), 10));
        assert_eq!(right, Moment::at(TOLD.after(YEAR)));
    }
}
