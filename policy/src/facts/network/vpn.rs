//! The VPNs of a laptop, by the links they make, or by the policies that stand in their place.
//!
//! Touches nothing. Must never take a tunnel that carries nothing for one in use.

use crate::facts::{Evidence, IpFamily};

/// A tunnel that is up and has routes through it. Whether its other end answers is not told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vpn {
    /// Its link, such as `wg0`; where it has none the address of its gateway, or `ipsec` while that is not known.
    pub link: String,
    /// What the kernel has it for.
    pub kind: VpnKind,
    /// The families of which it takes up everything by policy. One with a link of its own has default routes instead.
    pub covers: Vec<IpFamily>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// What makes a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VpnKind {
    /// The kernel's WireGuard.
    WireGuard,
    /// A program, by tun or tap: OpenVPN and most makers' clients.
    Tun,
    /// The kernel's IPsec, by a link of its own (xfrm, vti) or without one.
    Ipsec,
    /// A point-to-point session: L2TP, PPTP, SSTP. Access lines (PPPoE) are such, too.
    Ppp,
    /// Another tunnel, such as GRE, which need not be encrypted.
    Other,
}

impl VpnKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::WireGuard,
        Self::Tun,
        Self::Ipsec,
        Self::Ppp,
        Self::Other,
    ];

    /// The name of the kind in policies and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WireGuard => "wireguard",
            Self::Tun => "tun",
            Self::Ipsec => "ipsec",
            Self::Ppp => "ppp",
            Self::Other => "other",
        }
    }
}
