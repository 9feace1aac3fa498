//! What the kernel is asked of links, addresses and routes, and where a captured system has its answers.
//!
//! Touches netlink, only to ask. Must never interpret an answer.

use std::path::PathBuf;

use nix::sys::socket::SockProtocol;
use sekisho_policy::facts::IpFamily;
use sekisho_policy::reading::Why;

use crate::ask::AskError;
use crate::limits::NETLINK_BYTES_MAX;
use crate::netlink::ask::Asker;
use crate::netlink::{attribute_of, request};
use crate::sensors::Root;

const GET_LINK: u16 = 18;
const GET_ADDRESS: u16 = 22;
const GET_ROUTE: u16 = 26;
/// `NLM_F_ACK` and `NLM_F_DUMP`: a single answer has an end by the one, a list by the other.
const ACK: u16 = 4;
const DUMP: u16 = 0x300;
const IFLA_EXT_MASK: u16 = 29;
/// `RTEXT_FILTER_SKIP_STATS`: nobody here counts packets.
const SKIP_STATS: u32 = 1 << 3;
const RTA_DST: u16 = 1;

/// Destinations in the rest of the world, one in each half of a family's addresses: a VPN may take the default
/// route in two halves. Public resolvers and a root server; nothing is sent to them, the kernel only says which
/// way it would go.
const FAR_V4: [[u8; 4]; 2] = [[9, 9, 9, 9], [202, 12, 27, 33]];
const FAR_V6: [[u16; 8]; 2] = [
    [0x2001, 0x0dc3, 0, 0, 0, 0, 0, 0x35],
    [0x2620, 0x00fe, 0, 0, 0, 0, 0, 0xfe],
];

/// Everything the kernel answered, word for word.
#[derive(Debug)]
pub(super) struct Answers {
    /// `RTM_GETLINK`.
    pub(super) links: Vec<u8>,
    /// `RTM_GETADDR`.
    pub(super) addresses: Vec<u8>,
    /// `RTM_GETROUTE`, every table of both families.
    pub(super) routes: Vec<u8>,
    /// `RTM_GETROUTE` for each far destination, one answer after the other.
    pub(super) ways: Vec<(IpFamily, Vec<u8>)>,
}

/// Asks for all of it.
pub(super) fn ask(root: &Root) -> Result<Answers, Why> {
    let asker = if root.is_live() {
        Some(opened(SockProtocol::NetlinkRoute)?)
    } else {
        None
    };
    let answer = |name: &str, request: &[u8]| {
        answer(root, name, || match &asker {
            Some(asker) => Ok(asker.ask(request, NETLINK_BYTES_MAX)?),
            None => Err(AskError::NotCaptured(PathBuf::from("netlink"))),
        })
    };
    let mut info = vec![0; 16];
    info.extend(attribute_of(IFLA_EXT_MASK, &SKIP_STATS.to_ne_bytes()));
    let mut ways = Vec::new();
    for (number, far) in FAR_V4.iter().enumerate() {
        let way = answer(&format!("route-ipv4-{number}"), &route_to(far));
        ways.push((IpFamily::V4, way?));
    }
    for (number, far) in FAR_V6.iter().enumerate() {
        let far: Vec<u8> = far.iter().flat_map(|part| part.to_be_bytes()).collect();
        let way = answer(&format!("route-ipv6-{number}"), &route_to(&far));
        ways.push((IpFamily::V6, way?));
    }
    Ok(Answers {
        links: answer("links", &request(GET_LINK, DUMP, &info))?,
        addresses: answer("addresses", &request(GET_ADDRESS, DUMP, &[0; 8]))?,
        routes: answer("routes", &request(GET_ROUTE, DUMP, &[0; 12]))?,
        ways,
    })
}

/// A socket to ask the running system by.
pub(super) fn opened(protocol: SockProtocol) -> Result<Asker, Why> {
    Asker::open(protocol).map_err(|error| AskError::from(error).why())
}

/// What the running system answers; a captured one has it in a file of this name.
pub(super) fn answer(
    root: &Root,
    name: &str,
    asking: impl FnOnce() -> Result<Vec<u8>, AskError>,
) -> Result<Vec<u8>, Why> {
    let answer = root.answer(&format!("netlink/{name}"), asking);
    answer.map_err(|error| error.why())
}

/// `struct rtmsg` with the destination.
fn route_to(far: &[u8]) -> Vec<u8> {
    const INET: u8 = 2;
    const INET6: u8 = 10;
    let (family, bits) = if far.len() == 4 {
        (INET, 32)
    } else {
        (INET6, 128)
    };
    let mut body = vec![family, bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(attribute_of(RTA_DST, far));
    request(GET_ROUTE, ACK, &body)
}
