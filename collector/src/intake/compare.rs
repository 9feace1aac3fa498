//! What changed between two verdicts, and until when a verdict holds by itself.
//!
//! Touches nothing. Must never take two verdicts for the same when a person reading them would not.

use sekisho_policy::finding::{Finding, Verdict};
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};

use crate::limits::REJUDGE_SECS;

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
    earlier.policy == *policy && earlier.standing == *standing && earlier.findings == *findings
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
