//! Rows of the device register.
//!
//! Touches nothing. Must never fill in for a part that is missing.

use sekisho_policy::id::DeviceId;
use sekisho_policy::register::{DataClass, Registration};
use sekisho_policy::time::Timestamp;

use super::reading::TextRow;
use super::{RowError, device_id, fingerprint, seal, unseal};
use crate::record::{Certificate, CloneCase, Device, Marks, TokenId};

const ROW: &str = "device";

/// Encodes a device.
#[must_use]
pub fn encode(device: &Device) -> Vec<u8> {
    seal(&DeviceRow {
        id: device.id.as_bytes().to_vec(),
        revision: device.revision,
        name: device.name.clone(),
        registration: registration_code(device.registration),
        group: device.group.clone(),
        data_class: device.data_class.map(data_class_code),
        owner: device.owner.clone(),
        asset_number: device.asset_number.clone(),
        enrolled_at_ms: device.enrolled_at.0,
        approved_until_ms: device.approved_until.map(|at| at.0),
        token: device.token.0.to_vec(),
        key: device.key.as_bytes().to_vec(),
        certificates: device
            .certificates
            .iter()
            .map(|c| CertificateRow {
                fingerprint: c.fingerprint.as_bytes().to_vec(),
                not_after_ms: c.not_after.0,
            })
            .collect(),
        marks: Some(MarksRow::from(&device.marks)),
        clones: device.clones.as_ref().map(|case| CloneRow {
            noticed_at_ms: case.noticed_at.0,
            by: case.by.clone(),
            known: Some(MarksRow::from(&case.known)),
            came: Some(MarksRow::from(&case.came)),
            came_from: case.came_from.clone(),
        }),
    })
}

/// Reads a device back.
///
/// # Errors
/// [`RowError`] when the bytes are no device.
pub fn decode(bytes: &[u8]) -> Result<Device, RowError> {
    let row: DeviceRow = unseal(ROW, bytes)?;
    Ok(Device {
        id: device_id(&row.id)?,
        revision: row.revision,
        name: row.name,
        registration: registration(row.registration)?,
        group: row.group,
        data_class: row.data_class.map(data_class).transpose()?,
        owner: row.owner,
        asset_number: row.asset_number,
        enrolled_at: Timestamp(row.enrolled_at_ms),
        approved_until: row.approved_until_ms.map(Timestamp),
        token: token_id(&row.token)?,
        key: fingerprint(&row.key)?,
        certificates: row
            .certificates
            .into_iter()
            .map(|c| {
                Ok(Certificate {
                    fingerprint: fingerprint(&c.fingerprint)?,
                    not_after: Timestamp(c.not_after_ms),
                })
            })
            .collect::<Result<_, RowError>>()?,
        marks: marks(row.marks)?,
        clones: row
            .clones
            .map(|case| {
                Ok::<_, RowError>(CloneCase {
                    noticed_at: Timestamp(case.noticed_at_ms),
                    by: case.by,
                    known: marks(case.known)?,
                    came: marks(case.came)?,
                    came_from: case.came_from,
                })
            })
            .transpose()?,
    })
}

/// Id, host name, registration and group of a device.
pub type Head = (DeviceId, String, Registration, String);

/// Reads of a device what an order to it needs: its name, the state of its registration, and its group.
///
/// # Errors
/// [`RowError`] when the bytes are no device.
pub fn decode_head(bytes: &[u8]) -> Result<Head, RowError> {
    let row: HeadRow = unseal(ROW, bytes)?;
    let id = device_id(&row.id)?;
    Ok((id, row.name, registration(row.registration)?, row.group))
}

pub(crate) fn token_id(bytes: &[u8]) -> Result<TokenId, RowError> {
    <[u8; 8]>::try_from(bytes)
        .map(TokenId)
        .map_err(|_| RowError::Field("token id"))
}

const fn registration_code(registration: Registration) -> u32 {
    match registration {
        Registration::Pending => 1,
        Registration::Approved => 2,
        Registration::Suspended => 3,
        Registration::Retired => 4,
        Registration::Lost => 5,
    }
}

const fn registration(code: u32) -> Result<Registration, RowError> {
    Ok(match code {
        1 => Registration::Pending,
        2 => Registration::Approved,
        3 => Registration::Suspended,
        4 => Registration::Retired,
        5 => Registration::Lost,
        _ => return Err(RowError::Field("registration")),
    })
}

const fn data_class_code(class: DataClass) -> u32 {
    match class {
        DataClass::Public => 1,
        DataClass::Internal => 2,
        DataClass::Confidential => 3,
        DataClass::Secret => 4,
    }
}

const fn data_class(code: u32) -> Result<DataClass, RowError> {
    Ok(match code {
        1 => DataClass::Public,
        2 => DataClass::Internal,
        3 => DataClass::Confidential,
        4 => DataClass::Secret,
        _ => return Err(RowError::Field("data class")),
    })
}

fn marks(row: Option<MarksRow>) -> Result<Marks, RowError> {
    let row = row.ok_or(RowError::Field("marks"))?;
    let reading = |text: Option<TextRow>| text.ok_or(RowError::Field("marks"))?.reading();
    Ok(Marks {
        hostname: row.hostname,
        product_uuid: reading(row.product_uuid)?,
        serial: reading(row.serial)?,
        machine_mark: reading(row.machine_mark)?,
        boot_id: reading(row.boot_id)?,
    })
}

impl From<&Marks> for MarksRow {
    fn from(marks: &Marks) -> Self {
        Self {
            hostname: marks.hostname.clone(),
            product_uuid: Some((&marks.product_uuid).into()),
            serial: Some((&marks.serial).into()),
            machine_mark: Some((&marks.machine_mark).into()),
            boot_id: Some((&marks.boot_id).into()),
        }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
struct DeviceRow {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(uint64, tag = "2")]
    revision: u64,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(uint32, tag = "4")]
    registration: u32,
    #[prost(string, tag = "5")]
    group: String,
    #[prost(uint32, optional, tag = "6")]
    data_class: Option<u32>,
    #[prost(string, tag = "7")]
    owner: String,
    #[prost(string, tag = "8")]
    asset_number: String,
    #[prost(int64, tag = "9")]
    enrolled_at_ms: i64,
    #[prost(int64, optional, tag = "10")]
    approved_until_ms: Option<i64>,
    #[prost(bytes = "vec", tag = "11")]
    token: Vec<u8>,
    #[prost(bytes = "vec", tag = "12")]
    key: Vec<u8>,
    #[prost(message, repeated, tag = "13")]
    certificates: Vec<CertificateRow>,
    #[prost(message, optional, tag = "14")]
    marks: Option<MarksRow>,
    #[prost(message, optional, tag = "15")]
    clones: Option<CloneRow>,
}

/// The first fields of a [`DeviceRow`]; the others are passed over.
#[derive(Clone, PartialEq, prost::Message)]
struct HeadRow {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(uint32, tag = "4")]
    registration: u32,
    #[prost(string, tag = "5")]
    group: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CertificateRow {
    #[prost(bytes = "vec", tag = "1")]
    fingerprint: Vec<u8>,
    #[prost(int64, tag = "2")]
    not_after_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MarksRow {
    #[prost(string, tag = "1")]
    hostname: String,
    #[prost(message, optional, tag = "2")]
    product_uuid: Option<TextRow>,
    #[prost(message, optional, tag = "3")]
    serial: Option<TextRow>,
    #[prost(message, optional, tag = "4")]
    machine_mark: Option<TextRow>,
    #[prost(message, optional, tag = "5")]
    boot_id: Option<TextRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CloneRow {
    #[prost(int64, tag = "1")]
    noticed_at_ms: i64,
    #[prost(string, tag = "2")]
    by: String,
    #[prost(message, optional, tag = "3")]
    known: Option<MarksRow>,
    #[prost(message, optional, tag = "4")]
    came: Option<MarksRow>,
    #[prost(string, tag = "5")]
    came_from: String,
}
