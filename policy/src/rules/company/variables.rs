//! What an expression can ask of a laptop: each variable, with its fields and where they lie. A new fact
//! is one entry of [`VARIABLES`] and one list of fields.
//!
//! Touches the facts of a case. Must never answer for a fact that is unknown, nor for a list of which
//! a part is.

mod network;

use super::fields::{Fields, Item, Read, Shaped};
use crate::facts::{AntivirusProduct, DefinitionsKind, Encryption, EncryptionKind, Host, Package};
use crate::facts::{
    Network, NetworkLink, PackageScope, PackageSource, Place, Software, Volume, Vpn, Wifi,
};
use crate::limits::{
    ANTIVIRUS_PRODUCTS_MAX, NETWORK_LINKS_MAX, SOFTWARE_ITEMS_MAX, VOLUMES_MAX, WIFI_MAX,
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
#[derive(Debug, Clone, Copy)]
pub(super) enum Gap<'v> {
    /// A part could not be told.
    Untold(&'v Why),
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
pub const VARIABLES: [Variable; 9] = [
    Variable {
        name: "antivirus",
        items_max: Some(ANTIVIRUS_PRODUCTS_MAX),
        fields: AntivirusProduct::shapes,
        seen: |case| all(&case.facts.antivirus, Vec::as_slice),
    },
    Variable {
        name: "device",
        items_max: None,
        fields: Entry::shapes,
        seen: |case| these(std::slice::from_ref(case.entry)),
    },
    Variable {
        name: "host",
        items_max: None,
        fields: Host::shapes,
        seen: |case| all(&case.facts.host, std::slice::from_ref),
    },
    Variable {
        name: "links",
        items_max: Some(NETWORK_LINKS_MAX),
        fields: NetworkLink::shapes,
        seen: |case| part(&case.facts.network, |network| &network.links),
    },
    Variable {
        name: "network",
        items_max: None,
        fields: Network::shapes,
        seen: |case| all(&case.facts.network, std::slice::from_ref),
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
        name: "volumes",
        items_max: Some(VOLUMES_MAX),
        fields: Volume::shapes,
        seen: |case| some(&case.facts.volumes, Vec::as_slice),
    },
    Variable {
        name: "vpns",
        items_max: Some(2 * NETWORK_LINKS_MAX),
        fields: Vpn::shapes,
        seen: |case| {
            let by_link = part(&case.facts.network, |network| &network.vpns);
            let by_policy = part(&case.facts.network, |network| &network.ipsec);
            let items: Vec<&dyn Item> = by_link.items.chain(by_policy.items).collect();
            Seen {
                items: Box::new(items.into_iter()),
                unread: by_link.unread.or(by_policy.unread),
            }
        },
    },
    Variable {
        name: "wifi",
        items_max: Some(WIFI_MAX),
        fields: Wifi::shapes,
        seen: |case| part(&case.facts.network, |network| &network.wifi),
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

/// Whether there is leave to take the device out, at the earliest and at the latest that it can be.
fn take_out(entry: &Entry, case: &Case<'_>) -> Reading<bool> {
    let holds = |at| {
        let leave = entry.take_out.as_ref();
        leave.is_some_and(|leave| leave.state(at) == TakeOutState::InForce)
    };
    let number = timed(case, |at| i64::from(holds(at)));
    number.map(|holds| holds == 1)
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

impl Fields for AntivirusProduct {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "name",
            Read::Text(|product, _| Reading::Known(&product.name)),
        ),
        (
            "vendor",
            Read::Text(|product, _| Reading::Known(&product.vendor)),
        ),
        (
            "engine_version",
            Read::Text(|product, _| text(&product.engine_version)),
        ),
        ("running", Read::Truth(|product, _| product.running.clone())),
        (
            "realtime",
            Read::Truth(|product, _| product.realtime.clone()),
        ),
        ("healthy", Read::Truth(|product, _| product.healthy.clone())),
        (
            "active_malware",
            Read::Number(|product, _| {
                let undealt = product.undealt();
                undealt.map(|list| i64::try_from(list.len()).unwrap_or(i64::MAX))
            }),
        ),
        (
            "full_scan_age_days",
            Read::Number(|product, case| match product.last_full_scan() {
                Reading::Known(scanned) => {
                    timed(case, |at| at.since(scanned).secs().div_euclid(86_400))
                }
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why),
            }),
        ),
        (
            "cloud",
            Read::Truth(|product, _| {
                Reading::Known(product.definitions_kind == DefinitionsKind::Cloud)
            }),
        ),
        (
            "definitions_version",
            Read::Text(|product, _| {
                let definitions = product.definitions.as_ref();
                definitions.map(|definitions| definitions.version.as_str())
            }),
        ),
        (
            "definitions_age_hours",
            Read::Number(|product, case| match &product.definitions {
                Reading::Known(told) if told.built_at > case.now.after(AHEAD_MAX) => {
                    let why = format!("definitions of {}, which is in the future", told.built_at);
                    Reading::Unknown(Why::Unreadable(why))
                }
                Reading::Known(told) => {
                    timed(case, |at| at.since(told.built_at).secs().div_euclid(3600))
                }
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why.clone()),
            }),
        ),
    ];

    fn title(&self) -> String {
        self.name.clone()
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
        Reading::Unknown(why) => Seen {
            unread: Some(Gap::Untold(why)),
            ..these::<T>(&[])
        },
    }
}

/// As [`all`], of a list that is a part of a fact and has a reading of its own.
fn part<'v, R, T: Fields>(fact: &'v Reading<R>, one: fn(&'v R) -> &'v Reading<Vec<T>>) -> Seen<'v> {
    match fact {
        Reading::Known(fact) => all(one(fact), Vec::as_slice),
        Reading::Absent => these::<T>(&[]),
        Reading::Unknown(why) => Seen {
            unread: Some(Gap::Untold(why)),
            ..these::<T>(&[])
        },
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
        Reading::Unknown(why) => Some(Gap::Untold(why)),
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
        let why = format!("the clock: it is {} to {}", case.now, case.latest);
        Reading::Unknown(Why::Unreadable(why))
    }
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
