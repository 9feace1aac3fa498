//! What differs between two verdicts on the same facts at the same time, by two policies.
//!
//! Touches nothing. Must never call a rule kept that could not be told.

use sekisho_policy::finding::{Finding, Outcome, Standing, Verdict};
use sekisho_policy::time::Timestamp;

/// How a device stands to a rule, from good to bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The policy does not ask for it any longer.
    NotAsked,
    /// It is kept, or does not apply.
    Kept,
    /// It could not be told or is excepted, and does not count.
    Unknown,
    /// It counts, and the grace runs.
    Grace,
    /// It counts, and the grace has ended.
    Violation,
}

/// What changes for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule.
    pub rule: String,
    /// How it stands by the policy in force.
    pub was: State,
    /// How it would stand.
    pub is: State,
    /// When the grace ends by the policy in force, where it counts.
    pub was_due: Option<Timestamp>,
    /// When it would end, where it would count.
    pub due_at: Option<Timestamp>,
}

impl State {
    /// The name in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Kept => "kept",
            Self::Unknown => "unknown",
            Self::Grace => "grace",
            Self::Violation => "violation",
        }
    }

    fn of(finding: &Finding, at: Timestamp) -> Self {
        match finding.outcome {
            _ if finding.counts && finding.due_at.is_none_or(|due| due <= at) => Self::Violation,
            _ if finding.counts => Self::Grace,
            Outcome::Fail | Outcome::Unknown => Self::Unknown,
            Outcome::Pass | Outcome::NotApplicable => Self::Kept,
        }
    }
}

/// The rules that a device stands to in another way.
pub(super) fn changes(before: &Verdict, after: &Verdict) -> Vec<Change> {
    let mut changes: Vec<Change> = after
        .findings
        .iter()
        .map(|finding| {
            let mut earlier = before.findings.iter();
            let earlier = earlier.find(|before| before.rule == finding.rule);
            Change {
                rule: finding.rule.0.clone(),
                was: earlier.map_or(State::Kept, |before| State::of(before, after.judged_at)),
                is: State::of(finding, after.judged_at),
                was_due: earlier.and_then(|before| before.due_at),
                due_at: finding.due_at,
            }
        })
        .collect();
    let is_gone = |finding: &&Finding| after.findings.iter().all(|now| now.rule != finding.rule);
    changes.extend(
        before
            .findings
            .iter()
            .filter(is_gone)
            .map(|finding| Change {
                rule: finding.rule.0.clone(),
                was: State::of(finding, before.judged_at),
                is: State::NotAsked,
                was_due: finding.due_at,
                due_at: None,
            }),
    );
    changes.retain(|change| {
        let was_kept = (change.was, change.is) == (State::Kept, State::NotAsked);
        // A grace that ends at another time changes who fails when it does.
        let is_moved = change.is == State::Grace && change.was_due != change.due_at;
        (change.was != change.is || is_moved) && !was_kept
    });
    changes
}

/// How the device stands when every grace has ended and nothing was mended.
pub(super) fn when_due(verdict: &Verdict) -> Standing {
    if verdict.findings.iter().any(|finding| finding.counts) {
        Standing::Violation
    } else {
        verdict.standing
    }
}
