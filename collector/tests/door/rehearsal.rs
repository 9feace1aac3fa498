//! A policy is rehearsed on the facts on record, and put in force only as it was rehearsed.
//!
//! Touches a collector on loopback.

use std::sync::Arc;

use sekisho_collector::clock;
use sekisho_collector::record::Token;
use sekisho_collector::response::{Desk, ResponseError, State, WhyUnjudged};
use sekisho_policy::finding::Standing;
use sekisho_proto::wire::from_agent;

use crate::message::report;
use crate::rejudged::{LENIENT, officer};
use crate::trouble::Trouble;
use crate::world::{Device, World};

/// What it asks the laptops of these tests do not tell.
const STRICT: &str = "format = 1
[rules.device-approved]
[rules.disk-encrypted]
grace_hours = 24
[rules.software-allowed]
unknown = \"report\"
deny = [\"qbittorrent*\"]
[rules.firewall-on]
";

async fn reports(world: &World, name: &str) -> Device {
    let device = world.device(name).await;
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    device
}

#[tokio::test]
async fn a_rehearsal_says_who_would_fail_now_and_later_and_changes_nothing() {
    let (world, trouble) = Trouble::world().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(LENIENT, &officer()).await.unwrap();
    let aiko = reports(&world, "aiko").await;
    reports(&world, "ben").await;
    let chie = world.device("chie").await;
    let before = world.posture(&aiko).await;
    let size = world.store().audit_root().await.unwrap();
    let written = trouble.asked("verdict_record");

    let rehearsal = desk.rehearse(STRICT, None, clock::now()).await.unwrap();
    assert_eq!((rehearsal.judged, rehearsal.changed), (2, 2));
    let [was, is, due] = &rehearsal.standings;
    assert_eq!(was.get("compliant"), Some(&2), "{was:?}");
    assert_eq!(is.get("violation"), Some(&2), "{is:?}");
    assert_eq!(due.get("violation"), Some(&2), "{due:?}");
    let tally = |rule: &str| {
        let key = (String::new(), rule.to_owned());
        rehearsal.rules.get(&key).cloned().unwrap_or_default()
    };
    assert_eq!(tally("firewall-on").fails, 2);
    let disk = tally("disk-encrypted");
    assert_eq!((disk.fails, disk.fails_after_grace), (0, 2));
    assert!(disk.first_due.unwrap() > clock::now());
    assert_eq!(tally("software-allowed").unknown, 2);
    assert_eq!(tally("device-approved").fails, 0);
    let told = rehearsal
        .devices
        .iter()
        .find(|one| one.id == aiko.id)
        .unwrap();
    assert_eq!(
        (told.before, told.after),
        (Standing::Compliant, Standing::Violation)
    );
    let change = told.changes.iter().find(|one| one.rule == "disk-encrypted");
    let change = change.unwrap();
    assert_eq!((change.was, change.is), (State::Kept, State::Grace));
    let [left] = &rehearsal.unjudged[..] else {
        panic!("{:?}", rehearsal.unjudged)
    };
    assert_eq!((left.id, &left.why), (chie.id, &WhyUnjudged::NoReport));

    assert_eq!(world.posture(&aiko).await.verdict, before.verdict);
    assert_eq!(world.store().audit_root().await.unwrap(), size);
    assert_eq!(trouble.asked("verdict_record"), written);

    let group = Some("sales".to_owned());
    let nobody = desk.rehearse(STRICT, group, clock::now()).await;
    assert!(matches!(nobody, Err(ResponseError::NoSuchGroup { .. })));
    let same = desk.rehearse(LENIENT, None, clock::now()).await.unwrap();
    assert!(same.unchanged && same.changed == 0, "{same:?}");
    let refused = desk.rehearse("format = 2", None, clock::now()).await;
    assert!(matches!(refused, Err(ResponseError::BadPolicy(_))));
}

#[tokio::test]
async fn what_a_rehearsal_says_is_what_comes() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(LENIENT, &officer()).await.unwrap();
    let aiko = reports(&world, "aiko").await;
    crate::silence::gone(&world, &aiko).await;
    let rehearsal = desk.rehearse(STRICT, None, clock::now()).await.unwrap();
    let [told] = &rehearsal.devices[..] else {
        panic!("{rehearsal:?}")
    };
    desk.policy_apply(STRICT, &officer()).await.unwrap();
    crate::rejudged::stands(&world, &aiko, told.after).await;
    let back = desk.rehearse(LENIENT, None, clock::now()).await.unwrap();
    let key = (String::new(), "firewall-on".to_owned());
    let gone = back.rules.get(&key).unwrap();
    assert_eq!((gone.dropped, gone.passes), (1, 0), "{back:?}");
}

#[tokio::test]
async fn a_damaged_section_is_named_and_the_others_are_judged() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    reports(&world, "aiko").await;
    let ben = reports(&world, "ben").await;
    // The letter of sections, whose, and the host's.
    let key = [b"s", &ben.id.as_bytes()[..], &[2]].concat();
    let path = world.collector.config.store_dir().join("store.db");
    let damage = "UPDATE row SET value = CAST(value || x'00' AS BLOB) WHERE key = ?1";
    let store = rusqlite::Connection::open(path).unwrap();
    assert_eq!(store.execute(damage, [key]).unwrap(), 1);
    let rehearsal = desk.rehearse(STRICT, None, clock::now()).await.unwrap();
    assert_eq!(rehearsal.judged, 1);
    let [left] = &rehearsal.unjudged[..] else {
        panic!("{:?}", rehearsal.unjudged)
    };
    assert_eq!(left.id, ben.id);
    assert!(matches!(left.why, WhyUnjudged::Damaged(_)));
}

#[tokio::test]
async fn a_device_whose_registration_is_damaged_is_named() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    reports(&world, "aiko").await;
    let ben = reports(&world, "ben").await;
    crate::damage::damage(&world, 'd', &ben);
    let rehearsal = desk.rehearse(STRICT, None, clock::now()).await.unwrap();
    assert_eq!((rehearsal.judged, rehearsal.unjudged_count), (1, 1));
    let [left] = &rehearsal.unjudged[..] else {
        panic!("{:?}", rehearsal.unjudged)
    };
    assert_eq!(left.id, ben.id);
    assert!(matches!(left.why, WhyUnjudged::Damaged(_)));
}

#[tokio::test]
async fn a_grace_that_would_end_at_another_time_is_a_change() {
    let with = |hours: u32| format!("{LENIENT}[rules.firewall-on]\ngrace_hours = {hours}\n");
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(&with(720), &officer()).await.unwrap();
    reports(&world, "aiko").await;
    let rehearsed = async |hours| {
        let text = with(hours);
        desk.rehearse(&text, None, clock::now()).await.unwrap()
    };
    let key = (String::new(), "firewall-on".to_owned());
    let shorter = rehearsed(24).await;
    let tally = shorter.rules.get(&key).unwrap();
    assert_eq!(
        (tally.sooner, tally.eased, tally.fails_after_grace),
        (1, 0, 0)
    );
    let [told] = &shorter.devices[..] else {
        panic!("{shorter:?}")
    };
    let change = told.changes.first().unwrap();
    assert_eq!((change.was, change.is), (State::Grace, State::Grace));
    assert!(change.due_at < change.was_due && change.due_at == tally.first_due);
    let longer = rehearsed(721).await;
    let tally = longer.rules.get(&key).unwrap();
    assert_eq!((tally.sooner, tally.eased, tally.passes), (0, 1, 0));
    let same = rehearsed(720).await;
    assert_eq!(same.changed, 0, "{same:?}");
}

#[tokio::test]
async fn what_gets_better_is_told_as_that() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(STRICT, &officer()).await.unwrap();
    reports(&world, "aiko").await;
    let graced = STRICT.replace(
        "[rules.firewall-on]",
        "[rules.firewall-on]\ngrace_hours = 9",
    );
    let rehearsal = desk.rehearse(&graced, None, clock::now()).await.unwrap();
    let key = (String::new(), "firewall-on".to_owned());
    let tally = rehearsal.rules.get(&key).unwrap();
    assert_eq!((tally.eased, tally.passes, tally.sooner), (1, 0, 0));
}

#[tokio::test]
async fn a_policy_without_a_group_that_is_in_use_says_so() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let with = format!("{LENIENT}[groups.sales]\n[groups.guests]\n");
    let applied = desk.policy_apply(&with, &officer()).await.unwrap();
    assert!(applied.groups_missing.is_empty());
    world.token(|token| token.group = "sales".to_owned()).await;
    let withdrawn = |token: &mut Token| {
        token.group = "guests".to_owned();
        token.withdrawn = true;
    };
    world.token(withdrawn).await;
    let applied = desk.policy_apply(LENIENT, &officer()).await.unwrap();
    assert_eq!(applied.groups_missing, ["sales"]);
    assert_eq!(world.audited("groups_missing").await, 1);
}

#[tokio::test]
async fn a_policy_is_applied_upon_the_one_it_was_rehearsed_against_and_can_be_taken_back() {
    let world = World::new().await;
    let desk = Arc::new(Desk::of(&world.collector));
    let first = desk
        .policy_follow(LENIENT, Some(0), &officer())
        .await
        .unwrap();
    assert_eq!(first.version, 1);
    desk.policy_apply(STRICT, &officer()).await.unwrap();
    let late = desk.policy_follow(LENIENT, Some(1), &officer()).await;
    let Err(ResponseError::OtherVersion { expected, found }) = late else {
        panic!("{late:?}")
    };
    assert_eq!((expected, found), (1, 2));

    let back = desk.policy_revert(1, Some(2), &officer()).await.unwrap();
    assert_eq!((back.version, back.unchanged), (3, false));
    assert_eq!(desk.policy.current().text, LENIENT);
    let heads = world.store().policy_list().await.unwrap();
    let versions: Vec<_> = heads
        .iter()
        .map(|head| (head.version, head.reverts))
        .collect();
    assert_eq!(versions, [(3, Some(1)), (2, None), (1, None)]);
    assert!(
        heads[1]
            .summary
            .contains("+rules.disk-encrypted.grace_hours"),
        "{heads:?}"
    );
    let first = &heads[2].summary;
    assert!(!first.contains("+format"), "not what it changed: {first}");
    assert_eq!(world.audited("policy.applied").await, 3);
    let again = desk.policy_revert(1, None, &officer()).await.unwrap();
    assert!(again.unchanged);
    let missing = desk.policy_revert(9, None, &officer()).await;
    assert!(matches!(missing, Err(ResponseError::NoSuchVersion(9))));
}
