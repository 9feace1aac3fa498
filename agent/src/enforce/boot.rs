//! Puts the held order in force before the network comes up.
//!
//! Touches the rules through the [`Enforcer`]. Must never isolate without an order that was read
//! and verified, and never open what the kernel holds because the order could not be read.

use sekisho_policy::order::Enforcement;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::{Desired, Enforcer};

/// What the memory gave at boot, its signature checked by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// The device never had an order, or the one it has asks for this.
    Desired(Desired),
    /// There is something, and it cannot be read or its signature does not hold.
    Unreadable(String),
}

/// Asserts the held order once, without probes: there is no network yet.
///
/// What cannot be read leaves the kernel's rules as they are. A damaged disk must not lock out a
/// laptop that was free, nor free one that is isolated.
pub async fn assert_at_boot(enforcer: &mut Enforcer, held: Held, now: Timestamp) -> Enforcement {
    match held {
        Held::Desired(desired) => enforcer.reconcile_unprobed(&desired, now).await,
        Held::Unreadable(reason) => {
            let mut found = enforcer.observe(now).await;
            found.verified = Reading::Unknown(Why::Unreadable(reason));
            found
        }
    }
}
