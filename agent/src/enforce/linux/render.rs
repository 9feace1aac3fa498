//! Writes a ruleset as the JSON of `libnftables-json(5)`.
//!
//! Touches nothing. Must never put text from outside into a rule: only addresses, numbers and the
//! words written here. A device is named where `nft` is told to hold its frames, and nowhere else.

mod frames;

use std::net::IpAddr;

use sekisho_policy::order::{Endpoint, Transport};
use serde_json::{Value, json};

use super::links::Link;
use crate::enforce::plan::{Discovery, Pass, Ruleset};

pub use frames::{DEVICES_MAX, FAMILY as FRAMES, device_of};

/// The name of the tables, in the families of [`FAMILIES`]. Every rule the agent makes is in
/// one of them, so that they can be found after a crash or a removal.
pub const TABLE: &str = "sekisho_isolation";
/// The comment of the rule that counts what was refused with a TCP reset on the way out.
pub const REFUSED_TCP: &str = "refused: tcp";
/// The comment of the rule that counts everything else that was refused on the way out.
pub const REFUSED_OTHER: &str = "refused: other";

/// The families a table is made in.
pub const FAMILIES: [&str; 3] = ["inet", "bridge", FRAMES];

/// Input is judged before connection tracking (-200) and every other table; a drop there is final
/// whatever the others say.
const BEFORE_ALL: i32 = -350;
/// Output is judged after destination NAT (-100) and source NAT (100), so that the address judged
/// is the address the packet goes to.
const AFTER_NAT: i32 = 400;

/// What of a machine's traffic the rules are laid on, beside its own packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground<'a> {
    /// Whether bridges are among it.
    pub bridge: bool,
    /// The devices whose frames are; `None` for no frames.
    pub links: Option<&'a [Link]>,
}

/// The contents of the tables, as the payloads of `add` commands.
#[must_use]
pub fn tables(ruleset: &Ruleset, ground: Ground<'_>) -> Vec<Value> {
    let mut items = vec![
        table("inet"),
        // A chain without a hook does nothing: it carries the name of the access, so that a
        // read-back can tell which one is in force.
        json!({"chain": {"family": "inet", "table": TABLE, "name": ruleset.access.name()}}),
        base_chain("inet", "incoming", "input", BEFORE_ALL),
        base_chain("inet", "outgoing", "output", AFTER_NAT),
        base_chain("inet", "forwarded", "forward", BEFORE_ALL),
    ];
    items.extend(ruleset.incoming.iter().map(|pass| accept(Way::In, *pass)));
    items.push(counted("inet", "incoming", "refused: incoming", &[]));
    items.extend(ruleset.outgoing.iter().map(|pass| accept(Way::Out, *pass)));
    items.extend(refusals());
    items.push(counted("inet", "forwarded", "refused: forwarded", &[]));
    if ground.bridge {
        items.push(table("bridge"));
        items.push(base_chain("bridge", "bridged", "forward", BEFORE_ALL));
        items.push(counted("bridge", "bridged", "refused: bridged", &[]));
    }
    if let Some(links) = ground.links {
        items.extend(frames::table_of(ruleset, links));
    }
    items
}

/// One transaction that puts the tables in place of whatever they were. `add` before `delete` makes
/// the delete succeed when there is nothing to delete; `destroy` is unknown to nft before 1.0.7. A
/// table of ours in one of the families `present` that has no place any more is removed.
#[must_use]
pub fn replacement(ruleset: &Ruleset, ground: Ground<'_>, present: &[&str]) -> Value {
    let items = tables(ruleset, ground);
    let laid = FAMILIES.iter().filter(|family| {
        let table = table(family);
        present.contains(family) || items.contains(&table)
    });
    let fresh = laid.flat_map(|family| {
        let table = table(family);
        [json!({"add": table}), json!({"delete": table})]
    });
    let commands: Vec<Value> = fresh
        .chain(items.iter().map(|item| json!({"add": item})))
        .collect();
    json!({"nftables": commands})
}

/// One transaction that removes the tables of these families.
#[must_use]
pub fn removal(families: &[&str]) -> Value {
    let commands: Vec<Value> = families
        .iter()
        .flat_map(|family| {
            [
                json!({"add": table(family)}),
                json!({"delete": table(family)}),
            ]
        })
        .collect();
    json!({"nftables": commands})
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
    Frame,
}

fn table(family: &str) -> Value {
    json!({"table": {"family": family, "name": TABLE}})
}

fn base_chain(family: &str, name: &str, hook: &str, priority: i32) -> Value {
    json!({"chain": {
        "family": family, "table": TABLE, "name": name,
        "type": "filter", "hook": hook, "prio": priority, "policy": "drop",
    }})
}

/// A rule that only counts: the chain's policy drops what reaches it.
fn counted(family: &str, chain: &str, comment: &str, verdict: &[Value]) -> Value {
    let mut statements = vec![json!({"counter": {"packets": 0, "bytes": 0}})];
    statements.extend_from_slice(verdict);
    rule(family, chain, comment, statements)
}

/// What is refused on the way out is answered at once, so that held connections die now and not at
/// their timeout.
fn refusals() -> [Value; 2] {
    let tcp = vec![
        is(json!({"meta": {"key": "l4proto"}}), json!("tcp")),
        json!({"counter": {"packets": 0, "bytes": 0}}),
        json!({"reject": {"type": "tcp reset"}}),
    ];
    let other = json!({"reject": {"type": "icmpx", "expr": "admin-prohibited"}});
    [
        rule("inet", "outgoing", REFUSED_TCP, tcp),
        counted("inet", "outgoing", REFUSED_OTHER, &[other]),
    ]
}

fn rule(family: &str, chain: &str, comment: &str, statements: Vec<Value>) -> Value {
    json!({"rule": {
        "family": family, "table": TABLE, "chain": chain, "comment": comment, "expr": statements,
    }})
}

fn accept(way: Way, pass: Pass) -> Value {
    let (comment, mut statements) = matches(way, pass);
    statements.push(json!({"accept": null}));
    let (family, chain) = match way {
        Way::In => ("inet", "incoming"),
        Way::Out => ("inet", "outgoing"),
        Way::Frame => (FRAMES, frames::CHAIN),
    };
    rule(family, chain, &comment, statements)
}

fn matches(way: Way, pass: Pass) -> (String, Vec<Value>) {
    match pass {
        Pass::Loopback => ("loopback".to_owned(), loopback(way)),
        Pass::Collector(endpoint, owner) => {
            let mut statements = with(way, endpoint);
            if let (Way::Out | Way::Frame, Some(uid)) = (way, owner) {
                statements.insert(0, is(json!({"meta": {"key": "skuid"}}), json!(uid)));
            }
            (format!("collector {}", endpoint), statements)
        }
        Pass::Listed(endpoint) => (format!("listed {}", endpoint), with(way, endpoint)),
        Pass::Fragments(address) => (
            format!("fragments {address}"),
            later_fragments(way, address),
        ),
        Pass::DhcpV4 => {
            let family = match way {
                Way::In | Way::Out => is(json!({"meta": {"key": "nfproto"}}), json!("ipv4")),
                Way::Frame => is(json!({"meta": {"key": "protocol"}}), json!("ip")),
            };
            ("dhcp".to_owned(), udp_client(way, family, 68, 67))
        }
        Pass::DhcpV6 => {
            let link_local = json!({"prefix": {"addr": "fe80::", "len": 10}});
            let family = is(payload("ip6", "saddr"), link_local);
            ("dhcp v6".to_owned(), udp_client(way, family, 546, 547))
        }
        Pass::Neighbour(message) => {
            let name = discovery(message);
            (name.to_owned(), icmp_v6(name, Some(255)))
        }
        Pass::ListenerReport => {
            let name = "mld2-listener-report";
            let mut statements = icmp_v6(name, Some(1));
            statements.push(is(payload("ip6", "daddr"), json!("ff02::16")));
            (name.to_owned(), statements)
        }
        Pass::PacketTooBig => {
            let name = "packet-too-big";
            (name.to_owned(), icmp_v6(name, None))
        }
        Pass::FragmentationNeeded => {
            let kind = is(payload("icmp", "type"), json!("destination-unreachable"));
            let code = is(payload("icmp", "code"), json!("frag-needed"));
            ("frag-needed".to_owned(), vec![kind, code])
        }
        Pass::Frame(frame) => frames::matches(frame),
    }
}

/// The device alone does not prove that a packet stays here: after NAT in the output hook the
/// device is still the one of the first route, so a packet to this machine's own address and turned
/// to another one leaves under the name of the loopback device.
fn loopback(way: Way) -> Vec<Value> {
    match way {
        Way::In => vec![is(json!({"meta": {"key": "iif"}}), json!("lo"))],
        Way::Out | Way::Frame => vec![
            is(json!({"meta": {"key": "oif"}}), json!("lo")),
            is(
                json!({"fib": {"result": "type", "flags": ["daddr"]}}),
                json!("local"),
            ),
        ],
    }
}

/// Traffic with an endpoint. Incoming, a bare SYN is left out: it would be the endpoint opening a
/// connection to this machine.
fn with(way: Way, endpoint: Endpoint) -> Vec<Value> {
    let port_field = match way {
        Way::In => "sport",
        Way::Out | Way::Frame => "dport",
    };
    let transport = endpoint.transport.name();
    let mut statements = vec![
        at(way, endpoint.address),
        is(payload(transport, port_field), json!(endpoint.port)),
    ];
    if (way, endpoint.transport) == (Way::In, Transport::Tcp) {
        statements.push(json!({"match": {
            "op": "!=",
            "left": {"&": [payload("tcp", "flags"), ["fin", "syn", "rst", "ack"]]},
            "right": "syn",
        }}));
    }
    statements
}

/// The address at the other end.
fn at(way: Way, address: IpAddr) -> Value {
    let field = match way {
        Way::In => "saddr",
        Way::Out | Way::Frame => "daddr",
    };
    let protocol = match address {
        IpAddr::V4(_) => "ip",
        IpAddr::V6(_) => "ip6",
    };
    is(payload(protocol, field), json!(address.to_string()))
}

/// What follows the first fragment of a datagram, as the place in it tells.
fn later_fragments(way: Way, address: IpAddr) -> Vec<Value> {
    let mut statements = vec![at(way, address)];
    let place = match address {
        IpAddr::V4(_) => {
            statements.push(is(payload("ip", "protocol"), json!("udp")));
            json!({"&": [payload("ip", "frag-off"), 0x1fff]})
        }
        IpAddr::V6(_) => {
            let header = |field: &str| json!({"exthdr": {"name": "frag", "field": field}});
            statements.push(is(header("nexthdr"), json!("udp")));
            header("frag-off")
        }
    };
    statements.push(json!({"match": {"op": "!=", "left": place, "right": 0}}));
    statements
}

fn udp_client(way: Way, family: Value, client: u16, server: u16) -> Vec<Value> {
    let (source, destination) = match way {
        Way::In => (server, client),
        Way::Out | Way::Frame => (client, server),
    };
    vec![
        family,
        is(payload("udp", "sport"), json!(source)),
        is(payload("udp", "dport"), json!(destination)),
    ]
}

fn icmp_v6(message: &str, hop_limit: Option<u8>) -> Vec<Value> {
    let mut statements = vec![is(payload("icmpv6", "type"), json!(message))];
    if let Some(limit) = hop_limit {
        statements.push(is(payload("ip6", "hoplimit"), json!(limit)));
    }
    statements
}

const fn discovery(message: Discovery) -> &'static str {
    match message {
        Discovery::RouterSolicitation => "nd-router-solicit",
        Discovery::RouterAdvertisement => "nd-router-advert",
        Discovery::NeighbourSolicitation => "nd-neighbor-solicit",
        Discovery::NeighbourAdvertisement => "nd-neighbor-advert",
    }
}

fn payload(protocol: &str, field: &str) -> Value {
    json!({"payload": {"protocol": protocol, "field": field}})
}

fn is(left: Value, right: Value) -> Value {
    json!({"match": {"op": "==", "left": left, "right": right}})
}
