//! The platform section: each fact in a reading of its own.
//!
//! Touches nothing. Must never let a fact that is refused take the place of one that was not told.

use sekisho_policy::facts::{Desktop, PendingUpdate, Platform, Release, ScreenLock, Updates};
use sekisho_policy::limits::{PENDING_UPDATES_MAX, SESSIONS_MAX};
use sekisho_policy::time::Timestamp;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, evidence_from, evidence_to, text};
use crate::wire;

impl From<&Platform> for wire::Platform {
    fn from(platform: &Platform) -> Self {
        let Platform {
            release,
            updates,
            screen_locks,
            firewall,
            secure_boot,
            tpm,
            administrators,
            agent,
        } = platform;
        Self {
            release: Some(release.into()),
            updates: Some(updates.into()),
            screen_locks: Some(screen_locks.into()),
            firewall: Some(firewall.into()),
            secure_boot: Some(secure_boot.into()),
            tpm: Some(tpm.into()),
            administrators: Some(administrators.into()),
            agent: Some(agent.into()),
        }
    }
}

impl TryFrom<wire::Platform> for Platform {
    type Error = InvalidMessage;

    fn try_from(platform: wire::Platform) -> Result<Self, Self::Error> {
        let wire::Platform {
            release,
            updates,
            screen_locks,
            firewall,
            secure_boot,
            tpm,
            administrators,
            agent,
        } = platform;
        Ok(Self {
            release: release.reading("release")?,
            updates: updates.reading("security updates")?,
            screen_locks: screen_locks.reading("screen locks")?,
            firewall: firewall.reading("firewall")?,
            secure_boot: secure_boot.reading("secure boot")?,
            tpm: tpm.reading("tpm")?,
            administrators: administrators.reading("administrators")?,
            agent: agent.reading("agent")?,
        })
    }
}

impl From<&Release> for wire::Release {
    fn from(release: &Release) -> Self {
        let Release {
            id,
            version,
            name,
            supported_until,
            evidence,
        } = release;
        Self {
            id: cut(id),
            version: Some(version.into()),
            name: cut(name),
            supported_until: Some(supported_until.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Release> for Release {
    type Error = InvalidMessage;

    fn try_from(release: wire::Release) -> Result<Self, Self::Error> {
        let wire::Release {
            id,
            version,
            name,
            supported_until,
            evidence,
        } = release;
        Ok(Self {
            id: text(id, "id of a release")?,
            version: version.reading("version of a release")?,
            name: text(name, "name of a release")?,
            supported_until: supported_until.reading("end of support")?,
            evidence: evidence_from(evidence, "evidence of a release")?,
        })
    }
}

impl From<&Updates> for wire::Updates {
    fn from(updates: &Updates) -> Self {
        let Updates {
            source,
            listed_at,
            count,
            pending,
            restart_needed,
            evidence,
        } = updates;
        Self {
            source: wire::PackageSource::from(*source).into(),
            listed_at_ms: listed_at.0,
            count: *count,
            pending: pending
                .iter()
                .take(PENDING_UPDATES_MAX)
                .map(Into::into)
                .collect(),
            restart_needed: Some(restart_needed.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Updates> for Updates {
    type Error = InvalidMessage;

    fn try_from(updates: wire::Updates) -> Result<Self, Self::Error> {
        let wire::Updates {
            source,
            listed_at_ms,
            count,
            pending,
            restart_needed,
            evidence,
        } = updates;
        Ok(Self {
            source: enums::known::<wire::PackageSource, _>(source, "source of updates")?,
            listed_at: Timestamp(listed_at_ms),
            count,
            pending: at_most(pending, "pending updates", PENDING_UPDATES_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            restart_needed: restart_needed.reading("restart needed")?,
            evidence: evidence_from(evidence, "evidence of updates")?,
        })
    }
}

impl From<&PendingUpdate> for wire::PendingUpdate {
    fn from(update: &PendingUpdate) -> Self {
        let PendingUpdate {
            name,
            architecture,
            installed,
            available,
        } = update;
        Self {
            name: cut(name),
            architecture: cut(architecture),
            installed: cut(installed),
            available: cut(available),
        }
    }
}

impl TryFrom<wire::PendingUpdate> for PendingUpdate {
    type Error = InvalidMessage;

    fn try_from(update: wire::PendingUpdate) -> Result<Self, Self::Error> {
        let wire::PendingUpdate {
            name,
            architecture,
            installed,
            available,
        } = update;
        Ok(Self {
            name: text(name, "name of a pending update")?,
            architecture: text(architecture, "architecture of a pending update")?,
            installed: text(installed, "installed version")?,
            available: text(available, "available version")?,
        })
    }
}

impl From<&[ScreenLock]> for wire::ScreenLocks {
    fn from(locks: &[ScreenLock]) -> Self {
        Self {
            locks: locks.iter().take(SESSIONS_MAX).map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::ScreenLocks> for Vec<ScreenLock> {
    type Error = InvalidMessage;

    fn try_from(wire::ScreenLocks { locks }: wire::ScreenLocks) -> Result<Self, Self::Error> {
        at_most(locks, "screen locks", SESSIONS_MAX)?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    }
}

impl From<&ScreenLock> for wire::ScreenLock {
    fn from(lock: &ScreenLock) -> Self {
        let ScreenLock {
            user,
            desktop,
            locks_after_secs,
            evidence,
        } = lock;
        Self {
            user: cut(user),
            desktop: wire::screen_lock::Desktop::from(*desktop).into(),
            locks_after_secs: Some(locks_after_secs.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::ScreenLock> for ScreenLock {
    type Error = InvalidMessage;

    fn try_from(lock: wire::ScreenLock) -> Result<Self, Self::Error> {
        let wire::ScreenLock {
            user,
            desktop,
            locks_after_secs,
            evidence,
        } = lock;
        Ok(Self {
            user: text(user, "user of a session")?,
            desktop: enums::or_other::<wire::screen_lock::Desktop, _>(
                desktop,
                "desktop",
                Desktop::Other,
            )?,
            locks_after_secs: locks_after_secs.reading("delay of a screen lock")?,
            evidence: evidence_from(evidence, "evidence of a screen lock")?,
        })
    }
}
