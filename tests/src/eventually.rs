//! Waiting for what must come true, with a bound.
//!
//! Touches the clock. Must never wait for a time instead of a condition.

use std::thread;
use std::time::Duration;

use crate::clock;

/// How long anything may take before the story fails. A loaded machine with two cores needs most of
/// it when everything is built and tested at once.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked.
const LOOK: Duration = Duration::from_millis(25);

/// Waits until `look` finds something, and gives it.
///
/// # Panics
/// When it finds nothing within two minutes; says what was waited for, and what was seen last.
#[track_caller]
pub fn eventually<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    within(PATIENCE, what, look)
}

/// Like [`eventually`], with another bound.
///
/// # Panics
/// When it finds nothing within the bound.
#[track_caller]
pub fn within<T>(bound: Duration, what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let start = clock::instant();
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if start.elapsed() > bound => {
                panic!(
                    "waited {} s in vain: {what}; last seen: {seen}",
                    bound.as_secs()
                )
            }
            Err(_) => thread::sleep(LOOK),
        }
    }
}
