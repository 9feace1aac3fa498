//! Readings: known, absent, or unknown and why.
//!
//! Touches nothing. Must never make a known value of what was not said: a reading that is left out
//! was not asked, and one of an alien kind is unreadable.

use std::net::IpAddr;

use sekisho_policy::facts::{
    Administrators, AgentHealth, DefaultRoute, Definitions, Detection, DetectionState, Encryption,
    Firewall, NetworkLink, NetworkPlace, Release, Scan, ScreenLock, SecureBoot, Tpm, Updates, Vpn,
    Wifi, WifiCipher, WifiSecurity,
};
use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::{InvalidMessage, cut, enums, text};
use crate::wire;

/// Reads a field that holds a reading.
pub(crate) trait IntoReading<T> {
    /// The reading; left out, it was not asked.
    fn reading(self, what: &'static str) -> Result<Reading<T>, InvalidMessage>;
}

macro_rules! readings {
    ($($wire:ident in $module:ident of $domain:ty, from $from:expr, to $to:expr;)+) => {$(
        impl IntoReading<$domain> for Option<wire::$wire> {
            fn reading(self, what: &'static str) -> Result<Reading<$domain>, InvalidMessage> {
                use wire::$module::Reading as Wire;
                let Some(wire::$wire { reading }) = self else {
                    return Ok(Reading::Unknown(Why::NotAsked));
                };
                match reading {
                    Some(Wire::Known(known)) => $from(known, what),
                    Some(Wire::Absent(wire::Absent {})) => Ok(Reading::Absent),
                    Some(Wire::Unknown(unknown)) => why(unknown).map(Reading::Unknown),
                    None => Ok(Reading::Unknown(alien(what))),
                }
            }
        }

        impl From<&Reading<$domain>> for wire::$wire {
            fn from(reading: &Reading<$domain>) -> Self {
                use wire::$module::Reading as Wire;
                Self {
                    reading: Some(match reading {
                        Reading::Known(known) => Wire::Known($to(known)),
                        Reading::Absent => Wire::Absent(wire::Absent {}),
                        Reading::Unknown(why) => Wire::Unknown(why.into()),
                    }),
                }
            }
        }
    )+};
}

readings! {
    TextReading in text_reading of String, from known_text, to (|known: &String| cut(known));
    FlagReading in flag_reading of bool, from plain, to (|known: &bool| *known);
    CountReading in count_reading of u32, from plain, to (|known: &u32| *known);
    TimeReading in time_reading of Timestamp, from known_time, to (|known: &Timestamp| known.0);
    AccessReading in access_reading of Access, from known_access,
        to (|known: &Access| wire::Access::from(*known).into());
    DefinitionsReading in definitions_reading of Definitions, from message,
        to wire::Definitions::from;
    ScansReading in scans_reading of Vec<Scan>, from message,
        to (|known: &Vec<Scan>| wire::Scans::from(known.as_slice()));
    DetectionsReading in detections_reading of Vec<Detection>, from message,
        to (|known: &Vec<Detection>| wire::Detections::from(known.as_slice()));
    DetectionStateReading in detection_state_reading of DetectionState, from known_state,
        to (|known: &DetectionState| wire::detection::State::from(*known).into());
    EncryptionReading in encryption_reading of Encryption, from known_encryption,
        to wire::Encryption::from;
    ReleaseReading in release_reading of Release, from message, to wire::Release::from;
    ScreenLocksReading in screen_locks_reading of Vec<ScreenLock>, from message,
        to (|known: &Vec<ScreenLock>| wire::ScreenLocks::from(known.as_slice()));
    FirewallReading in firewall_reading of Firewall, from message, to wire::Firewall::from;
    SecureBootReading in secure_boot_reading of SecureBoot, from message,
        to wire::SecureBoot::from;
    TpmReading in tpm_reading of Tpm, from message, to wire::Tpm::from;
    AdministratorsReading in administrators_reading of Administrators, from message,
        to wire::Administrators::from;
    AgentHealthReading in agent_health_reading of AgentHealth, from message,
        to wire::AgentHealth::from;
    UpdatesReading in updates_reading of Updates, from message, to wire::Updates::from;
    NetworkLinksReading in network_links_reading of Vec<NetworkLink>, from message,
        to (|known: &Vec<NetworkLink>| wire::NetworkLinks::from(known.as_slice()));
    DefaultRoutesReading in default_routes_reading of Vec<DefaultRoute>, from message,
        to (|known: &Vec<DefaultRoute>| wire::DefaultRoutes::from(known.as_slice()));
    DnsServersReading in dns_servers_reading of Vec<IpAddr>, from message,
        to (|known: &Vec<IpAddr>| wire::DnsServers::from(known.as_slice()));
    WifiReading in wifi_reading of Vec<Wifi>, from message,
        to (|known: &Vec<Wifi>| wire::WifiNetworks::from(known.as_slice()));
    WifiSecurityReading in wifi_security_reading of Vec<WifiSecurity>, from message,
        to (|known: &Vec<WifiSecurity>| wire::WifiSecurityList::from(known.as_slice()));
    WifiCiphersReading in wifi_ciphers_reading of Vec<WifiCipher>, from message,
        to (|known: &Vec<WifiCipher>| wire::WifiCipherList::from(known.as_slice()));
    WifiCipherReading in wifi_cipher_reading of WifiCipher, from known_cipher,
        to (|known: &WifiCipher| wire::wifi::Cipher::from(*known).into());
    VpnsReading in vpns_reading of Vec<Vpn>, from message,
        to (|known: &Vec<Vpn>| wire::Vpns::from(known.as_slice()));
    PlaceReading in place_reading of NetworkPlace, from known_place,
        to (|known: &NetworkPlace| wire::NetworkPlace::from(*known).into());
}

/// Why a fact is unknown. A reason this version does not know still is one.
pub(crate) fn why(unknown: wire::Unknown) -> Result<Why, InvalidMessage> {
    let wire::Unknown { code, detail } = unknown;
    let detail = text(detail, "detail of an unknown")?;
    Ok(match wire::WhyCode::try_from(code) {
        Ok(wire::WhyCode::NotPermitted) => Why::NotPermitted(detail),
        Ok(wire::WhyCode::ToolMissing) => Why::ToolMissing(detail),
        Ok(wire::WhyCode::TimedOut) => Why::TimedOut(detail),
        Ok(wire::WhyCode::Unreadable) => Why::Unreadable(detail),
        Ok(wire::WhyCode::TooLarge) => Why::TooLarge(detail),
        Ok(wire::WhyCode::Unsupported) => Why::Unsupported(detail),
        Ok(wire::WhyCode::NotAsked) => Why::NotAsked,
        Ok(wire::WhyCode::Unspecified) | Err(_) => Why::Unreadable(format!(
            "reason {code}, not known to this version: {detail}"
        )),
    })
}

/// The unknown that stands for a value this version does not know.
pub(crate) fn alien(what: &'static str) -> Why {
    Why::Unreadable(format!("{what}: a value this version does not know"))
}

impl From<&Why> for wire::Unknown {
    fn from(why: &Why) -> Self {
        let code = match why {
            Why::NotPermitted(_) => wire::WhyCode::NotPermitted,
            Why::ToolMissing(_) => wire::WhyCode::ToolMissing,
            Why::TimedOut(_) => wire::WhyCode::TimedOut,
            Why::Unreadable(_) => wire::WhyCode::Unreadable,
            Why::TooLarge(_) => wire::WhyCode::TooLarge,
            Why::Unsupported(_) => wire::WhyCode::Unsupported,
            Why::NotAsked => wire::WhyCode::NotAsked,
        };
        Self {
            code: code.into(),
            detail: cut(why.detail()),
        }
    }
}

fn plain<T>(known: T, _what: &'static str) -> Result<Reading<T>, InvalidMessage> {
    Ok(Reading::Known(known))
}

fn known_text(known: String, what: &'static str) -> Result<Reading<String>, InvalidMessage> {
    text(known, what).map(Reading::Known)
}

fn known_access(known: i32, what: &'static str) -> Result<Reading<Access>, InvalidMessage> {
    Ok(match enums::known::<wire::Access, _>(known, what) {
        Ok(access) => Reading::Known(access),
        Err(_) => Reading::Unknown(alien(what)),
    })
}

fn known_state(known: i32, what: &'static str) -> Result<Reading<DetectionState>, InvalidMessage> {
    Ok(
        match enums::known::<wire::detection::State, _>(known, what) {
            Ok(state) => Reading::Known(state),
            Err(_) => Reading::Unknown(alien(what)),
        },
    )
}

/// One that only a newer agent knows is another one here.
fn known_cipher(known: i32, what: &'static str) -> Result<Reading<WifiCipher>, InvalidMessage> {
    enums::or_other::<wire::wifi::Cipher, _>(known, what, WifiCipher::Other).map(Reading::Known)
}

fn known_place(known: i32, what: &'static str) -> Result<Reading<NetworkPlace>, InvalidMessage> {
    Ok(match enums::known::<wire::NetworkPlace, _>(known, what) {
        Ok(place) => Reading::Known(place),
        Err(_) => Reading::Unknown(alien(what)),
    })
}

fn known_time(known: i64, _what: &'static str) -> Result<Reading<Timestamp>, InvalidMessage> {
    Ok(Reading::Known(Timestamp(known)))
}

fn message<W, T: TryFrom<W, Error = InvalidMessage>>(
    known: W,
    what: &'static str,
) -> Result<Reading<T>, InvalidMessage> {
    match T::try_from(known) {
        Ok(known) => Ok(Reading::Known(known)),
        Err(InvalidMessage::UnknownValue { .. }) => Ok(Reading::Unknown(alien(what))),
        Err(other) => Err(other),
    }
}

fn known_encryption(
    known: wire::Encryption,
    what: &'static str,
) -> Result<Reading<Encryption>, InvalidMessage> {
    match Encryption::try_from(known) {
        Ok(encryption) => Ok(Reading::Known(encryption)),
        Err(InvalidMessage::UnknownValue { .. } | InvalidMessage::Missing(_)) => {
            Ok(Reading::Unknown(alien(what)))
        }
        Err(other) => Err(other),
    }
}
