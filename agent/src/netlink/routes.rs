//! The kernel's addresses and routes: asked for, and taken apart.
//!
//! Touches nothing. Must never keep what changes by itself: lifetimes, temporary addresses, and those that a
//! router's announcements make.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sekisho_policy::facts::{IpFamily, Subnet};

use super::{Message, attribute, attribute_of, attributes, request, u16_at, u32_at};
use crate::links::{Addresses, Route};

const NEW_ADDRESS: u16 = 20;
const GET_ADDRESS: u16 = 22;
const NEW_ROUTE: u16 = 24;
const GET_ROUTE: u16 = 26;
/// `NLM_F_ACK` and `NLM_F_DUMP`: a single answer has an end by the one, a list by the other.
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const INET: u8 = 2;
const INET6: u8 = 10;
/// `struct ifaddrmsg`, and the scope of an address that is good beyond its link.
const ADDRESS_BYTES: usize = 8;
const UNIVERSE: u8 = 0;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
/// `IFA_F_TEMPORARY`, `IFA_F_DADFAILED`, `IFA_F_DEPRECATED` and `IFA_F_TENTATIVE`.
const PASSING: u32 = 0x01 | 0x08 | 0x20 | 0x40;
const PERMANENT: u32 = 0x80;
/// `struct rtmsg`, the kind of route that leads somewhere, and the table of the machine's own addresses.
const ROUTE_BYTES: usize = 12;
const UNICAST: u8 = 1;
const LOCAL_TABLE: u32 = 255;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_MULTIPATH: u16 = 9;
const RTA_TABLE: u16 = 15;
const RTA_VIA: u16 = 18;
/// `RTNH_F_DEAD` and `RTNH_F_LINKDOWN`, and `RTM_F_CLONED`: a way once taken.
const DEAD: u32 = 1 | 16;
const CLONED: u32 = 0x200;

/// Asks for every address.
#[must_use]
pub fn request_addresses() -> Vec<u8> {
    request(GET_ADDRESS, DUMP, &[0; ADDRESS_BYTES])
}

/// Asks for every table of both families.
#[must_use]
pub fn request_routes() -> Vec<u8> {
    request(GET_ROUTE, DUMP, &[0; ROUTE_BYTES])
}

/// Asks which way the kernel would go there. Nothing is sent.
#[must_use]
pub fn request_way(far: IpAddr) -> Vec<u8> {
    let (family, address) = match far {
        IpAddr::V4(far) => (INET, far.octets().to_vec()),
        IpAddr::V6(far) => (INET6, far.octets().to_vec()),
    };
    let bits = if family == INET { 32 } else { 128 };
    let mut body = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(attribute_of(RTA_DST, &address));
    request(GET_ROUTE, ACK, &body)
}

/// Takes the list of addresses apart. Those of a link alone are left out.
#[must_use]
pub fn addresses(messages: &[Message<'_>]) -> Addresses {
    let mut all = Addresses::default();
    for message in messages.iter().filter(|one| one.kind == NEW_ADDRESS) {
        let Some((index, subnet, flags)) = address(message) else {
            continue;
        };
        if flags & PASSING != 0 {
            continue;
        }
        all.any.insert(index);
        // An IPv6 address that ends some day and spans a network was made from an announcement; DHCPv6 gives
        // single ones.
        let announced = subnet.address.is_ipv6() && subnet.prefix < 128 && flags & PERMANENT == 0;
        if !announced {
            all.given.entry(index).or_default().push(subnet);
        }
    }
    for addresses in all.given.values_mut() {
        addresses.sort_unstable();
        addresses.dedup();
    }
    all
}

fn address(message: &Message<'_>) -> Option<(u32, Subnet, u32)> {
    let [family, prefix, flags, scope, ..] = *message.body else {
        return None;
    };
    let index = u32_at(message.body, 4)?;
    let attributes = message.body.get(ADDRESS_BYTES..)?;
    // On a point-to-point link the first is the other end's.
    let value = attribute(attributes, IFA_LOCAL).or_else(|| attribute(attributes, IFA_ADDRESS))?;
    let address = ip(family, value)?;
    let flags = attribute(attributes, IFA_FLAGS)
        .and_then(|flags| u32_at(flags, 0))
        .unwrap_or(u32::from(flags));
    (scope == UNIVERSE).then_some((index, Subnet { address, prefix }, flags))
}

/// Takes routes apart: those of every table but the machine's own addresses, one for each leg.
#[must_use]
pub fn routes(messages: &[Message<'_>]) -> Vec<Route> {
    let is_taken = |one: &&Message<'_>| {
        one.kind == NEW_ROUTE && u32_at(one.body, 8).is_some_and(|flags| flags & CLONED == 0)
    };
    let routes = messages.iter().filter(is_taken);
    routes.filter_map(legs).flatten().collect()
}

/// Takes the answer about one destination apart. For IPv4 the kernel gives it as a way once taken.
#[must_use]
pub fn way(messages: &[Message<'_>]) -> Vec<Route> {
    let routes = messages.iter().filter(|one| one.kind == NEW_ROUTE);
    routes.filter_map(legs).flatten().collect()
}

fn legs(message: &Message<'_>) -> Option<Vec<Route>> {
    let [family, prefix, _, _, table, _, _, kind, ..] = *message.body else {
        return None;
    };
    let flags = u32_at(message.body, 8)?;
    let attributes = message.body.get(ROUTE_BYTES..)?;
    let table = attribute(attributes, RTA_TABLE)
        .and_then(|table| u32_at(table, 0))
        .unwrap_or(u32::from(table));
    if kind != UNICAST || table == LOCAL_TABLE {
        return None;
    }
    let version = version(family)?;
    let address = match attribute(attributes, RTA_DST) {
        Some(value) => octets(family, value)?,
        None => match version {
            IpFamily::V4 => Ipv4Addr::UNSPECIFIED.into(),
            IpFamily::V6 => Ipv6Addr::UNSPECIFIED.into(),
        },
    };
    let to = Subnet { address, prefix };
    let leg = |link: u32, flags: u32, attributes: &[u8]| {
        let gateway = gateway(family, attributes);
        let route = Route {
            family: version,
            to,
            link,
            gateway,
        };
        (flags & DEAD == 0).then_some(route)
    };
    let link = attribute(attributes, RTA_OIF).and_then(|link| u32_at(link, 0));
    let single = link.and_then(|link| leg(link, flags, attributes));
    let many = attribute(attributes, RTA_MULTIPATH).unwrap_or_default();
    let many = hops(many).filter_map(|(link, flags, attributes)| leg(link, flags, attributes));
    Some(single.into_iter().chain(many).collect())
}

/// The legs of `RTA_MULTIPATH`: `struct rtnexthop` each, with attributes of its own.
fn hops(mut bytes: &[u8]) -> impl Iterator<Item = (u32, u32, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let flags = u32::from(*bytes.get(2)?);
        let link = u32_at(bytes, 4)?;
        let attributes = bytes.get(8..length)?;
        let next = length.checked_next_multiple_of(4)?;
        bytes = bytes.get(next..).unwrap_or_default();
        Some((link, flags, attributes))
    })
}

fn gateway(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    attributes(bytes).find_map(|(kind, value)| match kind {
        RTA_GATEWAY => ip(family, value),
        // A router of the other family, with that family before its address.
        RTA_VIA => {
            let family = u8::try_from(u16_at(value, 0)?).ok()?;
            ip(family, value.get(2..)?)
        }
        _ => None,
    })
}

fn version(family: u8) -> Option<IpFamily> {
    match family {
        INET => Some(IpFamily::V4),
        INET6 => Some(IpFamily::V6),
        _ => None,
    }
}

fn ip(family: u8, value: &[u8]) -> Option<IpAddr> {
    octets(family, value).filter(|address| !address.is_unspecified())
}

/// An address in the order of the network; more bytes than it needs may follow.
pub fn octets(family: u8, value: &[u8]) -> Option<IpAddr> {
    match family {
        INET => Some(IpAddr::from(*value.first_chunk::<4>()?)),
        INET6 => Some(IpAddr::from(*value.first_chunk::<16>()?)),
        _ => None,
    }
}
