//! The links of a laptop, their addresses and their routes, in words that hold on every system.
//!
//! Touches nothing. Must never count a link by its name, nor take what nobody knows for harmless.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sekisho_policy::facts::{IpFamily, Subnet};

/// `ARPHRD_ETHER` of linux/if_arp.h, `ARPHRD_PPP` and `ARPHRD_NONE`.
pub const ETHER: u16 = 1;
/// See [`ETHER`].
pub const PPP: u16 = 512;
/// See [`ETHER`].
pub const NO_HARDWARE: u16 = 65_534;
/// Those of tunnels: PPP, IPIP, IP6IP6, SIT, GRE, IP6GRE.
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

/// The addresses of each link, by its number.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Those that somebody gave it, sorted.
    pub given: BTreeMap<u32, Vec<Subnet>>,
    /// The links that have one of any origin.
    pub any: BTreeSet<u32>,
}

/// A route that leads by a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Of which family.
    pub family: IpFamily,
    /// Where it leads.
    pub to: Subnet,
    /// The number of the link.
    pub link: u32,
    /// The router that it goes by.
    pub gateway: Option<IpAddr>,
}

impl Route {
    /// Whether it leads beyond the link's own network: to everything, or by a router.
    #[must_use]
    pub const fn leads_beyond(&self) -> bool {
        self.to.prefix == 0 || self.gateway.is_some()
    }

    /// Whether it leads to the rest of the world, or to a part of it. DHCP's option 121 and VPNs take the default
    /// route apart, into halves or into smaller parts; no network of anybody's own is as wide as these are.
    #[must_use]
    pub fn leads_out(&self) -> bool {
        let (wide, last) = match self.to.address {
            IpAddr::V4(to) => (self.to.prefix < 8, IpAddr::V4(last_v4(to, self.to.prefix))),
            IpAddr::V6(to) => (self.to.prefix < 7, IpAddr::V6(last_v6(to, self.to.prefix))),
        };
        let is_world = !(is_internal(self.to.address) && is_internal(last));
        is_world && (wide || self.gateway.is_some())
    }

    /// Whether it is the route to its link's own addresses, or to groups, as every link has one.
    #[must_use]
    pub fn is_of_link(&self) -> bool {
        is_of_link(self.to.address) || self.to.address.is_multicast()
    }
}

/// Whether an address is no part of the world: of somebody's own network (RFC 1918, RFC 4193, and what a carrier
/// has for itself by RFC 6598), of a link, of this machine, or of a group.
fn is_internal(address: IpAddr) -> bool {
    let shared = match address {
        IpAddr::V4(short) => {
            let [first, second, ..] = short.octets();
            short.is_private() || short.is_broadcast() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(long) => long.is_unique_local(),
    };
    shared || is_of_link(address) || address.is_loopback() || address.is_multicast()
}

fn last_v4(to: Ipv4Addr, prefix: u8) -> Ipv4Addr {
    let rest = u32::MAX.checked_shr(prefix.into()).unwrap_or_default();
    Ipv4Addr::from_bits(to.to_bits() | rest)
}

fn last_v6(to: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    let rest = u128::MAX.checked_shr(prefix.into()).unwrap_or_default();
    Ipv6Addr::from_bits(to.to_bits() | rest)
}

/// Whether an address is one of its link alone, as routers that announce themselves have.
pub fn is_of_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => Ipv6Addr::is_unicast_link_local(&address),
    }
}
