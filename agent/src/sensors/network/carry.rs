//! Which links carry a laptop's traffic, which are VPNs, and where the default routes lead: the same for every system,
//! whatever told it of them.
//!
//! Touches nothing. Must never leave out a link that carries traffic because nobody knows its kind, and never
//! count what containers and virtual machines have among themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sekisho_policy::facts::{
    DefaultRoute, Evidence, IpFamily, LinkKind, NetworkLink, Vpn, VpnKind,
};
use sekisho_policy::limits::{DEFAULT_ROUTES_MAX, LINK_ADDRESSES_MAX, NETWORK_LINKS_MAX};

use crate::links::{Addresses, Device, ETHER, Route, is_of_link};

/// Destinations in the rest of the world, one in each half of a family's addresses: a VPN may take the default
/// route in two halves. Public resolvers and a root server; nothing is sent to them, the system only says which
/// way it would go.
pub(in crate::sensors) const FAR: [(IpFamily, [IpAddr; 2]); 2] = [
    (
        IpFamily::V4,
        [
            IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9)),
            IpAddr::V4(Ipv4Addr::new(202, 12, 27, 33)),
        ],
    ),
    (
        IpFamily::V6,
        [
            IpAddr::V6(Ipv6Addr::new(0x2001, 0x0dc3, 0, 0, 0, 0, 0, 0x35)),
            IpAddr::V6(Ipv6Addr::new(0x2620, 0x00fe, 0, 0, 0, 0, 0, 0xfe)),
        ],
    ),
];

/// What the system tells of its links.
#[derive(Debug, Default)]
pub(in crate::sensors) struct Told {
    /// The links, by their numbers.
    pub(in crate::sensors) devices: BTreeMap<u32, Device>,
    /// Their addresses.
    pub(in crate::sensors) addresses: Addresses,
    /// Every route.
    pub(in crate::sensors) routes: Vec<Route>,
    /// The way to each far destination, where there is one.
    pub(in crate::sensors) ways: Vec<Route>,
}

/// What carries traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sensors) struct Carried {
    /// [`Network::links`](sekisho_policy::facts::Network::links).
    pub(in crate::sensors) links: Vec<NetworkLink>,
    /// [`Network::default_routes`](sekisho_policy::facts::Network::default_routes).
    pub(in crate::sensors) default_routes: Vec<DefaultRoute>,
    /// [`Network::vpns`](sekisho_policy::facts::Network::vpns).
    pub(in crate::sensors) vpns: Vec<Vpn>,
}

/// What is known of a link beside what its kind says.
pub(in crate::sensors) type Describe<'a> = dyn Fn(u32, &Device) -> Described + 'a;

/// What is known of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sensors) struct Described {
    /// What the system says that it goes over.
    pub(in crate::sensors) over: Option<LinkKind>,
    /// Whether it drives hardware.
    pub(in crate::sensors) is_hardware: bool,
    /// The words for it, as evidence.
    pub(in crate::sensors) seen: Vec<(&'static str, String)>,
}

/// Puts together what the system tells.
pub(in crate::sensors) fn carried(told: &Told, describe: &Describe<'_>) -> Carried {
    let (devices, addresses, routes, ways) =
        (&told.devices, &told.addresses, &told.routes, &told.ways);
    let view = View {
        devices,
        addresses,
        describe,
    };
    let mut counted = BTreeSet::new();
    counted.extend(ways.iter().map(|way| way.link));
    counted.extend(
        routes
            .iter()
            .filter(|one| one.leads_beyond())
            .map(|one| one.link),
    );
    let alone = devices.iter().filter(|(index, device)| {
        device.is_running && addresses.any.contains(index) && view.is_hardware(**index, device)
    });
    counted.extend(alone.map(|(index, _)| *index));
    counted.retain(|index| {
        devices
            .get(index)
            .is_some_and(|device| device.is_up && !device.is_loopback)
    });
    let (tunnels, plain): (Vec<u32>, Vec<u32>) =
        counted.iter().partition(|index| view.is_tunnel(**index));
    // Nothing is known below them, so they are the network.
    let carriers = if plain.is_empty() { tunnels } else { plain };
    let mut links: Vec<NetworkLink> = carriers.iter().filter_map(|one| view.link(*one)).collect();
    links.sort_unstable();
    links.truncate(NETWORK_LINKS_MAX);
    Carried {
        links,
        default_routes: view.default_routes(ways),
        vpns: view.vpns(ways, routes),
    }
}

struct View<'a> {
    devices: &'a BTreeMap<u32, Device>,
    addresses: &'a Addresses,
    describe: &'a Describe<'a>,
}

impl View<'_> {
    fn is_tunnel(&self, index: u32) -> bool {
        let device = self.devices.get(&index);
        device.is_some_and(|device| device.tunnel().is_some())
    }

    fn is_hardware(&self, index: u32, device: &Device) -> bool {
        device.hardware_name.is_some()
            || (device.kind.is_none() && (self.describe)(index, device).is_hardware)
    }

    fn link(&self, index: u32) -> Option<NetworkLink> {
        let device = self.devices.get(&index)?;
        let given = self.addresses.given.get(&index).into_iter().flatten();
        Some(NetworkLink {
            name: device.name.clone(),
            kind: self.kind(index, &mut BTreeSet::new()),
            addresses: given.copied().take(LINK_ADDRESSES_MAX).collect(),
            evidence: self.seen(index, device),
        })
    }

    /// What a link goes over, at the lowest layer that is known.
    fn kind(&self, index: u32, seen: &mut BTreeSet<u32>) -> LinkKind {
        let Some(device) = self.devices.get(&index).filter(|_| seen.insert(index)) else {
            return LinkKind::Other;
        };
        if device.tunnel().is_some() {
            return LinkKind::Tunnel;
        }
        if let Some(over) = (self.describe)(index, device).over {
            return over;
        }
        if device.kind.is_none() {
            let is_hardware = self.is_hardware(index, device);
            return if is_hardware && device.hardware == ETHER {
                LinkKind::Wired
            } else {
                LinkKind::Other
            };
        }
        let ports = self
            .devices
            .iter()
            .filter(|(_, port)| port.master == Some(index));
        let below: Vec<u32> = device
            .upon
            .into_iter()
            .chain(ports.map(|(port, _)| *port))
            .collect();
        let below = below.into_iter().map(|one| self.kind(one, seen));
        // What is most exposed decides. A port of a virtual machine is no way out.
        below
            .filter(|kind| !matches!(kind, LinkKind::Virtual | LinkKind::Tunnel))
            .max_by_key(|kind| exposure(*kind))
            .unwrap_or(LinkKind::Virtual)
    }

    fn seen(&self, index: u32, device: &Device) -> Vec<Evidence> {
        let seen = (self.describe)(index, device).seen.into_iter();
        seen.map(|(what, value)| Evidence::new(format!("{} {what}", device.name), value))
            .collect()
    }

    fn default_routes(&self, ways: &[Route]) -> Vec<DefaultRoute> {
        let named = ways.iter().filter_map(|way| {
            Some(DefaultRoute {
                family: way.family,
                link: self.devices.get(&way.link)?.name.clone(),
                gateway: way.gateway.filter(|gateway| !is_of_link(*gateway)),
            })
        });
        let routes: BTreeSet<DefaultRoute> = named.collect();
        routes.into_iter().take(DEFAULT_ROUTES_MAX).collect()
    }

    fn vpns(&self, ways: &[Route], routes: &[Route]) -> Vec<Vpn> {
        let mut used: BTreeMap<u32, bool> = BTreeMap::new();
        // Every link that is up has a route to its own addresses, a tunnel that waits for a password among them.
        for route in ways.iter().chain(routes).filter(|one| !one.is_of_link()) {
            *used.entry(route.link).or_default() |= route.leads_beyond();
        }
        for way in ways {
            used.insert(way.link, true);
        }
        let vpns = used.into_iter().filter_map(|(index, leads_beyond)| {
            let device = self.devices.get(&index)?;
            let tunnel = device.tunnel()?;
            // A tap that leads no further than to its own network belongs to a virtual machine, as does a port of
            // a bridge.
            let is_machine = tunnel == "tun" && device.hardware == ETHER && !leads_beyond;
            (device.is_up && device.master.is_none() && !is_machine).then(|| Vpn {
                link: device.name.clone(),
                kind: vpn_kind(tunnel),
                covers: vec![],
                evidence: self.seen(index, device),
            })
        });
        let mut vpns: Vec<Vpn> = vpns.collect();
        vpns.sort_unstable();
        vpns.truncate(NETWORK_LINKS_MAX);
        vpns
    }
}

fn vpn_kind(tunnel: &str) -> VpnKind {
    match tunnel {
        "wireguard" => VpnKind::WireGuard,
        "tun" | "ovpn" => VpnKind::Tun,
        "xfrm" | "vti" | "vti6" => VpnKind::Ipsec,
        "ppp" => VpnKind::Ppp,
        _ => VpnKind::Other,
    }
}

fn exposure(kind: LinkKind) -> u8 {
    match kind {
        LinkKind::Wifi => 6,
        LinkKind::Other => 5,
        LinkKind::Bluetooth => 4,
        LinkKind::Mobile => 3,
        LinkKind::Wired => 2,
        LinkKind::Tunnel => 1,
        LinkKind::Virtual => 0,
    }
}
