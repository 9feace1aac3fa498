//! The life of findings is on record: what began, came due, was mended and came back, and where the log tells of it.
//!
//! Touches a collector on loopback.

use sekisho_collector::clock;
use sekisho_collector::response::{Desk, Due, Left, Wanting};
use sekisho_policy::finding::{Mended, Outcome, Severity, Standing, Verdict};
use sekisho_policy::register::RegistrationAction;
use sekisho_policy::time::Span;
use sekisho_proto::wire::from_agent;

use crate::message::report;
use crate::rejudged::{officer, stands};
use crate::world::{Device, Laptop, World};

const WITH_GRACE: &str = "format = 1\n[rules.device-approved]\ngrace_hours = 2\n";

/// A company, and a laptop that has enrolled, reported and left.
async fn pending() -> (World, Desk, Device) {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(WITH_GRACE, &officer()).await.unwrap();
    let token = world.token(|token| token.approves = false).await;
    let laptop = Laptop::new("aiko");
    let request = world.request(&laptop, token.bytes()).await;
    let device = laptop.enrolled(world.enrol(request).await.unwrap());
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    drop(talk);
    crate::silence::gone(&world, &device).await;
    (world, desk, device)
}

async fn turns(world: &World, desk: &Desk, device: &Device) -> Vec<(&'static str, bool)> {
    let verdict = world.posture(device).await.verdict;
    let history = desk
        .history(device.id, verdict.as_deref(), 99)
        .await
        .unwrap();
    for turn in &history {
        let Some(place) = turn.entry else { continue };
        let entries = world.store().audit_entries(place, 1).await.unwrap();
        let said = String::from_utf8_lossy(entries.first().unwrap()).into_owned();
        assert!(
            said.contains(turn.turn) && said.contains(&turn.rule),
            "{said}"
        );
    }
    let turns = history.iter();
    turns
        .map(|turn| (turn.turn, turn.entry.is_some()))
        .collect()
}

#[tokio::test]
async fn a_finding_begins_comes_due_is_mended_and_comes_back() {
    let (world, desk, device) = pending().await;
    let now = clock::now();
    assert_eq!(turns(&world, &desk, &device).await, [("began", true)]);

    desk.rejudge_all(&Left::new(), now.after(Span::from_hours(3)), Span(0))
        .await
        .unwrap();
    stands(&world, &device, Standing::Violation).await;
    let approve = RegistrationAction::Approve;
    let later = |hours| {
        let mut by = officer();
        by.at = now.after(Span::from_hours(hours));
        by
    };
    desk.register(device.id, approve, None, "", &later(4))
        .await
        .unwrap();
    let three = [("mended", true), ("due", true), ("began", true)];
    assert_eq!(turns(&world, &desk, &device).await, three);

    let suspend = RegistrationAction::Suspend;
    desk.register(device.id, suspend, None, "a theft", &later(4))
        .await
        .unwrap();
    stands(&world, &device, Standing::Violation).await;
    let four = [&[("returned", true)], &three[..]].concat();
    assert_eq!(turns(&world, &desk, &device).await, four);
    let entries = desk.history(device.id, None, 1).await.unwrap();
    assert_eq!(entries[0].rule, "device-approved");
}

#[tokio::test]
async fn a_device_that_cannot_be_read_is_named_among_the_findings() {
    let (world, desk, device) = pending().await;
    let other = world.device("ken").await;
    drop(world.attach(&other, b"").await);
    crate::damage::damage(&world, 'd', &device);
    crate::damage::damage(&world, 'p', &other);
    for group in [None, Some(String::new())] {
        let wanting = Wanting {
            group,
            ..Wanting::default()
        };
        let (mut after, mut damaged) = (None, Vec::new());
        loop {
            let page = desk.findings(&wanting, after, clock::now()).await.unwrap();
            assert!(page.found.is_empty());
            damaged.extend(page.damaged.iter().map(|one| one.device));
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        assert_eq!(damaged, [other.id, device.id], "{wanting:?}");
    }
}

#[tokio::test]
async fn what_was_mended_untold_is_added_to_the_history() {
    let (world, desk, device) = pending().await;
    let now = clock::now();
    let before = world.posture(&device).await.verdict.unwrap();
    let mut verdict = (*before).clone();
    let finding = verdict.findings.first_mut().unwrap();
    finding.first_failed_at = None;
    finding.past.mended = Some(Mended {
        first_failed_at: now,
        at: now,
    });
    let turns = async |verdict: &Verdict| {
        let history = desk.history(device.id, Some(verdict), 9).await.unwrap();
        let turns = history.iter();
        let turns = turns.map(|turn| (turn.turn, turn.entry.is_some()));
        turns.collect::<Vec<_>>()
    };
    for (outcome, told) in [
        (
            Outcome::Pass,
            &[("mended", false), ("began", true)] as &[(&str, bool)],
        ),
        (Outcome::NotApplicable, &[("began", true)]),
    ] {
        verdict.findings.first_mut().unwrap().outcome = outcome;
        assert_eq!(turns(&verdict).await, told, "{outcome:?}");
    }
}

#[tokio::test]
async fn findings_are_found_by_what_they_are() {
    let (world, desk, device) = pending().await;
    let now = clock::now();
    let found = async |wanting: Wanting, hours: i64| {
        let at = now.after(Span::from_hours(hours));
        let page = desk.findings(&wanting, None, at).await.unwrap();
        assert!(page.damaged.is_empty());
        page.found
            .iter()
            .map(|(_, _, places)| places.len())
            .sum::<usize>()
    };
    let all = Wanting::default();
    assert_eq!(found(all.clone(), 0).await, 1);
    let with = |change: fn(&mut Wanting)| {
        let mut wanting = all.clone();
        change(&mut wanting);
        wanting
    };
    let rule = |name: &str| Wanting {
        rule: Some(name.to_owned()),
        ..all.clone()
    };
    assert_eq!(found(rule("device-approved"), 0).await, 1);
    assert_eq!(found(rule("disk-encrypted"), 0).await, 0);
    let group = |name: &str| Wanting {
        group: Some(name.to_owned()),
        ..all.clone()
    };
    assert_eq!(found(group(""), 0).await, 1);
    for mistyped in [group("saels"), rule("disk-encryptd")] {
        let refused = desk.findings(&mistyped, None, now).await;
        assert!(refused.is_err(), "{mistyped:?}");
    }
    assert_eq!(
        found(with(|w| w.outcome = Some(Outcome::Unknown)), 0).await,
        0
    );
    assert_eq!(
        found(with(|w| w.severity = Some(Severity::High)), 0).await,
        1
    );
    assert_eq!(
        found(with(|w| w.severity = Some(Severity::Critical)), 0).await,
        0
    );
    assert_eq!(found(with(|w| w.due = Some(Due::Running)), 1).await, 1);
    assert_eq!(found(with(|w| w.due = Some(Due::Over)), 1).await, 0);
    assert_eq!(found(with(|w| w.due = Some(Due::Over)), 3).await, 1);
    for (ago, count) in [(1, 0), (-1, 1)] {
        let since = now.after(Span::from_hours(-ago));
        let wanting = Wanting {
            since: Some(since),
            ..all.clone()
        };
        assert_eq!(found(wanting, 2).await, count);
    }
    let retire = RegistrationAction::Retire;
    desk.register(device.id, retire, None, "scrapped", &officer())
        .await
        .unwrap();
    assert_eq!(found(all.clone(), 0).await, 0, "it is out of use");
    drop(world);
}
