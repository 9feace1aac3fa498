//! `/v1/policy` and `/v1/policies`: policy documents, as their TOML text.
//!
//! Touches the desk. Must never hold more of a document than its limit.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use serde::Deserialize;

use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_proto::json::Time;

use super::Office;
use super::body::text;
use super::error::Refusal;
use super::json::policy::{AppliedJson, PoliciesJson, PolicyHeadJson, PolicyJson};
use super::json::rehearsal::RehearsalJson;
use super::parse::query;
use crate::clock;
use crate::response::{Applied, By, check_policy};

/// Which version must be in force for another to be applied.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FollowsQuery {
    follows: Option<u64>,
}

/// On whom a policy is rehearsed.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RehearsalQuery {
    group: Option<String>,
}

pub(super) async fn show(State(office): State<Arc<Office>>) -> Json<PolicyJson> {
    Json(in_force(&office))
}

/// The policy in force.
pub(super) fn in_force(office: &Office) -> PolicyJson {
    let ruling = office.desk.policy.current();
    PolicyJson {
        head: PolicyHeadJson {
            version: ruling.version,
            fingerprint: ruling.policy.fingerprint().to_string(),
            applied_at: ruling.applied_at.map(Time),
            applied_by: ruling.applied_by.clone(),
            reverts: ruling.reverts,
            summary: ruling.summary.clone(),
        },
        text: ruling.text.clone(),
    }
}

pub(super) async fn list(State(office): State<Arc<Office>>) -> Result<Json<PoliciesJson>, Refusal> {
    let heads = office.desk.store.policy_list().await?;
    Ok(Json(PoliciesJson {
        policies: heads.iter().map(PolicyHeadJson::from).collect(),
    }))
}

pub(super) async fn version(
    State(office): State<Arc<Office>>,
    Path(version): Path<String>,
) -> Result<Json<PolicyJson>, Refusal> {
    let policy = office.desk.policy_version(number(&version)?).await?;
    Ok(Json((&policy).into()))
}

pub(super) async fn apply(
    State(office): State<Arc<Office>>,
    by: By,
    asked: Result<Query<FollowsQuery>, QueryRejection>,
    request: Request,
) -> Result<Json<AppliedJson>, Refusal> {
    let follows = query(asked)?.follows;
    let text = text(request, POLICY_BYTES_MAX).await?;
    let applied = office.desk.policy_follow(&text, follows, &by).await?;
    Ok(Json((&applied).into()))
}

pub(super) async fn revert(
    State(office): State<Arc<Office>>,
    Path(version): Path<String>,
    by: By,
    asked: Result<Query<FollowsQuery>, QueryRejection>,
) -> Result<Json<AppliedJson>, Refusal> {
    let (version, follows) = (number(&version)?, query(asked)?.follows);
    let applied = office.desk.policy_revert(version, follows, &by).await?;
    Ok(Json((&applied).into()))
}

pub(super) async fn rehearse(
    State(office): State<Arc<Office>>,
    asked: Result<Query<RehearsalQuery>, QueryRejection>,
    request: Request,
) -> Result<Json<RehearsalJson>, Refusal> {
    let group = query(asked)?.group;
    let text = text(request, POLICY_BYTES_MAX).await?;
    let rehearsal = office.desk.rehearse(&text, group, clock::now()).await?;
    Ok(Json((&rehearsal).into()))
}

pub(super) async fn check(
    State(office): State<Arc<Office>>,
    request: Request,
) -> Result<Json<AppliedJson>, Refusal> {
    let text = text(request, POLICY_BYTES_MAX).await?;
    let policy = check_policy(&text)?;
    Ok(Json(AppliedJson {
        version: None,
        fingerprint: policy.fingerprint().to_string(),
        unchanged: office.desk.policy.current().text == text,
        groups_missing: Vec::new(),
    }))
}

fn number(version: &str) -> Result<u64, Refusal> {
    let wrong = |_| {
        let version: String = version.chars().take(64).collect();
        Refusal::malformed(
            "malformed",
            format!("{version:?} is no version of a policy"),
        )
    };
    version.parse().map_err(wrong)
}

impl From<&Applied> for AppliedJson {
    fn from(applied: &Applied) -> Self {
        Self {
            version: Some(applied.version),
            fingerprint: applied.fingerprint.to_string(),
            unchanged: applied.unchanged,
            groups_missing: applied.groups_missing.clone(),
        }
    }
}
