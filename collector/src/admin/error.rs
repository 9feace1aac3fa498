//! The one shape of a refusal at the admin interface, and what status it has.
//!
//! Touches nothing. Must never put a person's language in: programs read this.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use sekisho_proto::json::{ErrorBody, ErrorJson};

use crate::limits::ADMIN_DEADLINE_SECS;
use crate::response::ResponseError;
use crate::store::StoreError;

/// A request that was not carried out.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    body: ErrorBody,
}

impl Refusal {
    /// A refusal of a request that makes no sense.
    pub(super) fn malformed(code: &str, message: String) -> Self {
        let what_to_do = "see the documentation of the interface";
        Self::new(StatusCode::BAD_REQUEST, code, message, what_to_do)
    }

    /// A body over the limit.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("the request has more than {limit} bytes, which is the limit"),
            "send less",
        )
    }

    /// A peer that may not come in.
    pub(super) fn stranger(name: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            format!("user {name:?} may not use the admin interface"),
            "become root or the collector's own user",
        )
    }

    /// A request that took too long.
    pub(super) fn deadline() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "deadline",
            format!("not answered within {ADMIN_DEADLINE_SECS} s; part of it may have been done"),
            "look at what was done, then ask again for less at once",
        )
    }

    fn new(status: StatusCode, code: &str, message: String, what_to_do: &str) -> Self {
        Self {
            status,
            body: ErrorBody {
                code: code.to_owned(),
                message,
                what_to_do: what_to_do.to_owned(),
                retry_after_ms: None,
            },
        }
    }
}

impl From<ResponseError> for Refusal {
    fn from(error: ResponseError) -> Self {
        let mut refusal = Self {
            status: status(&error),
            body: body(&error),
        };
        if let ResponseError::Store(StoreError::Busy { retry_after_ms }) = error {
            refusal.body.retry_after_ms = Some(retry_after_ms);
        }
        refusal
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        ResponseError::from(error).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let retry = self.body.retry_after_ms;
        let body = self.body.clone();
        let mut response = (self.status, Json(ErrorJson { error: self.body })).into_response();
        response.extensions_mut().insert(body);
        if let Some(millis) = retry {
            let seconds = HeaderValue::from(millis.div_ceil(1000));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// The error as a part of an answer, for one device of several.
pub(super) fn body(error: &ResponseError) -> ErrorBody {
    ErrorBody {
        code: error.code().to_owned(),
        message: error.to_string(),
        what_to_do: error.what_to_do().to_owned(),
        retry_after_ms: None,
    }
}

pub(super) async fn no_such_path(uri: Uri) -> Refusal {
    let path: String = uri.path().chars().take(200).collect();
    let message = format!("there is nothing at {path:?}");
    let what_to_do =
        "paths begin with /v1; an older collector may lack what a newer client asks for";
    Refusal::new(StatusCode::NOT_FOUND, "no_such_path", message, what_to_do)
}

pub(super) async fn no_such_method() -> Refusal {
    let message = "the path does not take this method".to_owned();
    let what_to_do = "see the documentation of the interface";
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no_such_method",
        message,
        what_to_do,
    )
}

const fn status(error: &ResponseError) -> StatusCode {
    use ResponseError as E;
    match error {
        E::NoSuchDevice(_)
        | E::NoSuchVersion(_)
        | E::Nobody
        | E::Store(StoreError::NotFound { .. }) => StatusCode::NOT_FOUND,
        E::Ambiguous { .. }
        | E::Refused(_)
        | E::OutOfUse { .. }
        | E::NotIsolated(_)
        | E::OtherCount { .. }
        | E::OtherVersion { .. }
        | E::NoClone(_)
        | E::NoTakeOut(_)
        | E::NotOpen { .. }
        | E::SamePerson(_)
        | E::NobodysLogin(_)
        | E::NoBeacon(_)
        | E::Contended(_)
        | E::Store(StoreError::Conflict(_)) => StatusCode::CONFLICT,
        E::Missing(_)
        | E::TooLong { .. }
        | E::TooMany { .. }
        | E::ControlCharacter(_)
        | E::NotAhead { .. }
        | E::OutOfRange { .. }
        | E::NotOneOf { .. }
        | E::NoSuchGroup { .. }
        | E::NoCode(_)
        | E::BadPolicy(_) => StatusCode::UNPROCESSABLE_ENTITY,
        E::Store(StoreError::Busy { .. }) => StatusCode::SERVICE_UNAVAILABLE,
        E::Store(StoreError::Disk { .. }) => StatusCode::INSUFFICIENT_STORAGE,
        E::NoRandom | E::Damaged(_) | E::Store(StoreError::Corrupt { .. }) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}
