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
use crate::world::{Device, Laptop, World};

use sekisho_policy::finding::Standing;

/// Alters the rows of one kind that are the device's alone.
pub(crate) fn damage(world: &World, kind: char, device: &Device) {
    damage_from(world, kind, device.id.as_bytes());
}

/// Alters the rows whose keys begin with a letter, and then so.
fn damage_from(world: &World, kind: char, name: &[u8]) {
    let path = world.dir().join("store").join("store.db");
    let db = rusqlite::Connection::open(path).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    let begin = [&[u8::try_from(kind).unwrap()], name].concat();
    let altered = db
        .execute(
            "UPDATE row SET sum = sum + 1 WHERE substr(key, 1, length(?1)) = ?1",
            [begin],
        )
        .unwrap();
    assert!(altered > 0, "there is no row {kind}");
}

async fn warnings(desk: &Desk) -> Vec<&'static str> {
    let now = clock::now();
    let census = desk.census(now).await.unwrap();
    let warnings = desk.warnings(&census, now).await.unwrap();
    warnings.iter().map(|warning| warning.code()).collect()
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
    let warnings = warnings(&desk).await;
    assert!(warnings.contains(&"device_damaged"), "{warnings:?}");
}

#[tokio::test]
async fn a_command_that_cannot_be_read_keeps_nobody_out_and_the_next_one_arrives() {
    let (world, device, talk) = World::with_device().await;
    let thread = world.posture(&device).await.thread.last;
    drop(talk);
    crate::silence::gone(&world, &device).await;
    let desk = Desk::of(&world.collector);
    let fleet = Selection::All;
    let (chosen, _) = desk.select(&fleet).await.unwrap();
    desk.order_all(chosen, &isolation(), &officer()).await;
    assert!(!warnings(&desk).await.contains(&"order_damaged"));
    damage_from(&world, 'b', &[]);

    let (mut talk, welcome) = world.attach(&device, &thread).await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
    let warned = warnings(&desk).await;
    assert!(warned.contains(&"order_damaged"), "{warned:?}");
    let (chosen, unread) = desk.select(&fleet).await.unwrap();
    assert!(unread.is_empty(), "{unread:?}");
    let (given, _) = desk.order_all(chosen, &isolation(), &officer()).await;
    assert_eq!(given.len(), 1);
    assert_eq!(order(&mut talk).await, 2);
    drop(talk);
    let (mut talk, _) = world.attach(&device, &welcome.thread).await;
    assert_eq!(order(&mut talk).await, 2);
    assert!(!warnings(&desk).await.contains(&"order_damaged"));
}

/// The generation of the next order that is heard.
async fn order(talk: &mut crate::world::Talk) -> u64 {
    loop {
        if let from_collector::Body::Order(order) = talk.heard().await {
            return order.generation;
        }
    }
}

#[tokio::test]
async fn a_list_of_orders_that_cannot_be_read_keeps_nobody_out() {
    let (world, device, talk) = World::with_device().await;
    let thread = world.posture(&device).await.thread.last;
    drop(talk);
    let desk = Desk::of(&world.collector);
    desk.order(device.id, &isolation(), &officer())
        .await
        .unwrap();
    damage_from(&world, 'o', &[]);
    let (mut talk, _) = world.attach(&device, &thread).await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
    assert!(warnings(&desk).await.contains(&"device_damaged"));
}

#[tokio::test]
async fn a_token_that_cannot_be_read_keeps_nobody_else_from_enrolling() {
    let world = World::new().await;
    let damaged = world.token(|_| {}).await;
    damage_from(&world, 't', &[]);
    let laptop = Laptop::new("aiko");
    let request = world.request(&laptop, damaged.bytes()).await;
    let refused = world.enrol(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unauthenticated, "{refused}");
    world.device("ken").await;
}

#[tokio::test]
async fn a_damaged_policy_in_force_can_be_replaced() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let lenient = crate::rejudged::LENIENT;
    desk.policy_apply(lenient, &officer()).await.unwrap();
    damage_from(&world, 'v', &[]);
    let again = desk.policy_apply(lenient, &officer()).await.unwrap();
    assert_eq!((again.version, again.unchanged), (2, false));
    let held = world.store().policy_current().await.unwrap().unwrap();
    assert_eq!(held.text, lenient);
}

#[tokio::test]
async fn what_is_damaged_of_the_log_leaves_the_rest_of_a_history() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    let desk = Desk::of(&world.collector);
    let told = desk.history(device.id, None, 9).await.unwrap();
    assert!(!told.is_empty());
    damage_from(&world, 'a', &[]);
    let told = desk.history(device.id, None, 9).await.unwrap();
    assert!(told.is_empty(), "{told:?}");
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
