//! How long the collector has listened in all, from its first start to now, without the times in which it did not
//! run. A laptop's silence is counted by it: a collector that was down for a week has not heard a week of silence.
//!
//! Touches the monotonic clock, and the store to read. Must never count by a wall clock, which can be set.

use std::time::Instant;

use sekisho_policy::register::Entry;
use sekisho_policy::time::Span;

use crate::clock;
use crate::record::Posture;
use crate::store::{Store, StoreError};

/// A listening that goes on from the one before.
#[derive(Debug)]
pub struct Listening {
    before: Span,
    begun: Instant,
}

impl Listening {
    /// Goes on from what the store knows of.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn resume(store: &dyn Store) -> Result<Self, StoreError> {
        Ok(Self {
            before: store.listened().await?,
            begun: clock::instant(),
        })
    }

    /// How long the collector has listened in all.
    #[must_use]
    pub fn so_far(&self) -> Span {
        let now = clock::instant().saturating_duration_since(self.begun);
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        Span(self.before.0.saturating_add(now))
    }
}

/// What the register says of a device that is away, with how long it has been silent when the collector has
/// listened so long in all. Where that is not known, the counting begins.
#[must_use]
pub fn heard_of(entry: Entry, posture: &Posture, listened: Span) -> Entry {
    let heard_by = posture.heard_by.unwrap_or(listened);
    let silent = listened.0.saturating_sub(heard_by.0).max(0);
    Entry {
        silent: Some(Span(silent)),
        ..entry
    }
}
