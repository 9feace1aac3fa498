//! `/v1/exceptions`: exceptions from rules.
//!
//! Touches the desk. Must never decide who may approve.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use super::Office;
use super::body::Asked;
use super::error::Refusal;
use super::json::exception::{ExceptionRowJson, ExceptionsJson, NewExceptionJson};
use crate::clock;
use crate::record::ExceptionRow;
use crate::response::{By, NewException, Wanted};

pub(super) async fn list(
    State(office): State<Arc<Office>>,
) -> Result<Json<ExceptionsJson>, Refusal> {
    let rows = office.desk.exception_list().await?;
    let now = clock::now();
    let mut exceptions = Vec::new();
    for row in &rows {
        let lapsed = office.desk.exception_lapsed(row, now).await?;
        exceptions.push(ExceptionRowJson::of(row, lapsed, now));
    }
    Ok(Json(ExceptionsJson { exceptions }))
}

pub(super) async fn request(
    State(office): State<Arc<Office>>,
    by: By,
    Asked(asked): Asked<NewExceptionJson>,
) -> Result<Json<ExceptionRowJson>, Refusal> {
    let scope = match (asked.device, asked.group) {
        (Some(device), None) => Wanted::Device(device),
        (None, Some(group)) => Wanted::Group(group),
        (Some(_), Some(_)) | (None, None) => {
            let either = "either device or group says for whom it is";
            return Err(Refusal::malformed("malformed", either.to_owned()));
        }
    };
    let new = NewException {
        rule: asked.rule,
        scope,
        owner: asked.owner,
        reason: asked.reason,
        from: asked.from.map(|at| at.0),
        until: asked.until.0,
    };
    let row = office.desk.exception_request(&new, &by).await?;
    shown(&office, &row).await
}

pub(super) async fn approve(
    State(office): State<Arc<Office>>,
    Path(number): Path<String>,
    by: By,
) -> Result<Json<ExceptionRowJson>, Refusal> {
    let number = parse(&number)?;
    let row = office.desk.exception_approve(number, &by).await?;
    shown(&office, &row).await
}

pub(super) async fn revoke(
    State(office): State<Arc<Office>>,
    Path(number): Path<String>,
    by: By,
) -> Result<Json<ExceptionRowJson>, Refusal> {
    let number = parse(&number)?;
    let row = office.desk.exception_revoke(number, &by).await?;
    shown(&office, &row).await
}

fn parse(number: &str) -> Result<u64, Refusal> {
    number.parse().map_err(|_| {
        let shown: String = number.chars().take(64).collect();
        Refusal::malformed(
            "malformed",
            format!("{shown:?} is no exception's number; `exception list` shows them"),
        )
    })
}

async fn shown(office: &Office, row: &ExceptionRow) -> Result<Json<ExceptionRowJson>, Refusal> {
    let now = clock::now();
    let lapsed = office.desk.exception_lapsed(row, now).await?;
    Ok(Json(ExceptionRowJson::of(row, lapsed, now)))
}
