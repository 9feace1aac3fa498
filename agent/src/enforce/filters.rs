//! The plan as filters of the Windows Filtering Platform: pure, so that it is tested on every system.
//!
//! Touches nothing. Must never permit what the plan does not name: what has no filter meets the one of its layer that
//! blocks everything.
//!
//! The layers see connections and not packets (application layer enforcement): an answer belongs to what was asked,
//! so the plan's passes for answers of the collector need no filter of their own. What was under way before is asked for
//! anew with its next packet.

#[cfg(target_os = "linux")]
#[cfg(test)]
mod agreement;
pub mod keep;
#[cfg(test)]
pub(super) mod model;
pub mod objects;
pub mod readback;

use std::net::{IpAddr, Ipv6Addr};

use sekisho_policy::order::{Endpoint, Transport};

use super::plan::{Discovery, Pass, Ruleset};

/// Where a filter looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// `FWPM_LAYER_ALE_AUTH_CONNECT_V4`: what this machine begins.
    ConnectV4,
    /// The same of IPv6.
    ConnectV6,
    /// `FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4`: what others begin.
    AcceptV4,
    /// The same of IPv6.
    AcceptV6,
    /// `FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT_V4`: sockets that are bound. Nothing is known there of the other end, so that
    /// only sockets are kept from it that would go past the other layers.
    AssignV4,
    /// The same of IPv6.
    AssignV6,
    /// `FWPM_LAYER_IPFORWARD_V4`: what this machine passes on, as for virtual machines.
    ForwardV4,
    /// The same of IPv6.
    ForwardV6,
}

/// What must hold for a filter to decide. All of a filter's conditions must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It stays on this machine (`FWP_CONDITION_FLAG_IS_LOOPBACK`).
    Loopback,
    /// The socket's owner writes the headers (`FWP_CONDITION_FLAG_IS_RAW_ENDPOINT`).
    RawSocket,
    /// The socket takes what is for others (`FWPM_CONDITION_ALE_PROMISCUOUS_MODE`).
    Promiscuous,
    /// The program is the agent's own (`FWPM_CONDITION_ALE_APP_ID`).
    OwnProgram,
    /// The number of the protocol above IP (`FWPM_CONDITION_IP_PROTOCOL`).
    Protocol(u8),
    /// The other end's address.
    RemoteAddress(IpAddr),
    /// The other end's address is good on its link alone (fe80::/10).
    RemoteLinkLocal,
    /// This end's address is.
    LocalLinkLocal,
    /// The other end's port.
    RemotePort(u16),
    /// This end's port.
    LocalPort(u16),
    /// The type of a message of ICMP, which stands in the place of this end's port.
    IcmpType(u16),
    /// The code of a message of ICMP, which stands in the place of the other end's port.
    IcmpCode(u16),
}

/// What a filter decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass. A filter of somebody else's may still block it.
    Permit,
    /// It may not, whatever others say.
    Block,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Where it looks.
    pub layer: Layer,
    /// What must hold.
    pub conditions: Vec<Condition>,
    /// What it decides.
    pub verdict: Verdict,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ConnectV4,
        Self::ConnectV6,
        Self::AcceptV4,
        Self::AcceptV6,
        Self::AssignV4,
        Self::AssignV6,
        Self::ForwardV4,
        Self::ForwardV6,
    ];
    /// Those of which nothing passes that no filter permits.
    pub const SHUT: [Self; 6] = [
        Self::ConnectV4,
        Self::ConnectV6,
        Self::AcceptV4,
        Self::AcceptV6,
        Self::ForwardV4,
        Self::ForwardV6,
    ];
    const ASSIGN: [Self; 2] = [Self::AssignV4, Self::AssignV6];

    const fn connect(of: IpAddr) -> Self {
        if of.is_ipv4() {
            Self::ConnectV4
        } else {
            Self::ConnectV6
        }
    }
}

impl Filter {
    /// The range of its weight (`FWP_UINT8`): of those that match, the heaviest decides.
    ///
    /// A permission is a soft one (without `FWPM_FILTER_FLAG_CLEAR_ACTION_RIGHT`): what the company's own firewall
    /// refuses stays refused, as on other systems.
    #[must_use]
    pub const fn weight(&self) -> u8 {
        match self.verdict {
            Verdict::Permit => 15,
            Verdict::Block => 0,
        }
    }

    fn permit(layer: Layer, conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self {
            layer,
            conditions: conditions.into_iter().collect(),
            verdict: Verdict::Permit,
        }
    }

    fn block(layer: Layer, conditions: impl IntoIterator<Item = Condition>) -> Self {
        Self {
            layer,
            conditions: conditions.into_iter().collect(),
            verdict: Verdict::Block,
        }
    }
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

/// Where reports of listeners go (RFC 3810).
const ALL_MLDV2_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);

/// The filters of a plan.
#[must_use]
pub fn filters(plan: &Ruleset) -> Vec<Filter> {
    let shut = Layer::SHUT.map(|layer| Filter::block(layer, []));
    let mut filters: Vec<Filter> = shut.into();
    for layer in Layer::ASSIGN {
        filters.push(Filter::block(layer, [Condition::RawSocket]));
        filters.push(Filter::block(layer, [Condition::Promiscuous]));
    }
    filters.extend(plan.outgoing.iter().flat_map(begun_here));
    filters.extend(plan.incoming.iter().flat_map(begun_elsewhere));
    filters
}

fn begun_here(pass: &Pass) -> Vec<Filter> {
    use Condition::{LocalLinkLocal, LocalPort, Loopback, OwnProgram, Protocol, RemotePort};
    match *pass {
        Pass::Loopback => [Layer::ConnectV4, Layer::ConnectV6]
            .map(|layer| Filter::permit(layer, [Loopback]))
            .into(),
        Pass::Collector(endpoint, _) => {
            let mut filter = to(endpoint);
            filter.conditions.push(OwnProgram);
            vec![filter]
        }
        Pass::Listed(endpoint) => vec![to(endpoint)],
        Pass::DhcpV4 => vec![Filter::permit(
            Layer::ConnectV4,
            [Protocol(UDP), LocalPort(68), RemotePort(67)],
        )],
        Pass::DhcpV6 => vec![Filter::permit(
            Layer::ConnectV6,
            [
                Protocol(UDP),
                LocalLinkLocal,
                LocalPort(546),
                RemotePort(547),
            ],
        )],
        Pass::Neighbour(message) => vec![message_of_v6(Layer::ConnectV6, discovery(message))],
        Pass::ListenerReport => {
            let mut filter = message_of_v6(Layer::ConnectV6, 143);
            let routers = Condition::RemoteAddress(ALL_MLDV2_ROUTERS.into());
            filter.conditions.push(routers);
            vec![filter]
        }
        // A datagram is whole before it comes to these layers, and errors go by others.
        Pass::Fragments(_) | Pass::PacketTooBig | Pass::FragmentationNeeded | Pass::Frame(_) => {
            Vec::new()
        }
    }
}

fn begun_elsewhere(pass: &Pass) -> Vec<Filter> {
    use Condition::{
        IcmpCode, IcmpType, LocalPort, Loopback, Protocol, RemoteLinkLocal, RemotePort,
    };
    match *pass {
        Pass::Loopback => [Layer::AcceptV4, Layer::AcceptV6]
            .map(|layer| Filter::permit(layer, [Loopback]))
            .into(),
        // A server answers a question that was sent to all, from an address that nobody asked.
        Pass::DhcpV4 => vec![Filter::permit(
            Layer::AcceptV4,
            [Protocol(UDP), LocalPort(68), RemotePort(67)],
        )],
        Pass::DhcpV6 => vec![Filter::permit(
            Layer::AcceptV6,
            [
                Protocol(UDP),
                RemoteLinkLocal,
                LocalPort(546),
                RemotePort(547),
            ],
        )],
        Pass::Neighbour(message) => vec![message_of_v6(Layer::AcceptV6, discovery(message))],
        Pass::PacketTooBig => vec![message_of_v6(Layer::AcceptV6, 2)],
        Pass::FragmentationNeeded => vec![Filter::permit(
            Layer::AcceptV4,
            [Protocol(ICMP), IcmpType(3), IcmpCode(4)],
        )],
        // Answers belong to what was asked; nobody begins a connection with this laptop.
        Pass::Collector(..) | Pass::Listed(_) => Vec::new(),
        Pass::Fragments(_) | Pass::ListenerReport | Pass::Frame(_) => Vec::new(),
    }
}

fn to(endpoint: Endpoint) -> Filter {
    let protocol = match endpoint.transport {
        Transport::Tcp => TCP,
        Transport::Udp => UDP,
    };
    Filter::permit(
        Layer::connect(endpoint.address),
        [
            Condition::Protocol(protocol),
            Condition::RemoteAddress(endpoint.address),
            Condition::RemotePort(endpoint.port),
        ],
    )
}

fn message_of_v6(layer: Layer, kind: u16) -> Filter {
    let conditions = [Condition::Protocol(ICMP_V6), Condition::IcmpType(kind)];
    Filter::permit(layer, conditions)
}

/// The types of RFC 4861.
const fn discovery(message: Discovery) -> u16 {
    match message {
        Discovery::RouterSolicitation => 133,
        Discovery::RouterAdvertisement => 134,
        Discovery::NeighbourSolicitation => 135,
        Discovery::NeighbourAdvertisement => 136,
    }
}

#[cfg(test)]
mod tests;
