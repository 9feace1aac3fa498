//! The Wi-Fi networks that the laptop is connected to, as the kernel's nl80211 has them.
//!
//! Touches generic netlink, only to ask. Must never keep anything of a network that the laptop is not connected
//! to, and never scan.

mod bss;

use std::path::PathBuf;

use sekisho_policy::facts::Wifi;
use sekisho_policy::reading::{Reading, Why};

use super::kernel::{answer, opened};
use crate::ask::AskError;
use crate::limits::NETLINK_BYTES_MAX;
use crate::netlink::socket::Protocol;
use crate::netlink::{NoAnswer, attribute, attribute_of, items, request, u16_at};
use crate::sensors::Root;

use bss::{connected, only_connected, stations};

/// `GENL_ID_CTRL`, and what is asked of it in linux/genetlink.h.
const CONTROL: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const ATTR_FAMILY_ID: u16 = 1;
const ATTR_FAMILY_NAME: u16 = 2;
/// Of linux/nl80211.h.
const GET_INTERFACE: u8 = 5;
const GET_SCAN: u8 = 32;
const ATTR_IFINDEX: u16 = 3;
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
/// `ENOENT`: the kernel has no such family.
const NO_FAMILY: i32 = 2;

/// Reads them. Absent where the kernel has no device for Wi-Fi.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Wifi>> {
    match ask(root) {
        Ok(Some(networks)) => Reading::Known(networks),
        Ok(None) => Reading::Absent,
        Err(why) => Reading::Unknown(why),
    }
}

fn ask(root: &Root) -> Result<Option<Vec<Wifi>>, Why> {
    let unreadable = |error: NoAnswer| Why::Unreadable(error.to_string());
    let asker = if root.is_live() {
        Some(opened(Protocol::Generic)?)
    } else {
        None
    };
    let ask = |request: &[u8]| -> Result<Vec<u8>, AskError> {
        match &asker {
            Some(asker) => Ok(asker.ask(request, NETLINK_BYTES_MAX)?),
            None => Err(AskError::NotCaptured(PathBuf::from("netlink"))),
        }
    };
    let family = answer(root, "nl80211", || ask(&control()))?;
    let family = match items(&family) {
        Ok(messages) => messages.first().and_then(|message| {
            let attributes = message.body.get(4..)?;
            u16_at(attribute(attributes, ATTR_FAMILY_ID)?, 0)
        }),
        // Drivers of before nl80211 are gone from the kernel since 6.7, but for those built by others.
        Err(NoAnswer::Refused(NO_FAMILY)) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let family = family.ok_or_else(|| Why::Unreadable("nl80211 has no number".to_owned()))?;
    let interfaces = answer(root, "nl80211-interfaces", || {
        ask(&request(family, DUMP, &[GET_INTERFACE, 0, 0, 0]))
    })?;
    let stations = stations(&items(&interfaces).map_err(unreadable)?);
    if stations.is_empty() {
        return Ok(None);
    }
    let mut networks = Vec::new();
    for station in &stations {
        let scan = answer(root, &format!("nl80211-scan-{}", station.index), || {
            let mut body = vec![GET_SCAN, 0, 0, 0];
            body.extend(attribute_of(ATTR_IFINDEX, &station.index.to_ne_bytes()));
            // The kernel tells of every network it has heard; a capture must not have the neighbours'.
            ask(&request(family, DUMP, &body)).map(|answer| only_connected(&answer))
        })?;
        networks.extend(connected(station, &items(&scan).map_err(unreadable)?));
    }
    networks.sort_by(|one, other| one.link.cmp(&other.link));
    Ok(Some(networks))
}

fn control() -> Vec<u8> {
    let mut body = vec![GET_FAMILY, 1, 0, 0];
    body.extend(attribute_of(ATTR_FAMILY_NAME, b"nl80211\0"));
    request(CONTROL, ACK, &body)
}

#[cfg(test)]
mod tests;
