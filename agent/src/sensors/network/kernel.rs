//! What the kernel is asked of links, addresses and routes, and where a captured system has its answers.
//!
//! Touches netlink, only to ask, and `/sys`. Must never weigh an answer: it is only taken apart.

use std::path::PathBuf;

use sekisho_policy::facts::{IpFamily, LinkKind};
use sekisho_policy::reading::{Reading, Why};

use super::carry::{self, Carried, Described, FAR, Told};
use crate::ask::{self, AskError};
use crate::limits::NETLINK_BYTES_MAX;
use crate::links::{Device, ETHER, Route};
use crate::netlink::ask::Asker;
use crate::netlink::devices;
use crate::netlink::routes::{
    addresses, request_addresses, request_routes, request_way, routes, way,
};
use crate::netlink::socket::Protocol;
use crate::netlink::{NoAnswer, items};
use crate::sensors::Root;

/// `ENETUNREACH`, `EHOSTUNREACH`, and what a prohibiting route gives, `EACCES`; `EINVAL` of a route that
/// swallows; `EAFNOSUPPORT` and `EOPNOTSUPP` of a kernel without the family: there is no way.
const NO_WAY: [i32; 6] = [101, 113, 13, 22, 97, 95];

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

/// Reads what carries the laptop's traffic.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Carried> {
    let describe = |index: u32, device: &Device| describe(root, index, device);
    match asked(root).and_then(|answers| told(&answers)) {
        Ok(told) => Reading::Known(carry::carried(&told, &describe)),
        Err(why) => Reading::Unknown(why),
    }
}

/// Takes the answers apart.
///
/// # Errors
/// [`Why`] when one of them is no whole answer.
pub(super) fn told(answers: &Answers) -> Result<Told, Why> {
    let unreadable = |error: NoAnswer| Why::Unreadable(error.to_string());
    Ok(Told {
        devices: devices::devices(&items(&answers.links).map_err(unreadable)?),
        addresses: addresses(&items(&answers.addresses).map_err(unreadable)?),
        routes: routes(&items(&answers.routes).map_err(unreadable)?),
        ways: ways(answers).map_err(unreadable)?,
    })
}

/// The way to each far destination. No way is no error.
fn ways(answers: &Answers) -> Result<Vec<Route>, NoAnswer> {
    let mut ways = Vec::new();
    for (_, answer) in &answers.ways {
        match items(answer) {
            Ok(messages) => ways.extend(way(&messages)),
            Err(NoAnswer::Refused(number)) if NO_WAY.contains(&number) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ways)
}

/// What `/sys` says of a link, if it shows this one: it may be that of another network namespace.
fn describe(root: &Root, index: u32, device: &Device) -> Described {
    let name = &device.name;
    let line = |file: &str| ask::read_line(&root.path(&format!("/sys/class/net/{name}/{file}")));
    let is_this = line("ifindex").is_ok_and(|shown| shown == index.to_string());
    if !is_this {
        return described(device, None, false);
    }
    let uevent = line("uevent").unwrap_or_default();
    let devtype = uevent
        .lines()
        .find_map(|line| line.strip_prefix("DEVTYPE="));
    described(device, devtype, line("device/uevent").is_ok())
}

/// The same, by the `DEVTYPE` of its uevent and whether it drives hardware.
pub(super) fn described(device: &Device, devtype: Option<&str>, is_hardware: bool) -> Described {
    let over = match (devtype, device.kind.as_deref()) {
        (Some("wlan"), _) => Some(LinkKind::Wifi),
        (Some("wwan"), _) | (_, Some("wwan" | "rmnet")) => Some(LinkKind::Mobile),
        (Some("bluetooth"), _) => Some(LinkKind::Bluetooth),
        _ => None,
    };
    let mut seen = Vec::new();
    seen.extend(devtype.map(|devtype| ("DEVTYPE", devtype.to_owned())));
    seen.extend(device.kind.clone().map(|kind| ("IFLA_INFO_KIND", kind)));
    if device.hardware != ETHER {
        seen.push(("hardware type", device.hardware.to_string()));
    }
    Described {
        over,
        is_hardware,
        seen,
    }
}

/// Asks for all of it.
fn asked(root: &Root) -> Result<Answers, Why> {
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
