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

use std::sync::Arc;
use std::time::Instant;

use sekisho_policy::facts::{
    Administrators, Firewall, Platform, Release, ScreenLock, SecureBoot, Tpm, Updates,
};

use super::systems::System;
use super::{Deadlines, Reader, Root, Started, put, software};
use crate::topics::{Topic, Topics};

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

/// Readings that are under way, of those facts that are to be read.
pub(super) struct Begun {
    release: Option<Started<Release>>,
    updates: Option<Started<Updates>>,
    screen_locks: Option<Started<Vec<ScreenLock>>>,
    firewall: Option<Started<Firewall>>,
    secure_boot: Option<Started<SecureBoot>>,
    tpm: Option<Started<Tpm>>,
    administrators: Option<Started<Administrators>>,
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

    pub(super) fn start(
        &self,
        root: &Root,
        topics: Topics,
        system: &'static System,
        lists: &Arc<software::Lists>,
    ) -> Begun {
        let wanted = |topic| topics.has(topic).then_some(root);
        Begun {
            release: wanted(Topic::Release).map(|root| self.release.start(root, system.release)),
            updates: wanted(Topic::Updates).map(|root| {
                let lists = Arc::clone(lists);
                let read = move |root: &Root| (system.updates)(root, &lists);
                self.updates.start(root, read)
            }),
            screen_locks: wanted(Topic::ScreenLocks)
                .map(|root| self.screen_locks.start(root, system.screen_locks)),
            firewall: wanted(Topic::Firewall)
                .map(|root| self.firewall.start(root, system.firewall)),
            secure_boot: wanted(Topic::SecureBoot)
                .map(|root| self.secure_boot.start(root, system.secure_boot)),
            tpm: wanted(Topic::Tpm).map(|root| self.tpm.start(root, system.tpm)),
            administrators: wanted(Topic::Administrators)
                .map(|root| self.administrators.start(root, system.administrators)),
        }
    }
}

impl Begun {
    /// Puts in place what each has read by its own deadline. The agent is left as it is: only the running one can
    /// tell of itself.
    pub(super) fn wait(self, started: Instant, deadlines: &Deadlines, platform: &mut Platform) {
        let Deadlines {
            platform: each,
            updates,
            ..
        } = *deadlines;
        put(self.release, started, each, &mut platform.release);
        put(self.updates, started, updates, &mut platform.updates);
        put(self.screen_locks, started, each, &mut platform.screen_locks);
        put(self.firewall, started, each, &mut platform.firewall);
        put(self.secure_boot, started, each, &mut platform.secure_boot);
        put(self.tpm, started, each, &mut platform.tpm);
        put(
            self.administrators,
            started,
            each,
            &mut platform.administrators,
        );
    }
}
