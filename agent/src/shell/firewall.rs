//! The firewall as the loop holds it: at work on a task of its own, or switched off.
//!
//! Touches the enforcer. Must never be touched by two tasks at once, and never report as enforced what
//! the configuration forbids to enforce.

use std::net::IpAddr;

use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::{Message, Shell};
use crate::clock;
use crate::cycle::Desire;
use crate::identity::Identity;

/// The firewall of this machine.
#[derive(Debug)]
pub(super) struct Firewall {
    enforce: bool,
}

impl Firewall {
    pub(super) const fn new(enforce: bool, _identity: &Identity, _known: &[IpAddr]) -> Self {
        Self { enforce }
    }

    /// Leaves the way to the collector open at other addresses.
    pub(super) const fn way(&mut self, _identity: &Identity, _known: &[IpAddr]) {}

    async fn reconcile(&mut self, desire: &Desire, now: Timestamp) -> Enforcement {
        let _ = self.enforce;
        std::future::ready(()).await;
        switched_off(desire, now)
    }
}

impl Shell {
    /// Begins to hold the firewall against what is desired; the account is told to the loop.
    pub(super) fn reconcile(&mut self, desire: Desire) {
        let Some(mut firewall) = self.firewall.take() else {
            return;
        };
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let account = firewall.reconcile(&desire, clock::now()).await;
            let done = Message::Reconciled(Box::new((firewall, account)));
            // Nobody listens any more when the agent is ending.
            let _ = tell.send(done).await;
        });
    }
}

fn switched_off(desire: &Desire, now: Timestamp) -> Enforcement {
    let off = || Why::Unsupported("switched off in the configuration".to_owned());
    Enforcement {
        desired: desired(desire),
        applied: Reading::Unknown(off()),
        verified: Reading::Unknown(off()),
        probes: Vec::new(),
        observed_at: now,
        lifted_until: desire.lifted_until,
        reasserted: 0,
    }
}

fn desired(desire: &Desire) -> (Generation, Access) {
    match &desire.order {
        None => (Generation(0), Access::Full),
        Some(order) if desire.ended => (order.generation, Access::Full),
        Some(order) => (order.generation, order.access),
    }
}

/// A watch over the rules, while there are any to watch.
pub(super) struct Watch;

impl Watch {
    pub(super) const fn open(_enforce: bool) -> Self {
        Self
    }

    /// Waits until somebody touches the rules.
    pub(super) async fn disturbed(&mut self) {
        std::future::pending::<()>().await;
    }
}
