//! The orders that were not taken up: how many, and the last of them.
//!
//! Touches nothing. Must never keep more than the last: whoever sends bad orders sends many.

use sekisho_policy::id::Generation;
use sekisho_policy::order::{Enforcement, RefusedOrder, WhyRefused};
use sekisho_policy::time::Timestamp;

use super::Action;

/// Why an order is not taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTakenUp {
    /// Why.
    pub why: WhyRefused,
    /// Its generation, if its signature was good and it has one.
    pub generation: Option<Generation>,
    /// The particulars.
    pub detail: String,
}

/// What was refused since the agent started.
#[derive(Debug, Clone, Default)]
pub(super) struct Refused {
    count: u64,
    last: Option<RefusedOrder>,
}

impl Refused {
    /// Notes a refusal, and tells the people of this machine.
    pub(super) fn note(&mut self, refused: NotTakenUp, at: Timestamp, actions: &mut Vec<Action>) {
        let NotTakenUp {
            why,
            generation,
            detail,
        } = refused;
        actions.push(Action::Warn(format!("an order was refused: {detail}")));
        self.count = self.count.saturating_add(1);
        self.last = Some(RefusedOrder {
            at,
            why,
            generation,
            detail,
        });
    }

    /// The account of the order in force, with what was refused.
    pub(super) fn told(&self, account: &Enforcement) -> Enforcement {
        Enforcement {
            refused: self.count,
            last_refused: self.last.clone(),
            ..account.clone()
        }
    }
}
