//! Arbitrary platforms, within the vocabulary's limits.
//!
//! Touches nothing. Must never leave out a variant: what is not drawn here is not tested.

use proptest::collection::vec;
use proptest::prelude::*;
use sekisho_policy::facts::*;

use super::{evidence, one_of, reading, text, time};

pub(super) fn platform() -> BoxedStrategy<Platform> {
    (
        reading(release()),
        reading(updates()),
        reading(vec(screen_lock(), 0..3)),
        reading(firewall()),
        reading(
            (any::<bool>(), evidence())
                .prop_map(|(enabled, evidence)| SecureBoot { enabled, evidence }),
        ),
        reading(
            (reading(any::<u32>()), evidence())
                .prop_map(|(version, evidence)| Tpm { version, evidence }),
        ),
        reading(administrators()),
        reading((text(), time(), vec(text(), 0..3)).prop_map(
            |(version, started_at, not_watched)| AgentHealth {
                version,
                started_at,
                not_watched,
            },
        )),
    )
        .prop_map(|facts| Platform {
            release: facts.0,
            updates: facts.1,
            screen_locks: facts.2,
            firewall: facts.3,
            secure_boot: facts.4,
            tpm: facts.5,
            administrators: facts.6,
            agent: facts.7,
        })
        .boxed()
}

fn firewall() -> BoxedStrategy<Firewall> {
    (reading(any::<bool>()), reading(any::<bool>()), evidence())
        .prop_map(|(ipv4, ipv6, evidence)| Firewall {
            ipv4,
            ipv6,
            evidence,
        })
        .boxed()
}

fn administrators() -> BoxedStrategy<Administrators> {
    let account = (text(), any::<bool>(), vec(text(), 0..3)).prop_map(|(name, is_root, groups)| {
        Administrator {
            name,
            is_root,
            groups,
        }
    });
    (vec(account, 0..3), vec(text(), 0..3), evidence())
        .prop_map(|(accounts, not_read, evidence)| Administrators {
            accounts,
            not_read,
            evidence,
        })
        .boxed()
}

fn screen_lock() -> BoxedStrategy<ScreenLock> {
    let desktop = one_of(&[
        Desktop::Gnome,
        Desktop::Kde,
        Desktop::Windows,
        Desktop::Other,
    ]);
    (text(), desktop, reading(any::<u32>()), evidence())
        .prop_map(|(user, desktop, locks_after_secs, evidence)| ScreenLock {
            user,
            desktop,
            locks_after_secs,
            evidence,
        })
        .boxed()
}

fn release() -> BoxedStrategy<Release> {
    let version = reading(text());
    (text(), version, text(), reading(time()), evidence())
        .prop_map(|(id, version, name, supported_until, evidence)| Release {
            id,
            version,
            name,
            supported_until,
            evidence,
        })
        .boxed()
}

fn updates() -> BoxedStrategy<Updates> {
    let pending = (text(), text(), text(), text()).prop_map(|texts| PendingUpdate {
        name: texts.0,
        architecture: texts.1,
        installed: texts.2,
        available: texts.3,
    });
    (
        one_of(&[PackageSource::Dpkg, PackageSource::Rpm]),
        (time(), any::<u32>()),
        vec(pending, 0..4),
        reading(any::<bool>()),
        evidence(),
    )
        .prop_map(
            |(source, (listed_at, count), pending, restart_needed, evidence)| Updates {
                source,
                listed_at,
                count,
                pending,
                restart_needed,
                evidence,
            },
        )
        .boxed()
}
