//! The Wi-Fi networks that a Windows laptop is connected to.
//!
//! Touches nothing but through `ask/network.rs`. Must never take a refused answer for an open network, nor the lack of
//! the service for the lack of Wi-Fi.
//!
//! How stations are authenticated and what encrypts their frames Windows tells as it was negotiated
//! (`WLAN_SECURITY_ATTRIBUTES`, <https://learn.microsoft.com/windows/win32/nativewifi/dot11-auth-algorithm> and
//! `…/dot11-cipher-algorithm`); what encrypts frames to all of them stands in the access point's elements alone. Since
//! Windows 11 24H2 both are refused to programs without consent to the location
//! (`…/nativewifi/wi-fi-access-location-changes`).

use sekisho_policy::facts::{Evidence, Wifi, WifiCipher, WifiSecurity};
use sekisho_policy::limits::EVIDENCE_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::network::{answered, ask, told as adapters_of};
use crate::ask::into_text;
use crate::sensors::Root;
use crate::sensors::network::elements::{ELEMENT_RSN, Elements};
use crate::sensors::network::suites;
pub(super) use crate::wlan::Told;
use crate::wlan::{AccessPoint, Answer, Connection};

/// `ERROR_ACCESS_DENIED`.
const DENIED: u32 = 5;
/// The bit of the capabilities (IEEE 802.11, 9.4.1.4) by which frames are encrypted somehow.
const PRIVACY: u16 = 0x10;
/// `DOT11_CIPHER_ALGO_WPA_USE_GROUP`: by the one that is for all.
const BY_GROUP: i32 = 0x100;

/// Reads them. Absent where there is no adapter for Wi-Fi.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Wifi>> {
    let answers = answered::<Told>(root, "network/wlan.json", ask::wlan);
    let (told, adapters) = match (answers, adapters_of(root)) {
        (Ok(told), Ok(adapters)) => (told, adapters),
        (Err(error), _) | (_, Err(error)) => return Reading::Unknown(error.why()),
    };
    if told.has_no_service {
        let mut adapters = adapters.adapters.iter();
        return if adapters.any(crate::adapters::Adapter::is_wifi) {
            let why = "Windows' service for Wi-Fi (WlanSvc) does not run";
            Reading::Unknown(Why::ToolMissing(why.to_owned()))
        } else {
            Reading::Absent
        };
    }
    if told.adapters.is_empty() {
        return Reading::Absent;
    }
    let name = |id: &str| {
        let mut adapters = adapters.adapters.iter();
        let named = adapters.find(|one| one.id == id);
        named.map_or_else(|| id.to_owned(), |one| one.name.clone())
    };
    let connected = told.adapters.iter().filter_map(|one| {
        let connection = one.connection.as_ref()?;
        Some(network(name(&one.id), connection))
    });
    let mut networks: Vec<Wifi> = connected.collect();
    networks.sort_by(|one, other| one.link.cmp(&other.link));
    Reading::Known(networks)
}

fn network(link: String, connection: &Answer<Connection>) -> Wifi {
    let connection = match connection {
        Answer::Told(connection) => connection,
        Answer::Failed(code) => {
            let why = refused(*code);
            return Wifi {
                link,
                ssid: Reading::Unknown(why.clone()),
                offers: Reading::Unknown(why.clone()),
                ciphers: Reading::Unknown(why.clone()),
                group_cipher: Reading::Unknown(why),
                evidence: vec![],
            };
        }
    };
    let mut evidence = vec![
        Evidence::new(
            format!("{link} dot11AuthAlgorithm"),
            connection.authentication.to_string(),
        ),
        Evidence::new(
            format!("{link} dot11CipherAlgorithm"),
            connection.cipher.to_string(),
        ),
    ];
    let way = authentication(connection);
    let group_cipher = if way == WifiSecurity::Open {
        Reading::Absent
    } else {
        group(&link, connection, &mut evidence)
    };
    let ciphers = match connection.cipher {
        BY_GROUP => match &group_cipher {
            Reading::Known(cipher) => Reading::Known(vec![*cipher]),
            Reading::Absent => Reading::Known(vec![]),
            Reading::Unknown(why) => Reading::Unknown(why.clone()),
        },
        number => Reading::Known(cipher(number).into_iter().collect()),
    };
    evidence.sort_unstable();
    evidence.dedup();
    evidence.truncate(EVIDENCE_MAX);
    Wifi {
        link,
        ssid: name(&connection.ssid),
        offers: Reading::Known(vec![way]),
        ciphers,
        group_cipher,
        evidence,
    }
}

fn refused(code: u32) -> Why {
    match code {
        DENIED => Why::NotPermitted(
            "Windows tells of Wi-Fi only to programs with consent to the location (Settings, Privacy, Location)"
                .to_owned(),
        ),
        code => Why::Unreadable(format!("Windows' error {code} about Wi-Fi")),
    }
}

fn name(ssid: &str) -> Reading<String> {
    let bytes = data_encoding::HEXLOWER.decode(ssid.as_bytes());
    match bytes {
        Ok(bytes) if bytes.iter().any(|byte| *byte != 0) => Reading::Known(into_text(bytes)),
        Ok(_) => Reading::Unknown(Why::Unreadable("the network hides its name".to_owned())),
        Err(error) => Reading::Unknown(Why::Unreadable(error.to_string())),
    }
}

/// The way that was taken (`DOT11_AUTH_ALGORITHM`).
fn authentication(connection: &Connection) -> WifiSecurity {
    match (connection.authentication, cipher(connection.cipher)) {
        (1, Some(WifiCipher::Wep)) | (2, _) => WifiSecurity::Wep,
        // What encrypts without a way to authenticate is none that is known here.
        (1, Some(_)) => WifiSecurity::Other,
        (1, None) if connection.is_secured => WifiSecurity::Other,
        (1, None) => WifiSecurity::Open,
        (3, _) => WifiSecurity::WpaEnterprise,
        (4, _) => WifiSecurity::WpaPersonal,
        (6, _) => WifiSecurity::Wpa2Enterprise,
        (7, _) => WifiSecurity::Wpa2Personal,
        (8 | 11, _) => WifiSecurity::Wpa3Enterprise,
        (9, _) => WifiSecurity::Wpa3Personal,
        (10, _) => WifiSecurity::Owe,
        _ => WifiSecurity::Other,
    }
}

/// What encrypts (`DOT11_CIPHER_ALGORITHM`); none where nothing does.
const fn cipher(number: i32) -> Option<WifiCipher> {
    Some(match number {
        0 => return None,
        1 | 5 | 0x101 => WifiCipher::Wep,
        2 => WifiCipher::Tkip,
        4 | 10 => WifiCipher::Ccmp,
        8 | 9 => WifiCipher::Gcmp,
        _ => WifiCipher::Other,
    })
}

/// What encrypts frames to all stations.
fn group(link: &str, connection: &Connection, evidence: &mut Vec<Evidence>) -> Reading<WifiCipher> {
    let point = match &connection.access_point {
        Some(Answer::Told(point)) => point,
        Some(Answer::Failed(code)) => return Reading::Unknown(refused(*code)),
        None => {
            let why = "Windows does not list the access point";
            return Reading::Unknown(Why::Unreadable(why.to_owned()));
        }
    };
    match offered(link, point, evidence) {
        // The weakest of all.
        Ok(security) => match security.group.first() {
            Some(cipher) => Reading::Known(*cipher),
            None => Reading::Absent,
        },
        Err(why) => Reading::Unknown(why),
    }
}

fn offered(
    link: &str,
    point: &AccessPoint,
    evidence: &mut Vec<Evidence>,
) -> Result<suites::Security, Why> {
    let bytes = data_encoding::HEXLOWER
        .decode(point.elements.as_bytes())
        .map_err(|error| Why::Unreadable(error.to_string()))?;
    let elements = Elements::new(&bytes);
    if let Some(rsn) = elements.first(ELEMENT_RSN) {
        let rsn = data_encoding::HEXLOWER.encode(rsn);
        evidence.push(Evidence::new(format!("{link} RSN"), rsn));
    }
    let encrypts = point.capability & PRIVACY != 0;
    suites::security(&elements, Some(encrypts), link, evidence)
}

#[cfg(test)]
mod tests;
