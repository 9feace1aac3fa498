//! What the filters let through, by a small model of how Windows asks them.
//!
//! Touches nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use sekisho_policy::order::Access;

use super::super::plan::{Way, plan};
use super::*;

/// A connection at the moment it begins.
#[derive(Debug, Clone, Copy)]
struct Begun {
    layer: Layer,
    loopback: bool,
    own_program: bool,
    protocol: u8,
    remote: IpAddr,
    /// For ICMP the code.
    remote_port: u16,
    /// For ICMP the type.
    local_port: u16,
}

fn holds(condition: Condition, begun: &Begun) -> bool {
    match condition {
        Condition::Loopback => begun.loopback,
        Condition::OwnProgram => begun.own_program,
        Condition::Protocol(protocol) => begun.protocol == protocol,
        Condition::RemoteAddress(address) => begun.remote == address,
        Condition::RemotePort(port) | Condition::IcmpCode(port) => begun.remote_port == port,
        Condition::LocalPort(port) | Condition::IcmpType(port) => begun.local_port == port,
    }
}

/// The heaviest that matches decides; where none does, the machine is open.
fn passes(filters: &[Filter], begun: &Begun) -> bool {
    let matching = filters.iter().filter(|filter| {
        filter.layer == begun.layer && filter.conditions.iter().all(|one| holds(*one, begun))
    });
    let decides = matching.max_by_key(|filter| filter.weight());
    decides.is_none_or(|filter| filter.verdict == Verdict::Permit)
}

fn way() -> Way {
    let collector = IpAddr::from([203, 0, 113, 5]);
    let gateway: IpAddr = "2001:db8::51".parse().unwrap();
    Way {
        collectors: [Endpoint::tcp(collector, 7443)].into(),
        allow: [Endpoint {
            transport: Transport::Udp,
            ..Endpoint::tcp(gateway, 51820)
        }]
        .into(),
        owner: None,
    }
}

fn isolated() -> Vec<Filter> {
    filters(&plan(Access::Isolated, &way()).unwrap().unwrap())
}

fn address(is_v4: bool) -> BoxedStrategy<IpAddr> {
    if is_v4 {
        let any = any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits)));
        prop_oneof![any, Just(IpAddr::from([203, 0, 113, 5]))].boxed()
    } else {
        let any = any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits)));
        prop_oneof![any, Just("2001:db8::51".parse().unwrap())].boxed()
    }
}

fn begun() -> impl Strategy<Value = Begun> {
    let port = || {
        prop_oneof![
            any::<u16>(),
            0..256_u16,
            Just(7443),
            Just(51820),
            Just(546),
            Just(547)
        ]
    };
    let layer = prop::sample::select(Layer::ALL.to_vec());
    layer.prop_flat_map(move |layer| {
        let is_v4 = matches!(layer, Layer::ConnectV4 | Layer::AcceptV4 | Layer::ForwardV4);
        let protocol = prop_oneof![Just(TCP), Just(UDP), Just(ICMP), Just(ICMP_V6), any::<u8>()];
        let flags = (any::<bool>(), any::<bool>());
        (flags, protocol, address(is_v4), port(), port()).prop_map(
            move |((loopback, own_program), protocol, remote, remote_port, local_port)| Begun {
                layer,
                loopback,
                own_program,
                protocol,
                remote,
                remote_port,
                local_port,
            },
        )
    })
}

/// What may begin while a laptop is isolated, told apart from how the filters are made.
fn may_begin(begun: &Begun) -> bool {
    let there = (begun.remote, begun.remote_port, begun.protocol);
    let dhcp = |here, there| {
        begun.protocol == UDP && begun.local_port == here && begun.remote_port == there
    };
    let message = |kinds: &[u16]| begun.protocol == ICMP_V6 && kinds.contains(&begun.local_port);
    match begun.layer {
        Layer::ForwardV4 | Layer::ForwardV6 => false,
        _ if begun.loopback => true,
        Layer::ConnectV4 => {
            let collector = there == (IpAddr::from([203, 0, 113, 5]), 7443, TCP);
            (collector && begun.own_program) || dhcp(68, 67)
        }
        Layer::ConnectV6 => {
            there == ("2001:db8::51".parse().unwrap(), 51820, UDP)
                || dhcp(546, 547)
                || message(&[133, 135, 136, 143])
        }
        Layer::AcceptV4 => {
            let too_long = (begun.protocol, begun.local_port, begun.remote_port) == (ICMP, 3, 4);
            dhcp(68, 67) || too_long
        }
        Layer::AcceptV6 => dhcp(546, 547) || message(&[2, 134, 135, 136]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn nothing_begins_that_is_not_named_and_all_that_is_does(begun in begun()) {
        prop_assert_eq!(passes(&isolated(), &begun), may_begin(&begun));
    }
}

#[test]
fn the_collector_is_reached_by_the_agent_alone_and_the_gateway_by_all() {
    let collector = Begun {
        layer: Layer::ConnectV4,
        loopback: false,
        own_program: true,
        protocol: TCP,
        remote: IpAddr::from([203, 0, 113, 5]),
        remote_port: 7443,
        local_port: 50_000,
    };
    let filters = isolated();
    assert!(passes(&filters, &collector));
    let another = Begun {
        own_program: false,
        ..collector
    };
    assert!(!passes(&filters, &another), "another program");
    let elsewhere = Begun {
        remote_port: 443,
        ..collector
    };
    assert!(!passes(&filters, &elsewhere), "another port");
    let gateway = Begun {
        layer: Layer::ConnectV6,
        own_program: false,
        protocol: UDP,
        remote: "2001:db8::51".parse().unwrap(),
        remote_port: 51820,
        ..collector
    };
    assert!(passes(&filters, &gateway));
}

#[test]
fn every_layer_blocks_what_no_other_filter_matches() {
    for access in [Access::Restricted, Access::Isolated] {
        let filters = filters(&plan(access, &way()).unwrap().unwrap());
        for layer in Layer::ALL {
            let blocking = filters.iter().filter(|filter| {
                filter.layer == layer
                    && filter.verdict == Verdict::Block
                    && filter.conditions.is_empty()
            });
            assert_eq!(blocking.count(), 1, "{layer:?}");
        }
    }
}

#[test]
fn no_filter_permits_everything() {
    for filter in isolated() {
        let is_bare = filter.conditions.is_empty();
        assert!(!is_bare || filter.verdict == Verdict::Block, "{filter:?}");
    }
}
