//! Isolation on Windows: not there yet, and said to be so.
//!
//! Touches nothing. Must never report an access as applied, of which nothing is known.

pub mod watch;

use sekisho_policy::order::{Access, Enforcement, Probe};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use windows_registry::LOCAL_MACHINE;

use super::Desired;
use super::plan::Way;
use super::probe::Elsewhere;

/// Where Windows counts its starts.
const STARTS: &str =
    r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";

/// The one holder of the laptop's isolation.
#[derive(Debug)]
pub struct Enforcer {
    way: Way,
}

impl Enforcer {
    /// Makes an enforcer that leaves this way open whatever is ordered. Changes nothing.
    #[must_use]
    pub const fn new(way: Way, _: Elsewhere) -> Self {
        Self { way }
    }

    /// Leaves another way open from the next pass on.
    pub fn set_way(&mut self, way: Way) {
        self.way = way;
    }

    /// Tells whether the rules are the ones desired. Where there can be none, those of full access are.
    #[expect(clippy::unused_async, reason = "the enforcers of other systems wait")]
    pub async fn holds(&self, desired: &Desired) -> Reading<bool> {
        match desired.in_force() {
            Access::Full => Reading::Known(true),
            Access::Restricted | Access::Isolated => Reading::Unknown(unavailable()),
        }
    }

    /// Tells that nothing was changed.
    #[expect(clippy::unused_async, reason = "the enforcers of other systems wait")]
    pub async fn reconcile(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        report(desired, now)
    }

    /// The same, for the time before there is a network.
    #[expect(clippy::unused_async, reason = "the enforcers of other systems wait")]
    pub async fn reconcile_unprobed(&mut self, desired: &Desired, now: Timestamp) -> Enforcement {
        report(desired, now)
    }

    /// The same, where what is desired is not known.
    #[expect(clippy::unused_async, reason = "the enforcers of other systems wait")]
    pub async fn observe(&self, now: Timestamp) -> Enforcement {
        report(&Desired::nothing_ordered(), now)
    }
}

fn report(desired: &Desired, now: Timestamp) -> Enforcement {
    Enforcement {
        desired: (desired.generation, desired.access),
        applied: Reading::Unknown(unavailable()),
        verified: Reading::Unknown(unavailable()),
        probes: vec![Probe {
            name: "apply".to_owned(),
            open: Reading::Unknown(unavailable()),
        }],
        observed_at: now,
        lifted_until: desired.lifted_until,
        reasserted: 0,
        gaps: Vec::new(),
        refused: 0,
        last_refused: None,
    }
}

fn unavailable() -> Why {
    Why::Unsupported("isolation unavailable: this agent has no filters for Windows".to_owned())
}

/// The name of this start of the system: its number. Empty where Windows does not count.
#[must_use]
pub fn boot_id() -> String {
    let number = LOCAL_MACHINE
        .open(STARTS)
        .and_then(|key| key.get_u32("BootId"));
    number.map_or_else(|_| String::new(), |number| number.to_string())
}

/// Filters ask for a program, and not for a user.
#[must_use]
pub const fn own_user() -> Option<u32> {
    None
}
