//! What all rules of a company's own may cost together in one verdict: each is bounded when the policy is loaded, and a
//! hundred of them are not one.
//!
//! Touches nothing. Must never let a rule pass for which nothing is left.

use crate::facts::Evidence;
use crate::limits::{COMPANY_COST_MAX, COMPANY_EVIDENCE_BYTES_MAX, EXPRESSION_COST_MAX};

/// What is left.
#[derive(Debug, Clone)]
pub struct Budget {
    steps: u64,
    evidence_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: COMPANY_COST_MAX,
            evidence_bytes: COMPANY_EVIDENCE_BYTES_MAX,
        }
    }
}

impl Budget {
    /// The steps that the next expression may take.
    pub(super) fn steps_of_one(&self) -> u64 {
        self.steps.min(EXPRESSION_COST_MAX)
    }

    /// Whether it is not itself that an expression which took all its steps was too costly, but those before it.
    pub(super) const fn is_spent(&self) -> bool {
        self.steps == 0
    }

    pub(super) const fn spend(&mut self, steps: u64) {
        self.steps = self.steps.saturating_sub(steps);
    }

    /// Takes the room for a line of evidence, if there is that much.
    pub(super) fn has_room(&mut self, line: &Evidence) -> bool {
        let bytes = line.source.len().saturating_add(line.value.len());
        let left = self.evidence_bytes.checked_sub(bytes);
        if let Some(left) = left {
            self.evidence_bytes = left;
        }
        left.is_some()
    }
}
