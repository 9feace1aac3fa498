//! The findings of the fleet, narrowed to those somebody looks for.
//!
//! Touches the store, reading only. Must never pass over a device that cannot be read without naming it.

use std::sync::Arc;

use sekisho_policy::finding::{Finding, Outcome, Severity, Verdict};
use sekisho_policy::id::DeviceId;
use sekisho_policy::time::Timestamp;

use super::find::is_in_use;
use super::{Desk, ResponseError};
use crate::limits::EXPORT_PAGE;
use crate::record::Device;
use crate::store::Damage;

/// Where the grace of a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It runs.
    Running,
    /// It has ended.
    Over,
}

/// What the findings are narrowed to; `None` does not narrow, but for the outcome: then those that fail or could
/// not be told are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanting {
    /// Of this rule.
    pub rule: Option<String>,
    /// Of devices of this policy group.
    pub group: Option<String>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// Of this weight or a heavier one.
    pub severity: Option<Severity>,
    /// That count since this time or an earlier one.
    pub since: Option<Timestamp>,
    /// Whose grace stands so.
    pub due: Option<Due>,
}

/// A page of findings.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Devices of which some are meant: the verdict, and the places of those in it.
    pub found: Vec<(Device, Arc<Verdict>, Vec<usize>)>,
    /// Devices that cannot be read.
    pub damaged: Vec<Damage>,
    /// Where to go on; `None` at the end.
    pub next: Option<DeviceId>,
}

impl Desk {
    /// The findings of the devices in use that stand behind `after`, a page of devices at a time: there may be none on
    /// one and more on the next.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn findings(
        &self,
        wanting: &Wanting,
        after: Option<DeviceId>,
        now: Timestamp,
    ) -> Result<Findings, ResponseError> {
        let page = self.store.device_list(after, EXPORT_PAGE).await?;
        let mut findings = Findings {
            // A page may lack rows that are damaged, and so its length tells nothing.
            next: page.last().map(|(row, _)| row.id),
            ..Findings::default()
        };
        for (row, posture) in page {
            let is_meant = wanting
                .group
                .as_ref()
                .is_none_or(|group| row.group == *group);
            if !is_meant || !is_in_use(row.registration) {
                continue;
            }
            let verdict = match posture {
                Err(damage) => {
                    findings.damaged.push(damage);
                    continue;
                }
                Ok(posture) => posture.and_then(|posture| posture.verdict),
            };
            let Some(verdict) = verdict else { continue };
            let places = verdict.findings.iter().enumerate();
            let places = places.filter(|(_, finding)| wanting.is(finding, now));
            let places: Vec<_> = places.map(|(place, _)| place).collect();
            if !places.is_empty() {
                findings.found.push((row, verdict, places));
            }
        }
        Ok(findings)
    }
}

impl Wanting {
    fn is(&self, finding: &Finding, now: Timestamp) -> bool {
        let outcome = match self.outcome {
            Some(outcome) => finding.outcome == outcome,
            None => matches!(finding.outcome, Outcome::Fail | Outcome::Unknown),
        };
        let is_due = |due| match due {
            Due::Running => finding.due_at.is_some_and(|at| at > now),
            Due::Over => finding.due_at.is_some_and(|at| at <= now),
        };
        let since = |since| finding.first_failed_at.is_some_and(|first| first <= since);
        outcome
            && self
                .rule
                .as_ref()
                .is_none_or(|rule| finding.rule.0 == *rule)
            && self.severity.is_none_or(|least| finding.severity >= least)
            && self.since.is_none_or(since)
            && self.due.is_none_or(is_due)
    }
}
