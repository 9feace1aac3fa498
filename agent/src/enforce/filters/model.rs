//! A small model of how a system asks its rules: a connection at the moment it begins, and whether it may.
//!
//! Touches nothing. Must never know how the filters are made.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{Condition, Filter, ICMP, ICMP_V6, Layer, TCP, UDP, Verdict};

/// Who begins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::enforce) enum Began {
    Here,
    Elsewhere,
    /// Neither end is on this machine.
    PassedOn,
}

/// The first packet of a connection.
#[derive(Debug, Clone, Copy)]
pub(in crate::enforce) struct Flow {
    pub(in crate::enforce) began: Began,
    pub(in crate::enforce) loopback: bool,
    /// The program, or the user, that the agent is.
    pub(in crate::enforce) own: bool,
    pub(in crate::enforce) protocol: u8,
    pub(in crate::enforce) local: IpAddr,
    pub(in crate::enforce) remote: IpAddr,
    /// For ICMP the type.
    pub(in crate::enforce) local_port: u16,
    /// For ICMP the code.
    pub(in crate::enforce) remote_port: u16,
}

impl Flow {
    pub(in crate::enforce) const fn is_v4(&self) -> bool {
        self.remote.is_ipv4()
    }

    fn layer(&self) -> Layer {
        match (self.began, self.is_v4()) {
            (Began::Here, true) => Layer::ConnectV4,
            (Began::Here, false) => Layer::ConnectV6,
            (Began::Elsewhere, true) => Layer::AcceptV4,
            (Began::Elsewhere, false) => Layer::AcceptV6,
            (Began::PassedOn, true) => Layer::ForwardV4,
            (Began::PassedOn, false) => Layer::ForwardV6,
        }
    }

    fn meets(&self, condition: Condition) -> bool {
        match condition {
            Condition::Loopback => self.loopback,
            Condition::OwnProgram => self.own,
            // Those are asked of sockets, which never come to where connections are asked.
            Condition::RawSocket | Condition::Promiscuous => false,
            Condition::Protocol(protocol) => self.protocol == protocol,
            Condition::RemoteAddress(address) => self.remote == address,
            Condition::RemoteLinkLocal => is_link_local(self.remote),
            Condition::LocalLinkLocal => is_link_local(self.local),
            Condition::RemotePort(port) | Condition::IcmpCode(port) => self.remote_port == port,
            Condition::LocalPort(port) | Condition::IcmpType(port) => self.local_port == port,
        }
    }
}

pub(in crate::enforce) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// Whether a flow may begin on a Windows with these filters: the heaviest that matches decides, and where none does
/// the machine is open.
pub(in crate::enforce) fn passes(filters: &[Filter], flow: &Flow) -> bool {
    let matching = filters.iter().filter(|filter| {
        filter.layer == flow.layer() && filter.conditions.iter().all(|one| flow.meets(*one))
    });
    let decides = matching.max_by_key(|filter| filter.weight());
    decides.is_none_or(|filter| filter.verdict == Verdict::Permit)
}

/// Flows that often touch what these addresses and ports are.
pub(in crate::enforce) fn flows(
    addresses: &[IpAddr],
    ports: &[u16],
) -> impl Strategy<Value = Flow> + use<> {
    let (addresses, ports) = (addresses.to_vec(), ports.to_vec());
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(IpAddr::is_ipv4);
    let address = move |is_v4: bool| -> BoxedStrategy<IpAddr> {
        if is_v4 {
            let far = any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits)));
            prop_oneof![far, prop::sample::select(v4.clone())].boxed()
        } else {
            let far = any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits)));
            let near = any::<u64>().prop_map(|bits| {
                IpAddr::from(Ipv6Addr::from((0xfe80_u128 << 112) | u128::from(bits)))
            });
            prop_oneof![far, near, prop::sample::select(v6.clone())].boxed()
        }
    };
    let port = move || {
        let known = prop::sample::select(ports.clone());
        prop_oneof![1 => any::<u16>(), 1 => 0..256_u16, 4 => known]
    };
    let began = prop::sample::select(vec![Began::Here, Began::Elsewhere, Began::PassedOn]);
    let protocol = prop_oneof![Just(TCP), Just(UDP), Just(ICMP), Just(ICMP_V6), any::<u8>()];
    let way = (began, any::<bool>(), any::<bool>(), any::<bool>(), protocol);
    way.prop_flat_map(move |(began, loopback, own, is_v4, protocol)| {
        let ends = (address(is_v4), address(is_v4), port(), port());
        ends.prop_map(move |(local, remote, local_port, remote_port)| Flow {
            began,
            loopback: loopback && began != Began::PassedOn,
            own,
            protocol,
            local,
            remote,
            local_port,
            remote_port,
        })
    })
}
