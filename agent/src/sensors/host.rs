//! The machine itself: its names, its system, and the marks that tell its hardware from another's.
//!
//! Touches nothing but through `host/linux.rs`. Must never let the raw machine-id out.

#[cfg(unix)]
mod linux;
mod placeholders;

use hmac::{Hmac, KeyInit, Mac};
use sekisho_policy::reading::{Reading, Why};
use sha2::Sha256;

#[cfg(unix)]
pub(in crate::sensors) use linux::os_release;
#[cfg(unix)]
pub(super) use linux::read;

/// What the mark is made for. A change here makes every laptop look like another one.
const MARK_PURPOSE: &[u8] = b"sekisho.v1 machine mark";

/// The keyed digest that stands for a machine-id: HMAC-SHA256 with the id as key over the product's
/// own text, the way `sd_id128_get_machine_app_specific(3)` does, so that the id cannot be had from
/// it nor compared with other products' marks.
pub(super) fn machine_mark(text: &str) -> Reading<String> {
    let digits = text.trim();
    // "uninitialized" stands there on a first boot, machine-id(5).
    let unset = digits.is_empty() || digits == "uninitialized";
    if unset || digits.bytes().all(|digit| digit == b'0') {
        return Reading::Absent;
    }
    let valid = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let id = valid.then(|| u128::from_str_radix(digits, 16));
    let Some(Ok(id)) = id else {
        return Reading::Unknown(Why::Unreadable(
            "machine-id is not 32 hexadecimal digits".to_owned(),
        ));
    };
    match Hmac::<Sha256>::new_from_slice(&id.to_be_bytes()) {
        Ok(mut mac) => {
            mac.update(MARK_PURPOSE);
            let digest = mac.finalize().into_bytes();
            Reading::Known(data_encoding::HEXLOWER.encode(&digest))
        }
        Err(error) => Reading::Unknown(Why::Unreadable(error.to_string())),
    }
}

/// The SMBIOS system UUID as the kernel prints it, in lower case. The kernel has put the first
/// three groups in the byte order of SMBIOS 2.6 already (`dmi_save_uuid` in its dmi_scan.c).
pub(super) fn product_uuid(text: &str) -> Reading<String> {
    let uuid = text.trim().to_ascii_lowercase();
    if placeholders::is_uuid_placeholder(&uuid) {
        return Reading::Absent;
    }
    let well_formed = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if well_formed {
        Reading::Known(uuid)
    } else {
        Reading::Unknown(Why::Unreadable(format!("not a UUID: {uuid:?}")))
    }
}

pub(super) fn serial(text: &str) -> Reading<String> {
    let serial = text.trim();
    if placeholders::is_serial_placeholder(serial) {
        Reading::Absent
    } else {
        Reading::Known(serial.to_owned())
    }
}

/// Maker and model in one line, each left out when it is a filler.
pub(super) fn model(maker: &str, product: &str) -> Reading<String> {
    let parts: Vec<&str> = [maker.trim(), product.trim()]
        .into_iter()
        .filter(|part| !placeholders::is_serial_placeholder(part))
        .collect();
    if parts.is_empty() {
        Reading::Absent
    } else {
        Reading::Known(parts.join(" "))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_machine_id_leaves_only_as_a_mark() {
        let id = "0123456789abcdef0123456789abcdef";
        let Reading::Known(mark) = machine_mark(&format!("{id}\n")) else {
            panic!("no mark")
        };
        // Computed apart, with Python: hmac.new(bytes.fromhex(id), purpose, "sha256").hexdigest()
        assert_eq!(
            mark,
            "d6cf2936f648f2a653122b7860d0dd622bf48bcaf099ecc4d3910ffad16eb763"
        );
        assert!(!mark.contains(id));
        assert_ne!(
            machine_mark("0123456789abcdef0123456789abcdee"),
            Reading::Known(mark)
        );
    }

    #[test]
    fn a_machine_id_not_yet_made_is_absent_and_a_broken_one_unknown() {
        assert_eq!(machine_mark("uninitialized\n"), Reading::Absent);
        assert_eq!(machine_mark(""), Reading::Absent);
        assert_eq!(
            machine_mark("00000000000000000000000000000000"),
            Reading::Absent
        );
        assert!(matches!(
            machine_mark("+123456789abcdef0123456789abcdef"),
            Reading::Unknown(_)
        ));
        assert!(matches!(machine_mark("abc"), Reading::Unknown(_)));
    }

    #[test]
    fn placeholders_of_makers_are_no_identity() {
        assert_eq!(
            product_uuid("03000200-0400-0500-0006-000700080009\n"),
            Reading::Absent
        );
        assert_eq!(
            product_uuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
            Reading::Absent
        );
        assert_eq!(serial("To be filled by O.E.M."), Reading::Absent);
        assert_eq!(serial(" default STRING "), Reading::Absent);
        assert_eq!(serial("0000000"), Reading::Absent);
        assert_eq!(serial("PF3ABCDE\n"), Reading::Known("PF3ABCDE".to_owned()));
    }

    #[test]
    fn a_uuid_is_told_in_lower_case() {
        assert_eq!(
            product_uuid("4C4C4544-0042-3510-8052-B4C04F4E4D32\n"),
            Reading::Known("4c4c4544-0042-3510-8052-b4c04f4e4d32".to_owned())
        );
        assert!(matches!(product_uuid("4C4C4544"), Reading::Unknown(_)));
    }

    #[test]
    fn a_model_without_a_maker_is_still_told() {
        assert_eq!(
            model("LENOVO", "20XW"),
            Reading::Known("LENOVO 20XW".to_owned())
        );
        assert_eq!(
            model("Default string", "X1"),
            Reading::Known("X1".to_owned())
        );
        assert_eq!(model("", "None"), Reading::Absent);
    }
}
