//! Identities that makers leave unset: the same on thousands of machines, so none at all.
//!
//! Touches nothing. Must never drop an identity that a maker did set.

/// SMBIOS UUIDs seen on many different machines, in lower case.
const UUIDS: &[&str] = &[
    "",
    "00000000-0000-0000-0000-000000000000",
    "00020003-0004-0005-0006-000700080009",
    "03000200-0400-0500-0006-000700080009",
    "03020100-0504-0706-0809-0a0b0c0d0e0f",
    "10000000-0000-8000-0040-000000000000",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    "fefefefe-fefe-fefe-fefe-fefefefefefe",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

/// Serial numbers, makers and models that say nothing, in lower case.
const TEXTS: &[&str] = &[
    "",
    "0123456789",
    "123456789",
    "1234567890",
    "asset-1234567890",
    "chassis serial number",
    "default string",
    "empty",
    "invalid",
    "n/a",
    "na",
    "none",
    "not applicable",
    "not available",
    "not specified",
    "o.e.m.",
    "oem",
    "serial number",
    "serialnumber",
    "system manufacturer",
    "system product name",
    "system serial number",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "tobefilledbyo.e.m.",
    "undefined",
    "unknown",
    "xxxxxxx",
];

/// Whether the UUID, in lower case, is one that makers leave in.
pub(super) fn is_uuid_placeholder(uuid: &str) -> bool {
    UUIDS.contains(&uuid)
}

/// Whether the text is one that makers leave in. A row of nothing but zeros, dots, dashes and
/// spaces is one.
pub(super) fn is_serial_placeholder(text: &str) -> bool {
    let text = text.trim();
    let blank = text
        .chars()
        .all(|letter| matches!(letter, '0' | '.' | '-' | ' ' | '*'));
    blank || TEXTS.iter().any(|known| known.eq_ignore_ascii_case(text))
}
