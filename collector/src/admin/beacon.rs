//! `/v1/beacon/rotation`: the beacon's next key is put in use.
//!
//! Touches the desk. Must never show a private key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::Office;
use super::error::Refusal;
use super::json::status::BeaconJson;
use crate::response::By;

pub(super) async fn rotate(
    State(office): State<Arc<Office>>,
    by: By,
) -> Result<Json<BeaconJson>, Refusal> {
    Ok(Json(office.desk.beacon_rotate(&by).await?.into()))
}
