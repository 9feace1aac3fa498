//! The terms of an order: what it says, whom it is for apart.
//!
//! Touches bytes in memory. Must never fill in for what is missing, nor take what is not of the closed
//! set.

use prost::Message;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::limits::REASON_CHARS_MAX;
use sekisho_policy::order::Order;
use sekisho_policy::time::Timestamp;

use super::{InvalidOrder, OrderBody, Request, RequestKind};
use crate::convert::order::{access, endpoint_to, endpoints_from};
use crate::convert::{InvalidMessage, cut, fixed, text};
use crate::wire;
use crate::wire::order_terms::Body;

/// Encodes what an order says to every device that its command is for: its device and generation are
/// left out.
#[must_use]
pub fn terms(body: &OrderBody) -> Vec<u8> {
    let terms = match body {
        OrderBody::State(Order {
            device: _,
            generation: _,
            access,
            reason,
            issued_at,
            until,
            incident,
            allow,
        }) => wire::OrderTerms {
            issued_at_ms: issued_at.0,
            until_ms: until.map(|at| at.0),
            reason: reason.clone(),
            incident: incident.as_deref().map(cut).unwrap_or_default(),
            body: Some(Body::State(wire::DesiredState {
                access: wire::Access::from(*access).into(),
                allow: allow.iter().map(endpoint_to).collect(),
            })),
        },
        OrderBody::Request(Request {
            device: _,
            id,
            kind,
            reason,
            issued_at,
            until,
            incident,
        }) => wire::OrderTerms {
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
    terms.encode_to_vec()
}

/// What the terms say to this device.
pub(super) fn read(
    terms: wire::OrderTerms,
    device: DeviceId,
    generation: Generation,
) -> Result<OrderBody, InvalidOrder> {
    let wire::OrderTerms {
        issued_at_ms,
        until_ms,
        reason,
        incident,
        body,
    } = terms;
    let characters = reason.chars().count();
    if characters > REASON_CHARS_MAX {
        return Err(InvalidOrder::ReasonTooLong(characters));
    }
    let incident = Some(text(incident, "incident of an order")?).filter(|name| !name.is_empty());
    let (issued_at, until) = (Timestamp(issued_at_ms), until_ms.map(Timestamp));
    match body.ok_or(InvalidOrder::NotKnown)? {
        Body::State(wire::DesiredState {
            access: wanted,
            allow,
        }) => Ok(OrderBody::State(Order {
            device,
            generation,
            access: access(wanted)?,
            reason,
            issued_at,
            until,
            incident,
            allow: endpoints_from(allow)?,
        })),
        Body::Request(wire::Request { request_id, kind }) => {
            if generation != Generation(0) {
                return Err(InvalidMessage::OutOfRange {
                    what: "generation of a request",
                    value: generation.0,
                    max: 0,
                }
                .into());
            }
            Ok(OrderBody::Request(Request {
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
            }))
        }
    }
}
