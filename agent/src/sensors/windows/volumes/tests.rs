//! Volumes of Windows laptops, and the whole table of what BitLocker can say of one.
//!
//! Touches folders of its own.

use serde_json::{Value as Json, json};

use super::super::tests::Laptop;
use super::*;

const C: &str = r"\\?\Volume{11111111-0000-0000-0000-100000000000}\";
const ESP: &str = r"\\?\Volume{22222222-0000-0000-0000-100000000000}\";

fn bitlocker(kind: i64, protection: i64, conversion: i64, method: i64, lock: i64) -> Json {
    json!({
        "fields": {"DeviceID": C, "VolumeType": kind},
        "methods": {
            "GetProtectionStatus": {"told": {"ProtectionStatus": protection}},
            "GetConversionStatus": {"told": {"ConversionStatus": conversion, "EncryptionPercentage": 100}},
            "GetEncryptionMethod": {"told": {"EncryptionMethod": method}},
            "GetLockStatus": {"told": {"LockStatus": lock}},
            "GetSuspendCount": {"failed": 0x8007_0032_u32},
        },
    })
}

fn told(
    kind: i64,
    protection: i64,
    conversion: i64,
    method: i64,
    lock: i64,
) -> Reading<Encryption> {
    let row = bitlocker(kind, protection, conversion, method, lock);
    encryption(&serde_json::from_value(row).unwrap())
}

#[test]
fn each_pair_of_protection_and_conversion_has_one_meaning() {
    let plain = |reason| Reading::Known(Encryption::Plain(reason));
    for conversion in -1..=7 {
        for protection in -1..=3 {
            let found = told(0, protection, conversion, 7, 0);
            let expected = match (protection, conversion) {
                (1, 1) => Reading::Known(Encryption::Encrypted(EncryptionKind::BitLocker)),
                (0, 1) => plain(PlainReason::Suspended),
                (0, 2 | 4) => plain(PlainReason::UnderWay),
                (0, 0) | (0 | 1, 3 | 5) => plain(PlainReason::NoEncryption),
                _ => {
                    let is_unknown = matches!(found, Reading::Unknown(_));
                    assert!(is_unknown, "{protection} {conversion}: {found:?}");
                    continue;
                }
            };
            assert_eq!(found, expected, "{protection} {conversion}");
        }
    }
}

#[test]
fn a_method_that_is_none_is_no_encryption_that_can_be_told() {
    for method in [0, 8, -1, 0xffff_ffff] {
        assert!(
            matches!(told(0, 1, 1, method, 0), Reading::Unknown(_)),
            "{method}"
        );
    }
}

#[test]
fn a_locked_data_volume_is_encrypted_and_a_locked_system_makes_no_sense() {
    let encrypted = Reading::Known(Encryption::Encrypted(EncryptionKind::BitLocker));
    assert_eq!(told(1, 2, 1, 7, 1), encrypted);
    assert_eq!(told(2, 2, 1, 7, 1), encrypted);
    assert!(matches!(told(0, 2, 1, 7, 1), Reading::Unknown(_)));
}

#[test]
fn an_error_of_a_method_is_unknown_by_its_number() {
    let row = json!({
        "fields": {"DeviceID": C, "VolumeType": 0},
        "methods": {"GetProtectionStatus": {"failed": 0x8031_0000_u32}},
    });
    let Reading::Unknown(why) = encryption(&serde_json::from_value(row).unwrap()) else {
        panic!("it is told")
    };
    assert!(why.to_string().contains("0x80310000"), "{why}");
}

fn disk(id: &str, name: &str, kind: i64) -> Json {
    json!({"fields": {
        "DeviceID": id, "Name": name, "FileSystem": "NTFS", "Capacity": "512000000000", "DriveType": kind,
    }})
}

#[test]
fn the_volumes_are_those_of_the_disks_and_the_firmwares_needs_no_encryption() {
    let laptop = Laptop::new()
        .answer(
            "wmi/volumes.json",
            &json!([disk(C, r"C:\", 3), disk(ESP, ESP, 3), disk("X", r"N:\", 4)]),
        )
        .answer("wmi/bitlocker.json", &json!([bitlocker(0, 0, 1, 7, 0)]))
        .answer(
            "wmi/partitions.json",
            &json!([{"fields": {
                "GptType": "{C12A7328-F81F-11D2-BA4B-00A0C93EC93B}", "AccessPaths": [ESP],
            }}]),
        );
    let Reading::Known(volumes) = read(&laptop.root()) else {
        panic!("no volumes")
    };
    let [system, firmware] = volumes.as_slice() else {
        panic!("{volumes:?}")
    };
    assert_eq!(system.place, Place::Mounted(r"C:\".to_owned()));
    assert_eq!(system.size_bytes, Some(512_000_000_000));
    assert_eq!(system.removable, Reading::Known(false));
    let suspended = Encryption::Plain(PlainReason::Suspended);
    assert_eq!(system.encryption, Reading::Known(suspended));
    assert_eq!(firmware.exemption, Some(Exemption::EfiSystem));
    assert!(matches!(firmware.encryption, Reading::Unknown(_)));
}

#[test]
fn without_bitlocker_no_volume_is_known_to_be_plain_or_encrypted() {
    let laptop = Laptop::new().answer("wmi/volumes.json", &json!([disk(C, r"C:\", 3)]));
    let Reading::Known(volumes) = read(&laptop.root()) else {
        panic!("no volumes")
    };
    assert!(matches!(volumes[0].encryption, Reading::Unknown(_)));
}
