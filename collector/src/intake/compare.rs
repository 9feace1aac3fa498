//! What changed between two verdicts, and until when a verdict holds by itself.
//!
//! Touches nothing. Must never take two verdicts for the same when a person reading them would not.

use std::collections::BTreeMap;

use sekisho_policy::finding::{Finding, Outcome, Verdict};
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};

use crate::limits::REJUDGE_SECS;
use crate::record::TURNS;

/// Whether the later verdict says nothing that the earlier did not, but for when it was made and on
/// which report.
pub(super) fn is_same(earlier: &Verdict, later: &Verdict) -> bool {
    let Verdict {
        sequence: _,
        judged_at: _,
        policy,
        standing,
        findings,
    } = later;
    earlier.policy == *policy
        && earlier.standing == *standing
        && earlier.findings == *findings
        && turns(Some(earlier), later).is_empty()
}

/// What of the life of findings lies between two verdicts, by the names that [`TURNS`] has for it: which rules begin
/// to count, come to the end of their grace, are mended, come to apply no longer, come back, are excepted or no longer
/// are.
#[must_use]
pub fn turns(earlier: Option<&Verdict>, later: &Verdict) -> Vec<(&'static str, String)> {
    let mut turned: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for finding in &later.findings {
        let before = earlier.and_then(|earlier| {
            let mut findings = earlier.findings.iter();
            findings.find(|before| before.rule == finding.rule)
        });
        let was_over = earlier
            .zip(before)
            .is_some_and(|(earlier, before)| is_over(before, earlier.judged_at));
        let first = finding.first_failed_at;
        let counted = before.and_then(|before| before.first_failed_at);
        let came_back = finding.past.returns > before.map_or(0, |before| before.past.returns);
        let life = match (counted, first) {
            (None, Some(_)) if came_back => is_told(finding.past.returns).then_some("returned"),
            (None, Some(_)) => Some("began"),
            // Nobody has mended what no longer applies.
            (Some(_), None) if finding.outcome == Outcome::NotApplicable => {
                is_end_told(finding.past.returns).then_some("ended")
            }
            (Some(_), None) => is_end_told(finding.past.returns).then_some("mended"),
            (Some(_), Some(_)) if is_over(finding, later.judged_at) && !was_over => Some("due"),
            (Some(_), Some(_)) | (None, None) => None,
        };
        let excepted = match (
            before.and_then(|before| before.exception.as_ref()),
            &finding.exception,
        ) {
            (None, Some(_)) => Some("excepted"),
            (Some(_), None) => Some("exception_ended"),
            (Some(_), Some(_)) | (None, None) => None,
        };
        for turn in life.into_iter().chain(excepted) {
            turned.entry(turn).or_default().push(&finding.rule.0);
        }
    }
    let in_order = TURNS.iter();
    in_order
        .filter_map(|turn| Some((*turn, turned.get(turn)?.join(", "))))
        .collect()
}

/// Whether the grace of a finding that counts had ended at this time.
fn is_over(finding: &Finding, at: Timestamp) -> bool {
    finding.due_at.is_some_and(|due| due <= at)
}

/// A rule that is broken and mended over and over is told of less and less often: at the first, second, fourth time.
const fn is_told(returns: u32) -> bool {
    returns == 0 || returns.is_power_of_two()
}

/// An end is told only where the return that may follow would be: a log that ends with "mended" about a rule that is
/// broken would be believed.
const fn is_end_told(returns: u32) -> bool {
    is_told(returns.saturating_add(1))
}

/// The rules whose outcome or exception is another, or whose cause is while an exception hides it, as
/// `rule: was -> is`, separated by commas; empty when none is.
#[must_use]
pub fn changes(earlier: Option<&Verdict>, later: &Verdict) -> String {
    let was = |finding: &Finding| {
        earlier?
            .findings
            .iter()
            .find(|other| other.rule == finding.rule)
    };
    let mut said = Vec::new();
    for finding in &later.findings {
        let before = was(finding);
        let same = before.is_some_and(|before| {
            before.outcome == finding.outcome
                && before.counts == finding.counts
                && before.exception == finding.exception
                && (finding.exception.is_none() || before.cause == finding.cause)
        });
        if !same {
            let before = before.map_or_else(|| "none".to_owned(), outcome);
            let after = outcome(finding);
            said.push(format!("{}: {before} -> {after}", finding.rule.0));
        }
    }
    said.join(", ")
}

fn outcome(finding: &Finding) -> String {
    let name = finding.outcome.name();
    match &finding.exception {
        Some(exception) => format!("{name} (excepted until {})", exception.until),
        None => name.to_owned(),
    }
}

/// Whether a verdict that [`holds_until`] a time holds now. No verdict holds for long: one that says so is by a clock
/// that ran ahead.
pub(super) fn may_hold(until: Timestamp, now: Timestamp) -> bool {
    now < until && until <= now.after(Span::from_secs(REJUDGE_SECS))
}

/// When the same facts may be judged otherwise for the time that has passed alone: at the end of a
/// grace or of the approval, as an exception begins or ends, and after [`REJUDGE_SECS`] in any case, since definitions age.
pub(super) fn holds_until(verdict: &Verdict, entry: &Entry, now: Timestamp) -> Timestamp {
    verdict
        .findings
        .iter()
        .filter_map(|finding| finding.due_at)
        .filter(|at| *at > now)
        .chain(entry.next_change(now))
        .chain([now.after(Span::from_secs(REJUDGE_SECS))])
        .min()
        .unwrap_or(now)
}
