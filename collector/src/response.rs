//! What people decide about devices, and what follows from it: registrations, orders, tokens, the
//! policy in force, each recorded before it is sent.
//!
//! Touches the store and the open streams through what it is given. Must never know of HTTP, gRPC
//! or a store's back-end, and never send what is not on disk.

mod access;
mod check;
mod clones;
mod code;
mod error;
mod find;
mod policy;
mod registration;
mod tokens;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use sekisho_policy::id::DeviceId;
use sekisho_policy::order::Order;
use sekisho_policy::time::Timestamp;

pub use access::{Given, NewOrder};
pub use clones::Keep;
pub use error::ResponseError;
pub use find::{Selection, Sieve};
pub use policy::{Applied, InForce, PolicyInForce};
pub use registration::Alteration;
pub use tokens::{MadeToken, NewToken};

use crate::record::{Actor, AuditEvent, Device};
use crate::store::Store;

/// The streams that devices hold open, as far as a decision reaches them.
pub trait Streams: Send + Sync + 'static {
    /// Whether the device holds a stream.
    fn is_attached(&self, device: DeviceId) -> bool;
    /// Puts an order on the device's stream; false when it holds none or the stream is full, and
    /// then the order goes out when the device next attaches.
    fn send_order(&self, device: DeviceId, signed: &[u8]) -> bool;
    /// Tells the device what the register says of it.
    fn send_register(&self, device: &Device);
    /// Tells every attached device the policy in force.
    fn send_policy(&self, text: &str);
    /// Ends the device's stream after what stands in its queue.
    fn cut(&self, device: DeviceId);
}

/// Signs orders.
pub trait Seal: Send + Sync + 'static {
    /// An encoded `sekisho.v1.SignedOrder`.
    ///
    /// # Errors
    /// A sentence that says why the order cannot be signed.
    fn seal(&self, order: &Order) -> Result<Vec<u8>, String>;
}

/// Who decides, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub who: Actor,
    /// When.
    pub at: Timestamp,
}

/// Where decisions are made.
#[derive(Clone)]
pub struct Desk {
    /// Where they are recorded.
    pub store: Arc<dyn Store>,
    /// Whom they are sent to.
    pub streams: Arc<dyn Streams>,
    /// What signs orders.
    pub seal: Arc<dyn Seal>,
    /// The policy that reports are judged by.
    pub policy: PolicyInForce,
}

impl By {
    /// The entry of the audit log for what is done to a device.
    fn did(
        &self,
        action: &'static str,
        device: DeviceId,
        details: Vec<(&'static str, String)>,
    ) -> AuditEvent {
        AuditEvent {
            device: Some(device),
            ..self.did_alone(action, details)
        }
    }

    /// The entry of the audit log for what concerns no device.
    fn did_alone(&self, action: &'static str, details: Vec<(&'static str, String)>) -> AuditEvent {
        AuditEvent {
            at: self.at,
            actor: self.who.clone(),
            action,
            device: None,
            details,
        }
    }

    /// The name that records carry.
    fn name(&self) -> String {
        match &self.who {
            Actor::Admin(name) | Actor::Stranger(name) => name.clone(),
            Actor::Device(id) => id.to_string(),
            Actor::Collector => "collector".to_owned(),
        }
    }
}
