//! The platform: release, updates, and how the system guards itself, each by a reader of its own.
//!
//! Touches the system through its topics. Must never let one topic wait for another.

mod release;
mod screen;
pub mod updates;

use std::time::Instant;

use sekisho_policy::facts::{Platform, Release, ScreenLock, Updates};

use super::{Deadlines, Reader, Root, Started};

/// The readers of the platform's facts.
#[derive(Debug)]
pub(super) struct Readers {
    release: Reader,
    updates: Reader,
    screen_locks: Reader,
}

/// Readings that are under way.
pub(super) struct Begun {
    release: Started<Release>,
    updates: Started<Updates>,
    screen_locks: Started<Vec<ScreenLock>>,
}

impl Readers {
    pub(super) fn new() -> Self {
        Self {
            release: Reader::new("release"),
            updates: Reader::new("updates"),
            screen_locks: Reader::new("screen locks"),
        }
    }

    pub(super) fn start(&self, root: &Root) -> Begun {
        Begun {
            release: self.release.start(root, release::read),
            updates: self.updates.start(root, updates::read),
            screen_locks: self.screen_locks.start(root, screen::read),
        }
    }
}

impl Begun {
    /// What each has read by its own deadline.
    pub(super) fn wait(self, started: Instant, deadlines: &Deadlines) -> Platform {
        Platform {
            release: self.release.wait(started, deadlines.platform),
            updates: self.updates.wait(started, deadlines.updates),
            screen_locks: self.screen_locks.wait(started, deadlines.platform),
        }
    }
}
