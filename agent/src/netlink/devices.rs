//! The kernel's list of links, taken apart.
//!
//! Touches nothing. Must never leave a link out because something about it is odd.

use std::collections::BTreeMap;

use super::{Message, attribute, attribute_of, request as asking, string, u16_at, u32_at};
use crate::ask::into_text;

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
/// `ARPHRD_ETHER`, and those of tunnels in linux/if_arp.h: PPP, IPIP, IP6IP6, SIT, GRE, IP6GRE.
pub const ETHER: u16 = 1;
const PPP: u16 = 512;
const TUNNELS: [u16; 6] = [PPP, 768, 769, 776, 778, 823];

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// `ARPHRD_…` of linux/if_arp.h.
    pub hardware: u16,
    /// `IFLA_INFO_KIND`, of devices that the kernel makes itself.
    pub kind: Option<String>,
    /// Whether it is switched on.
    pub is_up: bool,
    /// Whether something is at its other end.
    pub is_running: bool,
    /// Whether it is the loopback device.
    pub is_loopback: bool,
    /// The device it stands upon, in this namespace.
    pub upon: Option<u32>,
    /// The bridge or bond that it is a port of.
    pub master: Option<u32>,
    /// The name on its bus of the hardware it drives.
    pub hardware_name: Option<String>,
    /// How often it lost or got its carrier.
    pub carrier_changes: u32,
}

/// Asks for every link.
#[must_use]
pub fn request() -> Vec<u8> {
    let mut body = vec![0; INFO_BYTES];
    body.extend(attribute_of(IFLA_EXT_MASK, &SKIP_STATS.to_ne_bytes()));
    asking(GET_LINK, DUMP, &body)
}

impl Device {
    /// What makes it a tunnel: the kernel's name of its kind, or `ppp` for a session that has none.
    #[must_use]
    pub fn tunnel(&self) -> Option<&str> {
        const KINDS: [&str; 23] = [
            "wireguard",
            "tun",
            "xfrm",
            "vti",
            "vti6",
            "ppp",
            "gre",
            "gretap",
            "ip6gre",
            "ip6gretap",
            "erspan",
            "ip6erspan",
            "ipip",
            "ip6tnl",
            "sit",
            "l2tp",
            "vxlan",
            "geneve",
            "fou",
            "gtp",
            "ovpn",
            "amt",
            "bareudp",
        ];
        match self.kind.as_deref() {
            Some(kind) => KINDS.contains(&kind).then_some(kind),
            None if self.hardware_name.is_some() => None,
            None if self.hardware == PPP => Some("ppp"),
            None => TUNNELS.contains(&self.hardware).then_some("tunnel"),
        }
    }

    /// Whether it may lead through another network: a tunnel, or a maker's own device that says neither what it is
    /// nor drives hardware. Kernels before 5.14 do not tell of the hardware; `/sys` does.
    pub fn may_be_tunnel(&self, drives_hardware: impl FnOnce() -> bool) -> bool {
        let is_known = self.kind.is_some() || self.hardware_name.is_some();
        self.tunnel().is_some() || !(is_known || drives_hardware())
    }
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
