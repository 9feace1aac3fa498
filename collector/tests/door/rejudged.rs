//! A device that does not report is judged anew when the policy or the register changes.
//!
//! Touches a collector on loopback.

use std::time::Duration;

use sekisho_collector::clock;
use sekisho_collector::record::Actor;
use sekisho_collector::response::{By, Desk};
use sekisho_policy::finding::Standing;
use sekisho_policy::register::RegistrationAction;
use sekisho_proto::wire::from_agent;
use tokio::time::timeout;

use crate::message::report;
use crate::world::{Device, PATIENCE, World};

/// A policy under which nothing is asked but that the device is approved.
const LENIENT: &str = "format = 1
data_class = \"public\"
[rules.device-approved]
grace_hours = 0
[rules.disk-encrypted]
enabled = false
[rules.definitions-current]
enabled = false
[rules.software-allowed]
enabled = false
";

fn officer() -> By {
    By {
        who: Actor::Admin("taro".to_owned()),
        at: clock::now(),
    }
}

/// Waits until the verdict of record says so.
async fn stands(world: &World, device: &Device, standing: Standing) {
    let seen = timeout(PATIENCE, async {
        while world.posture(device).await.verdict.unwrap().standing != standing {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(seen.await.is_ok(), "it does not come to be {standing:?}");
}

#[tokio::test]
async fn the_verdict_on_a_device_that_is_away_follows_policy_and_register() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    drop(talk);
    let gone = timeout(PATIENCE, async {
        while world.collector.hub.is_online(device.id) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    gone.await.unwrap();
    let before = world.posture(&device).await;
    assert_ne!(before.verdict.unwrap().standing, Standing::Compliant);

    desk.policy_apply(LENIENT, &officer()).await.unwrap();
    stands(&world, &device, Standing::Compliant).await;
    let after = world.posture(&device).await;
    let verdict = after.verdict.unwrap();
    assert_eq!(verdict.policy, desk.policy.current().policy.fingerprint());
    assert_eq!(
        (after.sequence, after.thread),
        (before.sequence, before.thread)
    );
    world.audited_soon("verdicts.rejudged").await;
    assert_eq!(
        world.audited("verdict.changed").await,
        2,
        "the report's, and this"
    );

    let action = RegistrationAction::Suspend;
    desk.register(device.id, action, None, "on leave", &officer())
        .await
        .unwrap();
    stands(&world, &device, Standing::Violation).await;
    assert_eq!(world.audited("verdict.changed").await, 3);
    let round = desk.rejudge_all(clock::now()).await.unwrap();
    assert_eq!(round.judged, 0, "nothing is outdated: {round:?}");
}
