//! The platform in JSON.
//!
//! Touches nothing. Must never leave a field of the vocabulary out.

use sekisho_policy::facts::{
    Administrator, Administrators, Firewall, PendingUpdate, Platform, Release, ScreenLock,
    SecureBoot, Tpm, Updates,
};
use sekisho_proto::json::{EvidenceJson, ReadingJson, Time};
use serde::Serialize;

use super::{each, seen, text};

#[derive(Serialize)]
pub(super) struct PlatformJson<'a> {
    release: ReadingJson<ReleaseJson<'a>>,
    updates: ReadingJson<UpdatesJson<'a>>,
    screen_locks: ReadingJson<Vec<ScreenLockJson<'a>>>,
    firewall: ReadingJson<FirewallJson>,
    secure_boot: ReadingJson<SecureBootJson>,
    tpm: ReadingJson<TpmJson>,
    administrators: ReadingJson<AdministratorsJson<'a>>,
}

#[derive(Serialize)]
struct FirewallJson {
    ipv4: ReadingJson<bool>,
    ipv6: ReadingJson<bool>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct SecureBootJson {
    enabled: bool,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct TpmJson {
    version: ReadingJson<u32>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct AdministratorsJson<'a> {
    accounts: Vec<AdministratorJson<'a>>,
    not_read: &'a [String],
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct AdministratorJson<'a> {
    name: &'a str,
    is_root: bool,
    groups: &'a [String],
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
            firewall,
            secure_boot,
            tpm,
            administrators,
            // The agent tells that itself, in `status`.
            agent: _,
        } = platform;
        Self {
            release: release.as_ref().into(),
            updates: updates.as_ref().into(),
            screen_locks: each(screen_locks),
            firewall: firewall.as_ref().into(),
            secure_boot: secure_boot.as_ref().into(),
            tpm: tpm.as_ref().into(),
            administrators: administrators.as_ref().into(),
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

impl From<&Firewall> for FirewallJson {
    fn from(firewall: &Firewall) -> Self {
        let Firewall {
            ipv4,
            ipv6,
            evidence,
        } = firewall;
        Self {
            ipv4: ipv4.clone().into(),
            ipv6: ipv6.clone().into(),
            evidence: seen(evidence),
        }
    }
}

impl From<&SecureBoot> for SecureBootJson {
    fn from(SecureBoot { enabled, evidence }: &SecureBoot) -> Self {
        Self {
            enabled: *enabled,
            evidence: seen(evidence),
        }
    }
}

impl From<&Tpm> for TpmJson {
    fn from(Tpm { version, evidence }: &Tpm) -> Self {
        Self {
            version: version.clone().into(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Administrators> for AdministratorsJson<'a> {
    fn from(administrators: &'a Administrators) -> Self {
        let Administrators {
            accounts,
            not_read,
            evidence,
        } = administrators;
        Self {
            accounts: accounts.iter().map(Into::into).collect(),
            not_read,
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Administrator> for AdministratorJson<'a> {
    fn from(administrator: &'a Administrator) -> Self {
        let Administrator {
            name,
            is_root,
            groups,
        } = administrator;
        Self {
            name,
            is_root: *is_root,
            groups,
        }
    }
}
