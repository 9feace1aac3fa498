//! Exceptions: a rule need not be kept for a while, for a reason that somebody else than who asked for it has
//! approved.
//!
//! Touches nothing. Must never make a broken rule a kept one: it only does not count.

use crate::finding::RuleId;
use crate::time::Timestamp;

/// An exception that was approved for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule it is from.
    pub rule: RuleId,
    /// Who answers for it.
    pub owner: String,
    /// Why the rule need not be kept.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

impl Exception {
    /// Whether it holds at every time between these.
    #[must_use]
    pub fn holds(&self, earliest: Timestamp, latest: Timestamp) -> bool {
        self.from <= earliest && latest < self.until
    }
}
