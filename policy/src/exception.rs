//! Exceptions: a rule need not be kept for a while, for a reason that somebody else than who asked for it has
//! approved.
//!
//! Touches nothing. Must never make a broken rule a kept one: it only does not count.

use crate::finding::RuleId;
use crate::id::Fingerprint;
use crate::rules::device_approved;
use crate::time::Timestamp;

/// An exception that was approved for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule it is from.
    pub rule: RuleId,
    /// What a rule of the company's own asked when the exception was asked for, as
    /// [`Expression::digest`](crate::rules::company::Expression::digest) has it. `None` for a rule of the product, and
    /// where that was not put down yet: the name alone decides then.
    pub expression: Option<Fingerprint>,
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
    /// The exception from the rule, by what it asks now, that holds longest at every time between these.
    #[must_use]
    pub fn of<'a>(
        exceptions: &'a [Self],
        rule: &RuleId,
        expression: Option<Fingerprint>,
        earliest: Timestamp,
        latest: Timestamp,
    ) -> Option<&'a Self> {
        let may_be = Self::may_be_from(&rule.0);
        exceptions
            .iter()
            .filter(|one| may_be && one.rule == *rule && one.holds(earliest, latest))
            .filter(|one| one.is_from_what_asks(expression))
            .max_by_key(|one| one.until)
    }

    /// Whether it is from a rule that asks this now: who approved it knew nothing of another.
    #[must_use]
    pub fn is_from_what_asks(&self, expression: Option<Fingerprint>) -> bool {
        self.expression.is_none() || self.expression == expression
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
