//! What an access means for the network, as a list of what may pass: pure, for every system.
//!
//! Touches nothing. Must never let through what is not named here: everything else is refused, so
//! a new need is a new [`Pass`] that a reader can see.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sekisho_policy::limits::ALLOWED_ENDPOINTS_MAX;
use sekisho_policy::order::{Access, Endpoint, Transport};
use thiserror::Error;

/// Collector addresses a laptop may be pinned to. A collector has a few addresses in both families.
pub const COLLECTORS_MAX: usize = 32;

/// The way that stays open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Way {
    /// The collector's addresses, pinned: no name is ever resolved while isolated.
    pub collectors: BTreeSet<Endpoint>,
    /// What the order or the policy lists beside the collector; open to every process.
    pub allow: BTreeSet<Endpoint>,
    /// The user the agent runs as, which alone may speak to the collector; `None` lets every
    /// process speak to it.
    pub owner: Option<u32>,
}

/// Everything that may pass under a restricted or isolated access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruleset {
    /// The access it stands for; never [`Access::Full`].
    pub access: Access,
    /// What may come in.
    pub incoming: Vec<Pass>,
    /// What may go out.
    pub outgoing: Vec<Pass>,
    /// What may leave as a frame by a network device, whoever made it.
    pub framed: Vec<Pass>,
}

/// One kind of traffic that may pass. Nothing is kept by flow: an established connection that is
/// not named dies with its next packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pass {
    /// Between processes of this machine.
    Loopback,
    /// TCP with the collector; outgoing only from the owner, where one is set.
    Collector(Endpoint, Option<u32>),
    /// TCP or UDP with an endpoint the order or the policy lists.
    Listed(Endpoint),
    /// The later fragments of UDP with a listed address, which name no port. IKE sends its
    /// certificates in datagrams that are cut.
    Fragments(IpAddr),
    /// A DHCP renewal (RFC 2131), client port 68 with server port 67.
    DhcpV4,
    /// DHCPv6 (RFC 8415) from or to a link-local address, ports 546 and 547.
    DhcpV6,
    /// Neighbour discovery (RFC 4861) with the hop limit of 255 that no router passes on.
    Neighbour(Discovery),
    /// A multicast listener report (RFC 3810): without it a snooping switch withholds neighbour
    /// solicitations.
    ListenerReport,
    /// ICMPv6 packet too big (RFC 4443): without it large TLS records hang on a tunnel.
    PacketTooBig,
    /// ICMP fragmentation needed (RFC 1191): the same for IPv4.
    FragmentationNeeded,
    /// A frame that no router passes on.
    Frame(Frame),
}

/// Frames beside those of the internet protocol without which a network is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frame {
    /// Address resolution (RFC 826).
    Arp,
    /// The same on a virtual network (IEEE 802.1Q) upon the device.
    TaggedArp,
    /// Authentication at a switch or an access point (IEEE 802.1X), and the keys of Wi-Fi.
    Eapol,
    /// The search for an access concentrator (RFC 2516), by which a session begins anew.
    SessionDiscovery,
}

/// The messages of neighbour discovery that may pass. Redirects are left out: nothing needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovery {
    /// A host asks for routers.
    RouterSolicitation,
    /// A router announces itself.
    RouterAdvertisement,
    /// A host asks for a neighbour's link address.
    NeighbourSolicitation,
    /// A neighbour answers.
    NeighbourAdvertisement,
}

/// Why no plan can be made. The rules in force stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unplannable {
    /// Nothing would be left that could ever lift the isolation.
    #[error(
        "no collector address is pinned, so an isolation could not be lifted from afar; enrol first"
    )]
    NoCollector,
    /// More addresses than may be listed.
    #[error("{count} {what} addresses are more than the {max} that may stay reachable")]
    TooMany {
        /// Which list is too long.
        what: &'static str,
        /// How many it has.
        count: usize,
        /// How many it may have.
        max: usize,
    },
}

/// Plans the rules for an access; `None` for [`Access::Full`], which means no rules at all.
///
/// # Errors
/// [`Unplannable`] when the way names no collector, or too many addresses.
pub fn plan(access: Access, way: &Way) -> Result<Option<Ruleset>, Unplannable> {
    match access {
        Access::Full => return Ok(None),
        Access::Restricted | Access::Isolated => {}
    }
    let collectors = settled("collector", &way.collectors, COLLECTORS_MAX)?;
    let listed = settled("listed", &way.allow, ALLOWED_ENDPOINTS_MAX)?;
    if collectors.is_empty() {
        return Err(Unplannable::NoCollector);
    }
    let endpoints = || {
        let own = collectors
            .iter()
            .map(|endpoint| Pass::Collector(*endpoint, way.owner));
        own.chain(listed.iter().copied().map(Pass::Listed))
    };
    let udp = listed
        .iter()
        .filter(|endpoint| endpoint.transport == Transport::Udp);
    let cut: BTreeSet<IpAddr> = udp.map(|endpoint| endpoint.address).collect();
    // Of IPv4 the rules see whole datagrams on this machine, and fragments at its devices only.
    let cut_inside = cut.iter().filter(|address| address.is_ipv6());
    let fragments = cut_inside.copied().map(Pass::Fragments);
    let incoming = std::iter::once(Pass::Loopback)
        .chain(endpoints())
        .chain(fragments)
        .chain([
            Pass::DhcpV4,
            Pass::DhcpV6,
            Pass::Neighbour(Discovery::RouterAdvertisement),
            Pass::Neighbour(Discovery::NeighbourSolicitation),
            Pass::Neighbour(Discovery::NeighbourAdvertisement),
            Pass::PacketTooBig,
            Pass::FragmentationNeeded,
        ]);
    let outgoing = std::iter::once(Pass::Loopback).chain(endpoints()).chain([
        Pass::DhcpV4,
        Pass::DhcpV6,
        Pass::Neighbour(Discovery::RouterSolicitation),
        Pass::Neighbour(Discovery::NeighbourSolicitation),
        Pass::Neighbour(Discovery::NeighbourAdvertisement),
        Pass::ListenerReport,
    ]);
    let outgoing: Vec<Pass> = outgoing.collect();
    let beyond_loopback = outgoing.iter().filter(|pass| **pass != Pass::Loopback);
    let frames = [
        Frame::Arp,
        Frame::TaggedArp,
        Frame::Eapol,
        Frame::SessionDiscovery,
    ];
    Ok(Some(Ruleset {
        access,
        incoming: incoming.collect(),
        framed: beyond_loopback
            .copied()
            .chain(cut.iter().copied().map(Pass::Fragments))
            .chain(frames.map(Pass::Frame))
            .collect(),
        outgoing,
    }))
}

/// The endpoints with IPv4 addresses written as such: `::ffff:192.0.2.1` is sent as IPv4, so an
/// IPv6 rule for it would never match.
fn settled(
    what: &'static str,
    endpoints: &BTreeSet<Endpoint>,
    max: usize,
) -> Result<BTreeSet<Endpoint>, Unplannable> {
    let count = endpoints.len();
    if count > max {
        return Err(Unplannable::TooMany { what, count, max });
    }
    let plain = endpoints.iter().map(|endpoint| Endpoint {
        address: canonical(endpoint.address),
        ..*endpoint
    });
    Ok(plain
        .filter(|endpoint| {
            let address = endpoint.address;
            endpoint.port != 0 && !address.is_unspecified() && !address.is_multicast()
        })
        .collect())
}

fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => six.to_canonical(),
    }
}

#[cfg(test)]
mod tests;
