//! What Windows tells of Wi-Fi (`WLAN_CONNECTION_ATTRIBUTES`, `WLAN_BSS_ENTRY`), as values.
//!
//! Touches nothing: `win` asks, and `sensors` takes the answer apart. Must never hold a network that the laptop is not
//! connected to.

use serde::{Deserialize, Serialize};

/// Adapters and access points that are taken, and bytes of what one says.
pub const ADAPTERS_MAX: usize = 64;
/// See [`ADAPTERS_MAX`].
pub const ACCESS_POINTS_MAX: usize = 4096;
/// See [`ADAPTERS_MAX`].
pub const ELEMENTS_BYTES_MAX: usize = 8192;

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// `ERROR_SERVICE_NOT_ACTIVE`, or that there is no such library: nobody would tell.
    #[serde(default)]
    pub has_no_service: bool,
    /// The adapters for Wi-Fi.
    #[serde(default)]
    pub adapters: Vec<Adapter>,
}

/// An adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// Its GUID, in lower case.
    pub id: String,
    /// Its connection; none where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Answer<Connection>>,
}

/// What one call gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// This.
    Told(T),
    /// The number of Windows' error.
    Failed(u32),
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The name of the network, in hexadecimal.
    pub ssid: String,
    /// `bSecurityEnabled`.
    pub is_secured: bool,
    /// `dot11AuthAlgorithm`.
    pub authentication: i32,
    /// `dot11CipherAlgorithm`.
    pub cipher: i32,
    /// The access point; none where Windows does not list it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point: Option<Answer<AccessPoint>>,
}

/// An access point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessPoint {
    /// `usCapabilityInformation`.
    pub capability: u16,
    /// Its elements (IEEE 802.11, 9.4.2), in hexadecimal.
    pub elements: String,
}
