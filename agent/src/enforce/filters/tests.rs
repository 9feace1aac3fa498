//! What the filters let through, by a small model of how Windows asks them.
//!
//! Touches nothing.

use proptest::prelude::*;
use sekisho_policy::order::Access;

use super::super::plan::{Way, plan};
use super::model::{Began, Flow, flows, is_link_local, passes};
use super::*;

fn collector() -> IpAddr {
    IpAddr::from([203, 0, 113, 5])
}

fn gateway() -> IpAddr {
    "2001:db8::51".parse().unwrap()
}

fn way() -> Way {
    Way {
        collectors: [Endpoint::tcp(collector(), 7443)].into(),
        allow: [Endpoint {
            transport: Transport::Udp,
            ..Endpoint::tcp(gateway(), 51820)
        }]
        .into(),
        owner: None,
    }
}

fn isolated() -> Vec<Filter> {
    filters(&plan(Access::Isolated, &way()).unwrap().unwrap())
}

/// What may begin while a laptop is isolated, told apart from how the filters are made.
fn may_begin(flow: &Flow) -> bool {
    let there = (flow.remote, flow.remote_port, flow.protocol);
    let dhcp =
        |here, there| flow.protocol == UDP && flow.local_port == here && flow.remote_port == there;
    let message = |kinds: &[u16]| flow.protocol == ICMP_V6 && kinds.contains(&flow.local_port);
    match (flow.began, flow.is_v4()) {
        (Began::PassedOn, _) => false,
        _ if flow.loopback => true,
        (Began::Here, true) => (there == (collector(), 7443, TCP) && flow.own) || dhcp(68, 67),
        (Began::Here, false) => {
            there == (gateway(), 51820, UDP)
                || (dhcp(546, 547) && is_link_local(flow.local))
                || message(&[133, 135, 136])
                || (message(&[143]) && flow.remote == "ff02::16".parse::<IpAddr>().unwrap())
        }
        (Began::Elsewhere, true) => {
            let too_long = (flow.protocol, flow.local_port, flow.remote_port) == (ICMP, 3, 4);
            dhcp(68, 67) || too_long
        }
        (Began::Elsewhere, false) => {
            (dhcp(546, 547) && is_link_local(flow.remote)) || message(&[2, 134, 135, 136])
        }
    }
}

fn any_flow() -> impl Strategy<Value = Flow> {
    let routers = "ff02::16".parse().unwrap();
    flows(
        &[collector(), gateway(), routers],
        &[7443, 51820, 68, 67, 546, 547],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    #[test]
    fn nothing_begins_that_is_not_named_and_all_that_is_does(flow in any_flow()) {
        prop_assert_eq!(passes(&isolated(), &flow), may_begin(&flow));
    }
}

#[test]
fn the_collector_is_reached_by_the_agent_alone_and_the_gateway_by_all() {
    let to_collector = Flow {
        began: Began::Here,
        loopback: false,
        own: true,
        protocol: TCP,
        local: IpAddr::from([198, 51, 100, 7]),
        remote: collector(),
        remote_port: 7443,
        local_port: 50_000,
    };
    let filters = isolated();
    assert!(passes(&filters, &to_collector));
    let another = Flow {
        own: false,
        ..to_collector
    };
    assert!(!passes(&filters, &another), "another program");
    let elsewhere = Flow {
        remote_port: 443,
        ..to_collector
    };
    assert!(!passes(&filters, &elsewhere), "another port");
    let to_gateway = Flow {
        own: false,
        protocol: UDP,
        local: "2001:db8::7".parse().unwrap(),
        remote: gateway(),
        remote_port: 51820,
        ..to_collector
    };
    assert!(passes(&filters, &to_gateway));
}

#[test]
fn every_layer_that_knows_both_ends_blocks_what_no_other_filter_matches() {
    for access in [Access::Restricted, Access::Isolated] {
        let filters = filters(&plan(access, &way()).unwrap().unwrap());
        for layer in Layer::SHUT {
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
fn sockets_that_would_go_past_the_layers_of_connections_are_not_bound() {
    let filters = isolated();
    for layer in [Layer::AssignV4, Layer::AssignV6] {
        for socket in [Condition::RawSocket, Condition::Promiscuous] {
            let wanted = Filter::block(layer, [socket]);
            assert!(filters.contains(&wanted), "{layer:?} {socket:?}");
        }
        let permits = |filter: &&Filter| filter.layer == layer && filter.weight() > 0;
        assert_eq!(filters.iter().find(permits), None);
    }
}

#[test]
fn no_filter_permits_everything() {
    for filter in isolated() {
        let is_bare = filter.conditions.is_empty();
        assert!(!is_bare || filter.verdict == Verdict::Block, "{filter:?}");
    }
}
