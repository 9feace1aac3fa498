//! The judgement: `judge(report, entry, previous, policy, now) -> Verdict`.
//!
//! Touches nothing. Must never say compliant where a rule could not be told or none has passed, and
//! never shorten or lengthen a grace that is running, except as the policy says.

use crate::document::{InForce, Policy};
use crate::facts::Evidence;
use crate::finding::{Finding, Outcome, RuleId, Standing, Verdict};
use crate::limits::EVIDENCE_MAX;
use crate::register::Entry;
use crate::report::Report;
use crate::rules::Case;
use crate::time::{Span, Timestamp};

/// How far a laptop's clock may be off, or its facts be old, before a finding says so.
const CLOCK_TOLERANCE: Span = Span::from_hours(1);

/// Judges one report by one policy at one time.
///
/// `previous` is the verdict on the same device that stands; from it comes since when a rule counts
/// against the device. A device whose group the policy does not know is judged by the default
/// group; `device-approved` says so, and the device is not compliant.
#[must_use]
pub fn judge(
    report: &Report,
    entry: &Entry,
    previous: Option<&Verdict>,
    policy: &Policy,
    now: Timestamp,
) -> Verdict {
    let known = policy.group(&entry.group);
    let group = known.unwrap_or_else(|| policy.default_group());
    let case = Case {
        facts: &report.facts,
        entry,
        group_known: known.is_some(),
        data_class: entry.data_class.unwrap_or(group.data_class),
        now,
    };
    let findings: Vec<Finding> = group
        .rules
        .iter()
        .map(|rule| find(rule, &case, report, previous))
        .collect();
    let mut standing = standing(&findings, now);
    if known.is_none() {
        // What the missing group demands was not looked at.
        standing = standing.max(Standing::Undecided);
    }
    Verdict {
        sequence: report.sequence,
        judged_at: now,
        policy: policy.fingerprint(),
        standing,
        findings,
    }
}

fn find(rule: &InForce, case: &Case<'_>, report: &Report, previous: Option<&Verdict>) -> Finding {
    let id = RuleId(rule.parameters.id().to_owned());
    let found = rule.parameters.examine(case);
    let counts = match found.outcome {
        Outcome::Fail => true,
        Outcome::Unknown => rule.unknown_fails,
        Outcome::Pass | Outcome::NotApplicable => false,
    };
    let first_failed_at = counts.then(|| {
        let before = previous
            .and_then(|verdict| verdict.findings.iter().find(|finding| finding.rule == id))
            .filter(|finding| finding.counts)
            .and_then(|finding| finding.first_failed_at);
        // A first time that lies ahead comes from a clock that was wrong.
        before.map_or(case.now, |before| before.min(case.now))
    });
    let mut evidence = found.evidence;
    if let Some(off) = clock_note(report.taken_at, case.now) {
        evidence.truncate(EVIDENCE_MAX.saturating_sub(1));
        evidence.push(off);
    }
    Finding {
        rule: id,
        own: rule.parameters.own().cloned(),
        outcome: found.outcome,
        severity: rule.severity,
        counts,
        cause: found.cause,
        remedy: found.remedy,
        evidence,
        first_failed_at,
        due_at: first_failed_at.map(|first| first.after(rule.grace)),
    }
}

fn clock_note(taken_at: Timestamp, now: Timestamp) -> Option<Evidence> {
    let age = now.since(taken_at);
    if age > CLOCK_TOLERANCE || age < Span(CLOCK_TOLERANCE.0.saturating_neg()) {
        let value = format!("{taken_at}, judged at {now}");
        Some(Evidence::new("report: taken at", value))
    } else {
        None
    }
}

fn standing(findings: &[Finding], now: Timestamp) -> Standing {
    let counting = || findings.iter().filter(|finding| finding.counts);
    let any = |outcome| findings.iter().any(|finding| finding.outcome == outcome);
    if counting().any(|finding| finding.due_at.is_none_or(|due| due <= now)) {
        Standing::Violation
    } else if counting().next().is_some() {
        Standing::Grace
    } else if any(Outcome::Unknown) || !any(Outcome::Pass) {
        Standing::Undecided
    } else {
        Standing::Compliant
    }
}

#[cfg(test)]
mod tests;
