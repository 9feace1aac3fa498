//! Sealing and opening of signed orders: the payload's bytes are signed as they are.
//!
//! Touches bytes in memory. Must never hold a key: the caller signs and verifies. Must never read a
//! payload before its signature was found good.

use prost::Message;
use thiserror::Error;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::limits::REASON_CHARS_MAX;
use sekisho_policy::order::Order;
use sekisho_policy::time::Timestamp;

use crate::convert::order::{access, endpoint_to, endpoints_from};
use crate::convert::{InvalidMessage, cut, device_id, fixed, text};
use crate::limits::{APPROVALS_MAX, ORDER_BYTES_MAX};
use crate::wire;
use crate::wire::order_payload::Body;

/// What an order's signature is made over, before the payload. Keeps a signature made for one
/// purpose from being good for another.
const DOMAIN: &[u8] = b"sekisho order v1\0";

/// Names a signing key: the first eight bytes of the SHA-256 of the public key.
pub type KeyId = [u8; 8];

/// What an order says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderBody {
    /// The access the device shall have from now on.
    State(Order),
    /// Something to do once.
    Request(Request),
}

/// Something a device shall do once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The device it is for, and no other.
    pub device: DeviceId,
    /// Sixteen random bytes; a device carries out one request once.
    pub id: [u8; 16],
    /// What to do.
    pub kind: RequestKind,
    /// Why, in the words of who asked.
    pub reason: String,
    /// When it was given, by the collector's clock.
    pub issued_at: Timestamp,
    /// When it is too late to do it; `None` when it never is.
    pub until: Option<Timestamp>,
    /// The incident it belongs to.
    pub incident: Option<String>,
}

/// What can be asked of a device. The set is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Read every fact anew and report.
    CheckNow,
}

/// Why an order is not opened.
#[derive(Debug, Error)]
pub enum InvalidOrder {
    /// The envelope or the payload is malformed or beyond a limit. Whoever made it is at fault.
    #[error("the order is malformed")]
    Malformed(#[from] InvalidMessage),
    /// No key this device trusts has signed it. Forged, damaged, or signed by a key given out
    /// after this device enrolled.
    #[error("the order is not signed by a key this device trusts (key {})", hex(.0))]
    NotTrusted(KeyId),
    /// It asks for what this version does not know. Nothing is done.
    #[error("the order asks for what this version does not know; update the agent")]
    NotKnown,
    /// Its reason is longer than may be taken.
    #[error("the order's reason has {0} characters, at most {REASON_CHARS_MAX} are taken")]
    ReasonTooLong(usize),
}

/// Encodes what is to be signed.
#[must_use]
pub fn payload(body: &OrderBody) -> Vec<u8> {
    let payload = match body {
        OrderBody::State(Order {
            device,
            generation,
            access,
            reason,
            issued_at,
            until,
            incident,
            allow,
        }) => wire::OrderPayload {
            device_id: device.as_bytes().to_vec().into(),
            issued_at_ms: issued_at.0,
            until_ms: until.map(|at| at.0),
            reason: reason.clone(),
            incident: incident.as_deref().map(cut).unwrap_or_default(),
            body: Some(Body::State(wire::DesiredState {
                generation: generation.0,
                access: wire::Access::from(*access).into(),
                allow: allow.iter().map(endpoint_to).collect(),
            })),
        },
        OrderBody::Request(Request {
            device,
            id,
            kind,
            reason,
            issued_at,
            until,
            incident,
        }) => wire::OrderPayload {
            device_id: device.as_bytes().to_vec().into(),
            issued_at_ms: issued_at.0,
            until_ms: until.map(|at| at.0),
            reason: reason.clone(),
            incident: incident.as_deref().map(cut).unwrap_or_default(),
            body: Some(Body::Request(wire::Request {
                request_id: id.to_vec().into(),
                kind: match kind {
                    RequestKind::CheckNow => wire::request::Kind::CheckNow,
                }
                .into(),
            })),
        },
    };
    payload.encode_to_vec()
}

/// The bytes that an order's signature is made over.
#[must_use]
pub fn signed_bytes(payload: &[u8]) -> Vec<u8> {
    [DOMAIN, payload].concat()
}

/// Puts a payload and its signature into an envelope without approvals.
#[must_use]
pub fn seal(payload: Vec<u8>, key_id: KeyId, signature: Vec<u8>) -> wire::SignedOrder {
    wire::SignedOrder {
        payload: payload.into(),
        key_id: key_id.to_vec().into(),
        signature: signature.into(),
        approvals: Vec::new(),
    }
}

/// Reads an order whose signature `verify(key, message, signature)` finds good.
///
/// # Errors
/// [`InvalidOrder::Malformed`] when the envelope is beyond a limit; [`InvalidOrder::NotTrusted`]
/// when the signature is not found good; and when it is, every way in which the payload can be
/// wrong.
pub fn open(
    order: &wire::SignedOrder,
    verify: impl Fn(&KeyId, &[u8], &[u8]) -> bool,
) -> Result<OrderBody, InvalidOrder> {
    let wire::SignedOrder {
        payload,
        key_id,
        signature,
        approvals,
    } = order;
    if payload.len() > ORDER_BYTES_MAX {
        return Err(InvalidMessage::TooLong {
            what: "an order's payload",
            bytes: payload.len(),
            max: ORDER_BYTES_MAX,
        }
        .into());
    }
    if approvals.len() > APPROVALS_MAX {
        return Err(InvalidMessage::TooMany {
            what: "an order's approvals",
            count: approvals.len(),
            max: APPROVALS_MAX,
        }
        .into());
    }
    let key_id: KeyId = fixed(key_id, "an order's key id")?;
    let signature: [u8; 64] = fixed(signature, "an order's signature")?;
    if !verify(&key_id, &signed_bytes(payload), &signature) {
        return Err(InvalidOrder::NotTrusted(key_id));
    }
    let payload =
        wire::OrderPayload::decode(payload.clone()).map_err(|cause| InvalidMessage::Malformed {
            what: "an order's payload",
            cause,
        })?;
    read(payload)
}

fn read(payload: wire::OrderPayload) -> Result<OrderBody, InvalidOrder> {
    let wire::OrderPayload {
        device_id: device,
        issued_at_ms,
        until_ms,
        reason,
        incident,
        body,
    } = payload;
    let device = device_id(&device, "device of an order")?;
    let characters = reason.chars().count();
    if characters > REASON_CHARS_MAX {
        return Err(InvalidOrder::ReasonTooLong(characters));
    }
    let incident = Some(text(incident, "incident of an order")?).filter(|name| !name.is_empty());
    let (issued_at, until) = (Timestamp(issued_at_ms), until_ms.map(Timestamp));
    match body.ok_or(InvalidOrder::NotKnown)? {
        Body::State(state) => {
            let wire::DesiredState {
                generation,
                access: wanted,
                allow,
            } = state;
            Ok(OrderBody::State(Order {
                device,
                generation: Generation(generation),
                access: access(wanted)?,
                reason,
                issued_at,
                until,
                incident,
                allow: endpoints_from(allow)?,
            }))
        }
        Body::Request(wire::Request { request_id, kind }) => Ok(OrderBody::Request(Request {
            device,
            id: fixed(&request_id, "id of a request")?,
            kind: match wire::request::Kind::try_from(kind) {
                Ok(wire::request::Kind::CheckNow) => RequestKind::CheckNow,
                Ok(wire::request::Kind::Unspecified) | Err(_) => {
                    return Err(InvalidOrder::NotKnown);
                }
            },
            reason,
            issued_at,
            until,
            incident,
        })),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
