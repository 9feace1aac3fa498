//! The admin interface: JSON over HTTP/1.1 on a local socket, for the command line and the
//! company's own programs.
//!
//! Touches the socket it is given. Must never serve a peer other than root or the collector's own
//! user, and never hold a decision: each handler says who asks, makes one call, renders.
//!
//! Paths begin with `/v1`. Requests and answers are the shapes of [`json`]; a refusal is
//! `{"error": {"code", "message", "what_to_do"}}` with the status of its kind.

mod audit;
mod backup;
mod beacon;
mod body;
mod devices;
mod door;
mod error;
mod exceptions;
mod expiry;
mod export;
mod findings;
mod guard;
mod in_force;
pub mod json;
mod orders;
mod parse;
mod peer;
mod policy;
mod status;
mod take_out;
mod taken;
mod tokens;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub use door::{AdminError, bind, serve};
pub use error::Refusal;
pub use peer::{Peer, named};

use sekisho_policy::time::Timestamp;

use crate::admit::Refusals;
use crate::response::Desk;

/// What the handlers work with.
pub struct Office {
    /// Where decisions are made.
    pub desk: Desk,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// How many tries of other users have been put down.
    pub strangers: Refusals<u32>,
}

impl Office {
    /// An office over a desk.
    #[must_use]
    pub fn new(desk: Desk, now: Timestamp) -> Self {
        Self {
            desk,
            opened_at: now,
            strangers: Refusals::default(),
        }
    }
}

/// Every path of the interface.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/v1/status", get(status::show))
        .route("/v1/devices", get(devices::list))
        .route(
            "/v1/devices/{name}",
            get(devices::show).patch(devices::alter),
        )
        .route("/v1/devices/{name}/history", get(devices::history))
        .route("/v1/devices/{name}/registration", post(devices::register))
        .route("/v1/devices/{name}/clone", post(devices::resolve_clone))
        .route(
            "/v1/devices/{name}/take-out",
            post(take_out::approve).delete(take_out::end),
        )
        .route("/v1/devices/{name}/code", post(orders::code))
        .route("/v1/findings", get(findings::list))
        .route("/v1/orders", post(orders::give))
        .route("/v1/orders/preview", post(orders::preview))
        .route("/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/tokens/{id}/withdrawal", post(tokens::withdraw))
        .route(
            "/v1/exceptions",
            get(exceptions::list).post(exceptions::request),
        )
        .route(
            "/v1/exceptions/{number}/approval",
            post(exceptions::approve),
        )
        .route(
            "/v1/exceptions/{number}/revocation",
            post(exceptions::revoke),
        )
        .route("/v1/expiry", get(expiry::list))
        .route("/v1/policy", get(policy::show).post(policy::apply))
        .route("/v1/policy/check", post(policy::check))
        .route("/v1/beacon/rotation", post(beacon::rotate))
        .route("/v1/policy/rehearsal", post(policy::rehearse))
        .route("/v1/policies", get(policy::list))
        .route("/v1/policies/{version}", get(policy::version))
        .route("/v1/policies/{version}/reversion", post(policy::revert))
        .route("/v1/audit/head", get(audit::head))
        .route("/v1/audit/entries", get(audit::entries))
        .route("/v1/audit/proof/{index}", get(audit::proof))
        .route("/v1/audit/growth", get(audit::growth))
        .route("/v1/audit/export", post(audit::export))
        .route("/v1/backup", post(backup::take))
        .route("/v1/export", post(export::take))
        .route("/v1/taken", post(taken::note))
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(from_fn_with_state(Arc::clone(&office), guard::guard))
        .with_state(office)
}
