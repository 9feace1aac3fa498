//! `/v1/devices/{name}/take-out`: leave to take a device out.
//!
//! Touches the desk. Must never decide anything.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};

use super::Office;
use super::body::Asked;
use super::error::Refusal;
use super::json::device::DeviceJson;
use super::json::take_out::NewTakeOutJson;
use crate::response::{By, NewTakeOut};

pub(super) async fn approve(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
    Asked(asked): Asked<NewTakeOutJson>,
) -> Result<Json<DeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let new = NewTakeOut {
        from: asked.from.map(|time| time.0),
        until: asked.until.0,
        purpose: asked.purpose,
    };
    let row = office.desk.take_out(row.id, &new, &by).await?;
    Ok(Json((&row).into()))
}

pub(super) async fn end(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    by: By,
) -> Result<Json<DeviceJson>, Refusal> {
    let row = office.desk.find(&name).await?;
    let row = office.desk.end_take_out(row.id, &by).await?;
    Ok(Json((&row).into()))
}
