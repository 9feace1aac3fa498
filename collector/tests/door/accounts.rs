//! Accounts of enforcement: what a laptop says of its orders is kept and put down.
//!
//! Touches a collector on loopback.

use std::time::Duration;

use sekisho_policy::id::Generation;
use sekisho_policy::order::WhyRefused;
use sekisho_proto::wire::{self, from_agent};

use tokio::time::timeout;

use crate::message::report;
use crate::trouble::Trouble;
use crate::world::{PATIENCE, World};

fn account(refused: u64) -> wire::Enforcement {
    let isolated = || {
        Some(wire::AccessReading {
            reading: Some(wire::access_reading::Reading::Known(
                wire::Access::Isolated.into(),
            )),
        })
    };
    wire::Enforcement {
        desired_generation: 3,
        desired: wire::Access::Isolated.into(),
        applied: isolated(),
        verified: isolated(),
        refused,
        last_refused: (refused > 0).then(|| wire::RefusedOrder {
            at_ms: 5,
            why: wire::refused_order::Why::Older.into(),
            generation: 2,
            detail: "generation 2 is older".to_owned(),
        }),
        gaps: vec![wire::Gap {
            kind: wire::gap::Kind::Frames.into(),
            detail: "no egress hook".to_owned(),
        }],
        ..wire::Enforcement::default()
    }
}

#[tokio::test]
async fn a_refused_order_is_kept_and_put_into_the_audit_log_once() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Enforcement(account(0))).await;
    world.audited_soon("enforcement.changed").await;
    talk.say(from_agent::Body::Enforcement(account(1))).await;
    world.audited_soon("order.refused").await;
    talk.say(from_agent::Body::Enforcement(account(1))).await;
    // Its answer shows that all before it was heard.
    talk.say(from_agent::Body::Pulse(wire::Pulse { number: 1 }))
        .await;
    talk.heard().await;
    assert_eq!(world.audited("order.refused").await, 1);
    assert_eq!(
        world.audited("enforcement.changed").await,
        1,
        "a refusal alone is no change of what is enforced"
    );
    let posture = world.store().posture_fetch(device.id).await.unwrap();
    let kept = posture.unwrap().enforcement.unwrap();
    let last = kept.last_refused.unwrap();
    assert_eq!((kept.refused, last.why), (1, WhyRefused::Older));
    assert_eq!(last.generation, Some(Generation(2)));
    assert_eq!(kept.gaps.len(), 1);
}

#[tokio::test]
async fn an_account_that_the_store_had_no_room_for_is_recorded_when_there_is() {
    let (world, trouble) = Trouble::world().await;
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    trouble.refuse_after(0, "posture_change");
    talk.say(from_agent::Body::Enforcement(account(0))).await;
    for number in 1..=2 {
        talk.say(from_agent::Body::Pulse(wire::Pulse { number }))
            .await;
        talk.heard().await;
    }
    world.audited_soon("enforcement.changed").await;
}

#[tokio::test]
async fn an_account_that_the_store_had_no_room_for_does_not_outlive_the_next() {
    let (world, trouble) = Trouble::world().await;
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Enforcement(account(0))).await;
    world.audited_soon("enforcement.changed").await;
    let held = world.posture(&device).await.enforcement;
    trouble.refuse_after(0, "posture_change");
    for said in [account(1), account(0)] {
        talk.say(from_agent::Body::Enforcement(said)).await;
    }
    for number in 1..=3 {
        talk.say(from_agent::Body::Pulse(wire::Pulse { number }))
            .await;
        talk.heard().await;
    }
    // What is acknowledged is behind what was written before it.
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    assert_eq!(world.posture(&device).await.enforcement, held);
    assert_eq!(world.audited("order.refused").await, 0);
}

#[tokio::test]
async fn accounts_without_end_fill_no_log_and_the_last_is_what_is_known() {
    let (world, device, mut talk) = World::with_device().await;
    for reasserted in 0..400 {
        let account = wire::Enforcement {
            reasserted,
            ..account(0)
        };
        talk.say(from_agent::Body::Enforcement(account)).await;
    }
    let known = timeout(PATIENCE, async {
        loop {
            talk.say(from_agent::Body::Pulse(wire::Pulse { number: 1 }))
                .await;
            talk.heard().await;
            let known = world.posture(&device).await.enforcement;
            if known.is_some_and(|known| known.reasserted == 399) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    known.await.unwrap();
    let told = world.audited("enforcement.changed").await;
    assert!(told < 300, "{told} entries");
}

#[tokio::test]
async fn more_gaps_than_may_be_told_end_the_stream() {
    let (_world, _, mut talk) = World::with_device().await;
    let mut many = account(0);
    many.gaps = vec![many.gaps.remove(0); 9];
    talk.say(from_agent::Body::Enforcement(many)).await;
    let said = talk.ended().await;
    assert!(
        said.message().contains("gaps of an isolation: 9 items"),
        "{said}"
    );
}
