//! How often a response may be tried: a state machine over the times that are given.
//!
//! Touches nothing. Must never forget a failed try for a restart (the laptop keeps it on disk) or
//! for a clock that was set.

use thiserror::Error;

use crate::time::{Span, Timestamp};

/// Tries before the lock. With 2^40 codes and 24 numbers of hours, a guesser who never rests finds
/// one in some 260,000 years.
const TRIES: u8 = 5;
/// How long the lock holds.
const LOCK: Span = Span::from_secs(15 * 60);

/// The tries so far. The laptop writes it to disk before it says whether a response was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limiter {
    /// Failed tries since the last success or lock.
    pub failed: u8,
    /// When the lock began; `None` when there is none.
    pub locked_at: Option<Timestamp>,
}

/// No try is allowed for this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many wrong codes; try again in {} minutes", minutes(self.0))]
pub struct Locked(pub Span);

impl Limiter {
    /// Begins a try, if one is allowed. It counts as failed until [`Limiter::succeed`] says
    /// otherwise, so that pulling the plug gains nothing.
    ///
    /// # Errors
    /// [`Locked`] with the time that is left. Where the clock was set back before the lock began,
    /// the lock begins anew, so that it is neither shortened nor as long as the clock was wrong.
    pub fn begin(&mut self, now: Timestamp) -> Result<(), Locked> {
        if let Some(locked_at) = self.locked_at {
            let locked_at = locked_at.min(now);
            self.locked_at = Some(locked_at);
            let passed = now.since(locked_at);
            if passed < LOCK {
                return Err(Locked(Span(LOCK.0.saturating_sub(passed.0))));
            }
            *self = Self::default();
        }
        self.failed = self.failed.saturating_add(1);
        if self.failed >= TRIES {
            self.locked_at = Some(now);
        }
        Ok(())
    }

    /// Forgets the failed tries, after a right response.
    pub fn succeed(&mut self) {
        *self = Self::default();
    }
}

/// Whole minutes, rounded up, so that waiting them is enough.
fn minutes(span: Span) -> i64 {
    span.0.saturating_add(59_999) / 60_000
}
