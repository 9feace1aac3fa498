//! The platform: release, updates, and how the system guards itself, each by a reader of its own.
//!
//! Touches the system through its topics. Must never let one topic wait for another.

#[cfg(unix)]
pub(super) mod administrators;
#[cfg(unix)]
pub(super) mod boot;
#[cfg(unix)]
pub(super) mod firewall;
#[cfg(unix)]
pub(super) mod release;
#[cfg(unix)]
pub(super) mod screen;
#[cfg(unix)]
pub mod updates;

use std::time::Instant;

use sekisho_policy::facts::{
    Administrators, Firewall, Platform, Release, ScreenLock, SecureBoot, Tpm, Updates,
};
use sekisho_policy::reading::{Reading, Why};

use super::topics::Topics;
use super::{Deadlines, Reader, Root, Started};

/// The readers of the platform's facts.
#[derive(Debug)]
pub(super) struct Readers {
    release: Reader,
    updates: Reader,
    screen_locks: Reader,
    firewall: Reader,
    secure_boot: Reader,
    tpm: Reader,
    administrators: Reader,
}

/// Readings that are under way.
pub(super) struct Begun {
    release: Started<Release>,
    updates: Started<Updates>,
    screen_locks: Started<Vec<ScreenLock>>,
    firewall: Started<Firewall>,
    secure_boot: Started<SecureBoot>,
    tpm: Started<Tpm>,
    administrators: Started<Administrators>,
}

impl Readers {
    pub(super) fn new() -> Self {
        Self {
            release: Reader::new("release"),
            updates: Reader::new("updates"),
            screen_locks: Reader::new("screen locks"),
            firewall: Reader::new("firewall"),
            secure_boot: Reader::new("secure boot"),
            tpm: Reader::new("tpm"),
            administrators: Reader::new("administrators"),
        }
    }

    pub(super) fn start(&self, root: &Root, topics: &Topics) -> Begun {
        Begun {
            release: self.release.start(root, topics.release),
            updates: self.updates.start(root, topics.updates),
            screen_locks: self.screen_locks.start(root, topics.screen_locks),
            firewall: self.firewall.start(root, topics.firewall),
            secure_boot: self.secure_boot.start(root, topics.secure_boot),
            tpm: self.tpm.start(root, topics.tpm),
            administrators: self.administrators.start(root, topics.administrators),
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
            firewall: self.firewall.wait(started, deadlines.platform),
            secure_boot: self.secure_boot.wait(started, deadlines.platform),
            tpm: self.tpm.wait(started, deadlines.platform),
            administrators: self.administrators.wait(started, deadlines.platform),
            // Only the running agent can tell; it fills this in.
            agent: Reading::Unknown(Why::NotAsked),
        }
    }
}
