//! Facts and postures of devices that reported lately, kept so that a small change need not be judged
//! over facts read back from disk.
//!
//! Touches memory alone, within one bound for all devices. Must never be needed: whatever is not here is
//! read from the store.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::DeviceId;
use sekisho_policy::judge::Memory;
use sekisho_policy::report::Report;

use crate::limits::WARM_BYTES_MAX;
use crate::record::Posture;

/// What is known of a device, as it was last recorded or is about to be.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// Its posture.
    pub(super) posture: Posture,
    /// Its facts, as its last report gave them.
    pub(super) report: Report,
    /// What the rules found in them.
    pub(super) memory: Memory,
    /// The stream that put it here: what another stream left behind is of no use.
    pub(super) stream: u64,
    /// Bytes of its largest section as encoded, by which the memory it takes is estimated.
    pub(super) encoded_bytes: usize,
}

/// The devices whose facts are kept.
#[derive(Debug, Default)]
pub(super) struct Warm {
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    kept: BTreeMap<DeviceId, (u64, Box<Known>)>,
    /// In the order in which they were put there. One that was taken since stands here in vain.
    order: VecDeque<(DeviceId, u64)>,
    bytes: usize,
    puts: u64,
}

/// Facts in memory take about this many times their encoding, for the strings' and lists' own sake.
const EXPANSION: usize = 4;
/// A posture with its verdict, and what rules found before, takes about this many bytes.
const POSTURE_BYTES: usize = 12 * 1024;

impl Warm {
    /// Takes what `stream` left of a device off the shelf; what another stream left is dropped.
    pub(super) fn take(&self, device: DeviceId, stream: u64) -> Option<Box<Known>> {
        let mut shelf = self.lock();
        let (_, known) = shelf.kept.remove(&device)?;
        shelf.bytes = shelf.bytes.saturating_sub(weight(&known));
        (known.stream == stream).then_some(known)
    }

    /// Puts it there; what was put there longest ago makes room.
    pub(super) fn put(&self, device: DeviceId, known: Box<Known>) {
        let mut shelf = self.lock();
        shelf.puts = shelf.puts.wrapping_add(1);
        let number = shelf.puts;
        shelf.bytes = shelf.bytes.saturating_add(weight(&known));
        if let Some((_, old)) = shelf.kept.insert(device, (number, known)) {
            shelf.bytes = shelf.bytes.saturating_sub(weight(&old));
        }
        shelf.order.push_back((device, number));
        if shelf.order.len() > shelf.kept.len().saturating_mul(2).saturating_add(64) {
            let Shelf { kept, order, .. } = &mut *shelf;
            order.retain(|(device, number)| kept.get(device).is_some_and(|(of, _)| of == number));
        }
        while shelf.bytes > WARM_BYTES_MAX {
            let Some((oldest, number)) = shelf.order.pop_front() else {
                return;
            };
            if shelf.kept.get(&oldest).is_some_and(|(of, _)| *of == number)
                && let Some((_, old)) = shelf.kept.remove(&oldest)
            {
                shelf.bytes = shelf.bytes.saturating_sub(weight(&old));
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        // At worst a panic leaves the estimate of the bytes wrong by one device.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(known: &Known) -> usize {
    let verdict = known.posture.verdict.iter();
    let findings = verdict.flat_map(|verdict| &verdict.findings);
    // What a company's own rules name may be far more than the rest of the posture.
    let named = findings.flat_map(|finding| &finding.evidence);
    let named: usize = named.map(|one| one.source.len() + one.value.len()).sum();
    known
        .encoded_bytes
        .saturating_mul(EXPANSION)
        .saturating_add(POSTURE_BYTES)
        .saturating_add(named)
}
