//! The judgement: `judge(report, entry, previous, policy, now) -> Verdict`, and the same by a clock that
//! may be wrong.
//!
//! Touches nothing. Must never say compliant where a rule could not be told or none has passed, and
//! never shorten or lengthen a grace that is running, except as the policy says.

mod cut_off;
mod memory;

use crate::document::{InForce, Policy};
use crate::exception::Exception;
use crate::facts::Evidence;
use crate::finding::{Finding, Mended, Outcome, Past, RuleId, Standing, Verdict};
use crate::limits::{EVIDENCE_MAX, RETURNS_WITHIN};
use crate::register::Entry;
use crate::report::Report;
use crate::rules::{Case, Found};
use crate::time::{Moment, Span, Timestamp};

pub use memory::Memory;

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
    judge_again(report, entry, previous, policy, now, &mut Memory::default())
}

/// The same judgement of a device that was judged before, without going again through facts that are
/// as they were. `memory` is of this device, and was told of every fact that changed since.
#[must_use]
pub fn judge_again(
    report: &Report,
    entry: &Entry,
    previous: Option<&Verdict>,
    policy: &Policy,
    now: Timestamp,
    memory: &mut Memory,
) -> Verdict {
    let before = |rule: &RuleId| {
        previous.map_or((None, Past::default()), |verdict| verdict.remembered(rule))
    };
    weigh(report, entry, before, policy, Moment::at(now), memory)
}

/// Judges as [`judge`] does, where `since` tells since when a rule counts against the device without a
/// break, and nothing is known of what was mended before. Nothing passes that would not pass at every time it can be.
#[must_use]
pub fn judge_since(
    report: &Report,
    entry: &Entry,
    since: impl Fn(&RuleId) -> Option<Timestamp>,
    policy: &Policy,
    moment: Moment,
) -> Verdict {
    let before = |rule: &RuleId| (since(rule), Past::default());
    weigh(
        report,
        entry,
        before,
        policy,
        moment,
        &mut Memory::default(),
    )
}

fn weigh(
    report: &Report,
    entry: &Entry,
    before: impl Fn(&RuleId) -> (Option<Timestamp>, Past),
    policy: &Policy,
    moment: Moment,
    memory: &mut Memory,
) -> Verdict {
    let now = moment.earliest();
    let known = policy.group(&entry.group);
    let group = known.unwrap_or_else(|| policy.default_group());
    let data_class = entry.data_class.unwrap_or(group.data_class);
    memory.stand_under(policy, &entry.group, data_class);
    let case = Case {
        facts: &report.facts,
        entry,
        group_known: known.is_some(),
        data_class,
        now,
        latest: moment.latest(),
    };
    let findings: Vec<Finding> = group
        .rules
        .iter()
        .map(|rule| find(rule, &case, report, &before, memory))
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

fn find(
    rule: &InForce,
    case: &Case<'_>,
    report: &Report,
    before: impl Fn(&RuleId) -> (Option<Timestamp>, Past),
    memory: &mut Memory,
) -> Finding {
    let id = RuleId(rule.parameters.id().to_owned());
    let mut found = memory.examine(&rule.parameters, case);
    // A first time that lies ahead comes from a clock that was wrong.
    let (before, past) = before(&id);
    let before = before.map(|before| before.min(case.now));
    let stands = before.is_some() && goes_on(&mut found, rule);
    let (is_open, would_count) = match found.outcome {
        Outcome::Fail => (true, true),
        Outcome::Unknown => (true, rule.unknown_fails || stands),
        Outcome::Pass | Outcome::NotApplicable => (false, false),
    };
    let exceptions = &case.entry.exceptions;
    let exception = Exception::of(exceptions, &id, case.now, case.latest).filter(|_| is_open);
    let counts = would_count && exception.is_none();
    let came_back = past
        .mended
        .filter(|mended| before.is_none() && returns(mended, case.now));
    let first_failed_at = match found.outcome {
        // Under an exception it runs on: the grace does not begin anew when the exception ends.
        Outcome::Fail | Outcome::Unknown if would_count => {
            let first = came_back.map_or(case.now, |mended| mended.first_failed_at.min(case.now));
            Some(before.unwrap_or(first))
        }
        // What cannot be told has not been mended: a grace that runs goes on.
        Outcome::Unknown => before,
        // Whoever logs out has not mended it either.
        Outcome::NotApplicable if found.waits => before,
        Outcome::Fail | Outcome::Pass | Outcome::NotApplicable => None,
    };
    let past = match first_failed_at {
        Some(_) if came_back.is_some() => Past {
            mended: None,
            returns: past.returns.saturating_add(1),
        },
        // It runs on.
        Some(_) if before.is_some() => Past {
            mended: None,
            ..past
        },
        Some(_) => Past::default(),
        None => Past {
            mended: before
                .map(|first_failed_at| Mended {
                    first_failed_at,
                    at: case.now,
                })
                .or(past.mended),
            ..past
        },
    };
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
        exception: exception.cloned(),
        cause: found.cause,
        remedy: found.remedy,
        evidence,
        first_failed_at,
        due_at: first_failed_at
            .filter(|_| counts)
            .map(|first| first.after(rule.grace)),
        past,
    }
}

/// Whether a rule that counted before goes on counting though it would not by itself: silencing or removing what
/// told of it mends nothing. It is unknown then, so that people see it and an exception can be had.
fn goes_on(found: &mut Found, rule: &InForce) -> bool {
    let would_end = match found.outcome {
        Outcome::Unknown => !rule.unknown_fails,
        Outcome::NotApplicable => true,
        Outcome::Fail | Outcome::Pass => false,
    };
    let Some(remedy) = found.stands.take().filter(|_| would_end) else {
        return false;
    };
    found.outcome = Outcome::Unknown;
    found.remedy = Some(remedy);
    true
}

/// Whether what was mended then and breaks now was never mended for long. By a clock that was set back, too.
fn returns(mended: &Mended, now: Timestamp) -> bool {
    now.since(mended.at) < RETURNS_WITHIN
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
    let any = |outcome| {
        let mut findings = findings.iter();
        findings.any(|finding| finding.outcome == outcome && finding.exception.is_none())
    };
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
