//! All that a laptop says of itself, one field for each fact, each with its own reading.
//!
//! Touches nothing. Must never hold a conclusion: a fact says what was seen, a rule says what it
//! means.

pub mod antivirus;
pub mod disk;
pub mod host;
pub mod network;
pub mod platform;
pub mod software;

use crate::reading::Reading;

pub use antivirus::{
    AntivirusProduct, Definitions, DefinitionsKind, Detection, DetectionState, Scan, ScanKind,
    ScanResult,
};
pub use disk::{Encryption, EncryptionKind, Exemption, Place, PlainReason, Volume};
pub use host::Host;
pub use network::{
    DefaultRoute, IpFamily, LinkKind, Network, NetworkLink, NetworkPlace, Subnet, Vpn, VpnKind,
    Wifi, WifiCipher, WifiSecurity,
};
pub use platform::{
    Administrator, Administrators, AgentHealth, Desktop, Firewall, PendingUpdate, Platform,
    Release, ScreenLock, SecureBoot, Tpm, Updates,
};
pub use software::{Package, PackageScope, PackageSource, PackageState, Software};

/// One thing that was seen, word for word: where, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where it was read: a path, an interface, a field.
    pub source: String,
    /// What it said there, unchanged.
    pub value: String,
}

impl Evidence {
    /// Puts down what `source` said.
    pub fn new(source: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            value: value.into(),
        }
    }
}

/// The posture of one laptop at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The machine itself: names, system, hardware identity.
    pub host: Reading<Host>,
    /// Every volume that can hold user data, swap and removable media among them. `Known(vec![])`
    /// is a machine on which no such volume was found, which no rule takes for an encrypted one.
    pub volumes: Reading<Vec<Volume>>,
    /// Every antivirus product found. `Absent` when all places were looked at and none was there.
    pub antivirus: Reading<Vec<AntivirusProduct>>,
    /// Installed software, from every package source of the machine.
    pub software: Reading<Software>,
    /// Release, updates, and how the system guards itself; each with its own reading.
    pub platform: Reading<Platform>,
    /// The networks the laptop is on; each fact of them with its own reading.
    pub network: Reading<Network>,
}

impl Facts {
    /// The facts of a machine that nobody has asked yet.
    #[must_use]
    pub const fn not_asked() -> Self {
        use crate::reading::Why::NotAsked;
        Self {
            host: Reading::Unknown(NotAsked),
            volumes: Reading::Unknown(NotAsked),
            antivirus: Reading::Unknown(NotAsked),
            software: Reading::Unknown(NotAsked),
            platform: Reading::Unknown(NotAsked),
            network: Reading::Unknown(NotAsked),
        }
    }

    /// Puts one fact back to what it was before anybody asked.
    pub fn forget(&mut self, kind: SectionKind) {
        use crate::reading::Why::NotAsked;
        match kind {
            SectionKind::Antivirus => self.antivirus = Reading::Unknown(NotAsked),
            SectionKind::Host => self.host = Reading::Unknown(NotAsked),
            SectionKind::Software => self.software = Reading::Unknown(NotAsked),
            SectionKind::Volumes => self.volumes = Reading::Unknown(NotAsked),
            SectionKind::Platform => self.platform = Reading::Unknown(NotAsked),
            SectionKind::Network => self.network = Reading::Unknown(NotAsked),
        }
    }
}

/// The sections a report travels in: one for each fact, so that an unchanged fact need not travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionKind {
    /// [`Facts::antivirus`]
    Antivirus,
    /// [`Facts::host`]
    Host,
    /// [`Facts::software`]
    Software,
    /// [`Facts::volumes`]
    Volumes,
    /// [`Facts::platform`]
    Platform,
    /// [`Facts::network`]
    Network,
}

impl SectionKind {
    /// Every section, those of the first release first: its agents send no others.
    pub const ALL: [Self; 6] = [
        Self::Antivirus,
        Self::Host,
        Self::Software,
        Self::Volumes,
        Self::Platform,
        Self::Network,
    ];
    /// The sections of the first release, which every report has.
    pub const FIRST: [Self; 4] = [Self::Antivirus, Self::Host, Self::Software, Self::Volumes];

    /// The name of the section in logs and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Antivirus => "antivirus",
            Self::Host => "host",
            Self::Software => "software",
            Self::Volumes => "volumes",
            Self::Platform => "platform",
            Self::Network => "network",
        }
    }
}
