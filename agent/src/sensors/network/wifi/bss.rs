//! nl80211's lists of interfaces and of access points, taken apart.
//!
//! Touches nothing. Must never tell of an access point that the laptop is not connected to.

use sekisho_policy::facts::{Evidence, Wifi};
use sekisho_policy::limits::EVIDENCE_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::super::elements::{ELEMENT_RSN, Elements};
use super::super::suites::{self, Security};
use crate::ask::into_text;
use crate::netlink::{Message, attribute, items, messages, string, u16_at, u32_at};

/// The name of the network among the elements.
const ELEMENT_SSID: u8 = 0;
/// `struct genlmsghdr`.
const HEADER_BYTES: usize = 4;
/// Of linux/nl80211.h.
const ATTR_IFINDEX: u16 = 3;
const ATTR_IFNAME: u16 = 4;
const ATTR_IFTYPE: u16 = 5;
const ATTR_BSS: u16 = 47;
const ATTR_SSID: u16 = 52;
const IFTYPE_ADHOC: u32 = 1;
const IFTYPE_STATION: u32 = 2;
const IFTYPE_MESH: u32 = 7;
const IFTYPE_P2P_CLIENT: u32 = 8;
const BSS_CAPABILITY: u16 = 5;
const BSS_INFORMATION_ELEMENTS: u16 = 6;
const BSS_STATUS: u16 = 9;
const BSS_BEACON_IES: u16 = 11;
const STATUS_ASSOCIATED: u32 = 1;
const STATUS_IBSS_JOINED: u32 = 2;
/// The bit of the capabilities (IEEE 802.11, 9.4.1.4) by which frames are encrypted somehow.
const PRIVACY: u16 = 0x10;

/// An interface that can be connected to a network; one that is an access point itself is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Station {
    /// Its number.
    pub(super) index: u32,
    /// Its name.
    pub(super) name: String,
    /// The network that it is connected to, as the interface has it.
    pub(super) ssid: Option<String>,
}

/// The stations among the interfaces.
#[must_use]
pub(super) fn stations(messages: &[Message<'_>]) -> Vec<Station> {
    messages.iter().filter_map(station).collect()
}

fn station(message: &Message<'_>) -> Option<Station> {
    let attributes = message.body.get(HEADER_BYTES..)?;
    let kind = u32_at(attribute(attributes, ATTR_IFTYPE)?, 0)?;
    let joins = [IFTYPE_ADHOC, IFTYPE_STATION, IFTYPE_MESH, IFTYPE_P2P_CLIENT].contains(&kind);
    let index = u32_at(attribute(attributes, ATTR_IFINDEX)?, 0)?;
    joins.then(|| Station {
        index,
        name: attribute(attributes, ATTR_IFNAME).map_or_else(
            || format!("#{index}"),
            |name| into_text(string(name).to_vec()),
        ),
        ssid: attribute(attributes, ATTR_SSID).map(|ssid| into_text(ssid.to_vec())),
    })
}

/// Of a list of access points those that a station is connected to, and the message that ends the list; the list as
/// it is, where it is none.
#[must_use]
pub(super) fn only_connected(answer: &[u8]) -> Vec<u8> {
    if items(answer).is_err() {
        return answer.to_vec();
    }
    let mut kept = Vec::new();
    for message in messages(answer).flatten() {
        if message.told() != crate::netlink::Told::Item || joined(&message).is_some() {
            kept.extend(message.bytes());
        }
    }
    kept
}

/// The access point of a message, if a station is connected to it.
fn joined<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let bss = attribute(message.body.get(HEADER_BYTES..)?, ATTR_BSS)?;
    let status = u32_at(attribute(bss, BSS_STATUS)?, 0)?;
    [STATUS_ASSOCIATED, STATUS_IBSS_JOINED]
        .contains(&status)
        .then_some(bss)
}

/// The network that a station is connected to: by several access points at once, where it is Wi-Fi 7.
#[must_use]
pub(super) fn connected(station: &Station, scan: &[Message<'_>]) -> Option<Wifi> {
    let joined: Vec<&[u8]> = scan.iter().filter_map(joined).collect();
    if joined.is_empty() && station.ssid.is_none() {
        return None;
    }
    let mut wifi = Wifi {
        link: station.name.clone(),
        ssid: known_or(station.ssid.clone(), "the interface names no network"),
        offers: Reading::Unknown(Why::Unreadable(
            "the kernel does not list the access point".to_owned(),
        )),
        ciphers: Reading::Unknown(Why::NotAsked),
        group_cipher: Reading::Unknown(Why::NotAsked),
        evidence: vec![],
    };
    let mut whole: Option<Result<Security, Why>> = None;
    for bss in joined {
        let (ssid, security) = access_point(bss, &station.name, &mut wifi.evidence);
        if wifi.ssid.known().is_none() {
            wifi.ssid = known_or(ssid, "the access point hides its name");
        }
        whole = Some(match whole {
            None => security,
            Some(before) => before.and_then(|before| security.map(|one| before.with(one))),
        });
    }
    match whole {
        None => {}
        Some(Err(why)) => {
            wifi.offers = Reading::Unknown(why.clone());
            wifi.ciphers = Reading::Unknown(why.clone());
            wifi.group_cipher = Reading::Unknown(why);
        }
        Some(Ok(security)) => {
            wifi.offers = Reading::Known(security.offers.into_iter().collect());
            wifi.ciphers = Reading::Known(security.ciphers.into_iter().collect());
            // The weakest of all.
            wifi.group_cipher = match security.group.first() {
                Some(cipher) => Reading::Known(*cipher),
                None => Reading::Absent,
            };
        }
    }
    wifi.evidence.sort_unstable();
    wifi.evidence.dedup();
    wifi.evidence.truncate(EVIDENCE_MAX);
    Some(wifi)
}

fn known_or(known: Option<String>, why: &str) -> Reading<String> {
    match known.filter(|name| !name.chars().all(|char| char == '\0')) {
        Some(name) => Reading::Known(name),
        None => Reading::Unknown(Why::Unreadable(why.to_owned())),
    }
}

/// The name of an access point and what it offers.
fn access_point(
    bss: &[u8],
    link: &str,
    evidence: &mut Vec<Evidence>,
) -> (Option<String>, Result<Security, Why>) {
    // The answer to a question for this network comes before what is sent to everybody.
    let elements = attribute(bss, BSS_INFORMATION_ELEMENTS)
        .or_else(|| attribute(bss, BSS_BEACON_IES))
        .map(Elements::new);
    let Some(elements) = elements else {
        let why = Why::Unreadable("the access point's elements are missing".to_owned());
        return (None, Err(why));
    };
    let ssid = elements.first(ELEMENT_SSID);
    let ssid = ssid.map(|name| into_text(name.to_vec()));
    let capability = attribute(bss, BSS_CAPABILITY).and_then(|value| u16_at(value, 0));
    let encrypts = capability.map(|capability| capability & PRIVACY != 0);
    if let Some(rsn) = elements.first(ELEMENT_RSN) {
        evidence.push(Evidence::new(format!("{link} RSN"), hexadecimal(rsn)));
    }
    (ssid, suites::security(&elements, encrypts, link, evidence))
}

fn hexadecimal(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
