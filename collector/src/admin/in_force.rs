//! The order in force for a device, as people are shown it.
//!
//! Touches the store. Must never show one order's terms under another's name.

use prost::Message;

use sekisho_policy::id::DeviceId;
use sekisho_policy::order::{Endpoint, Order};
use sekisho_proto::order::{OrderBody, open};
use sekisho_proto::wire;

use super::json::order::OrderJson;
use crate::store::{Store, StoreError};

/// The order in force, if there is one; or why it cannot be read.
pub(super) type InForce = Result<Option<OrderJson>, String>;

pub(super) async fn in_force(store: &dyn Store, id: DeviceId) -> Result<InForce, StoreError> {
    match read(store, id).await {
        Err(StoreError::Corrupt { cause, .. }) => Ok(Err(cause)),
        order => Ok(Ok(order?)),
    }
}

async fn read(store: &dyn Store, id: DeviceId) -> Result<Option<OrderJson>, StoreError> {
    loop {
        let Some(issued) = store.order_fetch(id).await? else {
            return Ok(None);
        };
        let signed = store.order_signed(id).await?.unwrap_or_default();
        match terms(&signed) {
            // Another was given in between.
            Some(order) if order.generation != issued.generation => {}
            order => {
                let allow: &[Endpoint] = order.as_ref().map_or(&[], |order| &order.allow);
                return Ok(Some(OrderJson::of(&issued, allow)));
            }
        }
    }
}

/// What an order of this collector's own store says; it was signed when it was recorded.
fn terms(signed: &[u8]) -> Option<Order> {
    let signed = wire::SignedOrder::decode(signed).ok()?;
    match open(&signed, |_, _, _| true).ok()? {
        OrderBody::State(order) => Some(order),
        OrderBody::Request(_) => None,
    }
}
