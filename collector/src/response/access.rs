//! Orders: decided for each device, signed together, recorded as the ones in force, then sent.
//!
//! Touches the store, the signing key and the open streams. Must never send an order while one of the
//! same command is not on disk, and never give a generation twice.

use std::sync::Arc;

use prost::Message;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::limits::ALLOWED_ENDPOINTS_MAX;
use sekisho_policy::order::{Access, Endpoint, Order};
use sekisho_policy::time::Timestamp;

use sekisho_proto::limits::COMMAND_ORDERS_MAX;
use sekisho_proto::order::{self as sealed, OrderBody, Unsigned};
use sekisho_proto::wire::{self, FromCollector, from_collector};

use super::find::is_in_use;
use super::{By, Desk, ResponseError, check};
use crate::hub::Delivery;
use crate::limits::{GENERATION_LEAP_MAX, RACES_MAX};
use crate::record::{AuditEvent, IssuedCommand, Recipient};
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

/// The orders that a command has brought so far.
#[derive(Default)]
struct Recorded {
    commands: Vec<(Unsigned, wire::Command)>,
    names: Vec<String>,
    refused: Vec<(DeviceId, ResponseError)>,
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

    /// The terms of the order, as they are signed.
    fn terms(&self, (device, generation): (DeviceId, Generation), now: Timestamp) -> Vec<u8> {
        sealed::terms(&OrderBody::State(Order {
            device,
            generation,
            access: self.access,
            reason: self.reason.clone(),
            issued_at: now,
            until: self.until,
            incident: self.incident.clone(),
            allow: self.allow.clone(),
        }))
    }
}

impl Desk {
    /// Gives one device a checked order.
    ///
    /// # Errors
    /// [`ResponseError`] when the device is out of use or has nothing to be released from, or when
    /// the order could not be recorded; then it was not sent.
    pub async fn order(
        &self,
        device: DeviceId,
        order: &NewOrder,
        by: &By,
    ) -> Result<Given, ResponseError> {
        let recipient = self.recipient(device).await?;
        let (given, refused) = self.order_all(vec![recipient], order, by).await;
        let refused = refused.into_iter().map(|(_, error)| Err(error));
        let mut outcome = given.into_iter().map(Ok).chain(refused);
        let nothing = || Err(ResponseError::NoSuchDevice(device.to_string()));
        outcome.next().unwrap_or_else(nothing)
    }

    /// The devices of these that would take an order to have `access`; to the others it would be refused.
    #[must_use]
    pub fn would_take(recipients: &[Recipient], access: Access, now: Timestamp) -> Vec<&Recipient> {
        let takes = |one: &&Recipient| next_generation(one, access, now).is_ok();
        recipients.iter().filter(takes).collect()
    }

    /// Gives many devices a checked order: all orders are on disk before the first is sent. Gives what
    /// was recorded, and whose order was refused and why.
    pub async fn order_all(
        &self,
        recipients: Vec<Recipient>,
        order: &NewOrder,
        by: &By,
    ) -> (Vec<Given>, Vec<(DeviceId, ResponseError)>) {
        let mut recorded = Recorded::default();
        let mut left = recipients;
        while !left.is_empty() {
            let next = left.split_off(left.len().min(COMMAND_ORDERS_MAX));
            self.record_orders(left, order, by, &mut recorded).await;
            left = next;
        }
        let mut names = recorded.names.into_iter();
        let mut given = Vec::with_capacity(names.len());
        for (unsigned, command) in &recorded.commands {
            let orders = unsigned.orders(command);
            for (order, (device, generation)) in orders.zip(unsigned.recipients()) {
                let message = FromCollector {
                    at_ms: by.at.0,
                    body: Some(from_collector::Body::Order(order)),
                };
                given.push(Given {
                    device: *device,
                    name: names.next().unwrap_or_default(),
                    generation: *generation,
                    sent: self.hub.send(*device, Arc::new(message)) == Delivery::Sent,
                });
            }
        }
        (given, recorded.refused)
    }

    /// Records the orders of one command. Another collector, or another person, may give one of the
    /// devices an order at the same moment; the store lets one command through and the other takes the
    /// next generations.
    async fn record_orders(
        &self,
        mut recipients: Vec<Recipient>,
        new: &NewOrder,
        by: &By,
        recorded: &mut Recorded,
    ) {
        for _ in 0..RACES_MAX {
            let mut chosen = Vec::with_capacity(recipients.len());
            recipients.retain(
                |recipient| match next_generation(recipient, new.access, by.at) {
                    Ok(generation) => {
                        chosen.push((recipient.id, generation));
                        true
                    }
                    Err(error) => {
                        recorded.refused.push((recipient.id, error));
                        false
                    }
                },
            );
            let Some(first) = chosen.first() else {
                return;
            };
            let unsigned = Unsigned::new(new.terms(*first, by.at), chosen);
            let signature = self.keys.orders.sign(&unsigned.signed_bytes());
            let command = unsigned.seal(self.keys.orders.key_id(), &signature);
            let issued = IssuedCommand {
                access: new.access,
                signed: command.encode_to_vec(),
                parts: unsigned.parts().collect(),
                issued_at: by.at,
                issued_by: by.name(),
                reason: new.reason.clone(),
                until: new.until,
            };
            let events = events(&issued, new, by);
            let refusal = match self.store.order_record(issued, events).await {
                Ok(()) => {
                    let names = recipients.into_iter().map(|recipient| recipient.name);
                    recorded.names.extend(names);
                    recorded.commands.push((unsigned, command));
                    return;
                }
                Err(StoreError::Conflict(_)) => self.again(&mut recipients).await.err(),
                Err(error) => Some(error),
            };
            if let Some(error) = refusal {
                let refused = recipients.iter().map(|one| (one.id, again(&error)));
                recorded.refused.extend(refused);
                return;
            }
        }
        let contended = |one: &Recipient| {
            let what = format!("the orders of device {}", one.name);
            (one.id, ResponseError::Contended(what))
        };
        recorded.refused.extend(recipients.iter().map(contended));
    }

    /// Reads anew what is known of the devices.
    async fn again(&self, recipients: &mut [Recipient]) -> Result<(), StoreError> {
        for recipient in recipients {
            if let Some(now) = self.store.recipient_fetch(recipient.id).await? {
                *recipient = now;
            }
        }
        Ok(())
    }

    pub(super) async fn recipient(&self, device: DeviceId) -> Result<Recipient, ResponseError> {
        let found = self.store.recipient_fetch(device).await?;
        found.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))
    }
}

/// The generation after both the order in force and what the device says it holds: a collector
/// restored from a backup must not give generations that the device has left behind.
fn next_generation(
    recipient: &Recipient,
    access: Access,
    now: Timestamp,
) -> Result<Generation, ResponseError> {
    if !is_in_use(recipient.registration) {
        return Err(ResponseError::OutOfUse {
            device: recipient.name.clone(),
            state: recipient.registration,
        });
    }
    let (given, held) = (recipient.given, recipient.held);
    let narrowed = given.is_some_and(|(_, access, until)| {
        access != Access::Full && until.is_none_or(|until| until > now)
    }) || held.is_some_and(|(_, access)| access != Access::Full);
    if access == Access::Full && !narrowed {
        return Err(ResponseError::NotIsolated(recipient.name.clone()));
    }
    let given = given.map_or(Generation(0), |(generation, ..)| generation);
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

/// The same refusal for one more device.
fn again(error: &StoreError) -> ResponseError {
    ResponseError::Store(error.again())
}

/// One entry for each part of the command; of one device, with its id in the entry's own field.
fn events(command: &IssuedCommand, order: &NewOrder, by: &By) -> Vec<AuditEvent> {
    let said = |generation| particulars(order, generation);
    let parts = command.parts.iter();
    match parts.clone().next().map(|part| part.recipients.as_slice()) {
        Some([(device, generation)]) if parts.len() == 1 => {
            let details = said(("generation", generation.to_string()));
            vec![by.did("order.issued", *device, details)]
        }
        _ => parts
            .map(|part| {
                let named = part.recipients.iter();
                let named: Vec<_> = named
                    .map(|(device, generation)| format!("{device}@{generation}"))
                    .collect();
                by.did_alone("order.issued", said(("devices", named.join(" "))))
            })
            .collect(),
    }
}

fn particulars(order: &NewOrder, to: (&'static str, String)) -> Vec<(&'static str, String)> {
    let allow: Vec<_> = order.allow.iter().map(ToString::to_string).collect();
    vec![
        to,
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
