//! Who may come in, for how long, and what is put down when something is refused.
//!
//! Touches the audit log, and the beginning of a request. Must never let a try to change something end
//! without a trace, nor let a stranger fill the log, nor leave half done what has begun.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use sekisho_policy::id::DeviceId;
use sekisho_proto::json::ErrorBody;
use tokio::task::JoinError;

use super::door::Place;
use super::error::Refusal;
use super::{Office, Peer};
use crate::clock;
use crate::limits::{ADMIN_DEADLINE_SECS, FIELD_CHARS_MAX, OVERHEARD_BYTES_MAX};
use crate::record::{Actor, AuditEvent};

/// What changes nothing though it is sent.
const ONLY_ASKS: [&str; 2] = ["/v1/policy/check", "/v1/policy/rehearsal"];

/// What somebody tries.
#[derive(Clone)]
struct Try {
    peer: Peer,
    method: Method,
    path: String,
    /// The request's body, when it is small.
    said: String,
}

/// Stands before every path of the interface.
pub(super) async fn guard(
    State(office): State<Arc<Office>>,
    request: Request,
    next: Next,
) -> Response {
    let mut attempt = Try::of(&request);
    if !attempt.peer.may_enter {
        let refusal = Refusal::stranger(&attempt.peer.name).into_response();
        office.note(&attempt, error_of(&refusal)).await;
        return refusal;
    }
    let deadline = Duration::from_secs(ADMIN_DEADLINE_SECS);
    let answered = tokio::time::timeout(deadline, async {
        let (said, request) = overheard(request).await?;
        attempt.said = said;
        let (office, attempt) = (Arc::clone(&office), attempt.clone());
        Ok::<_, Refusal>(to_its_end(office, attempt, request, next).await)
    });
    let refusal = match answered.await {
        Ok(Ok(response)) => return response,
        Ok(Err(refusal)) => refusal,
        Err(_) => Refusal::deadline(),
    };
    let response = refusal.into_response();
    office.note_change(&attempt, error_of(&response)).await;
    response
}

/// Carries a request out in a task of its own: hyper drops what answers a peer that hangs up, and an order
/// that is recorded must also be sent.
async fn to_its_end(office: Arc<Office>, attempt: Try, request: Request, next: Next) -> Response {
    let place = request.extensions().get::<Place>().cloned();
    let carried_out = tokio::spawn(async move {
        let response = next.run(request).await;
        office.note_change(&attempt, error_of(&response)).await;
        drop(place);
        response
    });
    match carried_out.await.map_err(JoinError::try_into_panic) {
        Ok(response) => response,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Refusal::deadline().into_response(),
    }
}

/// The body of a small request, and the request as it was.
async fn overheard(request: Request) -> Result<(String, Request), Refusal> {
    let length = request.headers().get(CONTENT_LENGTH);
    let length: Option<usize> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_none_or(|length| length > OVERHEARD_BYTES_MAX) {
        return Ok((String::new(), request));
    }
    let (parts, body) = request.into_parts();
    let bytes = Limited::new(body, OVERHEARD_BYTES_MAX).collect().await;
    let bytes = bytes.map_err(|error| {
        Refusal::malformed("cut_short", format!("the request broke off: {error}"))
    })?;
    let bytes = bytes.to_bytes();
    let said = String::from_utf8_lossy(&bytes).into_owned();
    Ok((said, Request::from_parts(parts, Body::from(bytes))))
}

/// The refusal that a response is, if it is one.
fn error_of(response: &Response) -> Option<ErrorBody> {
    response.extensions().get().cloned()
}

impl Try {
    fn of(request: &Request) -> Self {
        let nobody = || Peer {
            name: "unknown".to_owned(),
            uid: u32::MAX,
            login: None,
            may_enter: false,
        };
        let peer = request.extensions().get::<Peer>().cloned();
        Self {
            peer: peer.unwrap_or_else(nobody),
            method: request.method().clone(),
            path: request.uri().path().chars().take(FIELD_CHARS_MAX).collect(),
            said: String::new(),
        }
    }

    fn changes_something(&self) -> bool {
        self.method != Method::GET && !ONLY_ASKS.contains(&self.path.as_str())
    }

    /// The device that the path names by its id.
    fn device(&self) -> Option<DeviceId> {
        let name = self.path.strip_prefix("/v1/devices/")?;
        name.split('/').next()?.parse().ok()
    }

    fn refused(&self, error: &ErrorBody) -> AuditEvent {
        let mut details = vec![
            ("asked", format!("{} {}", self.method, self.path)),
            ("reason", error.code.clone()),
            ("message", error.message.clone()),
        ];
        if !self.said.is_empty() {
            details.push(("request", self.said.clone()));
        }
        AuditEvent {
            at: clock::now(),
            actor: Actor::Admin(self.peer.name.clone()),
            action: "admin.refused",
            device: self.device(),
            details,
        }
    }
}

impl Office {
    /// Puts down a refusal of what would have changed something.
    async fn note_change(&self, attempt: &Try, error: Option<ErrorBody>) {
        if attempt.changes_something() {
            self.note(attempt, error).await;
        }
    }

    /// Puts down what was refused, if it was.
    async fn note(&self, attempt: &Try, error: Option<ErrorBody>) {
        let Some(error) = error else { return };
        let event = attempt.refused(&error);
        let event = if attempt.peer.may_enter {
            Some(event)
        } else {
            self.strangers.note(attempt.peer.uid, event)
        };
        if let Some(event) = event
            && let Err(error) = self.desk.store.audit_append(vec![event]).await
        {
            tracing::error!(%error, "a refusal could not be put into the audit log");
        }
    }
}
