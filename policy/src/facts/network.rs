//! The networks a laptop is on: what carries its traffic, how its Wi-Fi is secured, which VPN is up, and
//! whether the company's own network is around it.
//!
//! Touches nothing. Must never hold what changes by itself while the networks stay the same (lifetimes,
//! counters, signal strength), nor a network that the laptop is not on.

mod link;
mod vpn;
mod wifi;

use std::net::IpAddr;

use crate::reading::{Reading, Why};

pub use link::{DefaultRoute, IpFamily, LinkKind, NetworkLink, Subnet};
pub use vpn::{Vpn, VpnKind};
pub use wifi::{Wifi, WifiCipher, WifiSecurity};

/// The networks a laptop is on at one moment. Every list is sorted, so that the same networks are the same
/// fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// What carries traffic to other machines; a VPN's own link is among them only where there is nothing
    /// below it. Empty where the laptop is on no network.
    pub links: Reading<Vec<NetworkLink>>,
    /// Where the kernel sends what is for the rest of the world. Several of one family where it sends one
    /// half of it here and the other there.
    pub default_routes: Reading<Vec<DefaultRoute>>,
    /// Whom the resolver asks, behind a stub of its own where that is known.
    pub dns_servers: Reading<Vec<IpAddr>>,
    /// The Wi-Fi networks that the laptop is connected to. Absent where it has no Wi-Fi.
    pub wifi: Reading<Vec<Wifi>>,
    /// The VPNs that have a link of their own, are up and carry something.
    pub vpns: Reading<Vec<Vpn>>,
    /// Those without one: the kernel's IPsec, by policies for what leaves by any link. Only who may change such
    /// policies may read them.
    pub ipsec: Reading<Vec<Vpn>>,
    /// Whether the company's own network is around the laptop. Never told from names or addresses. Absent where no
    /// beacon is set up, so that nothing could prove it.
    pub place: Reading<NetworkPlace>,
}

/// Where the laptop is. Inside is proved; outside is where proof was asked for and could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkPlace {
    /// On the company's own network.
    Inside,
    /// On another one.
    Outside,
}

impl NetworkPlace {
    /// The name of the place in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
        }
    }
}

impl Network {
    /// The networks of a machine that nobody has asked yet.
    #[must_use]
    pub const fn not_asked() -> Self {
        Self {
            links: Reading::Unknown(Why::NotAsked),
            default_routes: Reading::Unknown(Why::NotAsked),
            dns_servers: Reading::Unknown(Why::NotAsked),
            wifi: Reading::Unknown(Why::NotAsked),
            vpns: Reading::Unknown(Why::NotAsked),
            ipsec: Reading::Unknown(Why::NotAsked),
            place: Reading::Unknown(Why::NotAsked),
        }
    }
}

/// One fact of the networks, which is as unknown as they are where nothing of them was read.
impl Reading<Network> {
    /// Looks at one fact.
    pub fn fact<T>(&self, one: impl FnOnce(&Network) -> &Reading<T>) -> Reading<&T> {
        match self {
            Self::Known(network) => one(network).as_ref(),
            Self::Absent => Reading::Absent,
            Self::Unknown(why) => Reading::Unknown(why.clone()),
        }
    }
}
