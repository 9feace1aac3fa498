//! The one time of a simulated world: that of its collector, which is right by definition.
//!
//! Touches a cell of this thread. Must never ask the system what time it is.

use std::cell::Cell;

use sekisho_policy::time::{Span, Timestamp};

/// When every story begins: 2026-04-01T00:00:00Z.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_secs(1_775_001_600);

thread_local! {
    static NOW: Cell<Timestamp> = const { Cell::new(BEGINNING) };
}

/// What time it is, as the collector's clock tells it.
pub(crate) fn now() -> Timestamp {
    NOW.get()
}

/// Lets it be this time.
pub(crate) fn set(at: Timestamp) {
    NOW.set(at);
}

/// So many seconds.
pub(crate) const fn secs(count: u64) -> Span {
    Span::from_secs(count.cast_signed())
}

/// So many milliseconds.
pub(crate) const fn millis(count: u64) -> Span {
    Span(count.cast_signed())
}
