//! The platform: release, updates, and how the system guards itself, each by a reader of its own.
//!
//! Touches the system through its topics. Must never let one topic wait for another.

mod release;
pub mod updates;

use std::time::Instant;

use sekisho_policy::facts::{Platform, Release, Updates};

use super::{Deadlines, Reader, Root, Started};

/// The readers of the platform's facts.
#[derive(Debug)]
pub(super) struct Readers {
    release: Reader,
    updates: Reader,
}

/// Readings that are under way.
pub(super) struct Begun {
    release: Started<Release>,
    updates: Started<Updates>,
}

impl Readers {
    pub(super) fn new() -> Self {
        Self {
            release: Reader::new("release"),
            updates: Reader::new("updates"),
        }
    }

    pub(super) fn start(&self, root: &Root) -> Begun {
        Begun {
            release: self.release.start(root, release::read),
            updates: self.updates.start(root, updates::read),
        }
    }
}

impl Begun {
    /// What each has read by its own deadline.
    pub(super) fn wait(self, started: Instant, deadlines: &Deadlines) -> Platform {
        Platform {
            release: self.release.wait(started, deadlines.platform),
            updates: self.updates.wait(started, deadlines.updates),
        }
    }
}
