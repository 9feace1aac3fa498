//! Orders: signed, recorded as the one in force for their device, then sent.
//!
//! Touches the store, the signing key and the open streams. Must never send an order that is not
//! on disk, and never give a generation twice.

use std::sync::Arc;

use prost::Message;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::limits::ALLOWED_ENDPOINTS_MAX;
use sekisho_policy::order::{Access, Endpoint, Order};
use sekisho_policy::time::Timestamp;

use sekisho_proto::order as sealed;
use sekisho_proto::wire::{FromCollector, SignedOrder, from_collector};

use super::find::is_in_use;
use super::{By, Desk, ResponseError, check};
use crate::hub::Delivery;
use crate::limits::{GENERATION_LEAP_MAX, RACES_MAX};
use crate::record::{Device, IssuedOrder};
use crate::store::StoreError;

/// What an order says, before it is for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The access to have.
    pub access: Access,
    /// Why.
    pub reason: String,
    /// When it ends by itself; `None` when only another order ends it.
    pub until: Option<Timestamp>,
    /// The incident it belongs to.
    pub incident: Option<String>,
    /// What stays reachable beside the collector.
    pub allow: Vec<Endpoint>,
}

/// An order that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The device.
    pub device: DeviceId,
    /// Its host name.
    pub name: String,
    /// The order's generation.
    pub generation: Generation,
    /// Whether it was put on the device's stream. Otherwise it goes out when the device attaches.
    pub sent: bool,
}

impl NewOrder {
    /// The order with its fields checked.
    ///
    /// # Errors
    /// [`ResponseError`] names the field that cannot stand.
    pub fn checked(mut self, now: Timestamp) -> Result<Self, ResponseError> {
        self.reason = check::reason(&self.reason)?;
        check::ahead("the end", self.until, now)?;
        if self.allow.len() > ALLOWED_ENDPOINTS_MAX {
            return Err(ResponseError::TooMany {
                what: "addresses to stay reachable",
                count: self.allow.len(),
                max: ALLOWED_ENDPOINTS_MAX,
            });
        }
        if let Some(incident) = &self.incident {
            self.incident = Some(check::field("the incident", incident)?);
        }
        Ok(self)
    }
}

impl Desk {
    /// Gives one device a checked order.
    ///
    /// # Errors
    /// [`ResponseError`] when the device is out of use or has nothing to be released from, or when
    /// the order could not be signed or recorded; then it was not sent.
    pub async fn order(
        &self,
        device: DeviceId,
        order: &NewOrder,
        by: &By,
    ) -> Result<Given, ResponseError> {
        let row = self.store.device_fetch(device).await?;
        let row = row.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))?;
        if !is_in_use(row.registration) {
            return Err(ResponseError::OutOfUse {
                device: row.name,
                state: row.registration,
            });
        }
        let (generation, signed) = self.record_order(&row, order, by).await?;
        let message = FromCollector {
            at_ms: by.at.0,
            body: Some(from_collector::Body::Order(signed)),
        };
        Ok(Given {
            device,
            name: row.name,
            generation,
            sent: self.hub.send(device, Arc::new(message)) == Delivery::Sent,
        })
    }

    /// Another collector, or another person, may give the device an order at the same moment; the
    /// store lets one through and the others take the next generation.
    async fn record_order(
        &self,
        row: &Device,
        new: &NewOrder,
        by: &By,
    ) -> Result<(Generation, SignedOrder), ResponseError> {
        for _ in 0..RACES_MAX {
            let generation = self.next_generation(row, new.access, by.at).await?;
            let order = Order {
                device: row.id,
                generation,
                access: new.access,
                reason: new.reason.clone(),
                issued_at: by.at,
                until: new.until,
                incident: new.incident.clone(),
                allow: new.allow.clone(),
            };
            let signed = self.sign(&order);
            let issued = IssuedOrder {
                device: row.id,
                generation,
                access: order.access,
                signed: signed.encode_to_vec(),
                issued_at: by.at,
                issued_by: by.name(),
                reason: order.reason.clone(),
                until: order.until,
            };
            let event = by.did("order.issued", row.id, particulars(&order));
            match self.store.order_record(issued, vec![event]).await {
                Ok(()) => return Ok((generation, signed)),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ResponseError::Contended(format!(
            "the orders of device {}",
            row.name
        )))
    }

    fn sign(&self, order: &Order) -> SignedOrder {
        let payload = sealed::payload(&sealed::OrderBody::State(order.clone()));
        let signature = self.keys.orders.sign(&sealed::signed_bytes(&payload));
        sealed::seal(payload, self.keys.orders.key_id(), signature.to_vec())
    }

    /// The generation after both the order in force and what the device says it holds: a collector
    /// restored from a backup must not give generations that the device has left behind.
    async fn next_generation(
        &self,
        row: &Device,
        access: Access,
        now: Timestamp,
    ) -> Result<Generation, ResponseError> {
        let order = self.store.order_fetch(row.id).await?;
        let posture = self.store.posture_fetch(row.id).await?;
        let held = posture
            .and_then(|posture| posture.enforcement)
            .map(|enforcement| enforcement.desired);
        let narrowed = order.as_ref().is_some_and(|order| {
            order.access != Access::Full && order.until.is_none_or(|until| until > now)
        }) || held.is_some_and(|(_, access)| access != Access::Full);
        if access == Access::Full && !narrowed {
            return Err(ResponseError::NotIsolated(row.name.clone()));
        }
        let given = order.map_or(Generation(0), |order| order.generation);
        let held = held.map_or(Generation(0), |(generation, _)| generation);
        // What the device says is a claim: one that leaps too far would use up the row.
        let leap = held.0.saturating_sub(given.0);
        let last = if leap > GENERATION_LEAP_MAX {
            given
        } else {
            given.max(held)
        };
        Ok(last.next())
    }
}

fn particulars(order: &Order) -> Vec<(&'static str, String)> {
    let allow: Vec<_> = order
        .allow
        .iter()
        .map(|one| std::net::SocketAddr::new(one.address, one.port).to_string())
        .collect();
    vec![
        ("generation", order.generation.to_string()),
        ("access", order.access.name().to_owned()),
        ("reason", order.reason.clone()),
        (
            "until",
            order
                .until
                .map_or_else(String::new, |until| until.to_string()),
        ),
        ("allow", allow.join(" ")),
        ("incident", order.incident.clone().unwrap_or_default()),
    ]
}
