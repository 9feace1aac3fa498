//! A device that is silent for too long is a finding of the collector's own, counted while it listens.
//!
//! Touches a collector on loopback.

use std::sync::Arc;
use std::time::Duration;

use sekisho_collector::clock;
use sekisho_collector::intake::is_silent;
use sekisho_collector::listening::Listening;
use sekisho_collector::response::{Desk, Left, Round};
use sekisho_policy::finding::{Finding, Standing};
use sekisho_policy::register::RegistrationAction;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::wire::from_agent;
use tokio::time::timeout;

use crate::message::report;
use crate::rejudged::{LENIENT, officer, stands};
use crate::world::{Device, PATIENCE, World};

const LIMIT: Span = Span::from_hours(48);

/// A company whose laptops report every other day at least, and one that has reported and is away.
async fn away() -> (World, Desk, Device) {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let policy = format!("{LENIENT}[rules.device-reporting]\nmax_silence_hours = 48\n");
    desk.policy_apply(&policy, &officer()).await.unwrap();
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    drop(talk);
    gone(&world, &device).await;
    stands(&world, &device, Standing::Compliant).await;
    (world, desk, device)
}

/// Waits until the collector knows that the device is away.
pub(crate) async fn gone(world: &World, device: &Device) {
    let gone = timeout(PATIENCE, async {
        while world.collector.hub.is_online(device.id) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    gone.await.unwrap();
}

async fn round(desk: &Desk, at: Timestamp, listened: Span) -> Round {
    desk.rejudge_all(&Left::new(), at, listened).await.unwrap()
}

async fn finding(world: &World, device: &Device) -> Finding {
    let verdict = world.posture(device).await.verdict.unwrap();
    let mut findings = verdict.findings.iter();
    let found = findings.find(|finding| finding.rule.0 == "device-reporting");
    found.unwrap().clone()
}

#[tokio::test]
async fn silence_counts_while_the_collector_listens_and_ends_with_a_report() {
    let (world, desk, device) = away().await;
    let now = clock::now();
    round(&desk, now, Span(0)).await;
    let counted = world.posture(&device).await.heard_by.unwrap();

    // A week in which the collector did not run, or its clock was set forward.
    let after = now.after(Span::from_days(7));
    round(&desk, after, Span(counted.0 + LIMIT.0)).await;
    stands(&world, &device, Standing::Compliant).await;

    round(&desk, after, Span(counted.0 + LIMIT.0 + 1)).await;
    stands(&world, &device, Standing::Violation).await;
    let silent = finding(&world, &device).await;
    assert!(silent.counts, "{silent:?}");
    assert_eq!(silent.first_failed_at, Some(after));
    assert_eq!(desk.census(clock::now()).await.unwrap().stale, 1);
    let said = world.audited("verdict.changed").await;
    let again = round(&desk, after, Span(counted.0 + LIMIT.0 + 2)).await;
    assert_eq!(
        (again.judged, world.audited("verdict.changed").await),
        (0, said)
    );

    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(2, false))).await;
    talk.acknowledged().await;
    assert!(!is_silent(&world.posture(&device).await.verdict.unwrap()));
    assert_eq!(world.audited("verdict.changed").await, said + 1);
    assert_eq!(desk.census(clock::now()).await.unwrap().stale, 0);
}

#[tokio::test]
async fn a_device_that_is_attached_is_not_silent_however_long_ago_it_was_counted() {
    let (world, desk, device) = away().await;
    let now = clock::now();
    round(&desk, now, Span(0)).await;
    let (_talk, _) = world.attach(&device, b"").await;
    let after = now.after(Span::from_days(7));
    let late = Span(LIMIT.0.saturating_mul(9));
    for _ in 0..2 {
        let left = desk.rejudge_all(&Left::new(), after, late).await.unwrap();
        desk.rejudge_all(&left.left, after, late).await.unwrap();
        let verdict = world.posture(&device).await.verdict.unwrap();
        assert!(!is_silent(&verdict), "{verdict:?}");
    }
}

#[tokio::test]
async fn a_device_that_may_not_report_is_not_silent_nor_at_once_when_it_may_again() {
    let (world, desk, device) = away().await;
    let now = clock::now();
    let suspend = RegistrationAction::Suspend;
    desk.register(device.id, suspend, None, "on leave", &officer())
        .await
        .unwrap();
    let long = Span::from_days(90);
    round(&desk, now, Span(0)).await;
    round(&desk, now.after(long), long).await;
    assert!(!is_silent(&world.posture(&device).await.verdict.unwrap()));

    // As the time would have passed for the collector itself.
    world.store().seen_record(vec![], long).await.unwrap();
    let listening = Listening::resume(world.store()).await.unwrap();
    let desk = Desk {
        listening: Arc::new(listening),
        ..desk
    };
    let approve = RegistrationAction::Approve;
    desk.register(device.id, approve, None, "", &officer())
        .await
        .unwrap();
    let counted = world.posture(&device).await.heard_by.unwrap();
    assert!(counted >= long, "{counted:?}");
    let later = Span(counted.0 + LIMIT.0);
    round(&desk, now.after(long), later).await;
    assert!(!is_silent(&world.posture(&device).await.verdict.unwrap()));
    round(&desk, now.after(long), Span(later.0 + 1)).await;
    assert!(is_silent(&world.posture(&device).await.verdict.unwrap()));
}
