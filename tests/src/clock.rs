//! The only place of the tests that asks the system for the time.
//!
//! Touches the system's clocks. Must never be used to measure: tests wait for what must come true, and
//! the bench has a clock of its own.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Some instant to count from.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn instant() -> Instant {
    Instant::now()
}

/// The time since 1970-01-01T00:00:00Z.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
