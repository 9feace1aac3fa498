//! Judges anew what is on record of a device that does not report: by the policy, the register and the
//! time as they are.
//!
//! Touches the store, to read. Must never take a section that cannot be read for one that says nothing.

use sekisho_policy::exception::Exception;
use sekisho_policy::facts::Facts;
use sekisho_policy::finding::{Outcome, Verdict};
use sekisho_policy::id::DeviceId;
use sekisho_policy::judge::{Memory, judge};
use sekisho_policy::limits::CLOCK_OFF_MAX;
use sekisho_policy::register::Entry;
use sekisho_policy::report::Report;
use sekisho_policy::rules::device_reporting::{self, is_broken};
use sekisho_policy::time::{Span, Timestamp};

use super::warm::Known;
use crate::in_force::Ruling;
use crate::limits::VERDICT_AGE_HOURS_MAX;
use crate::record::{Device, Posture};
use crate::store::{Store, StoreError};

/// Whether a verdict may say what would no longer be said: another policy is in force, a date that it
/// hangs on has passed, the device has been silent for too long or no longer is, another exception or none is in force,
/// it is old, and definitions age, or it is of a time to come, by a clock that ran ahead.
#[must_use]
pub fn is_outdated(verdict: &Verdict, entry: &Entry, ruling: &Ruling, now: Timestamp) -> bool {
    let has_passed = |at: Timestamp| verdict.judged_at < at && at <= now;
    let age = now.since(verdict.judged_at);
    verdict.policy != ruling.policy.fingerprint()
        || age > Span::from_hours(VERDICT_AGE_HOURS_MAX)
        || age.0 < CLOCK_OFF_MAX.0.saturating_neg()
        || entry.approved_until.is_some_and(has_passed)
        || entry
            .take_out
            .as_ref()
            .is_some_and(|leave| has_passed(leave.from) || has_passed(leave.until))
        || is_broken(&ruling.policy, entry) != is_silent(verdict)
        || verdict.findings.iter().any(|finding| {
            let is_open = matches!(finding.outcome, Outcome::Fail | Outcome::Unknown);
            let excepted = Exception::of(&entry.exceptions, &finding.rule, now, now);
            finding.due_at.is_some_and(has_passed)
                || is_open && excepted != finding.exception.as_ref()
        })
}

/// Whether a verdict says that the device has been silent for too long.
#[must_use]
pub fn is_silent(verdict: &Verdict) -> bool {
    let mut findings = verdict.findings.iter();
    findings.any(|finding| {
        finding.rule.0 == device_reporting::RULE.id && finding.outcome == Outcome::Fail
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
    let report = facts_on_record(store, device.id, posture).await?;
    Ok(report.map(|report| judge(&report, entry, Some(before), &ruling.policy, now)))
}

/// The last report of a device with its facts. `None` when not all of it can be read.
///
/// # Errors
/// [`StoreError`] when the store cannot be asked.
pub async fn facts_on_record(
    store: &dyn Store,
    device: DeviceId,
    posture: &Posture,
) -> Result<Option<Report>, StoreError> {
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
        if !known.put_held(store, device, *kind, *digest).await? {
            return Ok(None);
        }
    }
    Ok(Some(known.report))
}
