//! Whether the firmware starts only what is signed, and which security chip there is, as Windows knows it.
//!
//! Touches nothing but through `registry` and `wmi`. Must never take a machine that may not be asked for one that has
//! none.

use sekisho_policy::facts::{Evidence, SecureBoot, Tpm};
use sekisho_policy::reading::{Reading, Why};

use super::registry::{self, Hive};
use super::wmi;
use crate::sensors::Root;

/// It is there where Windows was started by UEFI.
const STATE: registry::Question = registry::Question {
    name: "secure-boot",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Control\SecureBoot\State",
    below: false,
    values: &["UEFISecureBootEnabled"],
};
const CHIP: wmi::Question = wmi::Question {
    name: "tpm",
    namespace: r"ROOT\CIMV2\Security\MicrosoftTpm",
    class: "Win32_Tpm",
    fields: &[
        "SpecVersion",
        "IsEnabled_InitialValue",
        "IsActivated_InitialValue",
    ],
    methods: &[],
    is_private: true,
};

/// Reads the firmware's own word. `Absent` on machines that boot by BIOS.
pub(in crate::sensors) fn secure_boot(root: &Root) -> Reading<SecureBoot> {
    let state = match registry::ask(root, &STATE) {
        Ok(state) => state,
        Err(error) => return error.reading(),
    };
    match state.number("UEFISecureBootEnabled") {
        Some(number @ (0 | 1)) => Reading::Known(SecureBoot {
            enabled: number == 1,
            evidence: vec![Evidence::new(
                r"SecureBoot\State UEFISecureBootEnabled",
                number.to_string(),
            )],
        }),
        other => Reading::Unknown(Why::Unreadable(format!(
            "UEFISecureBootEnabled is neither 0 nor 1: {other:?}"
        ))),
    }
}

/// Reads the chip. Only administrators may.
pub(in crate::sensors) fn tpm(root: &Root) -> Reading<Tpm> {
    let rows = match wmi::ask(root, &CHIP) {
        Ok(rows) => rows,
        Err(error) => return error.reading(),
    };
    let Some(chip) = rows.first() else {
        return Reading::Absent;
    };
    // Such as "2.0, 0, 1.59": the specification's version comes first.
    let told = chip.text("SpecVersion").unwrap_or_default();
    let version = told.split(',').next().unwrap_or_default().trim();
    Reading::Known(Tpm {
        version: match version.split('.').next() {
            Some("2") => Reading::Known(2),
            Some("1") => Reading::Known(1),
            _ => Reading::Unknown(Why::Unreadable(format!("SpecVersion is {told:?}"))),
        },
        evidence: vec![Evidence::new("Win32_Tpm SpecVersion", told)],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::Laptop;
    use super::*;

    fn state(number: &Value) -> Reading<bool> {
        let answer = json!({"values": {"UEFISecureBootEnabled": number}});
        let laptop = Laptop::new().registry("secure-boot", &answer);
        secure_boot(&laptop.root()).map(|told| told.enabled)
    }

    #[test]
    fn secure_boot_is_what_the_firmware_says_and_nothing_else_is_on() {
        assert_eq!(state(&json!({"number": 1})), Reading::Known(true));
        assert_eq!(state(&json!({"number": 0})), Reading::Known(false));
        for odd in [json!({"number": 2}), json!({"text": "1"})] {
            assert!(matches!(state(&odd), Reading::Unknown(_)), "{odd}");
        }
    }

    #[test]
    fn the_chip_is_told_by_the_first_number_of_its_specification() {
        let version = |told: &str| {
            let rows = json!([{"fields": {"SpecVersion": told}}]);
            let laptop = Laptop::new().answer("wmi/tpm.json", &rows);
            match tpm(&laptop.root()) {
                Reading::Known(tpm) => tpm.version,
                Reading::Absent | Reading::Unknown(_) => panic!("no chip"),
            }
        };
        assert_eq!(version("2.0, 0, 1.59"), Reading::Known(2));
        assert_eq!(version("1.2, 2, 3"), Reading::Known(1));
        assert!(matches!(version("Not Supported"), Reading::Unknown(_)));
        let none = Laptop::new().answer("wmi/tpm.json", &json!([]));
        assert_eq!(tpm(&none.root()), Reading::Absent);
    }
}
