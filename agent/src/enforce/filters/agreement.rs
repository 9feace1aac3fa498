//! Holds that one plan means the same to both systems: what may begin under nftables may under Windows' filters.
//!
//! Touches nothing. Must never pass over a word of a rule that it does not understand.
//!
//! The rules are read as the kernel would read them for the first packet of a connection; `agent/tests/isolation` has the
//! kernel itself say what passes.

use std::net::IpAddr;
use std::sync::LazyLock;

use proptest::prelude::*;
use sekisho_policy::order::{Access, Endpoint, Transport};
use serde_json::Value;

use super::model::{Began, Flow, flows, passes};
use super::{Filter, ICMP, ICMP_V6, TCP, UDP, filters};
use crate::enforce::linux::render::{self, Ground};
use crate::enforce::plan::{Way, plan};

const OWNER: u32 = 990;
const SOMEBODY: u32 = 1000;

/// A plan as both systems have it.
struct Rules {
    nft: Vec<Value>,
    windows: Vec<Filter>,
}

impl Rules {
    fn of(access: Access) -> Self {
        let ruleset = plan(access, &way()).unwrap().unwrap();
        let ground = Ground {
            bridge: false,
            links: None,
        };
        Self {
            nft: render::tables(&ruleset, ground),
            windows: filters(&ruleset),
        }
    }
}

static RULES: LazyLock<[Rules; 2]> =
    LazyLock::new(|| [Access::Restricted, Access::Isolated].map(Rules::of));

/// Whether nftables lets a flow begin by these tables.
fn passes_nft(tables: &[Value], flow: &Flow) -> bool {
    let chain = match flow.began {
        Began::Here => "outgoing",
        Began::Elsewhere => "incoming",
        Began::PassedOn => "forwarded",
    };
    for item in tables {
        let rule = &item["rule"];
        if rule["chain"] != chain {
            continue;
        }
        let statements = rule["expr"].as_array().unwrap();
        let holds = |one: &Value| one.get("match").is_none_or(|test| meets(test, flow));
        if !statements.iter().all(holds) {
            continue;
        }
        let last = statements.last().unwrap();
        if last.get("accept").is_some() {
            return true;
        }
        if last.get("reject").is_some() || last.get("drop").is_some() {
            return false;
        }
    }
    false
}

fn meets(test: &Value, flow: &Flow) -> bool {
    let (left, right) = (&test["left"], &test["right"]);
    let is = |name: &str| right == name;
    if left.get("&").is_some() || left.get("exthdr").is_some() {
        assert!(test["op"] == "!=" || right == "udp", "{test}");
        // The first packet of TCP is a bare SYN, and no first packet is a later fragment.
        return false;
    }
    assert_eq!(test["op"], "==", "{test}");
    if left.get("fib").is_some() {
        return is("local") && flow.loopback;
    }
    if let Some(key) = left["meta"]["key"].as_str() {
        return match key {
            "iif" | "oif" => is("lo") && flow.loopback,
            "skuid" => *right == if flow.own { OWNER } else { SOMEBODY },
            "nfproto" => is("ipv4") && flow.is_v4(),
            "l4proto" => is("tcp") && flow.protocol == TCP,
            _ => panic!("{test}"),
        };
    }
    let payload = &left["payload"];
    let (source, destination) = match flow.began {
        Began::Here | Began::PassedOn => (
            (flow.local, flow.local_port),
            (flow.remote, flow.remote_port),
        ),
        Began::Elsewhere => (
            (flow.remote, flow.remote_port),
            (flow.local, flow.local_port),
        ),
    };
    match (
        payload["protocol"].as_str().unwrap(),
        payload["field"].as_str().unwrap(),
    ) {
        ("ip" | "ip6", "saddr") => is_in(source.0, right),
        ("ip" | "ip6", "daddr") => is_in(destination.0, right),
        // Whoever speaks as the standard says sets it so.
        ("ip6", "hoplimit") => !flow.is_v4(),
        (name @ ("tcp" | "udp"), field) => {
            let protocol = if name == "tcp" { TCP } else { UDP };
            let port = match field {
                "sport" => source.1,
                "dport" => destination.1,
                _ => panic!("{test}"),
            };
            flow.protocol == protocol && *right == port
        }
        ("icmpv6", "type") => {
            let kind = match right.as_str().unwrap() {
                "packet-too-big" => 2,
                "nd-router-solicit" => 133,
                "nd-router-advert" => 134,
                "nd-neighbor-solicit" => 135,
                "nd-neighbor-advert" => 136,
                "mld2-listener-report" => 143,
                _ => panic!("{test}"),
            };
            !flow.is_v4() && flow.protocol == ICMP_V6 && flow.local_port == kind
        }
        ("icmp", "type") => {
            assert_eq!(*right, "destination-unreachable");
            flow.is_v4() && flow.protocol == ICMP && flow.local_port == 3
        }
        ("icmp", "code") => {
            assert_eq!(*right, "frag-needed");
            flow.is_v4() && flow.protocol == ICMP && flow.remote_port == 4
        }
        _ => panic!("{test}"),
    }
}

fn is_in(address: IpAddr, right: &Value) -> bool {
    let Some(text) = right.as_str() else {
        let prefix = &right["prefix"];
        assert_eq!(
            (&prefix["addr"], &prefix["len"]),
            (&"fe80::".into(), &10.into())
        );
        return super::model::is_link_local(address);
    };
    address == text.parse::<IpAddr>().unwrap()
}

/// What a system keeps by packet and the other by connection: a listed endpoint of UDP may begin with a datagram of its
/// own under nftables, which cannot tell it from an answer.
fn is_unasked_datagram(way: &Way, flow: &Flow) -> bool {
    let from = Endpoint {
        transport: Transport::Udp,
        ..Endpoint::tcp(flow.remote, flow.remote_port)
    };
    flow.began == Began::Elsewhere && flow.protocol == UDP && way.allow.contains(&from)
}

fn way() -> Way {
    let of = |text: &str| -> Endpoint { text.parse().unwrap() };
    Way {
        collectors: [of("10.77.0.2:8443"), of("[fd77::2]:8443")].into(),
        allow: [
            of("192.0.2.1:8080"),
            of("192.0.2.1:51820/udp"),
            of("[2001:db8::51]:500/udp"),
        ]
        .into(),
        owner: Some(OWNER),
    }
}

fn any_flow() -> impl Strategy<Value = Flow> {
    let addresses = [
        "10.77.0.2",
        "fd77::2",
        "192.0.2.1",
        "2001:db8::51",
        "ff02::16",
        "127.0.0.1",
        "::1",
    ];
    let ports = [8443, 8080, 51820, 500, 68, 67, 546, 547];
    flows(&addresses.map(|text| text.parse().unwrap()), &ports)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16384))]

    #[test]
    fn both_systems_let_the_same_begin(flow in any_flow()) {
        let unasked = is_unasked_datagram(&way(), &flow);
        for rules in RULES.iter() {
            let (linux, windows) = (passes_nft(&rules.nft, &flow), passes(&rules.windows, &flow));
            if unasked {
                prop_assert!(linux && (!windows || flow.loopback));
            } else {
                prop_assert_eq!(linux, windows);
            }
        }
    }
}

/// The flows that `agent/tests/isolation` sends, told to both.
#[test]
fn the_flows_that_the_kernel_was_seen_to_judge_are_judged_alike() {
    let to = |text: &str, own: bool, protocol: u8| {
        let socket: std::net::SocketAddr = text.parse().unwrap();
        let local = if socket.is_ipv4() {
            "10.77.0.1"
        } else {
            "fd77::1"
        };
        Flow {
            began: Began::Here,
            loopback: false,
            own,
            protocol,
            local: local.parse().unwrap(),
            remote: socket.ip(),
            local_port: 50_000,
            remote_port: socket.port(),
        }
    };
    let renewal = |from: u16, local: &str, server: &str| Flow {
        local_port: from,
        local: local.parse().unwrap(),
        ..to(server, false, UDP)
    };
    let within = Flow {
        loopback: true,
        ..to("10.77.0.1:8081", false, TCP)
    };
    let strangers_ping = Flow {
        began: Began::Elsewhere,
        local_port: 8,
        ..to("10.77.0.3:0", false, ICMP)
    };
    let guests = Flow {
        began: Began::PassedOn,
        ..to("192.0.2.1:443", false, TCP)
    };
    let cases = [
        ("the collector", to("10.77.0.2:8443", true, TCP), true),
        (
            "the collector by IPv6",
            to("[fd77::2]:8443", true, TCP),
            true,
        ),
        (
            "another's to the collector",
            to("10.77.0.2:8443", false, TCP),
            false,
        ),
        (
            "the collector's machine",
            to("10.77.0.2:22", true, TCP),
            false,
        ),
        ("the world", to("192.0.2.1:443", true, TCP), false),
        (
            "the world by IPv6",
            to("[2001:db8::1]:443", true, TCP),
            false,
        ),
        ("its names", to("192.0.2.1:53", true, UDP), false),
        ("what is listed", to("192.0.2.1:8080", false, TCP), true),
        ("a listed gateway", to("192.0.2.1:51820", false, UDP), true),
        ("its port by TCP", to("192.0.2.1:51820", false, TCP), false),
        (
            "a ping",
            Flow {
                local_port: 8,
                remote_port: 0,
                ..to("192.0.2.1:0", true, ICMP)
            },
            false,
        ),
        ("a lease", renewal(68, "0.0.0.0", "10.77.0.3:67"), true),
        (
            "from another port",
            renewal(69, "0.0.0.0", "10.77.0.3:67"),
            false,
        ),
        (
            "to another port",
            renewal(68, "0.0.0.0", "192.0.2.1:53"),
            false,
        ),
        (
            "a lease of IPv6",
            renewal(546, "fe80::1", "[ff02::1:2]:547"),
            true,
        ),
        (
            "that is not of the link",
            renewal(546, "fd77::1", "[fd77::3]:547"),
            false,
        ),
        ("what stays here", within, true),
        ("a stranger's ping", strangers_ping, false),
        ("a guest's", guests, false),
    ];
    let rules = Rules::of(Access::Isolated);
    for (what, flow, may) in cases {
        assert_eq!(passes_nft(&rules.nft, &flow), may, "Linux: {what}");
        assert_eq!(passes(&rules.windows, &flow), may, "Windows: {what}");
    }
}
