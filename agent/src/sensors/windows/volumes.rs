//! Disk encryption of every volume of a Windows laptop: BitLocker, by what its methods say at this moment.
//!
//! Touches nothing but through `wmi`. Must never take a property of BitLocker for its state, which is as old as the
//! instance is, nor a volume of which BitLocker says nothing for an encrypted one.

use std::collections::BTreeMap;

use sekisho_policy::facts::{
    Encryption, EncryptionKind, Evidence, Exemption, Place, PlainReason, Volume,
};
use sekisho_policy::limits::VOLUMES_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::wmi::{self, Called, Question, Row, Value};
use crate::ask::AskError;
use crate::sensors::Root;

const VOLUMES: Question = Question {
    name: "volumes",
    namespace: r"ROOT\CIMV2",
    class: "Win32_Volume",
    fields: &[
        "DeviceID",
        "DriveLetter",
        "Name",
        "FileSystem",
        "Capacity",
        "DriveType",
    ],
    methods: &[],
    is_private: false,
};
const BITLOCKER: Question = Question {
    name: "bitlocker",
    namespace: r"ROOT\CIMV2\Security\MicrosoftVolumeEncryption",
    class: "Win32_EncryptableVolume",
    fields: &["DeviceID", "VolumeType"],
    // Never one that tells a key.
    methods: &[
        PROTECTION,
        CONVERSION,
        METHOD,
        LOCK,
        "GetSuspendCount",
        "GetHardwareEncryptionStatus",
    ],
    is_private: true,
};
const PARTITIONS: Question = Question {
    name: "partitions",
    namespace: r"ROOT\Microsoft\Windows\Storage",
    class: "MSFT_Partition",
    fields: &["AccessPaths", "GptType"],
    methods: &[],
    is_private: false,
};
const PROTECTION: &str = "GetProtectionStatus";
const CONVERSION: &str = "GetConversionStatus";
const METHOD: &str = "GetEncryptionMethod";
const LOCK: &str = "GetLockStatus";

/// Types of partitions (UEFI, and Windows' `PARTITION_GUID`s): what starts the system, and what repairs it.
const EFI_SYSTEM: &str = "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}";
const RECOVERY: &str = "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}";
/// Kinds of drives (GetDriveType).
const REMOVABLE: i64 = 2;
const FIXED: i64 = 3;

/// Reads every volume.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Volume>> {
    let volumes = match wmi::ask(root, &VOLUMES) {
        Ok(volumes) => volumes,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let bitlocker = wmi::ask(root, &BITLOCKER);
    // Where partitions are not told none is exempt.
    let exempt = wmi::ask(root, &PARTITIONS).map_or_else(|_| BTreeMap::new(), |rows| exempt(&rows));
    let mut found: Vec<Volume> = volumes
        .iter()
        .filter(|row| matches!(row.number("DriveType"), None | Some(REMOVABLE | FIXED)))
        .filter_map(|row| volume(row, &bitlocker, &exempt))
        .collect();
    if found.len() > VOLUMES_MAX {
        return Reading::Unknown(Why::TooLarge(format!(
            "{} volumes; the limit is {VOLUMES_MAX}",
            found.len()
        )));
    }
    if found.is_empty() {
        let said = "Windows tells of no volume, and was started from one".to_owned();
        return Reading::Unknown(Why::Unreadable(said));
    }
    found.sort_by(|left, right| left.place.cmp(&right.place));
    Reading::Known(found)
}

fn exempt(partitions: &[Row]) -> BTreeMap<String, Exemption> {
    let mut exempt = BTreeMap::new();
    for row in partitions {
        let kind = row.text("GptType").map(str::to_ascii_lowercase);
        let exemption = match kind.as_deref() {
            Some(EFI_SYSTEM) => Exemption::EfiSystem,
            Some(RECOVERY) => Exemption::Boot,
            Some(_) | None => continue,
        };
        if let Some(Value::Texts(paths)) = row.fields.get("AccessPaths") {
            exempt.extend(paths.iter().map(|path| (path.to_lowercase(), exemption)));
        }
    }
    exempt
}

fn volume(
    row: &Row,
    bitlocker: &Result<Vec<Row>, AskError>,
    exempt: &BTreeMap<String, Exemption>,
) -> Option<Volume> {
    let id = row.text("DeviceID")?;
    let place = match row.text("Name").filter(|name| *name != id) {
        Some(name) => Place::Mounted(name.to_owned()),
        None => Place::Unmounted(id.to_owned()),
    };
    let mut evidence = Vec::new();
    let encryption = match bitlocker {
        Err(error) => Reading::Unknown(error.why()),
        Ok(rows) => match rows.iter().find(|one| one.text("DeviceID") == Some(id)) {
            Some(one) => {
                evidence = seen(one);
                encryption(one)
            }
            None => Reading::Unknown(Why::Unreadable("BitLocker does not list it".to_owned())),
        },
    };
    Some(Volume {
        place,
        device: row.text("DriveLetter").unwrap_or(id).to_owned(),
        source: id.to_owned(),
        filesystem: row.text("FileSystem").unwrap_or_default().to_owned(),
        size_bytes: row
            .number("Capacity")
            .and_then(|bytes| u64::try_from(bytes).ok()),
        removable: match row.number("DriveType") {
            Some(kind) => Reading::Known(kind == REMOVABLE),
            None => Reading::Absent,
        },
        exemption: exempt.get(&id.to_lowercase()).copied(),
        encryption,
        evidence,
    })
}

/// All that BitLocker said, as numbers.
fn seen(row: &Row) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for (method, called) in &row.methods {
        match called {
            Called::Told(values) => evidence.extend(values.iter().filter_map(|(name, value)| {
                let Value::Number(number) = value else {
                    return None;
                };
                Some(Evidence::new(
                    format!("{method} {name}"),
                    number.to_string(),
                ))
            })),
            Called::Failed(code) => {
                evidence.push(Evidence::new(method.clone(), format!("{code:#010x}")));
            }
        }
    }
    evidence
}

/// `ProtectionStatus`, `ConversionStatus`, `LockStatus` and `EncryptionMethod` of Win32_EncryptableVolume.
fn encryption(row: &Row) -> Reading<Encryption> {
    let unclear = |what: String| Reading::Unknown(Why::Unreadable(what));
    let (protection, lock) = (
        row.told(PROTECTION, "ProtectionStatus"),
        row.told(LOCK, "LockStatus"),
    );
    if lock == Ok(1) || protection == Ok(2) {
        // Without its key nothing of it can be read. The system's own volume cannot be locked while it runs.
        return match row.number("VolumeType") {
            Some(1 | 2) => Reading::Known(Encryption::Encrypted(EncryptionKind::BitLocker)),
            other => unclear(format!("BitLocker calls a volume of type {other:?} locked")),
        };
    }
    let conversion = row.told(CONVERSION, "ConversionStatus");
    let (protection, conversion) = match (protection, conversion) {
        (Ok(protection), Ok(conversion)) => (protection, conversion),
        (Err(code), _) | (_, Err(code)) => return unclear(refused(code)),
    };
    match (protection, conversion) {
        (1, 1) => match row.told(METHOD, "EncryptionMethod") {
            Ok(1..=7) => Reading::Known(Encryption::Encrypted(EncryptionKind::BitLocker)),
            Ok(method) => unclear(format!("BitLocker names no method: {method}")),
            Err(code) => unclear(refused(code)),
        },
        (0, 1) => Reading::Known(Encryption::Plain(PlainReason::Suspended)),
        (0, 0) | (0 | 1, 3 | 5) => Reading::Known(Encryption::Plain(PlainReason::NoEncryption)),
        (0, 2 | 4) => Reading::Known(Encryption::Plain(PlainReason::UnderWay)),
        _ => unclear(format!(
            "BitLocker says protection {protection} and conversion {conversion}, which do not go together"
        )),
    }
}

fn refused(code: Option<u32>) -> String {
    match code {
        Some(code) => format!("BitLocker gives the error {code:#010x}"),
        None => "BitLocker does not tell".to_owned(),
    }
}

#[cfg(test)]
mod tests;
