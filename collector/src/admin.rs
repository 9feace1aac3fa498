//! The admin interface: JSON over HTTP/1.1 on a local socket, for the command line and the
//! company's own programs.
//!
//! Touches the socket it is given. Must never serve a peer other than root or the collector's own
//! user, and never hold a decision: each handler says who asks, makes one call, renders.
//!
//! Paths begin with `/v1`. Requests and answers are the shapes of [`json`]; a refusal is
//! `{"error": {"code", "message", "what_to_do"}}` with the status of its kind.

mod audit;
mod body;
mod devices;
mod door;
mod error;
pub mod json;
mod orders;
mod parse;
mod peer;
mod policy;
mod tokens;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub use door::{AdminError, bind, serve};
pub use error::Refusal;
pub use peer::Peer;

use crate::response::Desk;

/// What the handlers work with.
#[derive(Clone)]
pub struct Office {
    /// Where decisions are made.
    pub desk: Desk,
}

/// Every path of the interface.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/v1/devices", get(devices::list))
        .route(
            "/v1/devices/{name}",
            get(devices::show).patch(devices::alter),
        )
        .route("/v1/devices/{name}/registration", post(devices::register))
        .route("/v1/devices/{name}/clone", post(devices::resolve_clone))
        .route("/v1/devices/{name}/code", post(orders::code))
        .route("/v1/orders", post(orders::give))
        .route("/v1/tokens", get(tokens::list).post(tokens::create))
        .route("/v1/tokens/{id}/withdrawal", post(tokens::withdraw))
        .route("/v1/policy", get(policy::show).post(policy::apply))
        .route("/v1/policy/check", post(policy::check))
        .route("/v1/audit/head", get(audit::head))
        .route("/v1/audit/entries", get(audit::entries))
        .route("/v1/audit/proof/{index}", get(audit::proof))
        .fallback(error::no_such_path)
        .method_not_allowed_fallback(error::no_such_method)
        .with_state(office)
}
