//! The facts in JSON: twins of the vocabulary that borrow from it.
//!
//! Touches nothing. Must never leave a field of the vocabulary out: each twin takes its fact apart.

mod found;
mod network;
mod platform;
mod software;

use sekisho_policy::facts::{AntivirusProduct, Definitions, Encryption, Evidence, Facts, Host};
use sekisho_policy::facts::{PlainReason, Volume};
use sekisho_policy::reading::Reading;
use sekisho_proto::json::{EvidenceJson, ReadingJson, Time};
use serde::Serialize;

use found::{DetectionJson, ScanJson};
use network::NetworkJson;
use platform::PlatformJson;
use software::SoftwareJson;

#[derive(Serialize)]
pub(super) struct FactsJson<'a> {
    host: ReadingJson<HostJson<'a>>,
    volumes: ReadingJson<Vec<VolumeJson<'a>>>,
    antivirus: ReadingJson<Vec<ProductJson<'a>>>,
    software: ReadingJson<SoftwareJson<'a>>,
    platform: ReadingJson<PlatformJson<'a>>,
    network: ReadingJson<NetworkJson<'a>>,
}

#[derive(Serialize)]
struct HostJson<'a> {
    hostname: &'a str,
    os_id: &'a str,
    os_version: ReadingJson<&'a str>,
    os_name: &'a str,
    kernel: &'a str,
    architecture: &'a str,
    model: ReadingJson<&'a str>,
    product_uuid: ReadingJson<&'a str>,
    serial: ReadingJson<&'a str>,
    machine_mark: ReadingJson<&'a str>,
    boot_id: ReadingJson<&'a str>,
}

#[derive(Serialize)]
struct VolumeJson<'a> {
    place: &'static str,
    name: &'a str,
    device: &'a str,
    source: &'a str,
    filesystem: &'a str,
    size_bytes: Option<u64>,
    removable: ReadingJson<bool>,
    exemption: Option<&'static str>,
    encryption: ReadingJson<EncryptionJson<'a>>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct EncryptionJson<'a> {
    encrypted: bool,
    kind: Option<&'static str>,
    plain_reason: Option<&'static str>,
    plain_leg: Option<&'a str>,
}

#[derive(Serialize)]
struct ProductJson<'a> {
    name: &'a str,
    vendor: &'a str,
    engine_version: ReadingJson<&'a str>,
    running: ReadingJson<bool>,
    realtime: ReadingJson<bool>,
    healthy: ReadingJson<bool>,
    definitions_kind: &'static str,
    definitions: ReadingJson<DefinitionsJson<'a>>,
    scans: ReadingJson<Vec<ScanJson>>,
    detections: ReadingJson<Vec<DetectionJson<'a>>>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct DefinitionsJson<'a> {
    version: &'a str,
    built_at: Time,
}

impl<'a> From<&'a Facts> for FactsJson<'a> {
    fn from(facts: &'a Facts) -> Self {
        let Facts {
            host,
            volumes,
            antivirus,
            software,
            platform,
            network,
        } = facts;
        Self {
            host: host.as_ref().into(),
            volumes: each(volumes),
            antivirus: each(antivirus),
            software: software.as_ref().into(),
            platform: platform.as_ref().into(),
            network: network.as_ref().into(),
        }
    }
}

impl<'a> From<&'a Host> for HostJson<'a> {
    fn from(host: &'a Host) -> Self {
        let Host {
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
        } = host;
        Self {
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
}

impl<'a> From<&'a Volume> for VolumeJson<'a> {
    fn from(volume: &'a Volume) -> Self {
        let Volume {
            place,
            device,
            source,
            filesystem,
            size_bytes,
            removable,
            exemption,
            encryption,
            evidence,
        } = volume;
        Self {
            place: place.name(),
            name: place.at(),
            device,
            source,
            filesystem,
            size_bytes: *size_bytes,
            removable: removable.clone().into(),
            exemption: exemption.map(|exemption| exemption.name()),
            encryption: encryption.as_ref().into(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Encryption> for EncryptionJson<'a> {
    fn from(encryption: &'a Encryption) -> Self {
        let (kind, plain) = match encryption {
            Encryption::Encrypted(kind) => (Some(kind.name()), None),
            Encryption::Plain(reason) => (None, Some(reason)),
        };
        Self {
            encrypted: plain.is_none(),
            kind,
            plain_reason: plain.map(PlainReason::code),
            plain_leg: match plain {
                Some(PlainReason::PlainLeg(leg)) => Some(leg),
                Some(
                    PlainReason::NoEncryption
                    | PlainReason::CipherNull
                    | PlainReason::IntegrityOnly
                    | PlainReason::UnderWay
                    | PlainReason::Suspended,
                )
                | None => None,
            },
        }
    }
}

impl<'a> From<&'a AntivirusProduct> for ProductJson<'a> {
    fn from(product: &'a AntivirusProduct) -> Self {
        let AntivirusProduct {
            name,
            vendor,
            engine_version,
            running,
            realtime,
            healthy,
            definitions_kind,
            definitions,
            scans,
            detections,
            evidence,
        } = product;
        Self {
            name,
            vendor,
            engine_version: text(engine_version),
            running: running.clone().into(),
            realtime: realtime.clone().into(),
            healthy: healthy.clone().into(),
            definitions_kind: definitions_kind.name(),
            definitions: definitions.as_ref().into(),
            scans: each(scans),
            detections: each(detections),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Definitions> for DefinitionsJson<'a> {
    fn from(definitions: &'a Definitions) -> Self {
        let Definitions { version, built_at } = definitions;
        Self {
            version,
            built_at: Time(*built_at),
        }
    }
}

fn text(reading: &Reading<String>) -> ReadingJson<&str> {
    reading.as_ref().map(String::as_str).into()
}

/// A list of which each part has its twin.
fn each<'a, T, U: From<&'a T>>(reading: &'a Reading<Vec<T>>) -> ReadingJson<Vec<U>> {
    let twins = |list: &'a Vec<T>| list.iter().map(U::from).collect::<Vec<U>>();
    reading.as_ref().map(twins).into()
}

fn seen(evidence: &[Evidence]) -> Vec<EvidenceJson> {
    evidence.iter().map(EvidenceJson::from).collect()
}
