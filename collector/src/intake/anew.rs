//! Judges anew what is on record of a device that does not report: by the policy, the register and the
//! time as they are.
//!
//! Touches the store, to read. Must never take a section that cannot be read for one that says nothing.

use sekisho_policy::exception::Exception;
use sekisho_policy::facts::Facts;
use sekisho_policy::finding::{Outcome, Verdict};
use sekisho_policy::judge::{Memory, judge};
use sekisho_policy::register::Entry;
use sekisho_policy::report::Report;
use sekisho_policy::time::{Span, Timestamp};

use super::warm::Known;
use crate::in_force::Ruling;
use crate::limits::VERDICT_AGE_HOURS_MAX;
use crate::record::{Device, Posture};
use crate::store::{Store, StoreError};

/// Whether a verdict may say what would no longer be said: another policy is in force, a date that it
/// hangs on has passed, another exception or none is in force, or it is old, and definitions age.
#[must_use]
pub fn is_outdated(verdict: &Verdict, entry: &Entry, ruling: &Ruling, now: Timestamp) -> bool {
    let has_passed = |at: Timestamp| verdict.judged_at < at && at <= now;
    let age = now.since(verdict.judged_at);
    verdict.policy != ruling.policy.fingerprint()
        || age > Span::from_hours(VERDICT_AGE_HOURS_MAX)
        || entry.approved_until.is_some_and(has_passed)
        || entry
            .take_out
            .as_ref()
            .is_some_and(|leave| has_passed(leave.from) || has_passed(leave.until))
        || verdict.findings.iter().any(|finding| {
            let is_open = matches!(finding.outcome, Outcome::Fail | Outcome::Unknown);
            let excepted = Exception::of(&entry.exceptions, &finding.rule, now, now);
            finding.due_at.is_some_and(has_passed)
                || is_open && excepted != finding.exception.as_ref()
        })
}

/// The verdict on the last report of a device. `None` when there was none, or not all of it can be read.
///
/// # Errors
/// [`StoreError`] when the store cannot be asked.
pub async fn judged_anew(
    store: &dyn Store,
    ruling: &Ruling,
    device: &Device,
    entry: &Entry,
    posture: &Posture,
    now: Timestamp,
) -> Result<Option<Verdict>, StoreError> {
    let Some(before) = &posture.verdict else {
        return Ok(None);
    };
    let mut known = Known {
        report: Report {
            sequence: posture.sequence,
            taken_at: posture.taken_at,
            facts: Facts::not_asked(),
        },
        posture: posture.clone(),
        memory: Memory::default(),
        encoded_bytes: 0,
        stream: 0,
    };
    for (kind, digest) in &posture.sections {
        if !known.put_held(store, device.id, *kind, *digest).await? {
            return Ok(None);
        }
    }
    let verdict = judge(&known.report, entry, Some(before), &ruling.policy, now);
    Ok(Some(verdict))
}
