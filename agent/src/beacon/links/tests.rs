//! Over which links a laptop asks: at a desk, in a café, behind a VPN, on a modem.
//!
//! Touches nothing but the running system's own netlink, to ask. Must never need a network.

use std::net::IpAddr;

use super::*;
use crate::netlink::devices::devices;
use crate::netlink::routes::routes as table;
use crate::netlink::{attribute_of, messages, request};

/// A link: its number, name, hardware type, kind and whether it names the hardware that it drives.
fn link(index: u32, name: &str, hardware: u16, kind: Option<&str>, is_driven: bool) -> Vec<u8> {
    let mut body = vec![0, 0];
    body.extend(hardware.to_ne_bytes());
    body.extend(index.to_ne_bytes());
    body.extend(0x41_u32.to_ne_bytes());
    body.extend([0; 4]);
    body.extend(attribute_of(3, format!("{name}\0").as_bytes()));
    if let Some(kind) = kind {
        body.extend(attribute_of(18, &attribute_of(1, kind.as_bytes())));
    }
    if is_driven {
        body.extend(attribute_of(56, b"0000:00:14.0\0"));
    }
    request(16, 0, &body)
}

/// A route as it is typed, `TO/PREFIX` or `TO/PREFIX via ROUTER`, in a table.
fn route_in(table: u8, index: u32, typed: &str) -> Vec<u8> {
    let (to, gateway) = match typed.split_once(" via ") {
        Some((to, gateway)) => (to, Some(gateway)),
        None => (typed, None),
    };
    let (to, prefix) = to.split_once('/').unwrap();
    let octets = |address: &str| match address.parse().unwrap() {
        IpAddr::V4(address) => (2, address.octets().to_vec()),
        IpAddr::V6(address) => (10, address.octets().to_vec()),
    };
    let (family, to) = octets(to);
    let prefix: u8 = prefix.parse().unwrap();
    let mut body = vec![family, prefix, 0, 0, table, 4, 0, 1, 0, 0, 0, 0];
    if prefix > 0 {
        body.extend(attribute_of(1, &to));
    }
    body.extend(attribute_of(4, &index.to_ne_bytes()));
    if let Some(gateway) = gateway {
        body.extend(attribute_of(5, &octets(gateway).1));
    }
    request(24, 0, &body)
}

const MAIN: u8 = 254;
const WLAN: u32 = 3;
const DOCKER: u32 = 5;
const VPN: u32 = 8;
const MODEM: u32 = 9;
const WIRE: u32 = 2;
const MAKERS: u32 = 11;

fn laptop() -> Vec<u8> {
    [
        link(1, "lo", 772, None, false),
        link(WIRE, "eth0", 1, None, true),
        link(WLAN, "wlan0", 1, None, true),
        link(DOCKER, "docker0", 1, Some("bridge"), false),
        link(VPN, "tun0", 65_534, Some("tun"), false),
        link(MODEM, "wwan0", 65_534, None, true),
        link(MAKERS, "vpn0", 1, None, false),
    ]
    .concat()
}

fn chosen(routes: &[(u32, &str)]) -> Links {
    let routes = routes
        .iter()
        .map(|(index, typed)| route_in(MAIN, *index, typed));
    chosen_of(&laptop(), &routes.collect::<Vec<_>>().concat(), &|_| false)
}

fn chosen_of(links: &[u8], routes: &[u8], drives: &dyn Fn(&str) -> bool) -> Links {
    let (links, routes) = [links, routes]
        .map(|bytes| messages(bytes).collect::<Result<Vec<_>, _>>().unwrap())
        .into();
    choose(&devices(&links), &table(&routes), drives)
}

fn asked(routes: &[(u32, &str)]) -> Vec<String> {
    let asked = chosen(routes).asked.into_iter();
    asked.map(|link| link.name).collect()
}

const CAFE: [(u32, &str); 3] = [
    (WLAN, "0.0.0.0/0 via 192.168.1.1"),
    (WLAN, "192.168.1.0/24"),
    (DOCKER, "172.17.0.0/16"),
];

#[test]
fn a_link_that_leads_out_is_asked_over_and_a_bridge_of_containers_is_not() {
    let links = chosen(&CAFE);
    assert_eq!(links.asked[0].name, "wlan0");
    assert_eq!(links.asked[0].index, WLAN);
    assert_eq!(links.asked.len(), 1);
    assert!(links.leads_out);
}

#[test]
fn under_a_vpn_the_link_below_it_is_asked_over() {
    let halves = [
        (VPN, "0.0.0.0/1 via 10.8.0.1"),
        (VPN, "128.0.0.0/1 via 10.8.0.1"),
    ];
    assert_eq!(asked(&[&CAFE[..], &halves].concat()), ["wlan0"]);
    // The default route is gone, and one to the VPN's gateway is left: on the internet, or in a network of somebody's.
    for to_gateway in [
        "203.0.113.5/32 via 192.168.1.1",
        "10.9.9.9/32 via 192.168.1.1",
    ] {
        let replaced = [&CAFE[1..], &halves, &[(WLAN, to_gateway)]].concat();
        assert_eq!(asked(&replaced), ["wlan0"], "the bridge has no router");
        assert!(chosen(&replaced).leads_out);
    }
    let nothing_but = [&CAFE[1..], &halves].concat();
    assert_eq!(asked(&nothing_but), ["docker0", "wlan0"]);
    // The kernel's own VPN has a table of its own, and the main table is as it was.
    let routes = [
        route_in(51, VPN, "0.0.0.0/0"),
        route_in(MAIN, WLAN, "0.0.0.0/0 via 192.168.1.1"),
    ];
    let links = chosen_of(&laptop(), &routes.concat(), &|_| false);
    assert_eq!(links.asked[0].name, "wlan0");
}

#[test]
fn a_way_out_in_parts_leads_out_as_one_does_that_is_whole() {
    for parts in [
        &["0.0.0.0/0"][..],
        &["0.0.0.0/1", "128.0.0.0/1"],
        &["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        &["9.0.0.0/8", "11.0.0.0/8"],
        &["203.0.113.0/24"],
        &["10.0.0.0/7"],
    ] {
        let office = (WIRE, "0.0.0.0/0 via 10.1.2.254");
        let parts = parts.iter().map(|to| format!("{to} via 192.168.1.1"));
        let parts: Vec<String> = parts.collect();
        let mut routes: Vec<(u32, &str)> = parts.iter().map(|to| (WLAN, to.as_str())).collect();
        assert!(chosen(&routes).leads_out, "{parts:?}");
        routes.push(office);
        assert_eq!(asked(&routes), ["eth0", "wlan0"], "{parts:?}");
    }
    // What leads to networks of somebody's own does not lead out.
    for inside in [
        "10.0.0.0/8 via 192.168.1.1",
        "172.16.0.0/12 via 192.168.1.1",
        "192.168.7.0/24 via 192.168.1.1",
        "100.64.0.0/10 via 192.168.1.1",
        "fd00::/8 via fe80::1",
        "224.0.0.0/4",
        "192.0.2.0/24",
        "fe80::/64",
    ] {
        assert!(!chosen(&[(WLAN, inside)]).leads_out, "{inside}");
    }
    // The world of IPv6 by its one allocated part.
    assert!(chosen(&[(WLAN, "2000::/3 via fe80::1")]).leads_out);
}

#[test]
fn a_modem_is_a_network_and_what_may_be_a_tunnel_is_not_asked_over() {
    assert_eq!(asked(&[(MODEM, "0.0.0.0/0")]), ["wwan0"]);
    let both = [(MODEM, "0.0.0.0/0"), (WIRE, "0.0.0.0/0 via 10.1.2.254")];
    assert_eq!(asked(&both), ["eth0", "wwan0"]);
    // A maker's device that says nothing of itself; unless the system knows of hardware that it drives.
    let way = route_in(MAIN, MAKERS, "0.0.0.0/0");
    assert_eq!(chosen_of(&laptop(), &way, &|_| false).asked, []);
    let asked = chosen_of(&laptop(), &way, &|name| name == "vpn0").asked;
    assert_eq!(asked[0].name, "vpn0");
    for (hardware, kind) in [
        (1, "gretap"),
        (1, "vxlan"),
        (1, "geneve"),
        (65_534, "wireguard"),
        (65_534, "bareudp"),
        (512, "ppp"),
        (768, "ipip"),
    ] {
        let tunnel = link(12, "t0", hardware, Some(kind), true);
        let way = route_in(MAIN, 12, "0.0.0.0/0");
        assert_eq!(chosen_of(&tunnel, &way, &|_| true).asked, [], "{kind}");
    }
}

#[test]
fn what_goes_over_tunnels_alone_is_one() {
    const BRIDGE: u32 = 20;
    // `IFLA_LINK`, the device it stands upon, and `IFLA_MASTER`, whose port it is.
    let with = |mut link: Vec<u8>, kind: u16, other: u32| {
        link.extend(attribute_of(kind, &other.to_ne_bytes()));
        let length = u32::try_from(link.len()).unwrap();
        link[..4].copy_from_slice(&length.to_ne_bytes());
        link
    };
    let bridge = link(BRIDGE, "br0", 1, Some("bridge"), false);
    let tap = with(link(21, "tap0", 1, Some("tun"), false), 10, BRIDGE);
    let wire = with(link(22, "eth1", 1, None, true), 10, BRIDGE);
    let names = |links: &[Vec<u8>], way: u32| {
        let way = route_in(MAIN, way, "0.0.0.0/0 via 10.1.2.254");
        let asked = chosen_of(&links.concat(), &way, &|_| false).asked;
        asked.into_iter().map(|link| link.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[bridge.clone(), tap.clone()], BRIDGE), [""; 0]);
    assert_eq!(names(&[bridge.clone(), wire.clone(), tap], BRIDGE), ["br0"]);
    assert_eq!(names(&[bridge, wire], BRIDGE), ["br0"]);
    let tunnel = link(23, "vx0", 1, Some("vxlan"), false);
    let vlan = with(link(24, "vx0.7", 1, Some("vlan"), false), 5, 23);
    assert_eq!(names(&[tunnel, vlan], 24), [""; 0]);
    // Two that stand upon each other are none.
    let one = with(link(25, "veth0", 1, Some("veth"), false), 5, 26);
    let other = with(link(26, "veth1", 1, Some("veth"), false), 5, 25);
    assert_eq!(names(&[one, other], 25), ["veth0"]);
}

#[test]
fn a_default_route_of_ipv6_alone_counts_and_one_that_rejects_does_not() {
    assert_eq!(
        asked(&[(WIRE, "::/0 via fe80::1"), (WIRE, "fe80::/64")]),
        ["eth0"]
    );
    assert_eq!(asked(&[(WIRE, "fe80::/64"), (WLAN, "ff00::/8")]), [""; 0]);
    let mut rejects = route_in(MAIN, WIRE, "0.0.0.0/0 via 10.1.2.254");
    // `RTN_UNREACHABLE` in place of `RTN_UNICAST`.
    rejects[16 + 7] = 7;
    assert_eq!(chosen_of(&laptop(), &rejects, &|_| true), Links::default());
}

#[test]
fn the_networks_are_other_ones_behind_another_router_or_after_the_carrier_was_lost() {
    let office = [(WLAN, "0.0.0.0/0 via 192.168.1.2"), CAFE[1], CAFE[2]];
    assert_ne!(chosen(&CAFE).networks, chosen(&office).networks);
    assert_eq!(chosen(&CAFE).networks, chosen(&CAFE).networks);
    let way = route_in(MAIN, 12, "0.0.0.0/0");
    let after = |changes: u32| {
        let mut wire = link(12, "eth1", 1, None, true);
        wire.extend(attribute_of(35, &changes.to_ne_bytes()));
        let length = u32::try_from(wire.len()).unwrap();
        wire[..4].copy_from_slice(&length.to_ne_bytes());
        chosen_of(&wire, &way, &|_| false).networks
    };
    assert_ne!(after(2), after(4));
}

#[test]
fn the_links_of_this_machine_can_be_read() {
    read().unwrap();
}
