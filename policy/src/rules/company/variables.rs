//! What an expression can ask of a laptop: each variable, with its fields and where they lie. A new fact
//! is one entry of [`VARIABLES`] and one list of fields.
//!
//! Touches the facts of a case. Must never answer for a fact that is unknown, nor for a list of which
//! a part is.

mod antivirus;
mod network;
mod platform;

use std::borrow::Cow;
use std::slice::from_ref;

use super::fields::{Fields, Item, Read, Shaped};
use crate::facts::{Administrator, Firewall, PendingUpdate, Release, ScreenLock, SecureBoot, Tpm};
use crate::facts::{AntivirusProduct, Detection, Encryption, EncryptionKind, Host, Package};
use crate::facts::{Network, NetworkLink, PackageScope, PackageSource, Place, Software, Updates};
use crate::facts::{Volume, Vpn, Wifi};
use crate::limits::{
    ADMINISTRATORS_MAX, ANTIVIRUS_PRODUCTS_MAX, DETECTIONS_MAX, NETWORK_LINKS_MAX,
    PENDING_UPDATES_MAX, SESSIONS_MAX, SOFTWARE_ITEMS_MAX, VOLUMES_MAX, WIFI_MAX,
};
use crate::reading::{Reading, Why};
use crate::register::{DataClass, Entry, Registration, TakeOutState};
use crate::rules::Case;
use crate::rules::definitions_current::AHEAD_MAX;
use crate::time::Timestamp;

/// What a variable stands for on one laptop.
pub(super) struct Seen<'v> {
    /// Every thing that was seen.
    pub(super) items: Box<dyn ExactSizeIterator<Item = &'v dyn Item> + 'v>,
    /// Why there may be more than was seen.
    pub(super) unread: Option<Gap<'v>>,
}

/// Why not every thing was seen.
#[derive(Debug, Clone)]
pub(super) enum Gap<'v> {
    /// A part could not be told.
    Untold(Cow<'v, Why>),
    /// Nothing was found where every laptop has something: what would tell was not there.
    Nothing,
}

/// A variable of an expression.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// How many there are at most; `None` where it is one and not a list.
    pub items_max: Option<usize>,
    pub(super) fields: fn() -> Vec<Shaped>,
    pub(super) seen: for<'v> fn(&'v Case<'v>) -> Seen<'v>,
}

/// Every variable, ordered by name.
pub const VARIABLES: [Variable; 18] = [
    Variable {
        name: "administrators",
        items_max: Some(ADMINISTRATORS_MAX),
        fields: Administrator::shapes,
        seen: platform::administrators,
    },
    Variable {
        name: "antivirus",
        items_max: Some(ANTIVIRUS_PRODUCTS_MAX),
        fields: AntivirusProduct::shapes,
        seen: |case| antivirus::products(case),
    },
    Variable {
        name: "detections",
        items_max: Some(ANTIVIRUS_PRODUCTS_MAX * DETECTIONS_MAX),
        fields: Detection::shapes,
        seen: |case| antivirus::detections(case),
    },
    Variable {
        name: "device",
        items_max: None,
        fields: Entry::shapes,
        seen: |case| these(from_ref(case.entry)),
    },
    Variable {
        name: "firewall",
        items_max: None,
        fields: Firewall::shapes,
        seen: |case| {
            let platform = &case.facts.platform;
            part(platform, |platform| &platform.firewall, from_ref)
        },
    },
    Variable {
        name: "host",
        items_max: None,
        fields: Host::shapes,
        seen: |case| all(&case.facts.host, from_ref),
    },
    Variable {
        name: "links",
        items_max: Some(NETWORK_LINKS_MAX),
        fields: NetworkLink::shapes,
        seen: |case| part(&case.facts.network, |network| &network.links, Vec::as_slice),
    },
    Variable {
        name: "missing_updates",
        items_max: Some(PENDING_UPDATES_MAX),
        fields: PendingUpdate::shapes,
        seen: platform::missing_updates,
    },
    Variable {
        name: "network",
        items_max: None,
        fields: Network::shapes,
        seen: |case| all(&case.facts.network, from_ref),
    },
    Variable {
        name: "packages",
        items_max: Some(SOFTWARE_ITEMS_MAX),
        fields: Package::shapes,
        seen: |case| {
            let seen = some(&case.facts.software, |software| &software.packages);
            Seen {
                unread: unread(&case.facts.software).or(seen.unread),
                ..seen
            }
        },
    },
    Variable {
        name: "release",
        items_max: None,
        fields: Release::shapes,
        seen: |case| {
            let platform = &case.facts.platform;
            part(platform, |platform| &platform.release, from_ref)
        },
    },
    Variable {
        name: "screen_locks",
        items_max: Some(SESSIONS_MAX),
        fields: ScreenLock::shapes,
        seen: |case| {
            let platform = &case.facts.platform;
            part(platform, |platform| &platform.screen_locks, Vec::as_slice)
        },
    },
    Variable {
        name: "secure_boot",
        items_max: None,
        fields: SecureBoot::shapes,
        seen: |case| {
            let platform = &case.facts.platform;
            part(platform, |platform| &platform.secure_boot, from_ref)
        },
    },
    Variable {
        name: "tpm",
        items_max: None,
        fields: Tpm::shapes,
        seen: |case| part(&case.facts.platform, |platform| &platform.tpm, from_ref),
    },
    Variable {
        name: "updates",
        items_max: None,
        fields: Updates::shapes,
        seen: |case| {
            let platform = &case.facts.platform;
            part(platform, |platform| &platform.updates, from_ref)
        },
    },
    Variable {
        name: "volumes",
        items_max: Some(VOLUMES_MAX),
        fields: Volume::shapes,
        seen: |case| some(&case.facts.volumes, Vec::as_slice),
    },
    Variable {
        name: "vpns",
        items_max: Some(2 * NETWORK_LINKS_MAX),
        fields: Vpn::shapes,
        seen: network::vpns,
    },
    Variable {
        name: "wifi",
        items_max: Some(WIFI_MAX),
        fields: Wifi::shapes,
        seen: |case| part(&case.facts.network, |network| &network.wifi, Vec::as_slice),
    },
];

const REGISTRATIONS: [&str; 5] = [
    Registration::Pending.name(),
    Registration::Approved.name(),
    Registration::Suspended.name(),
    Registration::Retired.name(),
    Registration::Lost.name(),
];
const CLASSES: [&str; 4] = [
    DataClass::Public.name(),
    DataClass::Internal.name(),
    DataClass::Confidential.name(),
    DataClass::Secret.name(),
];
const SOURCES: [&str; 6] = [
    PackageSource::Dpkg.name(),
    PackageSource::Rpm.name(),
    PackageSource::Flatpak.name(),
    PackageSource::Snap.name(),
    PackageSource::WindowsUninstall.name(),
    PackageSource::Msix.name(),
];
const ENCRYPTIONS: [&str; 8] = [
    EncryptionKind::Luks1.name(),
    EncryptionKind::Luks2.name(),
    EncryptionKind::PlainDmCrypt.name(),
    EncryptionKind::OtherDmCrypt.name(),
    EncryptionKind::Zfs.name(),
    EncryptionKind::BitLocker.name(),
    EncryptionKind::Fscrypt.name(),
    EncryptionKind::Mixed.name(),
];

impl Fields for Entry {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "registration",
            Read::Choice(&REGISTRATIONS, |entry, _| match entry.registration {
                Some(registration) => Reading::Known(registration.name()),
                None => Reading::Unknown(Why::NotAsked),
            }),
        ),
        ("group", Read::Text(|entry, _| Reading::Known(&entry.group))),
        (
            "data_class",
            Read::Choice(&CLASSES, |_, case| Reading::Known(case.data_class.name())),
        ),
        (
            "approved_days_left",
            Read::Number(|entry, case| match entry.approved_until {
                Some(until) => timed(case, |at| until.since(at).secs().div_euclid(86_400)),
                None => Reading::Absent,
            }),
        ),
        ("take_out_approved", Read::Truth(take_out)),
    ];

    fn title(&self) -> String {
        String::new()
    }
}

/// Whether there is leave to take the device out, at every time that it can be.
fn take_out(entry: &Entry, case: &Case<'_>) -> Reading<bool> {
    let Some(leave) = &entry.take_out else {
        return Reading::Known(false);
    };
    let holds = |at| leave.state(at) == TakeOutState::InForce;
    if holds(case.now) && holds(case.latest) {
        return Reading::Known(true);
    }
    // Between two times at which it does not hold it may.
    if leave.from <= case.latest && case.now < leave.until {
        return Reading::Unknown(clock(case));
    }
    Reading::Known(false)
}

impl Fields for Host {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "hostname",
            Read::Text(|host, _| Reading::Known(&host.hostname)),
        ),
        ("os_id", Read::Text(|host, _| Reading::Known(&host.os_id))),
        ("os_version", Read::Text(|host, _| text(&host.os_version))),
        (
            "os_name",
            Read::Text(|host, _| Reading::Known(&host.os_name)),
        ),
        ("kernel", Read::Text(|host, _| Reading::Known(&host.kernel))),
        (
            "architecture",
            Read::Text(|host, _| Reading::Known(&host.architecture)),
        ),
        ("model", Read::Text(|host, _| text(&host.model))),
    ];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for Package {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "name",
            Read::Text(|package, _| Reading::Known(&package.name)),
        ),
        (
            "version",
            Read::Text(|package, _| Reading::Known(&package.version)),
        ),
        (
            "vendor",
            Read::Text(|package, _| Reading::Known(&package.vendor)),
        ),
        (
            "architecture",
            Read::Text(|package, _| Reading::Known(&package.architecture)),
        ),
        (
            "source",
            Read::Choice(&SOURCES, |package, _| Reading::Known(package.source.name())),
        ),
        (
            "user",
            Read::Text(|package, _| match &package.scope {
                PackageScope::Machine => Reading::Absent,
                PackageScope::User(user) => Reading::Known(user),
            }),
        ),
    ];

    fn title(&self) -> String {
        format!("{} {} ({})", self.name, self.version, self.source.name())
    }
}

impl Fields for Volume {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "place",
            Read::Choice(&["mounted", "swap", "unmounted"], |volume, _| {
                Reading::Known(place(volume).0)
            }),
        ),
        (
            "path",
            Read::Text(|volume, _| Reading::Known(place(volume).1)),
        ),
        (
            "filesystem",
            Read::Text(|volume, _| Reading::Known(&volume.filesystem)),
        ),
        (
            "size_mib",
            Read::Number(|volume, _| match volume.size_bytes {
                Some(bytes) => Reading::Known(i64::try_from(bytes >> 20).unwrap_or(i64::MAX)),
                None => Reading::Unknown(Why::NotAsked),
            }),
        ),
        (
            "removable",
            Read::Truth(|volume, _| volume.removable.clone()),
        ),
        (
            "exempt",
            Read::Truth(|volume, _| Reading::Known(volume.exemption.is_some())),
        ),
        (
            "encrypted",
            Read::Truth(|volume, _| {
                let encryption = volume.encryption.as_ref();
                encryption.map(|encryption| matches!(encryption, Encryption::Encrypted(_)))
            }),
        ),
        (
            "encryption",
            Read::Choice(&ENCRYPTIONS, |volume, _| match &volume.encryption {
                Reading::Known(Encryption::Encrypted(kind)) => Reading::Known(kind.name()),
                Reading::Known(Encryption::Plain(_)) | Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why.clone()),
            }),
        ),
    ];

    fn title(&self) -> String {
        place(self).1.to_owned()
    }
}

impl Variable {
    /// The names of its fields, or of those of each item.
    #[must_use]
    pub fn field_names(&self) -> Vec<&'static str> {
        let fields = (self.fields)();
        fields.into_iter().map(|field| field.name).collect()
    }
}

/// The variable of this name.
pub(super) fn named(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

fn these<T: Fields>(items: &[T]) -> Seen<'_> {
    Seen {
        items: Box::new(items.iter().map(|item| item as &dyn Item)),
        unread: None,
    }
}

/// All that a fact holds; nothing where it was looked for and is not there.
fn all<'v, R, T: Fields>(fact: &'v Reading<R>, items: fn(&'v R) -> &'v [T]) -> Seen<'v> {
    match fact {
        Reading::Known(fact) => these(items(fact)),
        Reading::Absent => these::<T>(&[]),
        Reading::Unknown(why) => untold::<T>(why),
    }
}

/// A list of which nothing could be told.
fn untold<T: Fields>(why: &Why) -> Seen<'_> {
    Seen {
        unread: Some(Gap::Untold(Cow::Borrowed(why))),
        ..these::<T>(&[])
    }
}

/// As [`all`], of what is a part of a fact and has a reading of its own.
fn part<'v, R, S, T: Fields>(
    fact: &'v Reading<R>,
    one: fn(&'v R) -> &'v Reading<S>,
    items: fn(&'v S) -> &'v [T],
) -> Seen<'v> {
    match fact {
        Reading::Known(fact) => all(one(fact), items),
        Reading::Absent => these::<T>(&[]),
        Reading::Unknown(why) => untold::<T>(why),
    }
}

/// As [`all`], of what every laptop has: where nothing was found, nothing shows that there is none.
fn some<'v, R, T: Fields>(fact: &'v Reading<R>, items: fn(&'v R) -> &'v [T]) -> Seen<'v> {
    match fact {
        Reading::Known(known) if !items(known).is_empty() => all(fact, items),
        Reading::Unknown(_) => all(fact, items),
        Reading::Known(_) | Reading::Absent => Seen {
            unread: Some(Gap::Nothing),
            ..these::<T>(&[])
        },
    }
}

/// Why the inventory is not whole: what is not listed may be there all the same.
fn unread(software: &Reading<Software>) -> Option<Gap<'_>> {
    let Reading::Known(software) = software else {
        return None;
    };
    let untold = software.sources.iter().find_map(|(_, count)| match count {
        Reading::Unknown(why) => Some(Gap::Untold(Cow::Borrowed(why))),
        Reading::Known(_) | Reading::Absent => None,
    });
    let mut sources = software.sources.iter();
    let was_read = sources.any(|(_, count)| matches!(count, Reading::Known(_)));
    untold.or((!was_read).then_some(Gap::Nothing))
}

/// A number that depends on the time: unknown where it is another at the earliest than at the latest the
/// time can be.
fn timed(case: &Case<'_>, at: impl Fn(Timestamp) -> i64) -> Reading<i64> {
    let number = at(case.now);
    if number == at(case.latest) {
        Reading::Known(number)
    } else {
        Reading::Unknown(clock(case))
    }
}

/// A number counted from a point in the past: unknown where that lies ahead, since a clock was wrong.
fn past(case: &Case<'_>, what: &str, then: Timestamp, unit_secs: i64) -> Reading<i64> {
    if then > case.now.after(AHEAD_MAX) {
        let why = format!("{what} of {then}, which is in the future");
        return Reading::Unknown(Why::Unreadable(why));
    }
    timed(case, |at| at.since(then).secs().div_euclid(unit_secs))
}

fn clock(case: &Case<'_>) -> Why {
    Why::Unreadable(format!("the clock: it is {} to {}", case.now, case.latest))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn place(volume: &Volume) -> (&'static str, &str) {
    match &volume.place {
        Place::Mounted(path) => ("mounted", path),
        Place::Swap(path) => ("swap", path),
        Place::Unmounted(name) => ("unmounted", name),
    }
}

fn text(reading: &Reading<String>) -> Reading<&str> {
    reading.as_ref().map(String::as_str)
}
