//! `/v1/policy`: the policy document, as its TOML text.
//!
//! Touches the desk. Must never hold more of a document than its limit.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};

use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_proto::json::Time;

use super::Office;
use super::body::text;
use super::error::Refusal;
use super::json::policy::{AppliedJson, PolicyJson};
use crate::response::{By, check_policy};

pub(super) async fn show(State(office): State<Arc<Office>>) -> Json<PolicyJson> {
    Json(in_force(&office))
}

/// The policy in force.
pub(super) fn in_force(office: &Office) -> PolicyJson {
    let ruling = office.desk.policy.current();
    PolicyJson {
        version: ruling.version,
        fingerprint: ruling.policy.fingerprint().to_string(),
        applied_at: ruling.applied_at.map(Time),
        applied_by: ruling.applied_by.clone(),
        text: ruling.text.clone(),
    }
}

pub(super) async fn apply(
    State(office): State<Arc<Office>>,
    by: By,
    request: Request,
) -> Result<Json<AppliedJson>, Refusal> {
    let text = text(request, POLICY_BYTES_MAX).await?;
    let applied = office.desk.policy_apply(&text, &by).await?;
    Ok(Json(AppliedJson {
        version: Some(applied.version),
        fingerprint: applied.fingerprint.to_string(),
        unchanged: applied.unchanged,
    }))
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
    }))
}
