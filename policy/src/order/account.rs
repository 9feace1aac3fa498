//! What a device says of its orders: the one in force, as asked for, done and proved; what its isolation
//! does not cover; and the orders it did not take up.
//!
//! Touches nothing. Must never merge what was asked for, what was done and what was proved.

use super::Access;
use crate::id::Generation;
use crate::reading::Reading;
use crate::time::Timestamp;

/// What a device says of the order in force: three facts that are never merged into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enforcement {
    /// The generation held, and the access that it asks for at this time.
    pub desired: (Generation, Access),
    /// What a read-back of the firewall shows.
    pub applied: Reading<Access>,
    /// What probing the network shows.
    pub verified: Reading<Access>,
    /// Each probe, with what it met.
    pub probes: Vec<Probe>,
    /// When this was observed, by the device's clock.
    pub observed_at: Timestamp,
    /// A break-glass code has lifted the isolation until this time.
    pub lifted_until: Option<Timestamp>,
    /// How often somebody else removed or changed the rules and they were put back.
    pub reasserted: u64,
    /// What the isolation does not cover on this machine.
    pub gaps: Vec<Gap>,
    /// Orders that were not taken up since the agent started.
    pub refused: u64,
    /// The last of them.
    pub last_refused: Option<RefusedOrder>,
}

impl Enforcement {
    /// Whether the firewall is known to be as desired: as the order asks for, or open while a break-glass
    /// code lifts it.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        let access = match self.lifted_until {
            Some(_) => Access::Full,
            None => self.desired.1,
        };
        self.applied == Reading::Known(access)
    }
}

/// One probe of the network: what it tried and what it met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What was tried, such as `collector`, `other-v4`, `other-v6`, `dns`.
    pub name: String,
    /// Whether the way was open. Unknown when the probe could not be made.
    pub open: Reading<bool>,
}

/// Something that an isolation does not cover on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What is not covered.
    pub kind: GapKind,
    /// Why not, for the log.
    pub detail: String,
}

/// What an isolation may not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// Frames that pass below the internet protocol: raw sockets, and interfaces stacked upon others.
    Frames,
    /// Connections that were open before: they carry nothing, but whoever only reads is not told.
    OpenConnections,
    /// What this device's configuration says: it cannot be used, and the defaults hold.
    Configuration,
    /// Something else, which only a newer agent has a name for.
    Other,
    /// What a newer version would: the agent was taken back to the one before it.
    Upgrade,
}

/// An order that a device did not take up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedOrder {
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Why.
    pub why: WhyRefused,
    /// Its generation, once its signature was found good; `None` when it was not, or of a request.
    pub generation: Option<Generation>,
    /// The particulars, for the log.
    pub detail: String,
}

/// Why a device did not take up an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyRefused {
    /// Not signed by a key the device trusts: forged, damaged, or not one of that command's orders.
    NotTrusted,
    /// Malformed or beyond a limit.
    Malformed,
    /// It asks for what the agent does not know.
    NotKnown,
    /// It is for another device.
    OtherDevice,
    /// A newer one is in force.
    Older,
    /// Another one of the same generation is in force.
    Conflicting,
    /// Its end had passed.
    Ended,
    /// For a reason that only a newer agent has a name for.
    Other,
}

impl GapKind {
    /// Its name in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frames => "frames",
            Self::OpenConnections => "open_connections",
            Self::Configuration => "configuration",
            Self::Other => "other",
            Self::Upgrade => "upgrade",
        }
    }
}

impl WhyRefused {
    /// Its name in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotTrusted => "not_trusted",
            Self::Malformed => "malformed",
            Self::NotKnown => "not_known",
            Self::OtherDevice => "other_device",
            Self::Older => "older",
            Self::Conflicting => "conflicting",
            Self::Ended => "ended",
            Self::Other => "other",
        }
    }
}
