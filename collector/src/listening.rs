//! How long the collector has listened in all, from its first start to now, without the times in which it did not
//! run, and without most of those in which it heard nobody. A laptop's silence is counted by it: a collector that
//! was down for a week, or without a network, has not heard a week of silence.
//!
//! Touches the monotonic clock, and the store to read. Must never count by a wall clock, which can be set.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sekisho_policy::document::Policy;
use sekisho_policy::register::Entry;
use sekisho_policy::rules::device_reporting::nobody_reports_max;
use sekisho_policy::time::Span;

use crate::clock;
use crate::record::Posture;
use crate::store::{Store, StoreError};

/// A listening that goes on from the one before.
#[derive(Debug)]
pub struct Listening {
    count: Mutex<Count>,
    /// Since the last look at the count.
    has_reported: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    listened: Span,
    /// Up to when.
    until: Instant,
    /// Since when nobody has reported; `None` until somebody does, from the start on.
    nobody_for: Option<Span>,
}

impl Listening {
    /// Goes on from what the store knows of.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn resume(store: &dyn Store) -> Result<Self, StoreError> {
        let count = Count {
            listened: store.listened().await?,
            until: clock::instant(),
            nobody_for: None,
        };
        Ok(Self {
            count: Mutex::new(count),
            has_reported: AtomicBool::new(false),
        })
    }

    /// A report was recorded, of whatever device.
    pub fn reported(&self) {
        self.has_reported.store(true, Ordering::Relaxed);
    }

    /// How long the collector has listened in all, as the policy has it count.
    #[must_use]
    pub fn so_far(&self, policy: &Policy) -> Span {
        // Every change under this lock is a single call.
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let has_reported = self.has_reported.swap(false, Ordering::Relaxed);
        count.go_on(clock::instant(), has_reported, nobody_reports_max(policy));
        count.listened
    }
}

impl Count {
    fn go_on(&mut self, now: Instant, has_reported: bool, nobody_max: Span) {
        let passed = now.saturating_duration_since(self.until);
        let passed = Span(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));
        self.until = now;
        if has_reported {
            self.nobody_for = Some(Span(0));
        }
        // Whoever starts a collector that hears nobody again and again must not have it count each time.
        let Some(nobody_for) = &mut self.nobody_for else {
            return;
        };
        let left = nobody_max.0.saturating_sub(nobody_for.0).max(0);
        self.listened = Span(self.listened.0.saturating_add(passed.0.min(left)));
        *nobody_for = Span(nobody_for.0.saturating_add(passed.0));
    }
}

/// What the register says of a device, with how long it has been silent when the collector has listened so long in
/// all. Where that is not known, the counting begins.
#[must_use]
pub fn heard_of(entry: Entry, posture: &Posture, listened: Span) -> Entry {
    let from = posture.counted_from.unwrap_or(listened);
    let silent = listened.0.saturating_sub(from.0).max(0);
    Entry {
        silent: Some(Span(silent)),
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: u64 = 3600;
    const MAX: Span = Span::from_hours(84);

    /// What is counted of steps of so many hours each, and whether somebody reported in each.
    fn counted(steps: impl IntoIterator<Item = (u64, bool)>) -> Span {
        let mut now = clock::instant();
        let mut count = Count {
            listened: Span(0),
            until: now,
            nobody_for: None,
        };
        for (hours, has_reported) in steps {
            now += Duration::from_secs(hours * HOUR);
            count.go_on(now, has_reported, MAX);
        }
        count.listened
    }

    #[test]
    fn a_weekend_counts_and_a_cable_that_is_out_for_a_month_does_not_beyond_it() {
        assert_eq!(
            counted([(8, true), (62, false), (8, true)]),
            Span::from_hours(78)
        );
        let hours = (0..720).map(|_| (1, false));
        let cable = [(8, true)].into_iter().chain(hours).chain([(8, true)]);
        assert_eq!(counted(cable), Span(MAX.0 + Span::from_hours(8).0));
    }

    #[test]
    fn a_collector_that_was_halted_counts_no_more_than_one_that_hears_nobody() {
        assert_eq!(counted([(1, true), (2000, false)]), MAX);
        assert_eq!(
            counted([(1, true), (2000, true)]),
            Span(Span::from_hours(1).0 + MAX.0)
        );
    }

    #[test]
    fn nothing_counts_from_a_start_until_somebody_reports() {
        assert_eq!(counted([(80, false), (80, false)]), Span(0));
        assert_eq!(counted([(80, false), (1, true)]), Span::from_hours(1));
    }
}
