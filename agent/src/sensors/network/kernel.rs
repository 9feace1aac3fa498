//! What the kernel is asked of links, addresses and routes, and where a captured system has its answers.
//!
//! Touches netlink, only to ask. Must never interpret an answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use sekisho_policy::facts::IpFamily;
use sekisho_policy::reading::Why;

use crate::ask::AskError;
use crate::limits::NETLINK_BYTES_MAX;
use crate::netlink::ask::Asker;
use crate::netlink::devices;
use crate::netlink::routes::{request_addresses, request_routes, request_way};
use crate::netlink::socket::Protocol;
use crate::sensors::Root;

/// Destinations in the rest of the world, one in each half of a family's addresses: a VPN may take the default
/// route in two halves. Public resolvers and a root server; nothing is sent to them, the kernel only says which
/// way it would go.
pub(super) const FAR: [(IpFamily, [IpAddr; 2]); 2] = [
    (
        IpFamily::V4,
        [
            IpAddr::V4(Ipv4Addr::new(9, 9, 9, 9)),
            IpAddr::V4(Ipv4Addr::new(202, 12, 27, 33)),
        ],
    ),
    (
        IpFamily::V6,
        [
            IpAddr::V6(Ipv6Addr::new(0x2001, 0x0dc3, 0, 0, 0, 0, 0, 0x35)),
            IpAddr::V6(Ipv6Addr::new(0x2620, 0x00fe, 0, 0, 0, 0, 0, 0xfe)),
        ],
    ),
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
        Some(opened(Protocol::Route)?)
    } else {
        None
    };
    let answer = |name: &str, request: &[u8]| {
        answer(root, name, || match &asker {
            Some(asker) => Ok(asker.ask(request, NETLINK_BYTES_MAX)?),
            None => Err(AskError::NotCaptured(PathBuf::from("netlink"))),
        })
    };
    let mut ways = Vec::new();
    for (family, far) in FAR {
        for (number, far) in far.into_iter().enumerate() {
            let name = format!("route-{}-{number}", family.name());
            ways.push((family, answer(&name, &request_way(far))?));
        }
    }
    Ok(Answers {
        links: answer("links", &devices::request())?,
        addresses: answer("addresses", &request_addresses())?,
        routes: answer("routes", &request_routes())?,
        ways,
    })
}

/// A socket to ask the running system by.
pub(super) fn opened(protocol: Protocol) -> Result<Asker, Why> {
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
