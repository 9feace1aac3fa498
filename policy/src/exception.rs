//! Exceptions: a rule need not be kept for a while, for a reason that somebody else than who asked for it has
//! approved.
//!
//! Touches nothing. Must never make a broken rule a kept one: it only does not count.

use crate::finding::RuleId;
use crate::rules::device_approved;
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
    /// The exception from the rule that holds longest at every time between these.
    #[must_use]
    pub fn of<'a>(
        exceptions: &'a [Self],
        rule: &RuleId,
        earliest: Timestamp,
        latest: Timestamp,
    ) -> Option<&'a Self> {
        let may_be = Self::may_be_from(&rule.0);
        exceptions
            .iter()
            .filter(|one| may_be && one.rule == *rule && one.holds(earliest, latest))
            .max_by_key(|one| one.until)
    }

    /// Whether there may be exceptions from the rule. The register alone says whether a device is approved:
    /// one that is lost, suspended or cloned is so whatever anybody excepts.
    #[must_use]
    pub fn may_be_from(rule: &str) -> bool {
        rule != device_approved::RULE.id
    }

    /// Whether it holds at every time between these.
    #[must_use]
    pub fn holds(&self, earliest: Timestamp, latest: Timestamp) -> bool {
        self.from <= earliest && latest < self.until
    }
}
