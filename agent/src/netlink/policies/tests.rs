//! Policies as strongSwan, libreswan and an administrator by hand make them.
//!
//! Touches nothing. Must never need the right to read the running system's own.

use super::*;
use crate::netlink::{attribute_of, messages};

/// What `ip xfrm policy` would show of one.
#[derive(Clone, Copy)]
struct Typed {
    to: &'static str,
    from: &'static str,
    direction: u8,
    action: u8,
    priority: u32,
    /// Mode and other end.
    template: Option<(u8, &'static str)>,
    port: u16,
    protocol: u8,
    link: u32,
    mark: u32,
    if_id: u32,
}

const TUNNEL: u8 = 1;
const BEET: u8 = 4;
const GATEWAY: &str = "203.0.113.5";

const COVERS_ALL: Typed = Typed {
    to: "0.0.0.0/0",
    from: "10.9.0.4/32",
    direction: OUT,
    action: ALLOW,
    priority: 400_000,
    template: Some((TUNNEL, GATEWAY)),
    port: 0,
    protocol: 0,
    link: 0,
    mark: 0,
    if_id: 0,
};

fn address(text: &str) -> (u16, Vec<u8>) {
    let (family, mut bytes) = match text.parse().unwrap() {
        IpAddr::V4(address) => (INET, address.octets().to_vec()),
        IpAddr::V6(address) => (INET6, address.octets().to_vec()),
    };
    bytes.resize(16, 0);
    (family, bytes)
}

fn message(typed: Typed) -> Vec<u8> {
    let ((to, to_bits), (from, from_bits)) = (
        typed.to.split_once('/').unwrap(),
        typed.from.split_once('/').unwrap(),
    );
    let ((family, to), (_, from)) = (address(to), address(from));
    let mut body = [to, from].concat();
    body.extend(typed.port.to_be_bytes());
    body.extend(if typed.port == 0 { [0; 2] } else { [0xff; 2] });
    body.extend([0; 4]);
    body.extend(family.to_ne_bytes());
    body.push(to_bits.parse().unwrap());
    body.push(from_bits.parse().unwrap());
    body.extend([typed.protocol, 0, 0, 0]);
    body.extend(typed.link.to_ne_bytes());
    body.resize(152, 0);
    body.extend(typed.priority.to_ne_bytes());
    body.extend([0; 4]);
    body.extend([typed.direction, typed.action]);
    body.resize(INFO_BYTES, 0);
    if let Some((mode, end)) = typed.template {
        let (family, mut template) = address(end);
        template.resize(24, 0);
        template.extend(family.to_ne_bytes());
        template.resize(48, 0);
        template.push(mode);
        template.resize(TEMPLATE_BYTES, 0);
        body.extend(attribute_of(XFRMA_TMPL, &template));
    }
    if typed.mark != 0 {
        let mark = [typed.mark.to_ne_bytes(), u32::MAX.to_ne_bytes()].concat();
        body.extend(attribute_of(XFRMA_MARK, &mark));
    }
    if typed.if_id != 0 {
        body.extend(attribute_of(XFRMA_IF_ID, &typed.if_id.to_ne_bytes()));
    }
    asking(NEW_POLICY, 0, &body)
}

fn read_all(typed: &[Typed]) -> Vec<Policy> {
    let bytes: Vec<u8> = typed.iter().copied().flat_map(message).collect();
    messages(&bytes)
        .filter_map(|one| policy(&one.unwrap()).unwrap())
        .collect()
}

const BEACON: Flow = Flow {
    to: IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3)),
    from: Some(IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 4))),
    tcp_port: Some(7445),
    link: Some(3),
};

fn is_taken(typed: &[Typed]) -> bool {
    tunnel_of(&read_all(typed), &BEACON).is_some()
}

#[test]
fn a_tunnel_takes_up_what_its_selector_covers() {
    let all = read_all(&[COVERS_ALL]);
    let taken = tunnel_of(&all, &BEACON).unwrap();
    assert_eq!(taken.gateway(), Some(GATEWAY.parse().unwrap()));
    let with = |change: fn(&mut Typed)| {
        let mut typed = COVERS_ALL;
        change(&mut typed);
        is_taken(&[typed])
    };
    assert!(with(|typed| typed.to = "10.1.2.0/24"));
    assert!(with(|typed| typed.from = "0.0.0.0/0"));
    assert!(with(|typed| (typed.protocol, typed.port) = (6, 7445)));
    assert!(with(|typed| typed.link = 3));
    assert!(with(|typed| typed.template = Some((BEET, GATEWAY))));
    assert!(with(|typed| typed.template = Some((TUNNEL, "2001:db8::5"))));
    assert!(with(|typed| typed.template = Some((TUNNEL, "0.0.0.0"))));
    assert!(!with(|typed| typed.to = "10.1.3.0/24"));
    assert!(!with(|typed| typed.to = "fd00::/8"));
    assert!(!with(|typed| typed.from = "10.9.0.5/32"));
    assert!(!with(|typed| (typed.protocol, typed.port) = (6, 443)));
    assert!(!with(|typed| typed.protocol = 17));
    assert!(!with(|typed| typed.link = 4));
    assert!(!with(|typed| typed.direction = 0), "what arrives");
    assert!(!with(|typed| typed.direction = 2), "what is passed on");
    assert!(!with(|typed| typed.template = None), "goes in plain");
    assert!(!with(|typed| typed.template = Some((TRANSPORT, GATEWAY))));
    assert!(!with(|typed| typed.action = 1), "is dropped");
    // Those belong to a link of IPsec's own.
    assert!(!with(|typed| typed.if_id = 7));
    assert!(!with(|typed| typed.mark = 7));
}

#[test]
fn what_is_let_past_a_tunnel_is_not_taken_up() {
    let past = Typed {
        to: "10.1.0.0/16",
        from: "0.0.0.0/0",
        priority: 100,
        template: None,
        ..COVERS_ALL
    };
    assert!(!is_taken(&[COVERS_ALL, past]));
    let later = Typed {
        priority: 500_000,
        ..past
    };
    assert!(is_taken(&[COVERS_ALL, later]));
    let alike = Typed {
        priority: COVERS_ALL.priority,
        ..past
    };
    assert!(is_taken(&[alike, COVERS_ALL]), "it may be the other");
}

#[test]
fn where_it_is_not_known_from_where_a_tunnel_counts_and_an_exemption_does_not() {
    let far = Flow {
        from: None,
        tcp_port: None,
        link: None,
        ..BEACON
    };
    let past = Typed {
        from: "192.168.1.0/24",
        priority: 100,
        template: None,
        ..COVERS_ALL
    };
    assert!(tunnel_of(&read_all(&[COVERS_ALL, past]), &far).is_some());
    let by_port = Typed {
        protocol: 6,
        port: 7445,
        ..COVERS_ALL
    };
    assert!(
        tunnel_of(&read_all(&[by_port]), &far).is_none(),
        "not everything"
    );
}

#[test]
fn what_cannot_be_read_is_malformed_and_not_nothing() {
    let whole = message(COVERS_ALL);
    let body = &whole[16..];
    for cut in 0..body.len() {
        let message = Message {
            kind: NEW_POLICY,
            flags: 0,
            body: &body[..cut],
        };
        let made_of = policy(&message);
        // Without its template it would be a policy that lets pass in plain; the kernel sends messages whole.
        assert!(
            cut >= INFO_BYTES || made_of == Err(Malformed),
            "after {cut} bytes"
        );
    }
    let mut odd = body.to_vec();
    odd[40] = 99;
    let message = Message {
        kind: NEW_POLICY,
        flags: 0,
        body: &odd,
    };
    assert_eq!(
        policy(&message),
        Err(Malformed),
        "a family that nobody knows"
    );
}
