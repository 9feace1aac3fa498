//! The security of the Wi-Fi a laptop is connected to.
//!
//! Touches nothing. Must never say that something was negotiated which the access point only offers.

use crate::facts::Evidence;
use crate::reading::Reading;

/// A Wi-Fi network that the laptop is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wifi {
    /// Its link, such as `wlan0`.
    pub link: String,
    /// Its name (SSID). `network-permitted` asks for it where the policy names networks.
    pub ssid: Reading<String>,
    /// Every way to authenticate that the access point offers. Which one was taken is not known where it
    /// is more than one.
    pub offers: Reading<Vec<WifiSecurity>>,
    /// What encrypts frames to one station, of which one was taken. Empty where nothing does.
    pub ciphers: Reading<Vec<WifiCipher>>,
    /// What encrypts frames to all stations. Absent where nothing does.
    pub group_cipher: Reading<WifiCipher>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// A way to authenticate, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WifiSecurity {
    /// None.
    Open,
    /// Wired Equivalent Privacy, which is broken.
    Wep,
    /// WPA with a password.
    WpaPersonal,
    /// WPA with 802.1X.
    WpaEnterprise,
    /// A suite that this version does not know; the evidence names it.
    Other,
    /// None, with encryption all the same (RFC 8110).
    Owe,
    /// WPA2 with a password.
    Wpa2Personal,
    /// WPA2 with 802.1X.
    Wpa2Enterprise,
    /// WPA3 with a password (SAE).
    Wpa3Personal,
    /// WPA3 with 802.1X, of 192 bits or not.
    Wpa3Enterprise,
}

/// What encrypts frames, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WifiCipher {
    /// WEP with a key of any length.
    Wep,
    /// TKIP.
    Tkip,
    /// One that this version does not know; the evidence names it.
    Other,
    /// CCMP, of 128 or 256 bits.
    Ccmp,
    /// GCMP, of 128 or 256 bits.
    Gcmp,
}

impl WifiSecurity {
    /// Every way.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::Wep,
        Self::WpaPersonal,
        Self::WpaEnterprise,
        Self::Other,
        Self::Owe,
        Self::Wpa2Personal,
        Self::Wpa2Enterprise,
        Self::Wpa3Personal,
        Self::Wpa3Enterprise,
    ];

    /// The name of the way in policies and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Wep => "wep",
            Self::WpaPersonal => "wpa-personal",
            Self::WpaEnterprise => "wpa-enterprise",
            Self::Other => "other",
            Self::Owe => "owe",
            Self::Wpa2Personal => "wpa2-personal",
            Self::Wpa2Enterprise => "wpa2-enterprise",
            Self::Wpa3Personal => "wpa3-personal",
            Self::Wpa3Enterprise => "wpa3-enterprise",
        }
    }

    /// Whether anybody may join who is near: nobody is asked for anything.
    #[must_use]
    pub const fn lets_anybody_in(self) -> bool {
        match self {
            Self::Open | Self::Owe => true,
            Self::Wep
            | Self::WpaPersonal
            | Self::WpaEnterprise
            | Self::Other
            | Self::Wpa2Personal
            | Self::Wpa2Enterprise
            | Self::Wpa3Personal
            | Self::Wpa3Enterprise => false,
        }
    }
}

impl WifiCipher {
    /// Every cipher.
    pub const ALL: [Self; 5] = [Self::Wep, Self::Tkip, Self::Other, Self::Ccmp, Self::Gcmp];

    /// The name of the cipher in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wep => "wep",
            Self::Tkip => "tkip",
            Self::Other => "other",
            Self::Ccmp => "ccmp",
            Self::Gcmp => "gcmp",
        }
    }
}
