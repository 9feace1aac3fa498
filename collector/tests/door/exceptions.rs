//! Exceptions are in force for whom they are, from the moment they are approved to the moment they are
//! taken back.
//!
//! Touches a collector on loopback.

use std::time::Duration;

use sekisho_collector::clock;
use sekisho_collector::limits::EXCEPTIONS_OF_SCOPE_MAX;
use sekisho_collector::record::{Actor, ExceptionRow};
use sekisho_collector::response::{By, Desk, Left, NewException, ResponseError, Wanted};
use sekisho_policy::finding::Standing;
use sekisho_policy::time::Span;
use sekisho_proto::wire::from_agent;
use tokio::time::timeout;

use crate::message::report;
use crate::rejudged::stands;
use crate::trouble::Trouble;
use crate::world::{Device, PATIENCE, World};

/// Nothing but disks is asked for, and a laptop that does not tell of its own breaks it.
const DISKS: &str = "format = 1
[rules.device-approved]
grace_hours = 0
[rules.disk-encrypted]
grace_hours = 0
unknown = \"fail\"
[rules.software-allowed]
enabled = false
[groups.other]
";

const KENJI: u32 = 1000;
const MIKA: u32 = 1001;

fn by(login: u32) -> By {
    By {
        who: Actor::Admin(format!("uid {login}")),
        login: Some(login),
        at: clock::now(),
    }
}

fn asked(scope: Wanted) -> NewException {
    NewException {
        rule: "disk-encrypted".to_owned(),
        scope,
        owner: "Aiko".to_owned(),
        reason: "a new laptop comes".to_owned(),
        from: None,
        until: clock::now().after(Span::from_hours(5)),
    }
}

fn device(device: &Device) -> Wanted {
    Wanted::Device(device.id.to_string())
}

async fn approved(desk: &Desk, scope: Wanted) -> ExceptionRow {
    let row = desk.exception_request(&asked(scope), &by(KENJI)).await;
    let number = row.unwrap().number;
    desk.exception_approve(number, &by(MIKA)).await.unwrap()
}

/// A device that has reported and gone.
async fn away(world: &World, name: &str) -> Device {
    let device = world.device(name).await;
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
    device
}

#[tokio::test]
async fn an_exception_is_for_its_device_or_group_and_for_no_other() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(DISKS, &by(KENJI)).await.unwrap();
    let (aiko, ren) = (away(&world, "aiko").await, away(&world, "ren").await);
    let other = approved(&desk, Wanted::Group("other".to_owned())).await;
    let one = approved(&desk, device(&aiko)).await;
    stands(&world, &aiko, Standing::Compliant).await;
    desk.rejudge_all(&Left::new(), clock::now(), Span(0))
        .await
        .unwrap();
    stands(&world, &ren, Standing::Violation).await;

    desk.exception_revoke(one.number, &by(KENJI)).await.unwrap();
    stands(&world, &aiko, Standing::Violation).await;
    let all = approved(&desk, Wanted::Group(String::new())).await;
    stands(&world, &aiko, Standing::Compliant).await;
    stands(&world, &ren, Standing::Compliant).await;
    desk.exception_revoke(all.number, &by(MIKA)).await.unwrap();
    stands(&world, &ren, Standing::Violation).await;
    desk.exception_revoke(other.number, &by(MIKA))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_on_disk_is_in_force_though_the_store_fails_right_after() {
    let (world, trouble) = Trouble::world().await;
    let desk = Desk::of(&world.collector);
    desk.policy_apply(DISKS, &by(KENJI)).await.unwrap();
    let aiko = world.device("aiko").await;
    let row = world.row(&aiko).await;
    let in_force = || desk.policy.entry(&row).exceptions.len();
    let new = asked(device(&aiko));
    let one = desk.exception_request(&new, &by(KENJI)).await;
    let number = one.unwrap().number;
    trouble.refuse_once("exception_list", "exception_put");
    desk.exception_approve(number, &by(MIKA)).await.unwrap();
    assert_eq!(in_force(), 1);
    trouble.relent();
    trouble.refuse_once("exception_list", "exception_put");
    desk.exception_revoke(number, &by(KENJI)).await.unwrap();
    assert_eq!(in_force(), 0);
}

#[tokio::test]
async fn steps_at_the_same_time_are_taken_one_after_another() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let asked = asked(Wanted::Group(String::new()));
    let (kenji, mika) = (by(KENJI), by(MIKA));
    let (one, other) = tokio::join!(
        desk.exception_request(&asked, &kenji),
        desk.exception_request(&asked, &mika)
    );
    assert_eq!(one.unwrap().number + 1, other.unwrap().number);
}

#[tokio::test]
async fn an_exception_begins_when_it_is_approved_at_the_earliest() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let group = || asked(Wanted::Group(String::new()));
    let mut backdated = group();
    backdated.from = Some(clock::now().after(Span::from_hours(-1)));
    let refused = desk.exception_request(&backdated, &by(KENJI)).await;
    assert!(
        matches!(refused, Err(ResponseError::NotAhead { .. })),
        "{refused:?}"
    );
    let asked = desk.exception_request(&group(), &by(KENJI)).await.unwrap();
    let approving = By {
        at: asked.terms.from.after(Span::from_hours(1)),
        ..by(MIKA)
    };
    let approved = desk.exception_approve(asked.number, &approving).await;
    assert_eq!(approved.unwrap().terms.from, approving.at);
    let listed = desk.exception_list().await.unwrap();
    assert_eq!(listed[0].terms.from, approving.at);
}

#[tokio::test]
async fn one_more_exception_than_a_device_can_be_told_of_is_refused() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let group = || Wanted::Group(String::new());
    for _ in 0..EXCEPTIONS_OF_SCOPE_MAX {
        approved(&desk, group()).await;
    }
    let refused = desk.exception_request(&asked(group()), &by(KENJI)).await;
    assert!(
        matches!(refused, Err(ResponseError::TooMany { .. })),
        "{refused:?}"
    );
    let aiko = world.device("aiko").await;
    approved(&desk, device(&aiko)).await;
    let told = desk.policy.entry(&world.row(&aiko).await).exceptions;
    assert_eq!(told.len(), EXCEPTIONS_OF_SCOPE_MAX + 1);
}

/// The company's own rule, which no laptop of these keeps.
fn own_rule(text: &str) -> String {
    format!(
        "{DISKS}[company-rules.own]
title = {{ en = \"Own\", ja = \"独自\" }}
remedy = {{ en = \"Mend it.\", ja = \"直してください。\" }}
severity = \"high\"
grace_hours = 0
unknown = \"fail\"
expression = \"{text}\"
"
    )
    .replace(
        "grace_hours = 0\nunknown = \"fail\"\n[rules.soft",
        "enabled = false\n[rules.soft",
    )
}

#[tokio::test]
async fn an_exception_lapses_with_what_its_rule_asked_and_holds_again_with_it() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let (first, other) = (own_rule("1 == 2"), own_rule("1 == 3"));
    desk.policy_apply(&first, &by(KENJI)).await.unwrap();
    let aiko = away(&world, "aiko").await;
    stands(&world, &aiko, Standing::Violation).await;
    let new = NewException {
        rule: "company.own".to_owned(),
        ..asked(device(&aiko))
    };
    let row = desk.exception_request(&new, &by(KENJI)).await.unwrap();
    let row = desk.exception_approve(row.number, &by(MIKA)).await.unwrap();
    stands(&world, &aiko, Standing::Compliant).await;
    let goes_by = async |text: &str, standing: Standing, lapsed: bool| {
        desk.policy_apply(text, &by(KENJI)).await.unwrap();
        let now = clock::now();
        desk.rejudge_all(&Left::new(), now, Span(0)).await.unwrap();
        stands(&world, &aiko, standing).await;
        let said = desk.exception_lapsed(&row, now).await.unwrap();
        assert_eq!(said, lapsed, "{text}");
        // Nothing is left to be judged anew.
        let again = desk.rejudge_all(&Left::new(), now, Span(0)).await.unwrap();
        assert_eq!(again.judged, 0);
    };
    goes_by(&other, Standing::Violation, true).await;
    goes_by(&first, Standing::Compliant, false).await;
}
