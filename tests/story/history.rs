//! An administrator follows findings through the fleet: what began, what was mended, what a new policy would change.
//!
//! Touches the cast. Must never reach into a store that a collector holds.

use sekisho_policy::time::Span;
use sekisho_tests::aged::collector_has_listened;
use sekisho_tests::eventually::eventually;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::{STRICT, apply, world_with_aiko};

const FORBIDDEN: &[&str] = &[
    "qbittorrent-a",
    "qbittorrent-b",
    "qbittorrent-c",
    "qbittorrent-d",
    "qbittorrent-e",
    "qbittorrent-f",
];

/// A screen holds what is amiss, and of its evidence no more than a person reads.
fn shows_what_fails_first(world: &World) {
    let shown = said(&world.type_in(&["device", "show", "aiko"]));
    let (fails, passes) = (shown.find("fail"), shown.find("pass"));
    assert!(fails.is_some() && passes.is_some(), "{shown}");
    assert!(fails < passes, "{shown}");
    assert!(
        shown.contains("qbittorrent-d ") || shown.contains("qbittorrent-d:"),
        "{shown}"
    );
    assert!(!shown.contains("qbittorrent-f"), "{shown}");
    assert!(shown.contains("more; --json shows all"), "{shown}");
}

fn turns(world: &World) -> Vec<(String, String)> {
    let device = world.ask(&["device", "show", "aiko", "--history"]);
    let history = device["history"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let turns = history.map(|turn| (text(&turn["turn"]), text(&turn["rule"])));
    turns.collect()
}

fn found(world: &World, options: &[&str]) -> Vec<String> {
    let list = world.ask(&[&["finding", "list"], options].concat());
    let findings = list["findings"].as_array().unwrap().iter();
    let found = findings.map(|found| {
        let [name, rule] = ["name", "rule"].map(|field| found[field].as_str().unwrap());
        format!("{name} {rule}")
    });
    found.collect()
}

#[test]
fn a_finding_is_listed_while_it_lasts_and_stays_in_the_history() {
    let (world, aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    assert_eq!(found(&world, &[]), [""; 0]);

    aiko.machine()
        .has_packages(&[&["base-files"], FORBIDDEN].concat());
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    assert_eq!(found(&world, &["--overdue"]), ["aiko software-allowed"]);
    shows_what_fails_first(&world);
    assert_eq!(found(&world, &["--due"]), [""; 0]);
    assert_eq!(found(&world, &["--older-than", "1d"]), [""; 0]);
    for language in ["en_US.UTF-8", "ja_JP.UTF-8"] {
        let shown = world
            .command(&["finding", "list"])
            .env("LC_ALL", language)
            .output()
            .unwrap();
        let text = said(&shown);
        assert!(
            text.contains("software-allowed") && text.contains("aiko"),
            "{text}"
        );
    }
    let refused = world.type_in(&["finding", "list", "--outcome", "bad", "--json"]);
    assert_eq!(refused.status.code(), Some(1));
    let refused: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(refused["error"]["code"], "not_one_of");

    aiko.machine().has_packages(&["base-files"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    assert_eq!(found(&world, &[]), [""; 0]);
    let turn = |turn: &str| (turn.to_owned(), "software-allowed".to_owned());
    let told = turns(&world);
    assert_eq!(told.first(), Some(&turn("mended")), "{told:?}");
    assert!(told.contains(&turn("began")), "{told:?}");
    let shown = said(&world.type_in(&["device", "show", "aiko", "--history", "1"]));
    assert!(shown.contains("History of the findings"), "{shown}");
}

#[test]
fn a_policy_is_rehearsed_applied_and_taken_back() {
    let (world, _aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let path = world.dir().join("stricter.toml");
    let stricter = STRICT.replace("qbittorrent*", "base-files");
    std::fs::write(&path, &stricter).unwrap();
    let path = path.to_str().unwrap();

    let told = world.ask(&["policy", "rehearse", path]);
    assert_eq!(
        (&told["judged"], &told["changed"]),
        (&json!(1), &json!(1)),
        "{told}"
    );
    assert_eq!(told["rules"][0]["rule"], "software-allowed", "{told}");
    assert_eq!(told["rules"][0]["fails"], 1, "{told}");
    assert_eq!(told["devices"][0]["after"], "violation", "{told}");
    let shown = said(&world.type_in(&["policy", "rehearse", path]));
    assert!(
        shown.contains("aiko") && shown.contains("software-allowed"),
        "{shown}"
    );

    let before = world.ask(&["policy", "show"])["version"].clone();
    let unasked = world.type_in(&["policy", "apply", path]);
    assert_eq!(unasked.status.code(), Some(64), "{}", said(&unasked));
    assert!(said(&unasked).contains("--yes"), "{}", said(&unasked));
    world.ask(&["policy", "apply", path, "--dry-run"]);
    assert_eq!(
        world.ask(&["policy", "show"])["version"],
        before,
        "nothing was applied"
    );

    world.ask(&["policy", "apply", path, "--yes"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let diff = world.ask(&["policy", "diff", &before.to_string()]);
    assert_eq!(diff["differences"][0]["key"], "rules.software-allowed.deny");
    assert_eq!(diff["differences"][0]["added"], json!(["\"base-files\""]));
    let log = world.ask(&["policy", "log"]);
    let summary = log["policies"][0]["summary"].as_str().unwrap();
    assert_eq!(summary, "rules.software-allowed.deny");

    world.ask(&["policy", "revert", &before.to_string(), "--yes"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    assert_eq!(world.ask(&["policy", "show"])["text"], STRICT);
    let log = world.ask(&["policy", "log"]);
    assert_eq!(log["policies"][0]["reverts"], before);
    let old = world.ask(&["policy", "show", "1"]);
    assert_eq!(old["version"], 1);
}

#[test]
fn a_laptop_that_is_silent_for_too_long_is_a_finding_until_it_reports() {
    let (mut world, mut aiko) = world_with_aiko(STRICT);
    apply(
        &world,
        &format!("{STRICT}[rules.device-reporting]\ngrace_hours = 0\nmax_silence_hours = 48\n"),
    );
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.stop();

    // The collector was down as long as you like: it could not hear.
    world.stop_collector();
    world.start_collector();
    let status = world.ask(&["status"]);
    assert_eq!(status["devices"]["stale"], 0, "{status}");

    world.stop_collector();
    collector_has_listened(&world, Span::from_hours(49)).unwrap();
    world.start_collector();
    let device = world.until_device("aiko", "/stale", &json!(true));
    assert_eq!(device["posture"]["verdict"]["standing"], "violation");
    assert_eq!(
        found(&world, &["--rule", "device-reporting"]),
        ["aiko device-reporting"]
    );
    assert_eq!(world.ask(&["status"])["devices"]["stale"], 1);
    let listed = said(&world.type_in(&["device", "list"]));
    assert!(listed.contains("silent too long"), "{listed}");

    aiko.start();
    world.until_device("aiko", "/stale", &json!(false));
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    eventually("the audit log has both", || {
        let entries = world
            .ask(&["audit", "entries", "--limit", "200"])
            .to_string();
        let both = [
            "device-reporting: pass -> fail",
            "device-reporting: fail -> pass",
        ];
        let has_both = both.iter().all(|turn| entries.contains(turn));
        has_both.then_some(()).ok_or(entries)
    });
}
