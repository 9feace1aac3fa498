//! The networks the laptop is on: what carries its traffic, its Wi-Fi, its VPNs, its resolver.
//!
//! Touches the system through its readers, only to ask. Must never send anything to a network, and never
//! keep what changes while the networks stay the same. Where the laptop is, is not for this room to tell: it would
//! have to ask a beacon.

pub(super) mod carry;
pub(super) mod elements;
#[cfg(unix)]
pub(super) mod ipsec;
#[cfg(unix)]
pub(super) mod kernel;
#[cfg(unix)]
pub(super) mod resolver;
pub(super) mod suites;
#[cfg(unix)]
pub(super) mod wifi;

use std::net::IpAddr;
use std::time::Instant;

use sekisho_policy::facts::{Network, Vpn, Wifi};
use sekisho_policy::reading::{Reading, Why};

use super::systems::System;
use super::{Deadlines, Reader, Root, Started};
use carry::Carried;

/// The readers of the networks.
#[derive(Debug)]
pub(super) struct Readers {
    carried: Reader,
    ipsec: Reader,
    resolver: Reader,
    wifi: Reader,
}

/// Readings that are under way.
pub(super) struct Begun {
    carried: Started<Carried>,
    ipsec: Started<Vec<Vpn>>,
    resolver: Started<Vec<IpAddr>>,
    wifi: Started<Vec<Wifi>>,
}

impl Readers {
    pub(super) fn new() -> Self {
        Self {
            carried: Reader::new("network"),
            ipsec: Reader::new("ipsec"),
            resolver: Reader::new("resolver"),
            wifi: Reader::new("wifi"),
        }
    }

    pub(super) fn start(&self, root: &Root) -> Begun {
        let system = System::of(root);
        Begun {
            carried: self.carried.start(root, system.carried),
            ipsec: self.ipsec.start(root, system.ipsec),
            resolver: self.resolver.start(root, system.dns_servers),
            wifi: self.wifi.start(root, system.wifi),
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
            dns_servers: self.resolver.wait(started, deadlines.network),
            wifi: self.wifi.wait(started, deadlines.network),
            place: Reading::Unknown(Why::NotAsked),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
