//! `/v1/expiry`: what ends, and when.
//!
//! Touches the desk. Must never decide anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;

use sekisho_proto::json::Time;

use super::Office;
use super::error::Refusal;
use super::json::expiry::ExpiryJson;
use super::parse::query;
use crate::clock;

/// Until when; without it, at any time.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExpiryQuery {
    until: Option<Time>,
}

pub(super) async fn list(
    State(office): State<Arc<Office>>,
    asked: Result<Query<ExpiryQuery>, QueryRejection>,
) -> Result<Json<ExpiryJson>, Refusal> {
    let until = query(asked)?.until.map(|time| time.0);
    let now = clock::now();
    let expiry = office.desk.expiry(until, now).await?;
    Ok(Json(ExpiryJson::of(&expiry, now)))
}
