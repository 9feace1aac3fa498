//! A row of the store is damaged: one laptop is in trouble, it and no other is told so, and what can be made
//! anew is.
//!
//! Touches a collector on loopback, and the file of its store.

use sekisho_collector::clock;
use sekisho_collector::record::Actor;
use sekisho_collector::response::{By, Desk, Left, NewOrder, Selection};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::order::Access;
use sekisho_policy::time::Span;
use sekisho_proto::wire::{from_agent, from_collector};

use crate::message::report;
use crate::rejudged::stands;
use crate::world::{Device, World};

use sekisho_policy::finding::Standing;

/// Alters the rows of one kind that are the device's alone.
fn damage(world: &World, kind: char, device: &Device) {
    let path = world.dir().join("store").join("store.db");
    let db = rusqlite::Connection::open(path).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    let begin = [&[u8::try_from(kind).unwrap()], &device.id.as_bytes()[..]].concat();
    let altered = db
        .execute(
            "UPDATE row SET sum = sum + 1 WHERE substr(key, 1, 17) = ?1",
            [begin],
        )
        .unwrap();
    assert!(altered > 0, "there is no row {kind}");
}

fn officer() -> By {
    By {
        who: Actor::Admin("taro".to_owned()),
        login: None,
        at: clock::now(),
    }
}

fn isolation() -> NewOrder {
    NewOrder {
        access: Access::Isolated,
        reason: "worm".to_owned(),
        until: None,
        incident: None,
        allow: Vec::new(),
    }
}

#[tokio::test]
async fn a_laptop_whose_posture_is_lost_begins_anew_and_gets_its_order() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    let thread = world.posture(&device).await.thread.last;
    drop(talk);
    damage(&world, 'p', &device);
    let desk = Desk::of(&world.collector);
    let given = desk.order(device.id, &isolation(), &officer()).await;
    assert_eq!(given.unwrap().generation.0, 1);

    let (mut talk, welcome) = world.attach(&device, &thread).await;
    assert_eq!(welcome.last_sequence, 0);
    let first = loop {
        match talk.heard().await {
            from_collector::Body::Policy(_) => {}
            other => break other,
        }
    };
    assert!(matches!(first, from_collector::Body::Order(order) if order.generation == 1));
    assert_eq!(world.audited("posture.lost").await, 1);
    talk.say(from_agent::Body::Report(report(2, true))).await;
    assert_eq!(talk.acknowledged().await, 2);
    assert_eq!(world.posture(&device).await.sequence.0, 2);
}

#[tokio::test]
async fn a_section_that_cannot_be_read_is_asked_for_and_stops_no_round() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    let thread = world.posture(&device).await.thread.last;
    let other = world.device("ken").await;
    let (mut others, _) = world.attach(&other, b"").await;
    others.say(from_agent::Body::Report(report(1, true))).await;
    others.acknowledged().await;
    drop((talk, others));
    damage(&world, 's', &device);
    let desk = Desk::of(&world.collector);
    let lenient = crate::rejudged::LENIENT;
    desk.policy_apply(lenient, &officer()).await.unwrap();
    stands(&world, &other, Standing::Compliant).await;

    let (mut talk, _) = world.attach(&device, &thread).await;
    talk.say(from_agent::Body::Report(report(2, false))).await;
    let need = loop {
        match talk.heard().await {
            from_collector::Body::Need(need) => break need,
            from_collector::Body::Busy(busy) => panic!("{busy:?}"),
            _ => {}
        }
    };
    let asked = (need.sequence, need.sections.len());
    assert_eq!(asked, (2, SectionKind::ALL.len()));
    talk.say(from_agent::Body::Report(report(2, true))).await;
    assert_eq!(talk.acknowledged().await, 2);
}

#[tokio::test]
async fn a_laptop_whose_registration_is_damaged_is_named_and_the_fleet_is_isolated() {
    let (world, device, _talk) = World::with_device().await;
    let other = world.device("ken").await;
    damage(&world, 'd', &device);
    let desk = Desk::of(&world.collector);
    let (chosen, unread) = desk.select(&Selection::All).await.unwrap();
    let named: Vec<_> = unread
        .iter()
        .map(|(id, error)| (id.as_str(), error.code()))
        .collect();
    assert_eq!(named, [(device.id.to_string().as_str(), "damaged")]);
    let (given, refused) = desk.order_all(chosen, &isolation(), &officer()).await;
    let given: Vec<_> = given.iter().map(|one| one.device).collect();
    assert_eq!((given, refused.len()), (vec![other.id], 0));
    let listed = world.store().device_list(None, 9).await.unwrap();
    assert_eq!(listed.len(), 1);
    let now = clock::now();
    let census = desk.census(now).await.unwrap();
    let warnings = desk.warnings(&census, now).await.unwrap();
    let warnings: Vec<_> = warnings.iter().map(|warning| warning.code()).collect();
    assert!(warnings.contains(&"device_damaged"), "{warnings:?}");
}

#[tokio::test]
async fn a_laptop_that_is_attached_and_never_reports_is_judged_in_the_second_round() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    let before = world.posture(&device).await.verdict.unwrap();
    let old = clock::now().after(Span::from_days(2));
    let desk = Desk::of(&world.collector);
    let first = desk.rejudge_all(&Left::new(), old, Span(0)).await.unwrap();
    assert_eq!((first.judged, first.left.len()), (0, 1));
    let second = desk.rejudge_all(&first.left, old, Span(0)).await.unwrap();
    assert_eq!((second.judged, second.left.len()), (1, 0));
    let after = world.posture(&device).await.verdict.unwrap();
    assert!(after.judged_at > before.judged_at);
    assert!(matches!(
        talk.heard().await,
        from_collector::Body::Register(_)
    ));
    // What it says next is judged upon that.
    talk.say(from_agent::Body::Report(report(2, false))).await;
    assert_eq!(talk.acknowledged().await, 2);
}
