//! Exceptions from rules in JSON.
//!
//! Touches nothing. Must never show one as approved that is not.

use serde::{Deserialize, Serialize};

use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;

use crate::record::{ExceptionRow, Scope, Step};

/// Every exception: `GET /v1/exceptions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionsJson {
    /// The newest first, those that have ended among them.
    pub exceptions: Vec<ExceptionRowJson>,
}

/// An exception in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRowJson {
    /// Its number.
    pub number: u64,
    /// `requested`, `approved`, `in_force`, `ended` or `revoked`.
    pub state: String,
    /// It holds and ends within 14 days.
    pub ends_soon: bool,
    /// It is from a rule of the company's own that asks something else by now, or nothing, and covers nothing.
    #[serde(default)]
    pub lapsed: bool,
    /// The rule.
    pub rule: String,
    /// The id of the device it is for; `null` where it is for a group.
    pub device: Option<String>,
    /// The group it is for, empty for the default one; `null` where it is for a device.
    pub group: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why the rule need not be kept.
    pub reason: String,
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// Who asked for it.
    pub requested: StepJson,
    /// Who approved it; `null` while nobody has.
    pub approved: Option<StepJson>,
    /// Who took it back or refused it; `null` while nobody has.
    pub revoked: Option<StepJson>,
}

/// Somebody's step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepJson {
    /// Who.
    pub by: String,
    /// When.
    pub at: Time,
}

/// An exception to ask for: `POST /v1/exceptions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExceptionJson {
    /// The rule.
    pub rule: String,
    /// The device it is for, by id, part of one or host name.
    #[serde(default)]
    pub device: Option<String>,
    /// The group it is for, instead; empty for the default one.
    #[serde(default)]
    pub group: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why the rule need not be kept.
    pub reason: String,
    /// When it begins; at once when that is not said.
    #[serde(default)]
    pub from: Option<Time>,
    /// When it ends.
    pub until: Time,
}

impl ExceptionRowJson {
    /// The row as it stands at this time.
    #[must_use]
    pub fn of(row: &ExceptionRow, lapsed: bool, now: Timestamp) -> Self {
        let (device, group) = match &row.scope {
            Scope::Device(id) => (Some(id.to_string()), None),
            Scope::Group(group) => (None, Some(group.clone())),
        };
        Self {
            number: row.number,
            state: row.state(now).name().to_owned(),
            ends_soon: row.ends_soon(now) && !lapsed,
            lapsed,
            rule: row.terms.rule.0.clone(),
            device,
            group,
            owner: row.terms.owner.clone(),
            reason: row.terms.reason.clone(),
            from: Time(row.terms.from),
            until: Time(row.terms.until),
            requested: step(&row.requested),
            approved: row.approved.as_ref().map(step),
            revoked: row.revoked.as_ref().map(step),
        }
    }
}

fn step(step: &Step) -> StepJson {
    StepJson {
        by: step.by.clone(),
        at: Time(step.at),
    }
}
