//! A device that does not report is judged anew when the policy or the register changes.
//!
//! Touches a collector on loopback.

use std::time::Duration;

use sekisho_collector::clock;
use sekisho_collector::record::Actor;
use sekisho_collector::response::{By, Desk, Left, Selection};
use sekisho_policy::finding::Standing;
use sekisho_policy::register::RegistrationAction;
use sekisho_policy::time::Span;
use sekisho_proto::wire::{self, from_agent, from_collector};
use tokio::time::timeout;

use crate::message::report;
use crate::trouble::Trouble;
use crate::world::{Device, Laptop, PATIENCE, World};

/// A policy under which nothing is asked but that the device is approved.
pub(crate) const LENIENT: &str = "format = 1
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

pub(crate) fn officer() -> By {
    By {
        who: Actor::Admin("taro".to_owned()),
        login: None,
        at: clock::now(),
    }
}

/// Waits until the verdict of record says so.
pub(crate) async fn stands(world: &World, device: &Device, standing: Standing) {
    let seen = timeout(PATIENCE, async {
        while world.posture(device).await.verdict.unwrap().standing != standing {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(seen.await.is_ok(), "it does not come to be {standing:?}");
}

#[tokio::test]
async fn many_names_are_looked_up_in_one_pass_over_the_register() {
    let (world, trouble) = Trouble::world().await;
    let desk = Desk::of(&world.collector);
    world.device("aiko").await;
    let mut names: Vec<_> = (0..100).map(|number| format!("pc-{number}")).collect();
    names.push("aiko".to_owned());
    let before = trouble.asked("device_list");
    let (chosen, unknown) = desk.select(&Selection::Named(names)).await.unwrap();
    assert_eq!((chosen.len(), unknown.len()), (1, 100));
    let passes = trouble.asked("device_list") - before;
    assert!(passes <= 4, "the register was listed {passes} times");
}

#[tokio::test]
async fn what_an_attached_device_says_next_does_not_bring_back_the_verdict_before_the_registers_change()
 {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(LENIENT, &officer()).await.unwrap();
    let token = world.token(|token| token.approves = false).await;
    let laptop = Laptop::new("aiko");
    let request = world.request(&laptop, token.bytes()).await;
    let device = laptop.enrolled(world.enrol(request).await.unwrap());
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    assert_eq!(world.audited("verdict.changed").await, 1);

    let approve = RegistrationAction::Approve;
    desk.register(device.id, approve, None, "a new laptop", &officer())
        .await
        .unwrap();
    stands(&world, &device, Standing::Compliant).await;
    assert!(matches!(
        talk.heard().await,
        from_collector::Body::Register(_)
    ));
    let account = wire::Enforcement {
        desired: wire::Access::Full.into(),
        ..wire::Enforcement::default()
    };
    talk.say(from_agent::Body::Enforcement(account)).await;
    world.audited_soon("enforcement.changed").await;
    stands(&world, &device, Standing::Compliant).await;
    talk.say(from_agent::Body::Report(report(2, false))).await;
    talk.acknowledged().await;
    assert_eq!(world.audited("verdict.changed").await, 2, "said once");
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
    let round = desk
        .rejudge_all(&Left::new(), clock::now(), Span(0))
        .await
        .unwrap();
    assert_eq!(round.judged, 0, "nothing is outdated: {round:?}");
}
