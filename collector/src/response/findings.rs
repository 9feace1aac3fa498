//! The findings of the fleet, narrowed to those somebody looks for.
//!
//! Touches the store, reading only. Must never pass over a device that cannot be read without naming it.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_policy::document::Policy;
use sekisho_policy::finding::{Finding, Outcome, Severity, Verdict};
use sekisho_policy::id::DeviceId;
use sekisho_policy::rules;
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
    /// Devices that cannot be read; those that no list has are on the last page.
    pub damaged: Vec<Damage>,
    /// Where to go on; `None` at the end.
    pub next: Option<DeviceId>,
}

impl Desk {
    /// The findings of the devices in use that stand behind `after`, a page of devices at a time: there may be none on
    /// one and more on the next.
    ///
    /// # Errors
    /// [`ResponseError::NotOneOf`] and `NoSuchGroup` where nothing goes by the name of the rule or the group; `Store`
    /// when the store fails.
    pub async fn findings(
        &self,
        wanting: &Wanting,
        after: Option<DeviceId>,
        now: Timestamp,
    ) -> Result<Findings, ResponseError> {
        // A mistyped name must not look like a clean fleet. It is told with the first page: to look for it may take a
        // walk through all of them.
        if after.is_none() {
            if let Some(group) = &wanting.group {
                self.meets_group(group).await?;
            }
            if let Some(rule) = &wanting.rule {
                self.meets_rule(rule).await?;
            }
        }
        let page = self.store.device_list(after, EXPORT_PAGE).await?;
        let mut findings = Findings {
            // A page may lack rows that are damaged, and so its length tells nothing.
            next: page.last().map(|(row, _)| row.id),
            ..Findings::default()
        };
        if findings.next.is_none() {
            // Of what group they are cannot be told.
            findings.damaged = self.unlisted().await?;
        }
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

    /// Whether the policy in force has the group, or a device is in it.
    pub(super) async fn meets_group(&self, name: &str) -> Result<(), ResponseError> {
        let Err(error) = self.knows_group(name) else {
            return Ok(());
        };
        if self.is_met(None, Some(name)).await? {
            Ok(())
        } else {
            Err(error)
        }
    }

    /// Whether the product or the policy in force has the rule, or a verdict names it.
    async fn meets_rule(&self, name: &str) -> Result<(), ResponseError> {
        let known = known_rules(&self.policy.current().policy);
        if known.contains(name) || self.is_met(Some(name), None).await? {
            return Ok(());
        }
        let known: Vec<_> = known.into_iter().take(64).collect();
        Err(ResponseError::NotOneOf {
            what: "the rule",
            value: name.chars().take(64).collect(),
            allowed: known.join(", "),
        })
    }

    /// Whether a device is in the group, or its verdict names the rule.
    async fn is_met(&self, rule: Option<&str>, group: Option<&str>) -> Result<bool, ResponseError> {
        let mut after = None;
        loop {
            let page = self.store.device_list(after, EXPORT_PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(false);
            };
            after = Some(last.id);
            let met = page.iter().any(|(device, posture)| {
                let posture = posture.as_ref().ok().and_then(Option::as_ref);
                let verdict = posture.and_then(|posture| posture.verdict.as_ref());
                let names = |rule: &str| {
                    verdict.is_some_and(|verdict| {
                        let mut findings = verdict.findings.iter();
                        findings.any(|finding| finding.rule.0 == rule)
                    })
                };
                group.is_some_and(|group| device.group == group) || rule.is_some_and(names)
            });
            if met {
                return Ok(true);
            }
        }
    }
}

fn known_rules(policy: &Policy) -> BTreeSet<String> {
    let named = policy.group_names().filter_map(|name| policy.group(name));
    let groups = std::iter::once(policy.default_group()).chain(named);
    let asked = groups.flat_map(|group| &group.rules);
    let asked = asked.map(|rule| rule.parameters.id().to_owned());
    let ours = rules::ALL.iter().map(|rule| rule.id.to_owned());
    ours.chain(asked).collect()
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
