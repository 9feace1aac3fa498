//! What people decide about devices, and what follows from it: registrations, orders, tokens, the
//! policy in force, each recorded before it is sent.
//!
//! Touches the store, the signing key and the open streams through what it is given. Must never know
//! of HTTP, gRPC or a store's back-end, and never send what is not on disk.

mod access;
mod beacon;
mod census;
mod check;
mod clones;
mod code;
mod error;
mod exceptions;
mod expiry;
mod find;
mod findings;
mod history;
mod outgoing;
mod policy;
mod registration;
mod rehearse;
mod rejudge;
mod take_out;
mod tokens;

use std::sync::Arc;

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};

pub use access::{Given, NewOrder};
pub use census::{Census, Warning, is_stale};
pub use clones::Keep;
pub use code::Code;
pub use error::ResponseError;
pub use exceptions::{NewException, Wanted};
pub use expiry::{Ending, Ends, Expiry, Whose};
pub use find::{Damaged, Selection, Sieve};
pub use findings::{Due, Findings, Wanting};
pub use history::Turn;
pub use outgoing::Outgoing;
pub use policy::{Applied, check_policy};
pub use registration::Alteration;
pub use rehearse::{Change, Rehearsal, Rehearsed, State, Tally, Unjudged, WhyUnjudged};
pub use rejudge::{Left, Round};
pub use take_out::{NewTakeOut, TakeOutSieve};
pub use tokens::{MadeToken, NewToken};

use crate::beacon::Beacon;
use crate::hub::Hub;
use crate::in_force::PolicyInForce;
use crate::keys::Keys;
use crate::listening::Listening;
use crate::record::{Actor, AuditEvent};
use crate::serve::Collector;
use crate::store::Store;

/// Who decides, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub who: Actor,
    /// The user that logged in, where the system tells of one.
    pub login: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// Where decisions are made.
#[derive(Clone)]
pub struct Desk {
    /// Where they are recorded.
    pub store: Arc<dyn Store>,
    /// Whom they are sent to.
    pub hub: Arc<Hub>,
    /// What tells the internal network from any other.
    pub beacon: Arc<Beacon>,
    /// What signs orders and pins tokens.
    pub keys: Arc<Keys>,
    /// The policy that reports are judged by.
    pub policy: PolicyInForce,
    /// How long the collector has listened in all.
    pub listening: Arc<Listening>,
    /// Held while a policy is rehearsed: one at a time.
    pub rehearsing: Arc<tokio::sync::Mutex<()>>,
}

impl Desk {
    /// The desk of a collector.
    #[must_use]
    pub fn of(collector: &Collector) -> Self {
        Self {
            store: Arc::clone(&collector.store),
            hub: Arc::clone(&collector.hub),
            beacon: Arc::clone(&collector.beacon),
            keys: Arc::clone(&collector.keys),
            policy: collector.policy.clone(),
            listening: Arc::clone(&collector.listening),
            rehearsing: Arc::default(),
        }
    }

    /// How long the collector has listened in all.
    #[must_use]
    pub fn listened(&self) -> Span {
        self.listening.so_far(&self.policy.current().policy)
    }
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

    /// The entry of the audit log for an order to a device that was refused, by the id or name it was asked
    /// for.
    #[must_use]
    pub fn was_refused_order(&self, asked_for: &str, access: &str, code: &str) -> AuditEvent {
        let details = vec![
            ("asked_for", asked_for.to_owned()),
            ("access", access.to_owned()),
            ("refused", code.to_owned()),
        ];
        AuditEvent {
            device: asked_for.parse().ok(),
            ..self.did_alone("order.refused", details)
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
    #[must_use]
    pub fn name(&self) -> String {
        match &self.who {
            Actor::Admin(name) | Actor::Stranger(name) => name.clone(),
            Actor::Device(id) => id.to_string(),
            Actor::Collector => "collector".to_owned(),
        }
    }
}
