//! Which rows have changed while a backup is being read.
//!
//! Touches memory alone, within a bound. Must never miss a row: when there are too many, it says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sled::IVec;

use crate::limits::BACKUP_CHANGES_MAX;

/// The rows that have changed since they were last taken. `None` when there were too many to keep.
#[derive(Debug)]
pub(super) struct Changed(Mutex<Option<BTreeSet<IVec>>>);

/// The backup that is being read, if there is one.
#[derive(Debug, Default)]
pub(super) struct Watcher(Mutex<Weak<Changed>>);

impl Changed {
    /// Takes what has changed since the last time. `None` when that is not known.
    pub(super) fn take(&self) -> Option<BTreeSet<IVec>> {
        self.lock().as_mut().map(std::mem::take)
    }

    fn note(&self, keys: impl Iterator<Item = IVec>) {
        let mut held = self.lock();
        let Some(rows) = held.as_mut() else { return };
        rows.extend(keys);
        if rows.len() > BACKUP_CHANGES_MAX {
            *held = None;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<BTreeSet<IVec>>> {
        // At worst a panic leaves rows in it that did not change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    /// Begins to note changes. `None` while another backup is being read.
    pub(super) fn begin(&self) -> Option<Arc<Changed>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if watched.strong_count() > 0 {
            return None;
        }
        let changed = Arc::new(Changed(Mutex::new(Some(BTreeSet::new()))));
        *watched = Arc::downgrade(&changed);
        Some(changed)
    }

    /// Notes rows that the database holds otherwise than before, if anybody wants to know.
    pub(super) fn note<I: Iterator<Item = IVec>>(&self, keys: impl FnOnce() -> I) {
        let watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changed) = watched.upgrade() {
            drop(watched);
            changed.note(keys());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> IVec {
        IVec::from(&number.to_be_bytes()[..])
    }

    #[test]
    fn what_changes_is_told_once_and_too_much_is_told_as_such() {
        let watcher = Watcher::default();
        watcher.note(|| [key(1)].into_iter());
        let changed = watcher.begin().unwrap();
        assert!(watcher.begin().is_none(), "one backup at a time");
        watcher.note(|| [key(2), key(2)].into_iter());
        assert_eq!(changed.take(), Some(BTreeSet::from([key(2)])));
        assert_eq!(changed.take(), Some(BTreeSet::new()));
        watcher.note(|| (0..=BACKUP_CHANGES_MAX).map(key));
        assert_eq!(changed.take(), None);
        watcher.note(|| [key(3)].into_iter());
        assert_eq!(changed.take(), None, "what was missed stays missed");
        drop(changed);
        assert!(watcher.begin().is_some());
    }
}
