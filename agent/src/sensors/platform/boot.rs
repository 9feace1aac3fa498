//! Whether the firmware starts only what is signed, and which security chip there is.
//!
//! Touches the variables of the firmware in `/sys/firmware/efi` and `/sys/class/tpm`. Must never take a
//! machine whose variables are hidden for one that has none.

use sekisho_policy::facts::{Evidence, SecureBoot, Tpm};
use sekisho_policy::reading::{Reading, Why};

use crate::ask::{self, AskError};
use crate::limits::{EFI_VARIABLES_MAX, SMALL_FILE_BYTES_MAX, TPMS_MAX};
use crate::sensors::Root;

const EFI: &str = "/sys/firmware/efi";
const VARIABLES: &str = "/sys/firmware/efi/efivars";
/// Of the UEFI specification, "Globally Defined Variables".
const SECURE_BOOT: &str = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// shim's own copy of its switch: 1 where `mokutil --disable-validation` lets it start what nobody signed
/// (shim's MokVars.txt).
const SHIM: &str = "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23";
const TPM: &str = "/sys/class/tpm";

/// Reads the firmware's own word. `Absent` on machines that boot by BIOS.
pub(in crate::sensors) fn secure_boot(root: &Root) -> Reading<SecureBoot> {
    match root.path(EFI).try_exists() {
        Ok(true) => {}
        Ok(false) => return Reading::Absent,
        Err(error) => return Reading::Unknown(error.why()),
    }
    let source = format!("{VARIABLES}/{SECURE_BOOT}");
    let bytes = match ask::read_bytes(&root.path(&source), SMALL_FILE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(AskError::Missing(_)) => return without_variable(root),
        Err(error) => return Reading::Unknown(error.why()),
    };
    let firmware = match switch(&source, &bytes) {
        Ok(on) => on,
        Err(why) => return Reading::Unknown(why),
    };
    let value = u8::from(firmware).to_string();
    let mut evidence = vec![Evidence::new(source, value)];
    let source = format!("{VARIABLES}/{SHIM}");
    let verifies = match ask::read_bytes(&root.path(&source), SMALL_FILE_BYTES_MAX) {
        Ok(bytes) => match switch(&source, &bytes) {
            Ok(off) => {
                evidence.push(Evidence::new(source, u8::from(off).to_string()));
                !off
            }
            Err(why) if firmware => return Reading::Unknown(why),
            Err(_) => true,
        },
        Err(AskError::Missing(_)) => true,
        Err(error) if firmware => return Reading::Unknown(error.why()),
        Err(_) => true,
    };
    Reading::Known(SecureBoot {
        enabled: firmware && verifies,
        evidence,
    })
}

/// Four bytes of attributes come before the value (the kernel's efivarfs.rst).
fn switch(source: &str, bytes: &[u8]) -> Result<bool, Why> {
    match bytes {
        [_, _, _, _, 0] => Ok(false),
        [_, _, _, _, 1] => Ok(true),
        other => Err(Why::Unreadable(format!(
            "{source}: {} bytes that are no switch",
            other.len()
        ))),
    }
}

/// Firmware without the variable cannot do it; without any variable they are only not mounted.
fn without_variable(root: &Root) -> Reading<SecureBoot> {
    match ask::list(&root.path(VARIABLES), EFI_VARIABLES_MAX) {
        Ok(names) if !names.is_empty() => Reading::Known(SecureBoot {
            enabled: false,
            evidence: vec![Evidence::new(VARIABLES, "no variable SecureBoot")],
        }),
        Ok(_) | Err(AskError::Missing(_)) => {
            Reading::Unknown(Why::ToolMissing(format!("{VARIABLES} is not mounted")))
        }
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// Reads the kernel's word on the chip. `Absent` where it knows none.
pub(in crate::sensors) fn tpm(root: &Root) -> Reading<Tpm> {
    let chips = match ask::list(&root.path(TPM), TPMS_MAX) {
        Ok(chips) => chips,
        Err(error) => return error.reading(),
    };
    let Some(chip) = chips.first() else {
        return Reading::Absent;
    };
    let source = format!("{TPM}/{chip}/tpm_version_major");
    let mut evidence = Vec::new();
    let version = match ask::read_line(&root.path(&source)) {
        Ok(text) => {
            evidence.push(Evidence::new(source.as_str(), text.as_str()));
            match text.parse() {
                Ok(version) => Reading::Known(version),
                Err(_) => Reading::Unknown(Why::Unreadable(format!("{source}: {text:?}"))),
            }
        }
        // Kernels before 5.6 do not say.
        Err(error) => Reading::Unknown(error.why()),
    };
    Reading::Known(Tpm { version, evidence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn machine(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = tree.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        tree
    }

    #[test]
    fn the_firmware_says_whether_it_boots_what_is_signed_alone() {
        let variable = format!("{VARIABLES}/{SECURE_BOOT}");
        let told = |bytes: &[u8]| {
            let tree = machine(&[(&variable, bytes)]);
            let reading = secure_boot(&Root::at(tree.path()));
            let unreadable = matches!(reading, Reading::Unknown(Why::Unreadable(_)));
            assert_eq!(reading.known().is_none(), unreadable, "{reading:?}");
            reading.known().map(|secure| secure.enabled)
        };
        assert_eq!(told(&[6, 0, 0, 0, 1]), Some(true));
        assert_eq!(told(&[6, 0, 0, 0, 0]), Some(false));
        for broken in [
            &[][..],
            &[6, 0, 0, 0],
            &[6, 0, 0, 0, 2],
            &[6, 0, 0, 0, 1, 0],
        ] {
            assert_eq!(told(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_shim_that_verifies_nothing_turns_it_off() {
        let firmware = format!("{VARIABLES}/{SECURE_BOOT}");
        let shim = format!("{VARIABLES}/{SHIM}");
        let told = |bytes: &[u8]| {
            let tree = machine(&[(&firmware, &[6, 0, 0, 0, 1]), (&shim, bytes)]);
            secure_boot(&Root::at(tree.path()))
        };
        let Reading::Known(off) = told(&[6, 0, 0, 0, 1]) else {
            panic!("the firmware says that it is on");
        };
        assert!(!off.enabled);
        assert!(off.evidence[1].source.contains("MokSBStateRT"), "{off:?}");
        let on = told(&[6, 0, 0, 0, 0]);
        assert!(on.known().is_some_and(|on| on.enabled), "{on:?}");
        let broken = told(&[6]);
        assert!(
            matches!(broken, Reading::Unknown(Why::Unreadable(_))),
            "{broken:?}"
        );
    }

    #[test]
    fn a_bios_has_no_such_thing_and_hidden_variables_are_unknown() {
        let bios = machine(&[]);
        assert_eq!(secure_boot(&Root::at(bios.path())), Reading::Absent);
        let hidden = machine(&[("/sys/firmware/efi/fw_platform_size", b"64\n")]);
        assert!(matches!(
            secure_boot(&Root::at(hidden.path())),
            Reading::Unknown(Why::ToolMissing(_))
        ));
        fs::create_dir(hidden.path().join("sys/firmware/efi/efivars")).unwrap();
        let empty = secure_boot(&Root::at(hidden.path()));
        assert!(
            matches!(empty, Reading::Unknown(Why::ToolMissing(_))),
            "{empty:?}"
        );
        let old = machine(&[("/sys/firmware/efi/efivars/BootOrder-8be4df61", b"x")]);
        let Reading::Known(secure) = secure_boot(&Root::at(old.path())) else {
            panic!()
        };
        assert!(!secure.enabled);
    }

    #[test]
    fn the_chip_says_its_version_where_there_is_one() {
        let version = |files: &[(&str, &[u8])]| {
            let tree = machine(files);
            tpm(&Root::at(tree.path())).map(|tpm| tpm.version)
        };
        assert_eq!(version(&[]), Reading::Absent);
        let two = version(&[("/sys/class/tpm/tpm0/tpm_version_major", b"2\n")]);
        assert_eq!(two, Reading::Known(Reading::Known(2)));
        let silent = version(&[("/sys/class/tpm/tpm0/caps", b"")]);
        assert!(
            matches!(silent, Reading::Known(Reading::Unknown(_))),
            "{silent:?}"
        );
        let strange = version(&[("/sys/class/tpm/tpm0/tpm_version_major", b"two\n")]);
        assert!(
            matches!(strange, Reading::Known(Reading::Unknown(_))),
            "{strange:?}"
        );
    }
}
