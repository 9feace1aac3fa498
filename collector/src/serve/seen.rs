//! When devices were last heard of: kept in memory and written together now and then.
//!
//! Touches the store. Must never cost a write for each sign of life.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};

use crate::store::Store;

/// The devices heard of since the last writing.
#[derive(Debug, Default)]
pub struct Seen {
    heard: Mutex<BTreeMap<DeviceId, Timestamp>>,
}

impl Seen {
    /// Notes that a device was heard of.
    pub fn note(&self, device: DeviceId, now: Timestamp) {
        self.lock().insert(device, now);
    }

    /// Writes down what was noted, and that the collector has listened so long in all, heard of anybody or not. What
    /// cannot be written is noted anew.
    pub async fn write(&self, store: &dyn Store, listened: Span) {
        let heard = std::mem::take(&mut *self.lock());
        let rows: Vec<_> = heard.into_iter().collect();
        if let Err(error) = store.seen_record(rows.clone(), listened).await {
            tracing::warn!(%error, "when devices were last heard of could not be written");
            let mut noted = self.lock();
            for (device, at) in rows {
                noted.entry(device).or_insert(at);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<DeviceId, Timestamp>> {
        // Every change under this lock is a single call.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
