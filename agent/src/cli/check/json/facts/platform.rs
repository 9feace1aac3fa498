//! The platform in JSON.
//!
//! Touches nothing. Must never leave a field of the vocabulary out.

use sekisho_policy::facts::{PendingUpdate, Platform, Release, ScreenLock, Updates};
use sekisho_proto::json::{EvidenceJson, ReadingJson, Time};
use serde::Serialize;

use super::{each, seen, text};

#[derive(Serialize)]
pub(super) struct PlatformJson<'a> {
    release: ReadingJson<ReleaseJson<'a>>,
    updates: ReadingJson<UpdatesJson<'a>>,
    screen_locks: ReadingJson<Vec<ScreenLockJson<'a>>>,
}

#[derive(Serialize)]
struct ScreenLockJson<'a> {
    user: &'a str,
    desktop: &'static str,
    locks_after_secs: ReadingJson<u32>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct ReleaseJson<'a> {
    id: &'a str,
    version: ReadingJson<&'a str>,
    name: &'a str,
    supported_until: ReadingJson<Time>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct UpdatesJson<'a> {
    source: &'static str,
    listed_at: Time,
    count: u32,
    pending: Vec<PendingUpdateJson<'a>>,
    restart_needed: ReadingJson<bool>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct PendingUpdateJson<'a> {
    name: &'a str,
    architecture: &'a str,
    installed: &'a str,
    available: &'a str,
}

impl<'a> From<&'a Platform> for PlatformJson<'a> {
    fn from(platform: &'a Platform) -> Self {
        let Platform {
            release,
            updates,
            screen_locks,
        } = platform;
        Self {
            release: release.as_ref().into(),
            updates: updates.as_ref().into(),
            screen_locks: each(screen_locks),
        }
    }
}

impl<'a> From<&'a Release> for ReleaseJson<'a> {
    fn from(release: &'a Release) -> Self {
        let Release {
            id,
            version,
            name,
            supported_until,
            evidence,
        } = release;
        Self {
            id,
            version: text(version),
            name,
            supported_until: supported_until.clone().map(Time).into(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Updates> for UpdatesJson<'a> {
    fn from(updates: &'a Updates) -> Self {
        let Updates {
            source,
            listed_at,
            count,
            pending,
            restart_needed,
            evidence,
        } = updates;
        Self {
            source: source.name(),
            listed_at: Time(*listed_at),
            count: *count,
            pending: pending.iter().map(Into::into).collect(),
            restart_needed: restart_needed.clone().into(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a PendingUpdate> for PendingUpdateJson<'a> {
    fn from(update: &'a PendingUpdate) -> Self {
        let PendingUpdate {
            name,
            architecture,
            installed,
            available,
        } = update;
        Self {
            name,
            architecture,
            installed,
            available,
        }
    }
}

impl<'a> From<&'a ScreenLock> for ScreenLockJson<'a> {
    fn from(lock: &'a ScreenLock) -> Self {
        let ScreenLock {
            user,
            desktop,
            locks_after_secs,
            evidence,
        } = lock;
        Self {
            user,
            desktop: desktop.name(),
            locks_after_secs: locks_after_secs.clone().into(),
            evidence: seen(evidence),
        }
    }
}
