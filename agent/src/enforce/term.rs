//! A term measured by two clocks, so that setting the wall clock does not stretch it.
//!
//! Touches nothing. Must never trust one clock alone: the wall clock can be set by who sits before
//! it, and the time since the start of the system stands still while the machine is off.

use sekisho_policy::time::{Span, Timestamp};

/// How far the wall clock may stand before the beginning of a term, as after a correction by a time
/// server; further back, somebody has set it back.
const SET_BACK_TOLERANCE: Span = Span::from_secs(5 * 60);
/// What a restart of the system costs a term at least. Less than this may have passed unseen since
/// the term was last written down, so that restarting again and again stretches nothing.
pub const WRITE_DOWN_EVERY: Span = Span::from_secs(5 * 60);

/// How long the system has been up, and which start of it that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uptime {
    /// The kernel's name for this start of the system; empty where it has none.
    pub boot: String,
    /// Since that start, sleep included (`CLOCK_BOOTTIME`), which nobody can set.
    pub span: Span,
}

/// A term that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// When it began, by the wall clock.
    pub began: Timestamp,
    /// How long it lasts.
    pub span: Span,
    /// How much of it has passed while the system was up.
    pub used: Span,
    /// The uptime up to which `used` counts.
    pub seen: Uptime,
}

impl Term {
    /// Begins a term.
    #[must_use]
    pub const fn begin(now: Timestamp, uptime: Uptime, span: Span) -> Self {
        Self {
            began: now,
            span,
            used: Span(0),
            seen: uptime,
        }
    }

    /// Counts the time the system has been up since the last call. To be called, and the term
    /// written down, at least [`WRITE_DOWN_EVERY`].
    pub fn advance(&mut self, uptime: &Uptime) {
        self.count(uptime, WRITE_DOWN_EVERY);
    }

    /// The same for what must not be cut short, such as a pause: a restart of the system takes nothing
    /// off it.
    pub fn advance_by_seen(&mut self, uptime: &Uptime) {
        self.count(uptime, Span(0));
    }

    fn count(&mut self, uptime: &Uptime, restart: Span) {
        let same_start = uptime.boot == self.seen.boot && uptime.span >= self.seen.span;
        let passed = if same_start {
            uptime.span.0.saturating_sub(self.seen.span.0)
        } else {
            uptime.span.0.saturating_add(restart.0)
        };
        self.used = Span(self.used.0.saturating_add(passed.max(0)));
        self.seen = uptime.clone();
    }

    /// The end by the wall clock.
    #[must_use]
    pub const fn end(&self) -> Timestamp {
        self.began.after(self.span)
    }

    /// How long it lasts at most, counted from `now` and `uptime`; nothing when it is over.
    #[must_use]
    pub fn left(&self, now: Timestamp, uptime: &Uptime) -> Span {
        let by_wall = self.end().since(now);
        let by_uptime = self.span.0.saturating_sub(self.used.0);
        let unseen = uptime.span.0.saturating_sub(self.seen.span.0).max(0);
        Span(by_wall.0.min(by_uptime.saturating_sub(unseen)).max(0))
    }

    /// How long it lasts, counted from the last call of [`Term::advance_by_seen`], where only the time counts
    /// that the system was seen to be up.
    #[must_use]
    pub fn left_by_seen(&self) -> Span {
        Span(self.span.0.saturating_sub(self.used.0).max(0))
    }

    /// Whether either clock says that it is over, or the wall clock was set back: for what must not
    /// be stretched, such as a release by break-glass code.
    #[must_use]
    pub fn is_over_by_any_clock(&self, now: Timestamp) -> bool {
        let set_back = now.after(SET_BACK_TOLERANCE) < self.began;
        set_back || now >= self.end() || self.used >= self.span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(boot: &str, secs: i64) -> Uptime {
        Uptime {
            boot: boot.to_owned(),
            span: Span::from_secs(secs),
        }
    }

    fn hour_long() -> Term {
        Term::begin(
            Timestamp::from_secs(1_000_000),
            up("a", 100),
            Span::from_hours(1),
        )
    }

    #[test]
    fn a_term_ends_when_its_time_has_passed() {
        let mut term = hour_long();
        term.advance(&up("a", 100 + 3599));
        assert!(!term.is_over_by_any_clock(Timestamp::from_secs(1_003_599)));
        term.advance(&up("a", 100 + 3600));
        let now = Timestamp::from_secs(1_003_600);
        assert!(term.is_over_by_any_clock(now));
    }

    #[test]
    fn setting_the_clock_back_stretches_nothing() {
        let mut term = hour_long();
        assert!(term.is_over_by_any_clock(Timestamp::from_secs(900_000)));
        term.advance(&up("a", 100 + 3600));
        assert!(term.is_over_by_any_clock(Timestamp::from_secs(1_000_001)));
    }

    #[test]
    fn restarting_again_and_again_stretches_nothing() {
        let mut term = hour_long();
        for start in 0..12 {
            assert!(!term.is_over_by_any_clock(term.began), "start {start}");
            term.advance(&up(&start.to_string(), 0));
        }
        assert!(term.is_over_by_any_clock(term.began));
    }
}
