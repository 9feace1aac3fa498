//! What Windows tells of network adapters, their addresses and the routes, as values, and the links they make.
//!
//! Touches nothing: `win` asks, and any system takes the answer apart. Must never take an adapter for hardware, or for
//! harmless, by a name that people can change: types, drivers and flags decide.
//!
//! Numbers are those of `IP_ADAPTER_ADDRESSES`, `MIB_IF_ROW2` and `MIB_IPFORWARD_ROW2`
//! (<https://learn.microsoft.com/windows/win32/api/iptypes/ns-iptypes-ip_adapter_addresses_lh>,
//! `…/api/netioapi/ns-netioapi-mib_if_row2`, `…-mib_ipforward_row2`), a driver's name is its `ComponentId` below the
//! class of network adapters.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sekisho_policy::facts::{IpFamily, LinkKind, Subnet};
use serde::{Deserialize, Serialize};

use crate::links::{Addresses, Device, ETHER, NO_HARDWARE, PPP, Route, is_of_link};

/// Adapters that are taken, and addresses, name servers of each, and routes of all.
pub const ADAPTERS_MAX: usize = 512;
/// See [`ADAPTERS_MAX`].
pub const ADDRESSES_MAX: usize = 256;
/// See [`ADAPTERS_MAX`].
pub const ROUTES_MAX: usize = 65_536;

/// Types of interfaces (`IF_TYPE_…`, IANA's numbers): Ethernet, PPP, loopback, Wi-Fi, a tunnel, mobile networks.
const ETHERNET: u32 = 6;
const POINT_TO_POINT: [u32; 2] = [23, 108];
const LOOPBACK: u32 = 24;
const WIFI: u32 = 71;
const TUNNEL: u32 = 131;
const MOBILE: [u32; 2] = [243, 244];
/// `NDIS_PHYSICAL_MEDIUM`: Wi-Fi, mobile networks, Bluetooth.
const MEDIUM_WIFI: [i32; 2] = [1, 9];
const MEDIUM_MOBILE: i32 = 8;
const MEDIUM_BLUETOOTH: i32 = 10;
/// `IfOperStatusUp`.
const UP: i32 = 1;
/// `IpPrefixOriginRouterAdvertisement`.
const ANNOUNCED: i32 = 4;
/// `IpDadStatePreferred`.
const PREFERRED: i32 = 4;
/// Drivers of Windows' own for adapters without hardware: switches and ports of virtual machines, bridges, the second
/// half of a Wi-Fi adapter, and adapters to try things out with.
const OWN_DRIVERS: [&str; 6] = ["ms_", "vms_", "vwifi", "msloop", "kdnic", "bthpan"];

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Every adapter that is bound to IP.
    pub adapters: Vec<Adapter>,
    /// Every row of the table of routes.
    pub routes: Vec<Row>,
}

/// An adapter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// `InterfaceIndex`.
    pub index: u32,
    /// The GUID by which other parts of Windows know it, in lower case.
    pub id: String,
    /// `FriendlyName`, which the user may change.
    pub name: String,
    /// `IfType`.
    pub kind: u32,
    /// `TunnelType`.
    #[serde(default)]
    pub tunnel: i32,
    /// `OperStatus`.
    pub status: i32,
    /// `HardwareInterface`.
    pub is_hardware: bool,
    /// `PhysicalMediumType`.
    #[serde(default)]
    pub medium: i32,
    /// `ComponentId` of its driver; none where no driver has its GUID, as for a session of Windows' own VPNs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The metric of IPv4, which is added to that of each route.
    #[serde(default)]
    pub metric_v4: u32,
    /// The metric of IPv6.
    #[serde(default)]
    pub metric_v6: u32,
    /// `dwLastChange`: since when it stands as it does. Told to who compares two moments, and kept nowhere.
    #[serde(skip)]
    pub changed: u32,
    /// Its addresses.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// The name servers that are asked over it.
    #[serde(default)]
    pub dns_servers: Vec<IpAddr>,
}

/// An address of an adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The address.
    pub address: IpAddr,
    /// `OnLinkPrefixLength`.
    pub prefix: u8,
    /// `PrefixOrigin`.
    pub origin: i32,
    /// `DadState`.
    pub state: i32,
}

/// A row of the table of routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Where it leads.
    pub to: IpAddr,
    /// Bits of that.
    pub prefix: u8,
    /// `InterfaceIndex`.
    pub link: u32,
    /// `NextHop`; the address of nothing where there is no router.
    pub by: IpAddr,
    /// `Metric`, without that of the adapter.
    pub metric: u32,
    /// `Loopback`: it leads to this machine.
    #[serde(default)]
    pub is_own: bool,
}

impl Adapter {
    /// What it goes over, where its type or its medium says so.
    #[must_use]
    pub fn over(&self) -> Option<LinkKind> {
        match (self.kind, self.medium) {
            (WIFI, _) => Some(LinkKind::Wifi),
            (_, medium) if MEDIUM_WIFI.contains(&medium) => Some(LinkKind::Wifi),
            (kind, _) if MOBILE.contains(&kind) => Some(LinkKind::Mobile),
            (_, MEDIUM_MOBILE) => Some(LinkKind::Mobile),
            (_, MEDIUM_BLUETOOTH) => Some(LinkKind::Bluetooth),
            _ => None,
        }
    }

    /// Whether it is one for Wi-Fi.
    #[must_use]
    pub fn is_wifi(&self) -> bool {
        self.over() == Some(LinkKind::Wifi)
    }

    /// Whether it is up.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.status == UP
    }

    /// What it is, as evidence.
    #[must_use]
    pub fn seen(&self) -> Vec<(&'static str, String)> {
        let mut seen = vec![("IfType", self.kind.to_string())];
        if self.tunnel != 0 {
            seen.push(("TunnelType", self.tunnel.to_string()));
        }
        seen.extend(self.driver.clone().map(|name| ("ComponentId", name)));
        seen
    }

    /// The name of what makes it, where that is no hardware; none also where nobody knows.
    fn made_by(&self) -> Option<&'static str> {
        // A session of PPP, and Teredo or 6to4, come from Windows itself and have no driver of their own.
        if POINT_TO_POINT.contains(&self.kind) {
            return Some("ppp");
        }
        if self.kind == TUNNEL {
            return Some("sit");
        }
        if self.is_hardware {
            return None;
        }
        let driver = self.driver.as_deref()?.to_lowercase();
        let driver = driver.rsplit('\\').next().unwrap_or(&driver);
        let driver = driver.trim_start_matches('*');
        if driver.contains("wireguard") {
            Some("wireguard")
        } else if OWN_DRIVERS.iter().any(|own| driver.starts_with(own)) {
            Some("virtual")
        } else {
            // Of makers' adapters without hardware those of VPNs are the ones by which a route leads anywhere, as it
            // is with taps.
            Some("tun")
        }
    }

    fn device(&self) -> Device {
        let hardware = match self.kind {
            ETHERNET | WIFI => ETHER,
            kind if POINT_TO_POINT.contains(&kind) => PPP,
            _ => NO_HARDWARE,
        };
        let made_by = self.made_by();
        let driven = self.is_hardware && made_by.is_none();
        let driver = || self.driver.clone().unwrap_or_else(|| self.id.clone());
        Device {
            name: self.name.clone(),
            hardware,
            kind: made_by.map(ToOwned::to_owned),
            is_up: self.is_up(),
            is_running: self.is_up(),
            is_loopback: self.kind == LOOPBACK,
            upon: None,
            master: None,
            hardware_name: driven.then(driver),
            carrier_changes: self.changed,
        }
    }
}

/// The links, by their numbers.
#[must_use]
pub fn devices(told: &Told) -> BTreeMap<u32, Device> {
    let devices = told.adapters.iter().map(|one| (one.index, one.device()));
    devices.collect()
}

/// Their addresses. Left out are those of a link alone, and what is not in use yet or no more.
#[must_use]
pub fn addresses(told: &Told) -> Addresses {
    let mut all = Addresses::default();
    for adapter in &told.adapters {
        for one in &adapter.addresses {
            if one.state != PREFERRED || is_of_link(one.address) || one.address.is_loopback() {
                continue;
            }
            all.any.insert(adapter.index);
            if one.origin != ANNOUNCED {
                all.given.entry(adapter.index).or_default().push(Subnet {
                    address: one.address,
                    prefix: one.prefix,
                });
            }
        }
    }
    for addresses in all.given.values_mut() {
        addresses.sort_unstable();
        addresses.dedup();
    }
    all
}

/// The routes to other machines, over adapters that are up.
#[must_use]
pub fn routes(told: &Told) -> Vec<Route> {
    rows(told).map(route).collect()
}

/// The way to an address, as Windows chooses it: by the narrowest route, and of several by the lowest sum of its metric
/// and the adapter's.
#[must_use]
pub fn way(told: &Told, far: IpAddr) -> Option<Route> {
    let reaching = rows(told).filter(|row| covers(row, far));
    let metric = |row: &Row| {
        let adapter = told.adapters.iter().find(|one| one.index == row.link);
        let own = adapter.map_or(0, |one| match row.to {
            IpAddr::V4(_) => one.metric_v4,
            IpAddr::V6(_) => one.metric_v6,
        });
        u64::from(row.metric).saturating_add(own.into())
    };
    let best = reaching.min_by_key(|row| (u8::MAX - row.prefix, metric(row)));
    best.map(route)
}

/// The name servers of all adapters that are up, sorted. Those by an address of one link alone are left out, and those
/// that Windows puts where there is none (`fec0:0:0:ffff::1` to `::3`, of a kind that RFC 3879 has taken back).
#[must_use]
pub fn dns_servers(told: &Told) -> Vec<IpAddr> {
    let up = told.adapters.iter().filter(|one| one.is_up());
    let named = up.flat_map(|one| one.dns_servers.iter().copied());
    let mut servers: Vec<IpAddr> = named
        .filter(|server| !is_of_link(*server) && !is_of_site(*server))
        .collect();
    servers.sort_unstable();
    servers.dedup();
    servers
}

fn is_of_site(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfec0,
    }
}

/// Those that lead to others, by links that are up.
fn rows(told: &Told) -> impl Iterator<Item = &Row> {
    let is_up = |index: u32| {
        let mut adapters = told.adapters.iter();
        adapters.any(|one| one.index == index && one.is_up() && one.kind != LOOPBACK)
    };
    let is_own = |row: &Row| {
        let mut addresses = told.adapters.iter().flat_map(|one| &one.addresses);
        row.is_own || (is_single(row) && addresses.any(|one| one.address == row.to))
    };
    let is_broadcast = |row: &Row| matches!(row.to, IpAddr::V4(to) if to.is_broadcast());
    told.routes
        .iter()
        .filter(move |row| is_up(row.link) && !is_own(row) && !is_broadcast(row))
}

const fn is_single(row: &Row) -> bool {
    match row.to {
        IpAddr::V4(_) => row.prefix >= 32,
        IpAddr::V6(_) => row.prefix >= 128,
    }
}

fn route(row: &Row) -> Route {
    Route {
        family: match row.to {
            IpAddr::V4(_) => IpFamily::V4,
            IpAddr::V6(_) => IpFamily::V6,
        },
        to: Subnet {
            address: row.to,
            prefix: row.prefix,
        },
        link: row.link,
        gateway: Some(row.by).filter(|by| !by.is_unspecified()),
    }
}

fn covers(row: &Row, far: IpAddr) -> bool {
    match (row.to, far) {
        (IpAddr::V4(to), IpAddr::V4(far)) => {
            let shift = 32_u32.saturating_sub(row.prefix.into());
            let same = (to.to_bits() ^ far.to_bits()).checked_shr(shift);
            same.unwrap_or_default() == 0
        }
        (IpAddr::V6(to), IpAddr::V6(far)) => {
            let shift = 128_u32.saturating_sub(row.prefix.into());
            let same = (to.to_bits() ^ far.to_bits()).checked_shr(shift);
            same.unwrap_or_default() == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
