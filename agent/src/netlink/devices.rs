//! The kernel's list of links, taken apart.
//!
//! Touches nothing. Must never leave a link out because something about it is odd.

use std::collections::BTreeMap;

use super::{Message, attribute, attribute_of, request as asking, string, u16_at, u32_at};
use crate::ask::into_text;
use crate::links::Device;

const NEW_LINK: u16 = 16;
const GET_LINK: u16 = 18;
/// `NLM_F_DUMP`.
const DUMP: u16 = 0x300;
/// `struct ifinfomsg`.
const INFO_BYTES: usize = 16;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINK: u16 = 5;
const IFLA_MASTER: u16 = 10;
const IFLA_LINKINFO: u16 = 18;
const IFLA_EXT_MASK: u16 = 29;
/// `RTEXT_FILTER_SKIP_STATS`: nobody here counts packets.
const SKIP_STATS: u32 = 1 << 3;
const IFLA_CARRIER_CHANGES: u16 = 35;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_LINK_NETNSID: u16 = 37;
const IFLA_PARENT_DEV_NAME: u16 = 56;
const IFF_UP: u32 = 1;
const IFF_LOOPBACK: u32 = 8;
const IFF_RUNNING: u32 = 0x40;

/// Asks for every link.
#[must_use]
pub fn request() -> Vec<u8> {
    let mut body = vec![0; INFO_BYTES];
    body.extend(attribute_of(IFLA_EXT_MASK, &SKIP_STATS.to_ne_bytes()));
    asking(GET_LINK, DUMP, &body)
}

/// The links by their numbers.
#[must_use]
pub fn devices(messages: &[Message<'_>]) -> BTreeMap<u32, Device> {
    messages.iter().filter_map(device).collect()
}

fn device(message: &Message<'_>) -> Option<(u32, Device)> {
    // What else a bridge says of its ports comes under a family of its own.
    if message.kind != NEW_LINK || message.body.first() != Some(&0) {
        return None;
    }
    let index = u32_at(message.body, 4)?;
    let flags = u32_at(message.body, 8)?;
    let attributes = message.body.get(INFO_BYTES..)?;
    let text = |kind| attribute(attributes, kind).map(|name| into_text(string(name).to_vec()));
    let number = |kind| attribute(attributes, kind).and_then(|value| u32_at(value, 0));
    let elsewhere = attribute(attributes, IFLA_LINK_NETNSID).is_some();
    let device = Device {
        name: text(IFLA_IFNAME).unwrap_or_else(|| format!("#{index}")),
        hardware: u16_at(message.body, 2)?,
        kind: attribute(attributes, IFLA_LINKINFO)
            .and_then(|info| attribute(info, IFLA_INFO_KIND))
            .map(|kind| into_text(string(kind).to_vec())),
        is_up: flags & IFF_UP != 0,
        is_running: flags & IFF_RUNNING != 0,
        is_loopback: flags & IFF_LOOPBACK != 0,
        upon: number(IFLA_LINK).filter(|below| !elsewhere && *below != 0 && *below != index),
        master: number(IFLA_MASTER),
        hardware_name: text(IFLA_PARENT_DEV_NAME),
        carrier_changes: number(IFLA_CARRIER_CHANGES).unwrap_or_default(),
    };
    Some((index, device))
}
