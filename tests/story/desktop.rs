//! An employee is told on their screen what to mend, and that the laptop is cut off.
//!
//! Touches the cast and a session of its own. Must never show anything on the session that runs the tests.

use sekisho_policy::time::{Span, Timestamp};
use sekisho_tests::child::Child;
use sekisho_tests::clock::since_epoch;
use sekisho_tests::desktop::Desktop;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use serde_json::json;

use crate::judgement::{STRICT, world_with_aiko};

fn told_in(desktop: &Desktop, laptop: &Laptop, language: &str) -> std::process::Command {
    let mut notify = laptop.command(&["notify", "--lang", language]);
    notify.env("DBUS_SESSION_BUS_ADDRESS", desktop.address());
    notify
}

#[test]
fn an_employee_is_told_what_to_mend_and_that_the_laptop_is_cut_off() {
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let desktop = Desktop::new(world.dir());
    let log = world.dir().join("notify.log");
    let mut session = Child::start("notify", &mut told_in(&desktop, &aiko, "ja"), &log);

    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let broken = desktop.until_shown("許可ソフトウェア");
    assert_eq!(broken.urgency, 2, "there is no grace: {broken:?}");
    assert!(
        broken.title.contains("対応期限を過ぎています"),
        "{broken:?}"
    );
    assert!(broken.body.contains("qbittorrent-nox"), "{broken:?}");

    // The agent is started again, as by an update: the same is not shown anew.
    aiko.kill();
    aiko.start();
    aiko.machine().has_packages(&["base-files"]);
    desktop.until_taken_away(broken.id);
    assert_eq!(desktop.shown().len(), 1, "{:?}", desktop.shown());

    let reason = "感染の疑い <b>";
    world.ask(&["order", "isolate", "aiko", "--reason", reason]);
    let isolated = desktop.until_shown("遮断されました");
    assert_eq!(isolated.urgency, 2);
    assert!(
        isolated.body.contains("感染の疑い &lt;b&gt;"),
        "{isolated:?}"
    );
    world.ask(&["order", "release", "aiko", "--reason", "駆除済み"]);
    let free = desktop.until_shown("復帰しました");
    assert_eq!(
        (free.id, free.urgency),
        (isolated.id, 1),
        "it takes the place of the other"
    );

    let second = told_in(&desktop, &aiko, "ja").output().unwrap();
    assert_eq!(second.status.code(), Some(0));
    assert_eq!(desktop.shown().len(), 3, "{:?}", desktop.shown());
    desktop.ends();
    let ended = eventually("it ends with the session", || {
        session.ended().ok_or_else(|| session.log())
    });
    assert_eq!(ended.code(), Some(0), "{}", session.log());
}

#[test]
fn an_employee_is_warned_before_a_limit_passes() {
    let (world, aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let desktop = Desktop::new(world.dir());
    let log = world.dir().join("notify.log");
    let _session = Child::start("notify", &mut told_in(&desktop, &aiko, "en"), &log);
    let until = Timestamp::from_secs(since_epoch().as_secs().try_into().unwrap())
        .after(Span::from_days(2))
        .to_string();
    world.ask(&["device", "approve", "aiko", "--until", &until]);
    let soon = desktop.until_shown("Soon out of order: Approved device");
    assert!(soon.body.contains("Ask your administrator"), "{soon:?}");
    assert_eq!(soon.urgency, 1);
}

#[test]
fn without_a_session_notify_says_so() {
    let (world, aiko) = world_with_aiko(STRICT);
    let mut notify = aiko.command(&["notify"]);
    notify
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env("XDG_RUNTIME_DIR", world.dir());
    let refused = notify.output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let told = sekisho_tests::world::said(&refused);
    assert!(told.contains("no desktop session"), "{told}");
}
