//! The links and routes of the running system, by its kernel.
//!
//! Touches netlink, only to ask, and `/sys/class/net`. Must never choose among them.

use std::path::Path;

use sekisho_policy::reading::Why;

use super::{Links, choose};
use crate::ask::AskError;
use crate::limits::NETLINK_BYTES_MAX;
use crate::netlink::ask::Asker;
use crate::netlink::routes::{request_routes, routes as table};
use crate::netlink::socket::Protocol;
use crate::netlink::{NoAnswer, devices, items};

/// Reads the links of the running system.
///
/// # Errors
/// Why they cannot be told.
pub fn read() -> Result<Links, Why> {
    let asker = Asker::open(Protocol::Route).map_err(|error| AskError::from(error).why())?;
    let ask = |request: &[u8]| {
        let answer = asker.ask(request, NETLINK_BYTES_MAX);
        answer.map_err(|error| AskError::from(error).why())
    };
    let (links, routes) = (ask(&devices::request())?, ask(&request_routes())?);
    told(&links, &routes, &|name| {
        let link = Path::new("/sys/class/net").join(name);
        link.join("device").exists()
    })
}

/// The links by the kernel's answers about links and routes. `drives_hardware` tells what it does not say of a link.
///
/// # Errors
/// Why they cannot be told.
pub fn told(
    links: &[u8],
    routes: &[u8],
    drives_hardware: &dyn Fn(&str) -> bool,
) -> Result<Links, Why> {
    let unreadable = |error: NoAnswer| Why::Unreadable(error.to_string());
    let devices = devices::devices(&items(links).map_err(unreadable)?);
    let routes = table(&items(routes).map_err(unreadable)?);
    Ok(choose(&devices, &routes, drives_hardware))
}
