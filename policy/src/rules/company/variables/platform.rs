//! What an expression can ask of the platform: its release and updates, and how it guards itself.
//!
//! Touches the facts of a case. Must never take a list of which a part was not read for whole.

use std::borrow::Cow;

use super::{Gap, SOURCES, Seen, part, past, some, text, timed};
use crate::facts::{
    Administrator, Administrators, Desktop, Firewall, PendingUpdate, Release, ScreenLock,
    SecureBoot, Tpm, Updates,
};
use crate::reading::{Reading, Why};
use crate::rules::Case;
use crate::rules::company::fields::{Fields, Read};
use crate::rules::os_supported;

const DAY_SECS: i64 = 86_400;

const DESKTOPS: [&str; 4] = [
    Desktop::Gnome.name(),
    Desktop::Kde.name(),
    Desktop::Windows.name(),
    Desktop::Other.name(),
];

/// Who may become root: every laptop has somebody who may, and a directory may know of more.
pub(super) fn administrators<'v>(case: &'v Case<'v>) -> Seen<'v> {
    let accounts = |known: &'v Administrators| known.accounts.as_slice();
    let known = match &case.facts.platform {
        Reading::Known(platform) => &platform.administrators,
        Reading::Absent => return some(&Reading::Absent, accounts),
        Reading::Unknown(_) => {
            let platform = &case.facts.platform;
            return part(
                platform,
                |platform| &platform.administrators,
                |known| known.accounts.as_slice(),
            );
        }
    };
    let seen = some(known, |known: &'v Administrators| known.accounts.as_slice());
    let not_read = known.known().map(|known| known.not_read.join(", "));
    let not_read = not_read.filter(|sources| !sources.is_empty());
    let gap = not_read.map(|sources| {
        let why = format!("accounts of {sources}, which are not read");
        Gap::Untold(Cow::Owned(Why::Unsupported(why)))
    });
    Seen {
        unread: seen.unread.or(gap),
        ..seen
    }
}

/// The updates that are missing: those that are named, which may be fewer than are counted.
pub(super) fn missing_updates<'v>(case: &'v Case<'v>) -> Seen<'v> {
    let platform = &case.facts.platform;
    let seen = part(
        platform,
        |platform| &platform.updates,
        |updates: &Updates| updates.pending.as_slice(),
    );
    let updates = platform.fact(|platform| &platform.updates);
    let more = updates.known().is_some_and(|updates| {
        usize::try_from(updates.count).unwrap_or(usize::MAX) > updates.pending.len()
    });
    let gap = more.then(|| {
        let why = "the names of all updates that are missing".to_owned();
        Gap::Untold(Cow::Owned(Why::TooLarge(why)))
    });
    Seen {
        unread: seen.unread.or(gap),
        ..seen
    }
}

impl Fields for Release {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("id", Read::Text(|release, _| Reading::Known(&release.id))),
        ("version", Read::Text(|release, _| text(&release.version))),
        (
            "name",
            Read::Text(|release, _| Reading::Known(&release.name)),
        ),
        (
            "supported_days_left",
            Read::Number(|release, case| match os_supported::end_told(release) {
                Reading::Known(until) => {
                    timed(case, |at| until.since(at).secs().div_euclid(DAY_SECS))
                }
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why),
            }),
        ),
    ];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for Updates {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "source",
            Read::Choice(&SOURCES, |updates, _| Reading::Known(updates.source.name())),
        ),
        (
            "missing",
            Read::Number(|updates, _| Reading::Known(i64::from(updates.count))),
        ),
        (
            "list_age_days",
            Read::Number(|updates, case| past(case, "lists", updates.listed_at, DAY_SECS)),
        ),
        (
            "restart_needed",
            Read::Truth(|updates, _| updates.restart_needed.clone()),
        ),
    ];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for PendingUpdate {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("name", Read::Text(|update, _| Reading::Known(&update.name))),
        (
            "architecture",
            Read::Text(|update, _| Reading::Known(&update.architecture)),
        ),
        (
            "installed",
            Read::Text(|update, _| Reading::Known(&update.installed)),
        ),
        (
            "available",
            Read::Text(|update, _| Reading::Known(&update.available)),
        ),
    ];

    fn title(&self) -> String {
        format!("{} {}", self.name, self.installed)
    }
}

impl Fields for ScreenLock {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("user", Read::Text(|lock, _| Reading::Known(&lock.user))),
        (
            "desktop",
            Read::Choice(&DESKTOPS, |lock, _| Reading::Known(lock.desktop.name())),
        ),
        (
            "locks_after_secs",
            Read::Number(|lock, _| lock.locks_after_secs.as_ref().map(|secs| i64::from(*secs))),
        ),
    ];

    fn title(&self) -> String {
        self.user.clone()
    }
}

impl Fields for Firewall {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("ipv4", Read::Truth(|firewall, _| firewall.ipv4.clone())),
        ("ipv6", Read::Truth(|firewall, _| firewall.ipv6.clone())),
    ];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for SecureBoot {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[(
        "enabled",
        Read::Truth(|boot, _| Reading::Known(boot.enabled)),
    )];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for Tpm {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[(
        "version",
        Read::Number(|tpm, _| tpm.version.as_ref().map(|version| i64::from(*version))),
    )];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for Administrator {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "name",
            Read::Text(|account, _| Reading::Known(&account.name)),
        ),
        (
            "is_root",
            Read::Truth(|account, _| Reading::Known(account.is_root)),
        ),
    ];

    fn title(&self) -> String {
        self.name.clone()
    }
}
