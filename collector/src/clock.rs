//! The one place that asks the system what time it is.
//!
//! Touches the system clock. Must never adjust or interpret what it says.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one caller of the system clock"
)]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use sekisho_policy::time::Timestamp;

/// The wall clock's time. A clock before 1970 gives negative times.
#[must_use]
pub fn now() -> Timestamp {
    let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    Timestamp(millis)
}

/// The monotonic clock's time, for deadlines.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}
