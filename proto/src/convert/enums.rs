//! Enumerations without content: one name here for one name there.
//!
//! Touches nothing. Must never give an unspecified or alien value a meaning: it is refused, or the
//! caller makes an unknown of it.

use sekisho_policy::facts::{
    DefinitionsKind, Desktop, DetectionState, EncryptionKind, Exemption, IpFamily, LinkKind,
    NetworkPlace, PackageSource, PackageState, ScanKind, ScanResult, SectionKind, VpnKind,
    WifiCipher, WifiSecurity,
};
use sekisho_policy::finding::{Outcome, Severity, Standing};
use sekisho_policy::order::{Access, GapKind, WhyRefused};
use sekisho_policy::register::{DataClass, Registration};

use super::InvalidMessage;
use crate::wire;

/// Reads the number of the wire enumeration `W` as the domain's `D`.
pub(crate) fn known<W, D>(value: i32, what: &'static str) -> Result<D, InvalidMessage>
where
    W: TryFrom<i32>,
    Option<D>: From<W>,
{
    W::try_from(value)
        .ok()
        .and_then(Option::<D>::from)
        .ok_or(InvalidMessage::UnknownValue { what, value })
}

/// Reads a number; one that only a newer peer knows is `other`.
pub(crate) fn or_other<W, D>(value: i32, what: &'static str, other: D) -> Result<D, InvalidMessage>
where
    W: TryFrom<i32>,
    Option<D>: From<W>,
{
    match W::try_from(value) {
        Ok(_) => known::<W, D>(value, what),
        Err(_) => Ok(other),
    }
}

/// Reads a number of which unspecified means none.
pub(crate) fn optional<W, D>(value: i32, what: &'static str) -> Result<Option<D>, InvalidMessage>
where
    W: TryFrom<i32>,
    Option<D>: From<W>,
{
    W::try_from(value)
        .map(Option::<D>::from)
        .map_err(|_| InvalidMessage::UnknownValue { what, value })
}

macro_rules! twins {
    ($($domain:ty = $wire:ty { $($d:ident = $w:ident),+ $(,)? })+) => {$(
        impl From<$domain> for $wire {
            fn from(value: $domain) -> Self {
                match value { $(<$domain>::$d => <$wire>::$w,)+ }
            }
        }

        impl From<$wire> for Option<$domain> {
            fn from(value: $wire) -> Self {
                match value {
                    <$wire>::Unspecified => None,
                    $(<$wire>::$w => Some(<$domain>::$d),)+
                }
            }
        }
    )+};
}

twins! {
    SectionKind = wire::SectionKind {
        Antivirus = Antivirus, Host = Host, Network = Network, Platform = Platform,
        Software = Software, Volumes = Volumes,
    }
    LinkKind = wire::network_link::Kind {
        Wired = Wired, Wifi = Wifi, Mobile = Mobile, Bluetooth = Bluetooth, Tunnel = Tunnel,
        Virtual = Virtual, Other = Other,
    }
    IpFamily = wire::default_route::Family { V4 = V4, V6 = V6 }
    WifiSecurity = wire::wifi::Security {
        Open = Open, Wep = Wep, WpaPersonal = WpaPersonal, WpaEnterprise = WpaEnterprise,
        Other = Other, Owe = Owe, Wpa2Personal = Wpa2Personal, Wpa2Enterprise = Wpa2Enterprise,
        Wpa3Personal = Wpa3Personal, Wpa3Enterprise = Wpa3Enterprise,
    }
    WifiCipher = wire::wifi::Cipher {
        Wep = Wep, Tkip = Tkip, Other = Other, Ccmp = Ccmp, Gcmp = Gcmp,
    }
    VpnKind = wire::vpn::Kind {
        WireGuard = Wireguard, Tun = Tun, Ipsec = Ipsec, Ppp = Ppp, Other = Other,
    }
    NetworkPlace = wire::NetworkPlace { Inside = Inside, Outside = Outside }
    EncryptionKind = wire::EncryptionKind {
        Luks1 = Luks1, Luks2 = Luks2, PlainDmCrypt = PlainDmCrypt, OtherDmCrypt = OtherDmCrypt,
        Zfs = Zfs, BitLocker = Bitlocker, Fscrypt = Fscrypt, Mixed = Mixed,
    }
    Exemption = wire::volume::Exemption {
        EfiSystem = EfiSystem, Boot = Boot, ReadOnlyImage = ReadOnlyImage, Memory = Memory,
        Network = Network,
    }
    DefinitionsKind = wire::antivirus_product::DefinitionsKind {
        Pattern = Pattern, Cloud = Cloud,
    }
    ScanKind = wire::scan::Kind { Quick = Quick, Full = Full, Custom = Custom }
    ScanResult = wire::scan::Result { Clean = Clean, Found = Found, Unfinished = Unfinished }
    DetectionState = wire::detection::State {
        Active = Active, Allowed = Allowed, Quarantined = Quarantined, Removed = Removed,
    }
    PackageSource = wire::PackageSource {
        Dpkg = Dpkg, Rpm = Rpm, Flatpak = Flatpak, Snap = Snap,
        WindowsUninstall = WindowsUninstall, Msix = Msix,
    }
    Desktop = wire::screen_lock::Desktop { Gnome = Gnome, Kde = Kde, Windows = Windows, Other = Other }
    PackageState = wire::package::State { Installed = Installed, Broken = Broken }
    Outcome = wire::finding::Outcome {
        Pass = Pass, NotApplicable = NotApplicable, Unknown = Unknown, Fail = Fail,
    }
    Severity = wire::finding::Severity {
        Low = Low, Medium = Medium, High = High, Critical = Critical,
    }
    Standing = wire::Standing {
        Compliant = Compliant, Undecided = Undecided, Grace = Grace, Violation = Violation,
    }
    Access = wire::Access { Full = Full, Restricted = Restricted, Isolated = Isolated }
    GapKind = wire::gap::Kind {
        Frames = Frames, OpenConnections = OpenConnections, Configuration = Configuration,
    }
    WhyRefused = wire::refused_order::Why {
        NotTrusted = NotTrusted, Malformed = Malformed, NotKnown = NotKnown,
        OtherDevice = OtherDevice, Older = Older, Conflicting = Conflicting, Ended = Ended,
    }
    Registration = wire::Registration {
        Pending = Pending, Approved = Approved, Suspended = Suspended, Retired = Retired,
        Lost = Lost,
    }
    DataClass = wire::DataClass {
        Public = Public, Internal = Internal, Confidential = Confidential, Secret = Secret,
    }
}
