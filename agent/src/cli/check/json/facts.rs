//! The facts in JSON: twins of the vocabulary that borrow from it.
//!
//! Touches nothing. Must never leave a field of the vocabulary out: each twin takes its fact apart.

use sekisho_policy::facts::{self, DefinitionsKind, Encryption, EncryptionKind, Exemption};
use sekisho_policy::facts::{PackageScope, PackageState, Place, PlainReason};
use sekisho_policy::reading;
use serde::Serialize;

use super::{Seen, seen};

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reading<T> {
    Known(T),
    Absent(bool),
    Unknown { code: &'static str, detail: String },
}

fn reading<'a, T, U>(
    reading: &'a reading::Reading<T>,
    twin: impl FnOnce(&'a T) -> U,
) -> Reading<U> {
    match reading {
        reading::Reading::Known(value) => Reading::Known(twin(value)),
        reading::Reading::Absent => Reading::Absent(true),
        reading::Reading::Unknown(why) => Reading::Unknown {
            code: why.code(),
            detail: why.detail().to_owned(),
        },
    }
}

fn text(from: &reading::Reading<String>) -> Reading<&str> {
    reading(from, String::as_str)
}

fn flag(from: &reading::Reading<bool>) -> Reading<bool> {
    reading(from, |flag| *flag)
}

#[derive(Serialize)]
pub(super) struct Facts<'a> {
    host: Reading<Host<'a>>,
    volumes: Reading<Vec<Volume<'a>>>,
    antivirus: Reading<Vec<Product<'a>>>,
    software: Reading<Software<'a>>,
}

#[derive(Serialize)]
struct Host<'a> {
    hostname: &'a str,
    os_id: &'a str,
    os_version: Reading<&'a str>,
    os_name: &'a str,
    kernel: &'a str,
    architecture: &'a str,
    model: Reading<&'a str>,
    product_uuid: Reading<&'a str>,
    serial: Reading<&'a str>,
    machine_mark: Reading<&'a str>,
    boot_id: Reading<&'a str>,
}

#[derive(Serialize)]
struct Volume<'a> {
    place: &'static str,
    name: &'a str,
    device: &'a str,
    source: &'a str,
    filesystem: &'a str,
    size_bytes: Option<u64>,
    removable: Reading<bool>,
    exemption: Option<&'static str>,
    encryption: Reading<State<'a>>,
    evidence: Vec<Seen<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum State<'a> {
    Encrypted {
        kind: &'static str,
    },
    Plain {
        reason: &'static str,
        leg: Option<&'a str>,
    },
}

#[derive(Serialize)]
struct Product<'a> {
    name: &'a str,
    vendor: &'a str,
    engine_version: Reading<&'a str>,
    running: Reading<bool>,
    realtime: Reading<bool>,
    definitions_kind: &'static str,
    definitions: Reading<Definitions<'a>>,
    evidence: Vec<Seen<'a>>,
}

#[derive(Serialize)]
struct Definitions<'a> {
    version: &'a str,
    built_at: String,
}

#[derive(Serialize)]
struct Software<'a> {
    sources: Vec<Source>,
    packages: Vec<Package<'a>>,
}

#[derive(Serialize)]
struct Source {
    source: &'static str,
    count: Reading<u32>,
}

#[derive(Serialize)]
struct Package<'a> {
    source: &'static str,
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    vendor: &'a str,
    origin: Option<Origin<'a>>,
    state: &'static str,
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct Origin<'a> {
    name: &'a str,
    version: &'a str,
}

impl<'a> Facts<'a> {
    pub(super) fn of(from: &'a facts::Facts) -> Self {
        let facts::Facts {
            host: host_reading,
            volumes,
            antivirus,
            software: software_reading,
        } = from;
        Self {
            host: reading(host_reading, host),
            volumes: reading(volumes, |all| all.iter().map(volume).collect()),
            antivirus: reading(antivirus, |all| all.iter().map(product).collect()),
            software: reading(software_reading, software),
        }
    }
}

fn host(from: &facts::Host) -> Host<'_> {
    let facts::Host {
        hostname,
        os_id,
        os_version,
        os_name,
        kernel,
        architecture,
        model,
        product_uuid,
        serial,
        machine_mark,
        boot_id,
    } = from;
    Host {
        hostname,
        os_id,
        os_version: text(os_version),
        os_name,
        kernel,
        architecture,
        model: text(model),
        product_uuid: text(product_uuid),
        serial: text(serial),
        machine_mark: text(machine_mark),
        boot_id: text(boot_id),
    }
}

fn volume(from: &facts::Volume) -> Volume<'_> {
    let facts::Volume {
        place,
        device,
        source,
        filesystem,
        size_bytes,
        removable,
        exemption,
        encryption,
        evidence,
    } = from;
    let (place, name) = match place {
        Place::Mounted(point) => ("mounted", point),
        Place::Swap(path) => ("swap", path),
        Place::Unmounted(name) => ("unmounted", name),
    };
    Volume {
        place,
        name,
        device,
        source,
        filesystem,
        size_bytes: *size_bytes,
        removable: flag(removable),
        exemption: exemption.map(exempt),
        encryption: reading(encryption, |state| match state {
            Encryption::Encrypted(kind) => State::Encrypted { kind: named(*kind) },
            Encryption::Plain(why) => {
                let (reason, leg) = plain(why);
                State::Plain { reason, leg }
            }
        }),
        evidence: seen(evidence),
    }
}

fn exempt(exemption: Exemption) -> &'static str {
    match exemption {
        Exemption::EfiSystem => "efi_system",
        Exemption::Boot => "boot",
        Exemption::ReadOnlyImage => "read_only_image",
        Exemption::Memory => "memory",
        Exemption::Network => "network",
    }
}

fn named(kind: EncryptionKind) -> &'static str {
    match kind {
        EncryptionKind::Luks1 => "luks1",
        EncryptionKind::Luks2 => "luks2",
        EncryptionKind::PlainDmCrypt => "plain_dm_crypt",
        EncryptionKind::OtherDmCrypt => "other_dm_crypt",
        EncryptionKind::Zfs => "zfs",
        EncryptionKind::BitLocker => "bitlocker",
        EncryptionKind::Fscrypt => "fscrypt",
        EncryptionKind::Mixed => "mixed",
    }
}

fn plain(reason: &PlainReason) -> (&'static str, Option<&str>) {
    match reason {
        PlainReason::NoEncryption => ("no_encryption", None),
        PlainReason::PlainLeg(leg) => ("plain_leg", Some(leg)),
        PlainReason::CipherNull => ("cipher_null", None),
        PlainReason::IntegrityOnly => ("integrity_only", None),
        PlainReason::UnderWay => ("under_way", None),
    }
}

fn product(from: &facts::AntivirusProduct) -> Product<'_> {
    let facts::AntivirusProduct {
        name,
        vendor,
        engine_version,
        running,
        realtime,
        definitions_kind,
        definitions,
        evidence,
    } = from;
    Product {
        name,
        vendor,
        engine_version: text(engine_version),
        running: flag(running),
        realtime: flag(realtime),
        definitions_kind: match definitions_kind {
            DefinitionsKind::Pattern => "pattern",
            DefinitionsKind::Cloud => "cloud",
        },
        definitions: reading(definitions, |set| Definitions {
            version: &set.version,
            built_at: set.built_at.to_string(),
        }),
        evidence: seen(evidence),
    }
}

fn software(from: &facts::Software) -> Software<'_> {
    let facts::Software { sources, packages } = from;
    Software {
        sources: sources
            .iter()
            .map(|(source, count)| Source {
                source: source.name(),
                count: reading(count, |count| *count),
            })
            .collect(),
        packages: packages.iter().map(package).collect(),
    }
}

fn package(from: &facts::Package) -> Package<'_> {
    let facts::Package {
        source,
        name,
        architecture,
        version,
        vendor,
        origin,
        state,
        scope,
    } = from;
    Package {
        source: source.name(),
        name,
        architecture,
        version,
        vendor,
        origin: origin
            .as_ref()
            .map(|(name, version)| Origin { name, version }),
        state: match state {
            PackageState::Installed => "installed",
            PackageState::Broken => "broken",
        },
        user: match scope {
            PackageScope::Machine => None,
            PackageScope::User(user) => Some(user),
        },
    }
}
