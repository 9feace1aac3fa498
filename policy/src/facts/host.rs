//! The machine itself: its names, its system, and the marks by which its hardware is told from
//! another.
//!
//! Touches nothing. Must never carry a raw machine-id: it leaves the laptop only as a keyed digest.

use crate::reading::Reading;

/// What kind of machine this is and which one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The host name as the kernel has it.
    pub hostname: String,
    /// `ID` of os-release(5), such as `debian`; on Windows `windows`.
    pub os_id: String,
    /// `VERSION_ID` of os-release(5). Absent on rolling releases and Debian testing.
    pub os_version: Reading<String>,
    /// `PRETTY_NAME` of os-release(5), for people.
    pub os_name: String,
    /// Kernel release, as of uname(2).
    pub kernel: String,
    /// Machine architecture, as of uname(2), such as `x86_64`.
    pub architecture: String,
    /// Maker and model from SMBIOS, for people.
    pub model: Reading<String>,
    /// SMBIOS system UUID in the byte order of SMBIOS 2.6, lower case. Placeholders that makers
    /// leave in are `Absent`; it takes root to read on Linux.
    pub product_uuid: Reading<String>,
    /// SMBIOS serial number. Placeholders are `Absent`.
    pub serial: Reading<String>,
    /// HMAC-SHA256 with the machine-id as key over the product's own text, in hexadecimal: tells
    /// installations apart without giving the id away.
    pub machine_mark: Reading<String>,
    /// The random id of the running kernel's boot.
    pub boot_id: Reading<String>,
}
