//! The body of a request: read within its limit, parsed, or refused with what is wrong.
//!
//! Touches the request. Must never hold more of it than the limit.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::error::Refusal;
use crate::limits::REQUEST_BYTES_MAX;

/// A request's body in the shape it must have.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes = bytes(request, REQUEST_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Refusal::malformed(
                "malformed",
                format!("the request is not as it must be: {error}"),
            )
        })
    }
}

/// A request's body as text of at most `limit` bytes.
pub(super) async fn text(request: Request, limit: usize) -> Result<String, Refusal> {
    let bytes = bytes(request, limit).await?;
    String::from_utf8(bytes.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Refusal::malformed("malformed", format!("byte {at} of the text is not UTF-8"))
    })
}

async fn bytes(request: Request, limit: usize) -> Result<Bytes, Refusal> {
    let body = Limited::new(request.into_body(), limit).collect().await;
    body.map(http_body_util::Collected::to_bytes)
        .map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refusal::too_large(limit)
            } else {
                Refusal::malformed("cut_short", format!("the request broke off: {error}"))
            }
        })
}
