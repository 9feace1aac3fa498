//! The one place that asks the system what time it is.
//!
//! Touches the system clock. Must never adjust or interpret what it says.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one caller of the system clock"
)]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[cfg(unix)]
use nix::time::{ClockId, clock_gettime};
use sekisho_policy::time::{Span, Timestamp};

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

/// Time since boot, suspended time among it (`CLOCK_BOOTTIME`, clock_gettime(2)). Where the system
/// does not know it, time since some fixed point.
#[cfg(unix)]
#[must_use]
pub fn since_boot() -> Span {
    since(ClockId::CLOCK_BOOTTIME)
}

/// How long the machine was suspended since boot, to some milliseconds.
#[cfg(unix)]
#[must_use]
pub fn slept() -> Span {
    let awake = since(ClockId::CLOCK_MONOTONIC);
    Span(since_boot().0.saturating_sub(awake.0))
}

#[cfg(unix)]
fn since(clock: ClockId) -> Span {
    clock_gettime(clock).map_or(Span(0), |time| {
        let millis = time.tv_nsec() / 1_000_000;
        Span(time.tv_sec().saturating_mul(1000).saturating_add(millis))
    })
}

/// Time since boot, suspended time among it, and that before a fast startup, which is a kind of sleep.
#[cfg(windows)]
#[must_use]
pub fn since_boot() -> Span {
    Span(i64::try_from(crate::win::machine::ticks_ms()).unwrap_or(i64::MAX))
}
