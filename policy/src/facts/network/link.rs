//! The links that carry a laptop's traffic, and where its default routes lead.
//!
//! Touches nothing. Must never count a link by its kind alone: one of a kind that nobody knows carries
//! traffic like any other.

use std::fmt;
use std::net::IpAddr;

use crate::facts::Evidence;

/// A link to a network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NetworkLink {
    /// Its name, such as `wlan0`.
    pub name: String,
    /// What it goes over, at the lowest layer that is known.
    pub kind: LinkKind,
    /// The addresses that somebody gave it: by hand or by DHCP. Those it made itself from what a router
    /// announces are left out, and those of the link alone.
    pub addresses: Vec<Subnet>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// What a link goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// Ethernet, a telephone on a USB cable among it.
    Wired,
    /// Wi-Fi, also below a bridge or a bond.
    Wifi,
    /// A modem for a mobile network.
    Mobile,
    /// Bluetooth.
    Bluetooth,
    /// A tunnel with no known link below it.
    Tunnel,
    /// A device of the kernel's own with no known link below it, as a virtual machine or a container has.
    Virtual,
    /// Something else.
    Other,
}

/// An address with the size of its network, such as `192.0.2.5/24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet {
    /// The address.
    pub address: IpAddr,
    /// Bits that all addresses of its network share.
    pub prefix: u8,
}

/// Where the kernel sends what is for the rest of the world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefaultRoute {
    /// Of which family.
    pub family: IpFamily,
    /// By which link.
    pub link: String,
    /// To which router. `None` where the link has none, or where it goes by an address of the link alone, as
    /// IPv6 routers that announce themselves do.
    pub gateway: Option<IpAddr>,
}

/// A version of the Internet Protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IpFamily {
    /// Version 4.
    V4,
    /// Version 6.
    V6,
}

impl LinkKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Wired,
        Self::Wifi,
        Self::Mobile,
        Self::Bluetooth,
        Self::Tunnel,
        Self::Virtual,
        Self::Other,
    ];

    /// The name of the kind in policies and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wired => "wired",
            Self::Wifi => "wifi",
            Self::Mobile => "mobile",
            Self::Bluetooth => "bluetooth",
            Self::Tunnel => "tunnel",
            Self::Virtual => "virtual",
            Self::Other => "other",
        }
    }
}

impl IpFamily {
    /// The name of the family in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
