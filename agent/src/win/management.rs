//! What the management interface of Windows (WMI) says when it does not answer, by the numbers of its errors: its texts are in
//! the language of the system.
//!
//! Touches nothing. Must never take an error that has no name here for a class that is not there.

use std::io;
use std::path::PathBuf;

use wmi::WMIError;

use crate::ask::AskError;

/// `WBEM_E_NOT_FOUND`, `WBEM_E_INVALID_NAMESPACE`, `WBEM_E_INVALID_CLASS` and `WBEM_E_PROVIDER_NOT_FOUND`.
const MISSING: [u32; 4] = [0x8004_1002, 0x8004_100e, 0x8004_1010, 0x8004_1011];
/// `WBEM_E_ACCESS_DENIED`, and `E_ACCESSDENIED`.
const DENIED: [u32; 2] = [0x8004_1003, 0x8007_0005];

/// The number of an error of Windows.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the library may add errors of its own; only those of Windows have a number"
)]
#[must_use]
pub fn code(error: &WMIError) -> Option<u32> {
    match error {
        WMIError::HResultError { hres } => Some(hres.cast_unsigned()),
        _ => None,
    }
}

/// What an error says of this class.
#[must_use]
pub fn failed(namespace: &str, class: &str, error: &WMIError) -> AskError {
    let path = PathBuf::from(format!(r"{namespace}\{class}"));
    match code(error) {
        Some(code) if MISSING.contains(&code) => AskError::ToolMissing(path),
        Some(code) if DENIED.contains(&code) => AskError::NotPermitted(path),
        Some(code) => AskError::Io {
            path,
            source: io::Error::other(format!("WMI error {code:#010x}")),
        },
        None => AskError::Io {
            path,
            source: io::Error::other(error.to_string()),
        },
    }
}
