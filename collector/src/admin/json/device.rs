//! Devices in JSON: the row of the register, with what was last seen and what is ordered.
//!
//! Touches nothing. Must never leave out one machine of a clone case.

use serde::{Deserialize, Serialize};

use sekisho_proto::json::{ReadingJson, Time};

use super::order::OrderJson;
use super::posture::PostureJson;
use super::take_out::TakeOutJson;
use crate::record::{Certificate, CloneCase, Device, Marks};

/// A page of devices: `GET /v1/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesJson {
    /// In the order of their ids.
    pub devices: Vec<SeenDeviceJson>,
    /// Devices whose row of the register cannot be read, and why; with the last page.
    pub damaged: Vec<String>,
    /// What to give as `after` for the next page; `null` on the last one. A page that a sieve has
    /// emptied is not the last one.
    pub next: Option<String>,
}

/// A device with what was last seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenDeviceJson {
    /// The row of the register.
    #[serde(flatten)]
    pub row: DeviceJson,
    /// Whether it holds a stream to this collector now.
    pub attached: bool,
    /// What was last seen of it; `null` when it has never connected. The findings of the verdict are
    /// left out of lists.
    pub posture: Option<PostureJson>,
    /// Why what was last seen of it cannot be read; `null` when it can.
    pub damage: Option<String>,
    /// Whether it has been silent for longer than the policy allows.
    pub stale: bool,
}

/// A device with everything: `GET /v1/devices/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeDeviceJson {
    /// The device.
    #[serde(flatten)]
    pub seen: SeenDeviceJson,
    /// The order in force; `null` when none was ever given.
    pub order: Option<OrderJson>,
    /// Why the order in force cannot be read; `null` when it can.
    #[serde(default)]
    pub order_damage: Option<String>,
}

/// A row of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceJson {
    /// UUIDv7.
    pub id: String,
    /// Counts the changes of the row.
    pub revision: u64,
    /// Host name at enrolment.
    pub name: String,
    /// `pending`, `approved`, `suspended`, `retired` or `lost`.
    pub registration: String,
    /// Policy group; empty for the default one.
    pub group: String,
    /// `public`, `internal`, `confidential` or `secret`; `null` takes the group's.
    pub data_class: Option<String>,
    /// Who uses it; empty until somebody says.
    pub owner: String,
    /// The company's asset number; empty until somebody says.
    pub asset_number: String,
    /// When it enrolled.
    pub enrolled_at: Time,
    /// The end of its approval; `null` when it has none.
    pub approved_until: Option<Time>,
    /// Leave to take it out; `null` when there is none.
    pub take_out: Option<TakeOutJson>,
    /// Name of the token it enrolled by.
    pub token: String,
    /// SHA-256 of its public key.
    pub key: String,
    /// Certificates that are good for it.
    pub certificates: Vec<CertificateJson>,
    /// The machine that enrolled.
    pub machine: MachineJson,
    /// Two machines claim to be it; `null` when one does.
    pub clones: Option<CloneCaseJson>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateJson {
    /// SHA-256 of it in DER.
    pub fingerprint: String,
    /// When its validity ends.
    pub not_after: Time,
}

/// By what one machine is told from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineJson {
    /// Host name.
    pub hostname: String,
    /// SMBIOS system UUID.
    pub product_uuid: ReadingJson<String>,
    /// SMBIOS serial number.
    pub serial: ReadingJson<String>,
    /// Keyed digest of the machine-id.
    pub machine_mark: ReadingJson<String>,
    /// Id of the kernel's boot.
    pub boot_id: ReadingJson<String>,
}

/// Two machines under one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloneCaseJson {
    /// When it was noticed.
    pub noticed_at: Time,
    /// By what.
    pub by: String,
    /// The machine known until then.
    pub known: MachineJson,
    /// The machine that came.
    pub came: MachineJson,
    /// Where it came from, address and port.
    pub came_from: String,
}

impl From<&Device> for DeviceJson {
    fn from(row: &Device) -> Self {
        Self {
            id: row.id.to_string(),
            revision: row.revision,
            name: row.name.clone(),
            registration: row.registration.name().to_owned(),
            group: row.group.clone(),
            data_class: row.data_class.map(|class| class.name().to_owned()),
            owner: row.owner.clone(),
            asset_number: row.asset_number.clone(),
            enrolled_at: Time(row.enrolled_at),
            approved_until: row.approved_until.map(Time),
            take_out: row.take_out.as_ref().map(TakeOutJson::from),
            token: super::token::name(row.token),
            key: row.key.to_string(),
            certificates: row.certificates.iter().map(CertificateJson::from).collect(),
            machine: (&row.marks).into(),
            clones: row.clones.as_ref().map(CloneCaseJson::from),
        }
    }
}

impl From<&Certificate> for CertificateJson {
    fn from(certificate: &Certificate) -> Self {
        Self {
            fingerprint: certificate.fingerprint.to_string(),
            not_after: Time(certificate.not_after),
        }
    }
}

impl From<&Marks> for MachineJson {
    fn from(marks: &Marks) -> Self {
        Self {
            hostname: marks.hostname.clone(),
            product_uuid: marks.product_uuid.clone().into(),
            serial: marks.serial.clone().into(),
            machine_mark: marks.machine_mark.clone().into(),
            boot_id: marks.boot_id.clone().into(),
        }
    }
}

impl From<&CloneCase> for CloneCaseJson {
    fn from(case: &CloneCase) -> Self {
        Self {
            noticed_at: Time(case.noticed_at),
            by: case.by.clone(),
            known: (&case.known).into(),
            came: (&case.came).into(),
            came_from: case.came_from.clone(),
        }
    }
}

/// The registration to move to: `POST /v1/devices/{name}/registration`. Answered with the
/// [`DeviceJson`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationJson {
    /// `approve`, `suspend`, `retire` or `lose`.
    pub action: String,
    /// The end of the approval, when approving; `null` for none.
    #[serde(default)]
    pub until: Option<Time>,
    /// Why; needed for all but `approve`.
    #[serde(default)]
    pub reason: String,
}

/// Fields to fill in: `PATCH /v1/devices/{name}`. What is left out stays. Answered with the [`DeviceJson`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlterationJson {
    /// Policy group; empty for the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Who uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The company's asset number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_number: Option<String>,
    /// A data class, or `group` to take the group's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_class: Option<String>,
}

/// The decision of a clone case: `POST /v1/devices/{name}/clone`. Answered with the [`DeviceJson`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepJson {
    /// `known` or `came`: which machine is the device.
    pub keep: String,
    /// Why.
    pub reason: String,
}
