//! What Windows laptops say of themselves.
//!
//! Touches folders of its own.

use serde_json::{Value, json};

use super::super::tests::Laptop;
use super::*;

fn version_of(values: &Value) -> Value {
    json!({"values": values})
}

#[track_caller]
fn check(values: &Value, expected: (&str, Option<&str>, &str)) {
    let laptop = Laptop::new().registry("version", &version_of(values));
    let Reading::Known(release) = release(&laptop.root()) else {
        panic!("no release")
    };
    let version = release.version.known().map(String::as_str);
    assert_eq!((&*release.id, version, &*release.name), expected);
}

#[test]
fn eleven_is_told_by_its_build_and_not_by_its_name() {
    check(
        &json!({
            "CurrentBuildNumber": {"text": "26100"},
            "DisplayVersion": {"text": "24H2"},
            "EditionID": {"text": "Professional"},
            "InstallationType": {"text": "Client"},
            "ReleaseId": {"text": "2009"},
            "UBR": {"number": 2314},
        }),
        ("windows", Some("11-24H2"), "Windows 11 Professional 24H2"),
    );
    check(
        &json!({
            "CurrentBuildNumber": {"text": "19045"},
            "DisplayVersion": {"text": "22H2"},
            "EditionID": {"text": "Enterprise"},
        }),
        (
            "windows",
            Some("10-22H2-enterprise"),
            "Windows 10 Enterprise 22H2",
        ),
    );
    check(
        &json!({
            "CurrentBuildNumber": {"text": "19044"},
            "DisplayVersion": {"text": "21H2"},
            "EditionID": {"text": "IoTEnterpriseS"},
        }),
        (
            "windows",
            Some("10-21H2-iot-ltsc"),
            "Windows 10 IoTEnterpriseS 21H2",
        ),
    );
    check(
        &json!({"CurrentBuildNumber": {"text": "20348"}, "InstallationType": {"text": "Server Core"}}),
        ("windows-server", Some("2022"), "Windows Server"),
    );
}

#[test]
fn a_build_that_is_no_number_is_no_release() {
    for build in [json!({"text": "unknown"}), json!({"number": 26100})] {
        let laptop = Laptop::new().registry(
            "version",
            &version_of(&json!({"CurrentBuildNumber": build})),
        );
        assert!(matches!(release(&laptop.root()), Reading::Unknown(_)));
    }
}

#[test]
fn a_laptop_tells_its_names_and_lets_no_machine_guid_out() {
    let guid = "1B2C3D4E-0000-1111-2222-333344445555";
    let laptop = Laptop::new()
        .registry(
            "version",
            &version_of(&json!({"CurrentBuildNumber": {"text": "22631"}, "UBR": {"number": 4317}})),
        )
        .registry("name", &version_of(&json!({"NV Hostname": {"text": "AIKO"}})))
        .registry(
            "bios",
            &version_of(&json!({"SystemManufacturer": {"text": "LENOVO"}, "SystemProductName": {"text": "20XW"}})),
        )
        .registry("processor", &version_of(&json!({"PROCESSOR_ARCHITECTURE": {"text": "AMD64"}})))
        .answer(
            "wmi/product.json",
            &json!([{"fields": {"UUID": "4C4C4544-0042-3510-8052-B4C04F4E4D32", "IdentifyingNumber": "To be filled by O.E.M."}}]),
        )
        .registry("starts", &version_of(&json!({"BootId": {"number": 41}})))
        .registry("identity", &version_of(&json!({"MachineGuid": {"text": guid}})));
    let Reading::Known(host) = read(&laptop.root()) else {
        panic!("no host")
    };
    assert_eq!(host.hostname, "AIKO");
    assert_eq!(host.kernel, "10.0.22631.4317");
    assert_eq!(host.architecture, "x86_64");
    assert_eq!(host.model, Reading::Known("LENOVO 20XW".to_owned()));
    assert_eq!(host.boot_id, Reading::Known("41".to_owned()));
    assert_eq!(
        host.product_uuid,
        Reading::Known("4c4c4544-0042-3510-8052-b4c04f4e4d32".to_owned())
    );
    assert_eq!(host.serial, Reading::Absent);
    let mark = host.machine_mark.known().unwrap();
    assert_eq!(mark.len(), 64);
    assert!(!mark.contains("1b2c3d4e"));
}
