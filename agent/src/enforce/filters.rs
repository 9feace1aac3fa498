//! The plan as filters of the Windows Filtering Platform: pure, so that it is tested on every system.
//!
//! Touches nothing. Must never permit what the plan does not name: what has no filter meets the one of its layer that
//! blocks everything.
//!
//! The layers see connections and not packets (application layer enforcement): an answer belongs to what was asked,
//! so the plan's passes for answers of the collector need no filter of their own.

use std::net::IpAddr;

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
    /// The program is the agent's own (`FWPM_CONDITION_ALE_APP_ID`).
    OwnProgram,
    /// The number of the protocol above IP (`FWPM_CONDITION_IP_PROTOCOL`).
    Protocol(u8),
    /// The other end's address.
    RemoteAddress(IpAddr),
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
    pub const ALL: [Self; 6] = [
        Self::ConnectV4,
        Self::ConnectV6,
        Self::AcceptV4,
        Self::AcceptV6,
        Self::ForwardV4,
        Self::ForwardV6,
    ];

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
}

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMP_V6: u8 = 58;

/// The filters of a plan.
#[must_use]
pub fn filters(plan: &Ruleset) -> Vec<Filter> {
    let block = |layer| Filter {
        layer,
        conditions: Vec::new(),
        verdict: Verdict::Block,
    };
    let mut filters: Vec<Filter> = Layer::ALL.map(block).into();
    filters.extend(plan.outgoing.iter().flat_map(begun_here));
    filters.extend(plan.incoming.iter().flat_map(begun_elsewhere));
    filters
}

fn begun_here(pass: &Pass) -> Vec<Filter> {
    use Condition::{LocalPort, Loopback, OwnProgram, Protocol, RemotePort};
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
            [Protocol(UDP), LocalPort(546), RemotePort(547)],
        )],
        Pass::Neighbour(message) => vec![message_of_v6(Layer::ConnectV6, discovery(message))],
        Pass::ListenerReport => vec![message_of_v6(Layer::ConnectV6, 143)],
        // A datagram is whole before it comes to these layers, and errors go by others.
        Pass::Fragments(_) | Pass::PacketTooBig | Pass::FragmentationNeeded | Pass::Frame(_) => {
            Vec::new()
        }
    }
}

fn begun_elsewhere(pass: &Pass) -> Vec<Filter> {
    use Condition::{IcmpCode, IcmpType, LocalPort, Loopback, Protocol, RemotePort};
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
            [Protocol(UDP), LocalPort(546), RemotePort(547)],
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
