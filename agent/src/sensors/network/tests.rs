//! Laptops as the kernel describes them: behind a VPN, with containers, on a modem, on a bridge.
//!
//! Touches nothing but the running system's own netlink, to ask. Must never need a network.

use std::net::IpAddr;

use sekisho_policy::facts::{IpFamily, LinkKind, VpnKind};
use sekisho_policy::reading::Reading;

use super::carry::{self, Carried};
use super::kernel::{Answers, described, told};
use crate::links::Device;
use crate::netlink::{attribute_of, request};

const UP: u32 = 1 | 0x40;

/// A link, as `RTM_NEWLINK` tells of it.
#[derive(Clone, Copy)]
struct Link {
    index: u32,
    name: &'static str,
    kind: Option<&'static str>,
    hardware: u16,
    driven: bool,
    upon: u32,
    master: u32,
}

const fn hardware(index: u32, name: &'static str) -> Link {
    Link {
        index,
        name,
        kind: None,
        hardware: 1,
        driven: true,
        upon: 0,
        master: 0,
    }
}

const fn made(index: u32, name: &'static str, kind: &'static str) -> Link {
    Link {
        kind: Some(kind),
        driven: false,
        ..hardware(index, name)
    }
}

fn message(kind: u16, head: &[u8], attributes: &[Vec<u8>]) -> Vec<u8> {
    request(kind, 0, &[head, attributes.concat().as_slice()].concat())
}

fn done() -> Vec<u8> {
    request(3, 0, &[0; 4])
}

fn link(link: &Link) -> Vec<u8> {
    let mut head = vec![0, 0];
    head.extend(link.hardware.to_ne_bytes());
    head.extend(link.index.to_ne_bytes());
    head.extend(UP.to_ne_bytes());
    head.extend([0; 4]);
    let mut attributes = vec![attribute_of(3, format!("{}\0", link.name).as_bytes())];
    if let Some(kind) = link.kind {
        let kind = attribute_of(1, format!("{kind}\0").as_bytes());
        attributes.push(attribute_of(18, &kind));
    }
    if link.driven {
        attributes.push(attribute_of(56, b"0000:00:14.0\0"));
    }
    for (number, other) in [(5, link.upon), (10, link.master)] {
        if other != 0 {
            attributes.push(attribute_of(number, &other.to_ne_bytes()));
        }
    }
    message(16, &head, &attributes)
}

fn octets(address: &str) -> (u8, Vec<u8>) {
    match address.parse::<IpAddr>().unwrap() {
        IpAddr::V4(address) => (2, address.octets().to_vec()),
        IpAddr::V6(address) => (10, address.octets().to_vec()),
    }
}

/// An address, as `RTM_NEWADDR` tells of it.
fn address(index: u32, address: &str, prefix: u8, flags: u32) -> Vec<u8> {
    let (family, bytes) = octets(address);
    let mut head = vec![family, prefix, 0, 0];
    head.extend(index.to_ne_bytes());
    message(
        20,
        &head,
        &[
            attribute_of(1, &bytes),
            attribute_of(8, &flags.to_ne_bytes()),
        ],
    )
}

/// A route, as `RTM_NEWROUTE` tells of it.
fn route(index: u32, family: u8, bits: u8, table: u32, gateway: Option<&str>) -> Vec<u8> {
    let head = [family, bits, 0, 0, 0, 4, 0, 1, 0, 0, 0, 0];
    let mut attributes = vec![
        attribute_of(4, &index.to_ne_bytes()),
        attribute_of(15, &table.to_ne_bytes()),
    ];
    attributes.extend(gateway.map(|gateway| attribute_of(5, &octets(gateway).1)));
    message(24, &head, &attributes)
}

/// A route to a network of the link's own.
fn route_to(index: u32, to: &str, bits: u8) -> Vec<u8> {
    let (family, to) = octets(to);
    let head = [family, bits, 0, 0, 254, 2, 253, 1, 0, 0, 0, 0];
    let attributes = [attribute_of(1, &to), attribute_of(4, &index.to_ne_bytes())];
    message(24, &head, &attributes)
}

fn no_way() -> Vec<u8> {
    request(2, 0, &(-101_i32).to_ne_bytes())
}

/// What the kernel would answer of these; `ways` are for both halves of IPv4.
fn laptop(
    links: &[Link],
    addresses: &[Vec<u8>],
    routes: &[Vec<u8>],
    ways: [Vec<u8>; 2],
) -> Answers {
    let whole = |parts: Vec<Vec<u8>>| [parts.concat(), done()].concat();
    let [low, high] = ways.map(|way| [way, done()].concat());
    Answers {
        links: whole(links.iter().map(link).collect()),
        addresses: whole(addresses.to_vec()),
        routes: whole(routes.to_vec()),
        ways: vec![
            (IpFamily::V4, low),
            (IpFamily::V4, high),
            (IpFamily::V6, no_way()),
            (IpFamily::V6, no_way()),
        ],
    }
}

fn read(answers: &Answers) -> Carried {
    let describe = |_: u32, device: &Device| {
        let devtype = match device.name.as_str() {
            "wlan0" => Some("wlan"),
            "wwan0" => Some("wwan"),
            _ => None,
        };
        described(device, devtype, false)
    };
    carry::carried(&told(answers).unwrap(), &describe)
}

fn named(carried: &Carried) -> Vec<(&str, LinkKind)> {
    carried
        .links
        .iter()
        .map(|link| (link.name.as_str(), link.kind))
        .collect()
}

fn routed(carried: &Carried) -> Vec<&str> {
    carried
        .default_routes
        .iter()
        .map(|route| route.link.as_str())
        .collect()
}

fn vpns(carried: &Carried) -> Vec<(&str, VpnKind)> {
    carried
        .vpns
        .iter()
        .map(|vpn| (vpn.link.as_str(), vpn.kind))
        .collect()
}

const WLAN: Link = hardware(3, "wlan0");

#[test]
fn containers_and_virtual_machines_among_themselves_are_no_networks() {
    let docker = made(5, "docker0", "bridge");
    let port = Link {
        master: 5,
        ..made(6, "vethab12", "veth")
    };
    let tap = Link {
        hardware: 1,
        ..made(7, "vnet0", "tun")
    };
    let spare = hardware(2, "eth0");
    let home = route(3, 2, 0, 254, Some("192.0.2.1"));
    let answers = laptop(
        &[spare, WLAN, docker, port, tap],
        &[
            address(3, "192.0.2.5", 24, 0x80),
            address(5, "172.17.0.1", 16, 0x80),
            address(7, "192.168.122.1", 24, 0x80),
        ],
        &[
            home.clone(),
            route(5, 2, 16, 254, None),
            route(7, 2, 24, 254, None),
        ],
        [home.clone(), home],
    );
    let carried = read(&answers);
    assert_eq!(named(&carried), [("wlan0", LinkKind::Wifi)]);
    assert_eq!(routed(&carried), ["wlan0"]);
    assert_eq!(vpns(&carried), []);
    assert_eq!(carried.links[0].addresses[0].to_string(), "192.0.2.5/24");
}

#[test]
fn the_network_below_a_vpn_that_took_every_default_route_is_still_told() {
    // wg-quick: a table of its own behind a mark; the main table keeps its default route.
    let home = route(3, 2, 0, 254, Some("192.0.2.1"));
    let tunnel = route(8, 2, 0, 51820, None);
    let wireguard = Link {
        hardware: 65534,
        ..made(8, "wg0", "wireguard")
    };
    let address = address(3, "192.0.2.5", 24, 0x80);
    let answers = laptop(
        &[WLAN, wireguard],
        std::slice::from_ref(&address),
        &[home, tunnel.clone()],
        [tunnel.clone(), tunnel],
    );
    let carried = read(&answers);
    assert_eq!(named(&carried), [("wlan0", LinkKind::Wifi)]);
    assert_eq!(routed(&carried), ["wg0"]);
    assert_eq!(vpns(&carried), [("wg0", VpnKind::WireGuard)]);

    // OpenVPN's redirect-gateway without def1: the default route is gone, one to the gateway is left.
    let gateway = route(3, 2, 32, 254, Some("192.0.2.1"));
    let tunnel = route(9, 2, 0, 254, Some("10.8.0.1"));
    let tun = Link {
        hardware: 65534,
        ..made(9, "tun0", "tun")
    };
    let answers = laptop(
        &[WLAN, tun],
        &[address],
        &[gateway, tunnel.clone()],
        [tunnel.clone(), tunnel],
    );
    let carried = read(&answers);
    assert_eq!(named(&carried), [("wlan0", LinkKind::Wifi)]);
    assert_eq!(routed(&carried), ["tun0"]);
    assert_eq!(vpns(&carried), [("tun0", VpnKind::Tun)]);
}

#[test]
fn a_vpn_of_two_halves_and_a_split_one_are_told_apart_by_the_routes() {
    let home = route(3, 2, 0, 254, Some("192.0.2.1"));
    let half = route(9, 2, 1, 254, None);
    let tun = Link {
        hardware: 65534,
        ..made(9, "tun0", "tun")
    };
    let one_half = laptop(
        &[WLAN, tun],
        &[],
        &[home.clone(), half.clone()],
        [half.clone(), home.clone()],
    );
    assert_eq!(routed(&read(&one_half)), ["tun0", "wlan0"]);
    let split = route(9, 2, 8, 254, None);
    let split = laptop(
        &[WLAN, tun],
        &[],
        &[home.clone(), split],
        [home.clone(), home],
    );
    assert_eq!(routed(&read(&split)), ["wlan0"]);
    assert_eq!(vpns(&read(&split)), [("tun0", VpnKind::Tun)]);
    // Up, and nothing goes through it but what every link has: its own addresses, and groups.
    let home = route(3, 2, 0, 254, Some("192.0.2.1"));
    let idle = laptop(
        &[WLAN, tun],
        &[],
        &[
            home.clone(),
            route_to(9, "fe80::", 64),
            route_to(9, "ff00::", 8),
            route_to(9, "169.254.0.0", 16),
        ],
        [home.clone(), home.clone()],
    );
    assert_eq!(vpns(&read(&idle)), []);
}

#[test]
fn a_link_of_any_kind_that_carries_the_default_route_counts() {
    let modem = Link {
        hardware: 65534,
        ..hardware(4, "wwan0")
    };
    let way = route(4, 2, 0, 254, None);
    let mobile = laptop(
        &[modem],
        &[],
        std::slice::from_ref(&way),
        [way.clone(), way.clone()],
    );
    assert_eq!(named(&read(&mobile)), [("wwan0", LinkKind::Mobile)]);
    let odd = Link {
        driven: false,
        hardware: 4242,
        ..hardware(4, "lifi0")
    };
    let way = route(4, 2, 0, 254, None);
    let odd = laptop(
        &[odd],
        &[],
        std::slice::from_ref(&way),
        [way.clone(), way.clone()],
    );
    assert_eq!(named(&read(&odd)), [("lifi0", LinkKind::Other)]);
    // PPPoE alone: nothing is known below it.
    let session = Link {
        hardware: 512,
        driven: false,
        ..hardware(4, "ppp0")
    };
    let way = route(4, 2, 0, 254, None);
    let session = laptop(
        &[session],
        &[],
        std::slice::from_ref(&way),
        [way.clone(), way.clone()],
    );
    assert_eq!(named(&read(&session)), [("ppp0", LinkKind::Tunnel)]);
    assert_eq!(vpns(&read(&session)), [("ppp0", VpnKind::Ppp)]);
}

#[test]
fn a_bridge_a_bond_and_a_vlan_are_what_they_go_over() {
    let way = route(10, 2, 0, 254, Some("192.0.2.1"));
    let ways = || [way.clone(), way.clone()];
    let bridge = made(10, "br0", "bridge");
    let wire = Link {
        master: 10,
        ..hardware(2, "eth0")
    };
    let guest = Link {
        master: 10,
        ..made(6, "vethab12", "veth")
    };
    let radio = Link { master: 10, ..WLAN };
    let over = |links: &[Link]| {
        let answers = laptop(links, &[], std::slice::from_ref(&way), ways());
        named(&read(&answers)).first().map(|(_, kind)| *kind)
    };
    assert_eq!(over(&[bridge, wire, guest]), Some(LinkKind::Wired));
    assert_eq!(over(&[bridge, guest]), Some(LinkKind::Virtual));
    assert_eq!(
        over(&[made(10, "bond0", "bond"), wire, radio]),
        Some(LinkKind::Wifi)
    );
    let vlan = Link {
        upon: 2,
        ..made(10, "eth0.7", "vlan")
    };
    assert_eq!(over(&[vlan, hardware(2, "eth0")]), Some(LinkKind::Wired));
    let circle = [
        Link {
            upon: 11,
            ..made(10, "a", "vlan")
        },
        Link {
            upon: 10,
            ..made(11, "b", "vlan")
        },
    ];
    assert_eq!(over(&circle), Some(LinkKind::Other));
}

#[test]
fn what_a_router_announces_changes_no_address() {
    let way = route(2, 2, 0, 254, Some("192.0.2.1"));
    let wire = hardware(2, "eth0");
    let quiet = [
        address(2, "192.0.2.5", 24, 0x80),
        address(2, "2001:db8::5", 128, 0),
    ];
    let mut noisy = quiet.to_vec();
    // Announced, temporary, deprecated, tentative, of the link alone.
    noisy.push(address(2, "2001:db8:1::99", 64, 0));
    noisy.push(address(2, "2001:db8:1::98", 64, 0x01));
    noisy.push(address(2, "2001:db8:2::5", 64, 0x80 | 0x20));
    noisy.push(address(2, "2001:db8:3::5", 64, 0x80 | 0x40));
    let of = |addresses: &[Vec<u8>]| {
        let answers = laptop(
            &[wire],
            addresses,
            std::slice::from_ref(&way),
            [way.clone(), way.clone()],
        );
        read(&answers)
    };
    assert_eq!(of(&quiet), of(&noisy));
    assert_eq!(of(&quiet).links[0].addresses.len(), 2);
}

#[test]
fn half_an_answer_is_none() {
    let way = route(2, 2, 0, 254, Some("192.0.2.1"));
    let mut answers = laptop(&[hardware(2, "eth0")], &[], &[], [way.clone(), way]);
    let whole = answers.links.clone();
    for cut in 0..whole.len() {
        answers.links.truncate(cut);
        assert!(told(&answers).is_err(), "cut after {cut} bytes");
        answers.links.clone_from(&whole);
    }
}

#[test]
fn the_running_kernel_tells_what_it_would_do() {
    let root = crate::sensors::Root::live();
    let Reading::Known(carried) = super::kernel::read(&root) else {
        panic!("the kernel does not tell of its links");
    };
    // Every way leads by a link that counts, or by a VPN above one.
    for route in &carried.default_routes {
        let is_link = carried.links.iter().any(|link| link.name == route.link);
        let is_vpn = carried.vpns.iter().any(|vpn| vpn.link == route.link);
        assert!(is_link || is_vpn, "{carried:?}");
    }
}
