//! Which links carry a laptop's traffic, which are VPNs, and where the default routes lead: from what the kernel
//! said.
//!
//! Touches nothing. Must never leave out a link that carries traffic because nobody knows its kind, and never
//! count what containers and virtual machines have among themselves.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_policy::facts::{DefaultRoute, Evidence, LinkKind, NetworkLink, Vpn, VpnKind};
use sekisho_policy::limits::{DEFAULT_ROUTES_MAX, LINK_ADDRESSES_MAX, NETWORK_LINKS_MAX};
use sekisho_policy::reading::Why;

use super::kernel::Answers;
use crate::netlink::devices::{Device, ETHER, devices};
use crate::netlink::routes::{Addresses, Route, addresses, is_of_link, routes, way};
use crate::netlink::{NoAnswer, items};

/// `ENETUNREACH`, `EHOSTUNREACH`, and what a prohibiting route gives, `EACCES`; `EINVAL` of a route that
/// swallows; `EAFNOSUPPORT` and `EOPNOTSUPP` of a kernel without the family: there is no way.
const NO_WAY: [i32; 6] = [101, 113, 13, 22, 97, 95];

/// What carries traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    /// [`Network::links`](sekisho_policy::facts::Network::links).
    pub(super) links: Vec<NetworkLink>,
    /// [`Network::default_routes`](sekisho_policy::facts::Network::default_routes).
    pub(super) default_routes: Vec<DefaultRoute>,
    /// [`Network::vpns`](sekisho_policy::facts::Network::vpns).
    pub(super) vpns: Vec<Vpn>,
}

/// The system's own word for a link: `DEVTYPE`, and the driver of its hardware.
pub(super) type Describe<'a> = dyn Fn(u32, &str) -> Described + 'a;

/// What `/sys` says of a link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// `DEVTYPE` of its uevent, such as `wlan`.
    pub(super) devtype: Option<String>,
    /// Whether it drives hardware.
    pub(super) is_hardware: bool,
}

/// Puts the kernel's answers together.
///
/// # Errors
/// [`Why`] when one of them is no whole answer.
pub(super) fn carried(answers: &Answers, describe: &Describe<'_>) -> Result<Carried, Why> {
    let unreadable = |error: NoAnswer| Why::Unreadable(error.to_string());
    let devices = devices(&items(&answers.links).map_err(unreadable)?);
    let addresses = addresses(&items(&answers.addresses).map_err(unreadable)?);
    let routes = routes(&items(&answers.routes).map_err(unreadable)?);
    let ways = ways(answers).map_err(unreadable)?;
    let view = View {
        devices: &devices,
        addresses: &addresses,
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
    Ok(Carried {
        links,
        default_routes: view.default_routes(&ways),
        vpns: view.vpns(&ways, &routes),
    })
}

/// The way to each far destination. No way is no error.
fn ways(answers: &Answers) -> Result<Vec<Route>, NoAnswer> {
    let mut ways = Vec::new();
    for (_, answer) in &answers.ways {
        match items(answer) {
            Ok(messages) => ways.extend(way(&messages)),
            Err(NoAnswer::Refused(number)) if NO_WAY.contains(&number) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ways)
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
            || (device.kind.is_none() && (self.describe)(index, &device.name).is_hardware)
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
        let described = (self.describe)(index, &device.name);
        match (described.devtype.as_deref(), device.kind.as_deref()) {
            (Some("wlan"), _) => return LinkKind::Wifi,
            (Some("wwan"), _) | (_, Some("wwan" | "rmnet")) => return LinkKind::Mobile,
            (Some("bluetooth"), _) => return LinkKind::Bluetooth,
            _ => {}
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
        let name = &device.name;
        let devtype = (self.describe)(index, name).devtype;
        let mut seen = Vec::new();
        let mut say = |what: &str, value: Option<String>| {
            seen.extend(value.map(|value| Evidence::new(format!("{name} {what}"), value)));
        };
        say("DEVTYPE", devtype);
        say("IFLA_INFO_KIND", device.kind.clone());
        let unusual = device.hardware != ETHER;
        say(
            "hardware type",
            unusual.then(|| device.hardware.to_string()),
        );
        seen
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
