//! What time it is, as far as this laptop can know.
//!
//! Touches nothing. Must never let the laptop's own clock overrule a time the collector told over a
//! verified connection.

use prost::Message;

use sekisho_policy::time::{Span, Timestamp};

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
    pub(super) const fn new(floor: Timestamp, skew: Option<Span>) -> Self {
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

    pub(super) fn heard(&mut self, at: Timestamp, now: Now, actions: &mut Vec<Action>) {
        self.heard = Some((at, now.boot));
        self.skew = Some(now.wall.since(at));
        if at > self.floor {
            self.floor = at;
            actions.push(Action::RaiseFloor(at));
        }
        let pause = Span::from_secs(CLOCK_KEEP_SECS).0;
        let due = |kept: Span| now.boot.0.saturating_sub(kept.0) >= pause;
        if self.kept_at.is_none_or(due) {
            self.kept_at = Some(now.boot);
            let record = ClockRecord {
                floor_ms: self.floor.0,
                skew_ms: self.skew.map(|skew| skew.0),
            };
            actions.push(Action::Keep(Slot::Clock, record.encode_to_vec()));
        }
    }
}
