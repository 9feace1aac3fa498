//! The body of a request: read within its limit, parsed, or refused with what is wrong.
//!
//! Touches the request. Must never hold more of it than the limit.

use axum::extract::{FromRequest, Request};
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
        let bytes = Limited::new(request.into_body(), REQUEST_BYTES_MAX).collect().await;
        let bytes = bytes.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Refusal::too_large(REQUEST_BYTES_MAX)
            } else {
                Refusal::malformed("cut_short", format!("the request broke off: {error}"))
            }
        })?;
        serde_json::from_slice(&bytes.to_bytes())
            .map(Self)
            .map_err(|error| Refusal::malformed("malformed", format!("the request is not as it must be: {error}")))
    }
}
