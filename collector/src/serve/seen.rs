//! When devices were last heard of: kept in memory and written together now and then.
//!
//! Touches the store. Must never cost a write for each sign of life.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::{DeviceId, Sequence};
use sekisho_policy::time::{Span, Timestamp};

use crate::record::{Heard, Silence};
use crate::store::Store;

/// The devices heard of since the last writing.
#[derive(Debug, Default)]
pub struct Seen {
    heard: Mutex<BTreeMap<DeviceId, Sign>>,
}

/// The last sign of life of a device, and the last of its reports that was recorded.
#[derive(Debug, Clone, Copy)]
struct Sign {
    at: Timestamp,
    report: Option<Sequence>,
}

impl Seen {
    /// Notes that a device was heard of.
    pub fn note(&self, device: DeviceId, now: Timestamp) {
        self.put(device, now, None);
    }

    /// Notes that a report of a device is recorded.
    pub fn note_report(&self, device: DeviceId, report: Sequence, now: Timestamp) {
        self.put(device, now, Some(report));
    }

    fn put(&self, device: DeviceId, at: Timestamp, report: Option<Sequence>) {
        let mut heard = self.lock();
        let before = heard.get(&device).and_then(|sign| sign.report);
        let report = report.max(before);
        heard.insert(device, Sign { at, report });
    }

    /// Writes down what was noted, and that the collector has listened so long in all, heard of anybody or not. What
    /// cannot be written is noted anew.
    pub async fn write(&self, store: &dyn Store, listened: Span) {
        let heard = std::mem::take(&mut *self.lock());
        let rows = heard.iter().map(|(device, sign)| Heard {
            device: *device,
            at: sign.at,
            silence: sign.report.map_or(Silence::GoesOn, Silence::EndedBy),
        });
        if let Err(error) = store.seen_record(rows.collect(), listened).await {
            tracing::warn!(%error, "when devices were last heard of could not be written");
            let mut noted = self.lock();
            for (device, sign) in heard {
                let later = noted.entry(device).or_insert(sign);
                later.report = later.report.max(sign.report);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<DeviceId, Sign>> {
        // Every change under this lock is a single call.
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
