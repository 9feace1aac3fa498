//! The bench's own clock.
//!
//! Touches the system clock. Must never be used to assert: figures are printed and compared.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The monotonic clock.
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Milliseconds since the epoch.
pub(crate) fn epoch_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
