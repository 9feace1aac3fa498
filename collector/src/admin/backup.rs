//! `/v1/backup`: the whole store, piece by piece.
//!
//! Touches the store. Must never hold more of it than a piece, nor write where the peer says: the peer may
//! write where the collector may not, and writes the file itself.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;

use super::Office;
use super::error::Refusal;
use crate::response::By;

pub(super) async fn take(State(office): State<Arc<Office>>, by: By) -> Result<Response, Refusal> {
    let pieces = office.desk.backup(&by).await?.inspect_err(|error| {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "a backup breaks off"
        );
    });
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((kind, Body::from_stream(pieces)).into_response())
}
