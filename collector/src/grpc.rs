//! The gRPC services: who, parse, one core call, render, error.
//!
//! Touches the connection's certificate. Must never decide anything, nor show a peer the collector's own
//! troubles.

mod agent;
mod conversation;
mod enrolment;
mod status;
mod stream;

use std::net::IpAddr;
use std::sync::Arc;

use tonic::Request;

use crate::admit::network;
use crate::record::{Actor, AuditEvent};
use crate::serve::Collector;
use crate::tls::{Failure, Peer};

pub use agent::AgentService;
pub use conversation::Inbound;
pub use enrolment::EnrolmentService;
pub use stream::Talk;

/// The other end of the connection that a request came over. `None` cannot happen behind our own
/// listeners.
fn peer<T>(request: &Request<T>) -> Option<Arc<Peer>> {
    request.extensions().get::<Arc<Peer>>().map(Arc::clone)
}

/// Puts a refusal into the audit log, as far as its address has room there.
async fn note_refusal(collector: &Collector, peer: &Peer, event: AuditEvent) {
    note_refused(collector, peer.address.ip(), event).await;
}

/// Puts down that a peer at an address was refused, as far as there is room for it or its device.
pub(crate) async fn note_refused(collector: &Collector, address: IpAddr, event: AuditEvent) {
    let is_reason = |(name, _): &&(&str, String)| *name == "reason";
    let reason = event.details.iter().find(is_reason);
    tracing::info!(
        %address,
        action = event.action,
        reason = reason.map(|(_, why)| why.as_str()),
        "refused"
    );
    let event = match event.actor {
        Actor::Device(device) => collector.refusals_of_devices.note(device, event),
        Actor::Admin(_) | Actor::Stranger(_) | Actor::Collector => {
            collector.refusals.note(network(address), event)
        }
    };
    if let Some(event) = event
        && let Err(error) = collector.store.audit_append(vec![event]).await
    {
        tracing::error!(%error, "a refusal could not be put into the audit log");
    }
}

/// Puts a handshake that failed into the audit log, as far as its address has room there.
pub(crate) async fn note_handshake(collector: &Collector, failure: Failure) {
    let Failure { address, reason } = failure;
    let event = AuditEvent {
        at: collector.now(),
        actor: Actor::Stranger(address.to_string()),
        action: "handshake.refused",
        device: None,
        details: vec![("address", address.to_string()), ("reason", reason)],
    };
    note_refused(collector, address.ip(), event).await;
}
