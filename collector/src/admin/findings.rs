//! `/v1/findings`: what the rules have found on the fleet.
//!
//! Touches the desk. Must never decide anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use sekisho_policy::finding::{Outcome, Severity};
use sekisho_policy::id::DeviceId;
use sekisho_proto::json::Time;

use super::Office;
use super::error::Refusal;
use super::json::findings::{FindingsJson, FoundJson};
use super::parse::{one_of, query};
use crate::clock;
use crate::response::{Due, Wanting};

/// Which findings, and where to begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FindingsQuery {
    after: Option<String>,
    rule: Option<String>,
    group: Option<String>,
    outcome: Option<String>,
    severity: Option<String>,
    since: Option<Time>,
    due: Option<String>,
}

pub(super) async fn list(
    State(office): State<Arc<Office>>,
    asked: Result<Query<FindingsQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<FindingsJson>, Refusal> {
    let asked = query(asked)?;
    let after = asked.after.as_deref().map(str::parse::<DeviceId>);
    let after = after
        .transpose()
        .map_err(|error| Refusal::malformed("malformed", error.to_string()))?;
    let now = clock::now();
    let page = office.desk.findings(&asked.wanting()?, after, now).await?;
    let mut findings = Vec::new();
    for (row, verdict, places) in &page.found {
        let found = places
            .iter()
            .filter_map(|place| verdict.findings.get(*place));
        findings.extend(found.map(|finding| FoundJson::of(row, finding, now)));
    }
    Ok(Json(FindingsJson {
        findings,
        damaged: page.damaged.iter().map(ToString::to_string).collect(),
        next: page.next.map(|id| id.to_string()),
    }))
}

impl FindingsQuery {
    fn wanting(self) -> Result<Wanting, Refusal> {
        let (outcome, severity) = (self.outcome.as_deref(), self.severity.as_deref());
        let due = self.due.as_deref();
        Ok(Wanting {
            outcome: outcome
                .map(|name| one_of("the outcome", name, &OUTCOMES))
                .transpose()?,
            severity: severity
                .map(|name| one_of("the severity", name, &SEVERITIES))
                .transpose()?,
            due: due
                .map(|name| one_of("the state of the grace", name, &DUES))
                .transpose()?,
            since: self.since.map(|time| time.0),
            rule: self.rule,
            group: self.group,
        })
    }
}

const OUTCOMES: [(&str, Outcome); 4] = [
    ("pass", Outcome::Pass),
    ("not_applicable", Outcome::NotApplicable),
    ("unknown", Outcome::Unknown),
    ("fail", Outcome::Fail),
];

const SEVERITIES: [(&str, Severity); 4] = [
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

const DUES: [(&str, Due); 2] = [("running", Due::Running), ("over", Due::Over)];
