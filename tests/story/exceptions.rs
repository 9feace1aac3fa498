//! A rule need not be kept for a while: one person asks, another approves, and it ends by itself.
//!
//! Touches the cast. Must never have one person do both.

use sekisho_tests::eventually::eventually;
use sekisho_tests::skip::may_log_in_as_others;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::{STRICT, world_with_aiko};

/// Two administrators, by the users they log in as.
const KENJI: u32 = 4021;
const MIKA: u32 = 4022;

#[track_caller]
fn done(world: &World, user: u32, typed: &[&str]) -> Value {
    let output = world.type_in_as(user, &[typed, &["--json"]].concat());
    assert!(output.status.success(), "{typed:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn software(device: &Value) -> Value {
    let findings = device["posture"]["verdict"]["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|finding| finding["rule"] == "software-allowed");
    found.unwrap().clone()
}

/// What Kenji asks for, beside for whom and for how long.
const ASKED: [&str; 7] = [
    "exception",
    "request",
    "software-allowed",
    "--owner",
    "Sato Aiko",
    "--reason",
    "sends the large drawings",
];

#[test]
fn an_exception_takes_two_people_and_ends_by_itself() {
    if !may_log_in_as_others() {
        return;
    }
    let (world, aiko) = world_with_aiko(STRICT);
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));

    let asked = [&ASKED[..], &["--device", "aiko", "--for", "45s"]].concat();
    let asked = done(&world, KENJI, &asked);
    assert_eq!(asked["state"], "requested");
    let number = asked["number"].to_string();
    let alone = world.type_in_as(KENJI, &["exception", "approve", &number]);
    assert_eq!(alone.status.code(), Some(1), "{}", said(&alone));
    assert!(said(&alone).contains("somebody else must approve it"));
    let root = world.type_in_as(0, &["exception", "approve", &number]);
    assert_eq!(root.status.code(), Some(1), "{}", said(&root));
    assert!(said(&root).contains("has not logged in as a person"));
    let status = world.ask(&["status"]);
    assert!(
        status["warnings"].to_string().contains("exception_waits"),
        "{status}"
    );
    let device = world.device("aiko").unwrap();
    assert_eq!(device["posture"]["verdict"]["standing"], "violation");

    let approved = done(&world, MIKA, &["exception", "approve", &number]);
    assert_eq!(approved["state"], "in_force");
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let finding = software(&device);
    assert_eq!(finding["outcome"], "fail");
    assert_eq!(finding["counts"], false);
    assert_eq!(finding["exception"]["owner"], "Sato Aiko");
    assert!(
        finding["exception"]["approver"]
            .to_string()
            .contains("4022"),
        "{finding}"
    );
    let status = world.ask(&["status"]);
    assert!(
        status["warnings"].to_string().contains("exception_ends"),
        "{status}"
    );
    for (locale, words) in [
        (
            "en_US.UTF-8",
            [
                "Does not count until",
                "sends the large drawings",
                "Sato Aiko",
            ],
        ),
        (
            "ja_JP.UTF-8",
            [
                "まで違反に数えません",
                "sends the large drawings",
                "Sato Aiko",
            ],
        ),
    ] {
        let shown = world
            .command(&["device", "show", "aiko"])
            .env("LC_ALL", locale)
            .output();
        let shown = said(&shown.unwrap());
        assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
        eventually("the laptop judges alike", || {
            let check = aiko.command(&["check"]).env("LC_ALL", locale).output();
            let text = said(&check.unwrap());
            match words.iter().all(|word| text.contains(word)) {
                true => Ok(()),
                false => Err(text),
            }
        });
    }

    // Nobody does anything, and the rule counts again.
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    assert_eq!(software(&device)["exception"], Value::Null);
    let listed = world.ask(&["exception", "list"]);
    assert_eq!(listed["exceptions"][0]["state"], "ended");
    let entries = world
        .ask(&["audit", "entries", "--limit", "500"])
        .to_string();
    for action in ["exception.requested", "exception.approved"] {
        assert!(entries.contains(action), "no {action} in {entries}");
    }
}

#[test]
fn an_exception_of_a_group_is_taken_back_while_the_laptop_is_away() {
    if !may_log_in_as_others() {
        return;
    }
    let (world, mut aiko) = world_with_aiko(STRICT);
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let asked = [&ASKED[..], &["--group", "", "--for", "30d"]].concat();
    let number = done(&world, KENJI, &asked)["number"].to_string();
    aiko.stop();
    eventually("the laptop is away", || {
        let device = world.device("aiko")?;
        (device["attached"] == false)
            .then_some(())
            .ok_or(device.to_string())
    });

    done(&world, MIKA, &["exception", "approve", &number]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    done(&world, KENJI, &["exception", "revoke", &number]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));

    for (typed, says) in [
        (["exception", "approve", &number], "revoked"),
        (["exception", "approve", "99"], "no exception 99"),
    ] {
        let refused = world.type_in_as(MIKA, &typed);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(says), "{}", said(&refused));
    }
    let mut mistyped = ASKED;
    mistyped[2] = "software-alowed";
    let refused = world.type_in_as(
        KENJI,
        &[&mistyped[..], &["--group", "", "--for", "30d"]].concat(),
    );
    assert!(
        said(&refused).contains("disk-encrypted"),
        "{}",
        said(&refused)
    );
    mistyped[2] = "device-approved";
    let refused = [&mistyped[..], &["--group", "", "--for", "30d"]].concat();
    let refused = world.type_in_as(KENJI, &refused);
    assert!(
        said(&refused).contains("\"device-approved\""),
        "{}",
        said(&refused)
    );
    let forever = [&ASKED[..], &["--group", "", "--for", "400d"]].concat();
    let forever = world.type_in_as(KENJI, &forever);
    assert_eq!(forever.status.code(), Some(1), "{}", said(&forever));
}
