//! Over which links beacons are asked: those that a way out leads over, VPNs aside.
//!
//! Touches the system's own answers, only to ask. Must never leave out a link for its kind alone, but for what
//! may be a tunnel: over one the internal network answers wherever the laptop is.
//!
//! Every table of routes counts: a VPN with a table of its own leaves that of the link below it as it is.

#[cfg_attr(windows, path = "windows/links.rs")]
#[cfg_attr(not(windows), path = "links/kernel.rs")]
mod system;

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::BEACON_LINKS_MAX;
use crate::links::{Device, Route};

pub use system::read;
#[cfg(unix)]
pub use system::told;

/// A link to ask over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLink {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
}

/// The links of a laptop at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Those to ask over.
    pub asked: Vec<AskedLink>,
    /// The networks they lead to, to be compared with those of another moment.
    pub networks: Vec<String>,
    /// Whether a way leads out, over a VPN too.
    pub leads_out: bool,
}

/// The routes that lead over one link.
#[derive(Debug, Default)]
struct Routes {
    /// Whether one leads out.
    leads_out: bool,
    /// Whether one leads to a router.
    has_router: bool,
    /// All of them, in a form to be compared.
    routes: BTreeSet<String>,
}

/// The links by all of them and their routes. `drives_hardware` tells what is not told of a link beside.
fn choose(
    devices: &BTreeMap<u32, Device>,
    table: &[Route],
    drives_hardware: &dyn Fn(&str) -> bool,
) -> Links {
    let mut by_link: BTreeMap<u32, Routes> = BTreeMap::new();
    for route in table.iter().filter(|route| !route.is_of_link()) {
        note(route, by_link.entry(route.link).or_default());
    }
    let mut known: Vec<(u32, &Device, Routes)> = by_link
        .into_iter()
        .filter_map(|(index, routes)| Some((index, devices.get(&index)?, routes)))
        .filter(|(_, device, _)| !device.is_loopback)
        .collect();
    known.sort_unstable_by(|(_, one, _), (_, other, _)| one.name.cmp(&other.name));
    let mut found = Links {
        leads_out: known.iter().any(|(.., routes)| routes.leads_out),
        ..Links::default()
    };
    known.retain(|(index, ..)| !is_tunnel(*index, devices, drives_hardware, &mut BTreeSet::new()));
    let some_out = known.iter().any(|(.., routes)| routes.leads_out);
    let some_router = known.iter().any(|(.., routes)| routes.has_router);
    // A VPN may have taken the default route away from the link below it, which still leads to the VPN's gateway.
    // Where there is no router at all, as in a closed network, each link is one to ask over.
    known.retain(|(.., routes)| match (some_out, some_router) {
        (true, _) => routes.leads_out,
        (false, true) => routes.has_router,
        (false, false) => true,
    });
    for (index, device, routes) in known.into_iter().take(BEACON_LINKS_MAX) {
        let routes: Vec<_> = routes.routes.iter().map(String::as_str).collect();
        // A link that was down for a moment may lead to a twin of the network it led to.
        let (name, changes) = (&device.name, device.carrier_changes);
        found
            .networks
            .push(format!("{name} {} {changes}", routes.join(" ")));
        found.asked.push(AskedLink {
            index,
            name: name.clone(),
        });
    }
    found
}

/// Whether a link leads through tunnels alone: it is one, or goes over nothing else, as a bridge over a tap does.
fn is_tunnel(
    index: u32,
    devices: &BTreeMap<u32, Device>,
    drives_hardware: &dyn Fn(&str) -> bool,
    seen: &mut BTreeSet<u32>,
) -> bool {
    let Some(device) = devices.get(&index).filter(|_| seen.insert(index)) else {
        return false;
    };
    if device.may_be_tunnel(|| drives_hardware(&device.name)) {
        return true;
    }
    let ports = devices
        .iter()
        .filter(|(_, port)| port.master == Some(index));
    let below = device.upon.into_iter().chain(ports.map(|(port, _)| *port));
    let below: Vec<u32> = below.collect();
    let all = |one: &u32| is_tunnel(*one, devices, drives_hardware, seen);
    !below.is_empty() && below.iter().all(all)
}

fn note(route: &Route, routes: &mut Routes) {
    routes.leads_out |= route.leads_out();
    routes.has_router |= route.gateway.is_some();
    let by = route.gateway.map(|gateway| gateway.to_string());
    let by = by.unwrap_or_default();
    routes.routes.insert(format!("{}-{by}", route.to));
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
