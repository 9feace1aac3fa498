//! The networks the laptop is on: what carries its traffic, its Wi-Fi, its VPNs, its resolver.
//!
//! Touches netlink, only to ask, and files in `/sys` and `/etc`. Must never send anything to a network, and never
//! keep what changes while the networks stay the same. Where the laptop is, is not for this room to tell: it would
//! have to ask a beacon.

mod carry;
mod ipsec;
mod kernel;
mod resolver;
mod wifi;

use std::time::Instant;

use sekisho_policy::facts::{Network, Vpn, Wifi};
use sekisho_policy::reading::{Reading, Why};

use super::{Deadlines, Reader, Root, Started};
use crate::ask;
use carry::{Carried, Described};

/// The readers of the networks.
#[derive(Debug)]
pub(super) struct Readers {
    carried: Reader,
    ipsec: Reader,
    wifi: Reader,
}

/// Readings that are under way.
pub(super) struct Begun {
    carried: Started<Carried>,
    ipsec: Started<Vec<Vpn>>,
    wifi: Started<Vec<Wifi>>,
    root: Root,
}

impl Readers {
    pub(super) fn new() -> Self {
        Self {
            carried: Reader::new("network"),
            ipsec: Reader::new("ipsec"),
            wifi: Reader::new("wifi"),
        }
    }

    pub(super) fn start(&self, root: &Root) -> Begun {
        Begun {
            carried: self.carried.start(root, read),
            ipsec: self.ipsec.start(root, ipsec::read),
            wifi: self.wifi.start(root, wifi::read),
            root: root.clone(),
        }
    }
}

impl Begun {
    /// What each has read by its deadline.
    pub(super) fn wait(self, started: Instant, deadlines: &Deadlines) -> Network {
        let carried = self.carried.wait(started, deadlines.network);
        Network {
            links: carried.as_ref().map(|carried| carried.links.clone()),
            default_routes: carried
                .as_ref()
                .map(|carried| carried.default_routes.clone()),
            vpns: carried.map(|carried| carried.vpns),
            ipsec: self.ipsec.wait(started, deadlines.network),
            dns_servers: resolver::read(&self.root),
            wifi: self.wifi.wait(started, deadlines.network),
            place: Reading::Unknown(Why::NotAsked),
        }
    }
}

fn read(root: &Root) -> Reading<Carried> {
    let describe = |index: u32, name: &str| describe(root, index, name);
    let carried = kernel::ask(root).and_then(|answers| carry::carried(&answers, &describe));
    match carried {
        Ok(carried) => Reading::Known(carried),
        Err(why) => Reading::Unknown(why),
    }
}

/// What `/sys` says of a link, if it shows this one: it may be that of another network namespace.
fn describe(root: &Root, index: u32, name: &str) -> Described {
    let line = |file: &str| ask::read_line(&root.path(&format!("/sys/class/net/{name}/{file}")));
    let is_this = line("ifindex").is_ok_and(|shown| shown == index.to_string());
    if !is_this {
        return Described::default();
    }
    let uevent = line("uevent").unwrap_or_default();
    let devtype = uevent
        .lines()
        .find_map(|line| line.strip_prefix("DEVTYPE="));
    Described {
        devtype: devtype.map(str::to_owned),
        is_hardware: line("device/uevent").is_ok(),
    }
}

#[cfg(test)]
mod tests;
