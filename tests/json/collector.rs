//! What the collector's commands print over the life of a few devices.
//!
//! Touches the cast. Must never leave out an option that changes the shape.

use std::fs;

use sekisho_policy::time::Timestamp;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::laptop::asked;
use crate::shape::Comparison;

/// Asks for something else than the shipped policy, with what differs in each way that can be.
const STRICT: &str = "format = 1
data_class = 'secret'
[rules.disk-encrypted]
grace_hours = 720
[rules.software-allowed]
deny = ['base-files']
[rules.device-reporting]
";

/// Types a command and compares what it prints.
#[track_caller]
fn typed(comparison: &mut Comparison, world: &World, command: &str, rest: &[&str]) -> Value {
    let words: Vec<&str> = command.split(' ').chain(rest.iter().copied()).collect();
    let value = world.ask(&words);
    comparison.printed(&format!("sekisho-collector {command}"), &value);
    value
}

/// A day that lies a week ahead.
fn in_a_week() -> String {
    let now = sekisho_tests::clock::since_epoch().as_secs();
    Timestamp::from_secs(i64::try_from(now).unwrap() + 7 * 86_400).date()
}

pub(crate) fn registers(comparison: &mut Comparison, world: &World) {
    typed(comparison, world, "status", &[]);
    let made = typed(comparison, world, "token create", &["--note", "春"]);
    let id = made["id"].as_str().unwrap();
    typed(comparison, world, "token list", &[]);
    typed(comparison, world, "token withdraw", &[id]);
    typed(comparison, world, "device list", &[]);
    typed(comparison, world, "device show", &["aiko"]);
    typed(
        comparison,
        world,
        "device approve",
        &["aiko", "--for", "9d"],
    );
    let out = ["aiko", "--until", "2098-12-31", "--purpose", "大阪出張"];
    let refused = world.type_in(&[&["device", "take-out"], &out[..]].concat());
    assert_eq!(refused.status.code(), Some(1), "leave for a lifetime");
    let out = ["aiko", "--until", &in_a_week(), "--purpose", "大阪出張"];
    typed(comparison, world, "device take-out", &out);
    let owner = ["aiko", "--owner", "佐藤愛子", "--data-class", "secret"];
    typed(comparison, world, "device set", &owner);
    let asked = [
        "definitions-current",
        "--device",
        "aiko",
        "--owner",
        "佐藤愛子",
        "--reason",
        "春",
        "--for",
        "9d",
    ];
    let asked = [&["exception", "request"], &asked[..], &["--json"]].concat();
    let asked = world.type_in_as(4020, &asked);
    let asked: serde_json::Value = serde_json::from_slice(&asked.stdout).unwrap();
    comparison.printed("sekisho-collector exception request", &asked);
    let number = asked["number"].to_string();
    let approve = ["exception", "approve", &number, "--json"];
    let approved = world.type_in_as(4021, &approve);
    let approved = serde_json::from_slice(&approved.stdout).unwrap();
    comparison.printed("sekisho-collector exception approve", &approved);
    typed(comparison, world, "exception list", &[]);
    typed(comparison, world, "expiry", &["--within", "all"]);
    eventually("a finding is under the exception", || {
        let device = typed(comparison, world, "device show", &["aiko"]);
        let findings = device["posture"]["verdict"]["findings"].as_array();
        let mut findings = findings.into_iter().flatten();
        findings
            .any(|finding| finding["exception"].is_object())
            .then_some(())
            .ok_or(device.to_string())
    });
    typed(comparison, world, "exception revoke", &[&number]);
    let refused = world.type_in(&["device", "show", "mallory", "--json"]);
    let refused = serde_json::from_slice(&refused.stdout).unwrap();
    comparison.has_shape("Failed", &refused);
}

pub(crate) fn orders(comparison: &mut Comparison, world: &World, aiko: &Laptop) {
    let all = ["--all", "--dry-run", "--reason", "worm"];
    typed(comparison, world, "order isolate", &all);
    let isolated = [
        "aiko",
        "--reason",
        "worm",
        "--for",
        "9h",
        "--allow",
        "192.0.2.1:51820/udp",
    ];
    typed(comparison, world, "order isolate", &isolated);
    world.until_device("aiko", "/posture/enforcement/desired", &json!("isolated"));
    typed(comparison, world, "order show", &["aiko"]);
    comparison.printed("sekisho-agent status", &asked(aiko, &["status"]));
    let shown = asked(aiko, &["release"]);
    comparison.printed("sekisho-agent release", &shown);
    let challenge = shown["challenge"].as_str().unwrap();
    let answered = ["aiko", "--challenge", challenge, "--reason", "on a ferry"];
    let code = typed(comparison, world, "order code", &answered);
    let lifted = asked(aiko, &["release", "--code", code["code"].as_str().unwrap()]);
    comparison.printed("sekisho-agent release", &lifted);
    typed(
        comparison,
        world,
        "order release",
        &["aiko", "--reason", "clean"],
    );
    let nobody = ["order", "isolate", "mallory", "--reason", "x", "--json"];
    let nobody = serde_json::from_slice(&world.type_in(&nobody).stdout).unwrap();
    comparison.printed("sekisho-collector order isolate", &nobody);
}

pub(crate) fn records(comparison: &mut Comparison, world: &World) {
    let path = |name: &str| world.dir().join(name).to_str().unwrap().to_owned();
    let policy = typed(comparison, world, "policy show", &[]);
    let document = path("policy.toml");
    fs::write(&document, format!("{}\n", policy["text"].as_str().unwrap())).unwrap();
    typed(comparison, world, "policy check", &[&document]);
    typed(comparison, world, "policy rehearse", &[&document]);
    typed(comparison, world, "policy apply", &[&document, "--dry-run"]);
    typed(comparison, world, "policy apply", &[&document, "--yes"]);
    typed(comparison, world, "policy log", &[]);
    typed(comparison, world, "policy show", &["1"]);
    let strict = path("strict.toml");
    fs::write(&strict, STRICT).unwrap();
    typed(comparison, world, "policy diff", &["1", &strict]);
    typed(comparison, world, "policy rehearse", &[&strict]);
    typed(comparison, world, "policy apply", &[&strict, "--yes"]);
    typed(comparison, world, "policy revert", &["2", "--yes"]);
    typed(comparison, world, "finding list", &[]);
    typed(comparison, world, "finding list", &["--outcome", "pass"]);
    typed(comparison, world, "device show", &["aiko", "--history"]);

    let head = typed(comparison, world, "audit head", &[]);
    typed(comparison, world, "audit entries", &["--limit", "9"]);
    let (key, log) = (path("log.pub"), path("log.jsonl"));
    fs::write(&key, head["key"].as_str().unwrap()).unwrap();
    let entry = typed(comparison, world, "audit proof", &["2"]);
    let growth = typed(comparison, world, "audit proof", &["--from", "2"]);
    typed(comparison, world, "audit export", &[&log]);
    typed(comparison, world, "audit verify", &[&log, "--key", &key]);
    for proof in [entry, growth] {
        let file = path("proof.json");
        fs::write(&file, proof.to_string()).unwrap();
        typed(comparison, world, "audit verify", &[&file, "--key", &key]);
    }
    let export = path("export.jsonl");
    typed(comparison, world, "export", &[&export]);
    exported(comparison, &fs::read_to_string(export).unwrap());
    typed(comparison, world, "backup", &[&path("a.backup")]);
}

/// Each line by its kind.
fn exported(comparison: &mut Comparison, text: &str) {
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let shape = match line["kind"].as_str() {
            Some("export") => "ExportBegin",
            Some("policy") => "ExportPolicy",
            Some("earlier_policy") => "ExportEarlierPolicy",
            Some("token") => "ExportToken",
            Some("device") => "ExportDevice",
            Some("end") => "ExportEnd",
            other => panic!("a line of the kind {other:?}"),
        };
        comparison.has_shape(shape, &line);
    }
}

/// Two machines claim to be aiko's.
pub(crate) fn a_clone(comparison: &mut Comparison, world: &World, mut aiko: Laptop) {
    aiko.stop();
    let mut copy = aiko.copied_to(&world.dir().join("copy"), "mallory");
    copy.start();
    eventually("the case is held", || {
        let device = world.device("aiko")?;
        device["clones"]
            .is_object()
            .then_some(())
            .ok_or(device.to_string())
    });
    typed(comparison, world, "device show", &["aiko"]);
    let known = ["aiko", "--keep", "known", "--reason", "not ours"];
    typed(comparison, world, "device resolve", &known);
}

pub(crate) fn ends(comparison: &mut Comparison, world: &mut World) {
    typed(
        comparison,
        world,
        "device suspend",
        &["kenji", "--reason", "leave"],
    );
    typed(
        comparison,
        world,
        "device lost",
        &["kenji", "--reason", "train"],
    );
    typed(
        comparison,
        world,
        "device retire",
        &["yui", "--reason", "scrapped"],
    );
    let mixed = [
        "device", "retire", "yui", "mallory", "--reason", "x", "--json",
    ];
    let mixed = serde_json::from_slice(&world.type_in(&mixed).stdout).unwrap();
    comparison.printed("sekisho-collector device retire", &mixed);

    typed(comparison, world, "beacon status", &[]);
    world.stop_collector();
    let beacon = "[beacon]\nlisten = [\"127.0.0.1:0\"]\naddresses = [\"10.1.2.3:7445\"]\n";
    world.is_configured(beacon);
    world.start_collector();
    typed(comparison, world, "beacon status", &[]);
    typed(comparison, world, "beacon rotate", &[]);
    typed(comparison, world, "status", &[]);

    let other = world.dir().join("other");
    let made = world.type_in(&["init", "--json", "--dir", other.to_str().unwrap()]);
    let made = serde_json::from_slice(&made.stdout).unwrap_or_else(|_| panic!("{}", said(&made)));
    comparison.printed("sekisho-collector init", &made);
    world.stop_collector();
    fs::remove_dir_all(world.collector_dir().join("store")).unwrap();
    let unserved = world.type_in(&["serve", "--json"]);
    let unserved = serde_json::from_slice(&unserved.stdout).unwrap();
    comparison.printed("sekisho-collector serve", &unserved);
    let backup = world.dir().join("a.backup");
    typed(comparison, world, "restore", &[backup.to_str().unwrap()]);
}
