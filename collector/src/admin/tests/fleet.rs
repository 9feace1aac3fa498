//! Orders to many laptops at once: one signature, and yet each order good for its own laptop alone.
//!
//! Touches what the cast touches.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use prost::Message as _;
use serde_json::json;

use sekisho_policy::id::DeviceId;
use sekisho_policy::order::WhyRefused;
use sekisho_proto::order::{InvalidOrder, OrderBody, open};
use sekisho_proto::wire::SignedOrder;
use sekisho_proto::wire::from_collector::Body;

use super::cast::World;
use crate::audit::AuditEntry;
use crate::audit::entry::decode;
use crate::hub::{Attachment, Event};
use crate::keys::verify;

/// More than one part of a command.
const LAPTOPS: u8 = 70;

#[track_caller]
fn received(stream: &Attachment) -> SignedOrder {
    let waker = Context::from_waker(Waker::noop());
    let Poll::Ready(Event::Send(message)) = stream.line().poll_event(&waker) else {
        panic!("nothing was sent");
    };
    let Some(Body::Order(signed)) = message.body.clone() else {
        panic!("no order");
    };
    signed
}

fn opened(world: &World, signed: &SignedOrder) -> Result<DeviceId, InvalidOrder> {
    let key = &world.desk.keys.orders;
    let opened = open(signed, |id, message, signature| {
        *id == key.key_id() && verify(key.public_key(), message, signature)
    })?;
    match opened {
        OrderBody::State(order) => Ok(order.device),
        OrderBody::Request(_) => panic!("no state"),
    }
}

async fn issued(world: &World) -> Vec<AuditEntry> {
    let entries = world.desk.store.audit_entries(0, 1000).await.unwrap();
    let entries = entries.iter().map(|bytes| decode(bytes).unwrap());
    entries
        .filter(|entry| entry.action == "order.issued")
        .collect()
}

#[tokio::test]
async fn each_laptop_gets_an_order_that_opens_for_it_alone() {
    let world = World::new().await;
    let mut streams = Vec::new();
    for number in 1..=LAPTOPS {
        let id = world.laptop(&format!("pc-{number}"), number).await;
        streams.push((id, world.desk.hub.attach(id, Arc::default())));
    }
    let asked = json!({ "access": "isolated", "all": true, "reason": "worm" });
    let given = world.post("/v1/orders", asked).await.unwrap();
    assert_eq!(
        (&given["recorded"], &given["sent"]),
        (&json!(70), &json!(70))
    );

    let orders: Vec<_> = streams
        .iter()
        .map(|(id, stream)| (*id, received(stream)))
        .collect();
    let one_command = orders
        .iter()
        .all(|(_, order)| order.command == orders[0].1.command);
    assert!(one_command, "there is one signature for all");
    for (id, order) in &orders {
        assert_eq!(opened(&world, order).unwrap(), *id);
        let again = world.desk.store.order_signed(*id).await.unwrap();
        assert_eq!(again, Some(order.encode_to_vec()), "as told on attaching");
    }
    let (first, second) = (&orders[0].1, &orders[1].1);
    let mut swapped = first.clone();
    swapped.device_id = second.device_id.clone();
    assert_eq!(
        opened(&world, &swapped).unwrap_err().why(),
        WhyRefused::NotTrusted
    );
    let asked = json!({ "access": "full", "devices": ["pc-1"], "reason": "clean" });
    world.post("/v1/orders", asked).await.unwrap();
    let mut grafted = received(&streams[0].1);
    grafted.command = first.command.clone();
    assert!(
        opened(&world, &grafted).is_err(),
        "a release under the isolation's signature"
    );
}

#[tokio::test]
async fn the_audit_log_names_every_laptop_that_was_given_an_order() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for number in 1..=LAPTOPS {
        ids.push(world.laptop(&format!("pc-{number}"), number).await);
    }
    let asked = json!({ "access": "isolated", "all": true, "reason": "worm" });
    world.post("/v1/orders", asked).await.unwrap();
    let entries = issued(&world).await;
    assert_eq!(entries.len(), 2, "one for each part of the command");
    let mut named: Vec<_> = entries
        .iter()
        .flat_map(|entry| {
            let said = |name: &str| {
                let detail = entry.details.iter().find(|(detail, _)| detail == name);
                detail.unwrap().1.clone()
            };
            assert_eq!(
                (said("access"), said("reason")),
                ("isolated".into(), "worm".into())
            );
            let devices = said("devices");
            devices.split(' ').map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    named.sort();
    let mut expected: Vec<_> = ids.iter().map(|id| format!("{id}@1")).collect();
    expected.sort();
    assert_eq!(named, expected);

    let asked = json!({ "access": "full", "devices": ["pc-7"], "reason": "clean" });
    world.post("/v1/orders", asked).await.unwrap();
    let entries = issued(&world).await;
    assert_eq!(
        entries.last().unwrap().device,
        Some(ids[6]),
        "one alone has its own field"
    );
}
