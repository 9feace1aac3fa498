//! What a person and a program are shown of the state of a collector, and what is taken out of it.
//!
//! Touches temporary folders and loopback.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::backup::enrol;
use super::{Collector, PROGRAM, ends, run, run_in};

/// A collector with two laptops that wait to be approved.
pub(super) fn with_two() -> Collector {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("c");
    assert!(run(&home, &["init"]).status.success());
    enrol(&home);
    Collector::serving(dir)
}

/// The actions of the audit log, oldest first.
fn deeds(collector: &Collector) -> Vec<Value> {
    let entries = collector.json(&["audit", "entries"]);
    entries["entries"].as_array().unwrap().clone()
}

fn count(deeds: &[Value], action: &str) -> usize {
    deeds.iter().filter(|deed| deed["action"] == action).count()
}

/// A line of pairs, with the columns between them as one space.
fn has_pair(output: &Output, label: &str, value: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text
        .lines()
        .any(|line| line.trim().strip_prefix(label).map(str::trim) == Some(value));
    assert!(found, "{label}: {value} is not in:\n{text}");
}

#[test]
fn the_fleet_in_numbers_is_shown_in_both_languages_and_to_programs() {
    let collector = with_two();
    let english = collector.run(&["status"]);
    let home = collector.dir.path().join("c");
    let japanese = run_in("ja_JP.UTF-8", &home, &["status"]);
    for (output, total, pending, connected) in [
        (&english, "In the register", "pending", "Connected"),
        (&japanese, "登録台数", "承認待ち", "接続中"),
    ] {
        assert_eq!(output.status.code(), Some(0));
        has_pair(output, total, "2");
        has_pair(output, pending, "2");
        has_pair(output, connected, "0");
    }
    let status = collector.json(&["status"]);
    assert_eq!(status["devices"]["total"], 2);
    assert_eq!(status["devices"]["registrations"]["pending"], 2);
    assert_eq!(status["devices"]["standings"]["none"], 2);
    assert_eq!(status["policy_version"], 1);
    let warnings = status["warnings"].to_string();
    let shown = String::from_utf8_lossy(&english.stdout);
    for warning in status["warnings"].as_array().unwrap() {
        assert!(!warning.as_str().unwrap().is_empty(), "{warnings}\n{shown}");
    }
}

#[test]
fn the_record_is_exported_line_by_line_and_the_log_knows_its_digest() {
    let collector = with_two();
    let home = collector.dir.path().join("c");
    let path = |name: &str| collector.dir.path().join(name).to_str().unwrap().to_owned();
    let said = run_in("ja_JP.UTF-8", &home, &["export", &path("ja.jsonl")]);
    ends(&said, 0, "書き出しました");
    let written = collector.json(&["export", &path("a.jsonl")]);
    let bytes = fs::read(path("a.jsonl")).unwrap();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
    assert_eq!(written["bytes"], bytes.len());
    assert_eq!(written["sha256"], digest.as_str());

    let lines: Vec<Value> = String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["export", "policy", "token", "device", "device", "end"]
    );
    assert_eq!(lines[3]["name"], "aiko-pc");
    assert_eq!(lines[5]["devices"], 2);

    let deeds = deeds(&collector);
    assert_eq!(count(&deeds, "record.asked"), 2);
    let taken: Vec<_> = deeds
        .iter()
        .filter(|deed| deed["action"] == "record.exported")
        .collect();
    assert_eq!(taken.len(), 2);
    assert!(
        taken[1]["details"].to_string().contains(&digest),
        "{taken:?}"
    );
}

/// Alters a row of the store.
pub(super) fn damage(collector: &Collector, key: &[u8]) {
    let file = collector.dir.path().join("c/store/store.db");
    let db = rusqlite::Connection::open(file).unwrap();
    db.busy_timeout(std::time::Duration::from_secs(20)).unwrap();
    let alter = "UPDATE row SET sum = sum + 1 WHERE key = ?1";
    assert_eq!(db.execute(alter, [key]).unwrap(), 1, "{key:?}");
}

#[test]
fn what_cannot_be_read_is_named_in_the_export_and_with_the_device() {
    let collector = with_two();
    let home = collector.dir.path().join("c");
    let path = |name: &str| collector.dir.path().join(name).to_str().unwrap().to_owned();
    let isolated = collector.run(&["order", "isolate", "aiko-pc", "--reason", "worm"]);
    ends(&isolated, 0, "aiko-pc");
    fs::write(path("policy.toml"), "format = 1\n").unwrap();
    let applied = collector.run(&["policy", "apply", &path("policy.toml"), "--yes"]);
    ends(&applied, 0, "version 2");
    damage(&collector, &[b"v", &1_u64.to_be_bytes()[..]].concat());
    damage(&collector, &[b"d", &[2; 16][..]].concat());
    damage(&collector, &[b"b", &1_u64.to_be_bytes()[..]].concat());

    collector.json(&["export", &path("a.jsonl")]);
    let text = fs::read_to_string(path("a.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let kinds: Vec<_> = lines
        .iter()
        .filter_map(|line| line["kind"].as_str())
        .collect();
    let expected = [
        "export", "policy", "damaged", "token", "device", "damaged", "end",
    ];
    assert_eq!(kinds, expected);
    let named = |line: &Value| [line["what"].clone(), line["name"].clone()];
    assert_eq!(named(&lines[2]), ["earlier_policy", "1"]);
    let kenji = "02020202-0202-0202-0202-020202020202";
    assert_eq!(named(&lines[5]), ["device", kenji]);
    assert_eq!(
        (&lines[6]["devices"], &lines[6]["damaged"]),
        (&1.into(), &2.into())
    );
    assert!(lines[4]["order"].is_null() && lines[4]["order_damage"].is_string());

    let list = collector.json(&["device", "list"]);
    let named = list["damaged"][0].as_str().unwrap();
    assert!(named.contains(kenji), "{list}");
    assert_eq!(list["devices"].as_array().map(Vec::len), Some(1));
    ends(&collector.run(&["device", "list"]), 0, kenji);

    let show = ["device", "show", "aiko-pc"];
    ends(
        &collector.run(&show),
        0,
        "The order in force cannot be read",
    );
    let japanese = run_in("ja_JP.UTF-8", &home, &show);
    ends(&japanese, 0, "有効な命令を読み取れません");
    let shown = collector.json(&["order", "show", "aiko-pc"]);
    assert!(shown["order_damage"].is_string(), "{shown}");
    ends(&collector.run(&["status"]), 0, "does not reach its laptop");
    ends(&collector.run(&["finding", "list"]), 0, kenji);
    ends(
        &collector.run(&["policy", "rehearse", &path("policy.toml")]),
        0,
        "version 2",
    );
}

/// The disk of whoever takes it is full, or the file may not grow: nothing is left, and the log does not say
/// that there is a backup.
#[test]
fn a_download_that_fails_is_not_on_record_as_a_backup() {
    let collector = with_two();
    let home = collector.dir.path().join("c");
    let file = collector.dir.path().join("a.backup");
    let limited = |script: &str| {
        let shell = Command::new("sh")
            .args(["-c", script, "sh", PROGRAM])
            .args([&file, &home])
            .env("LC_ALL", "C")
            .output();
        shell.unwrap()
    };
    let full = limited("exec \"$1\" backup - --dir \"$3\" > /dev/full");
    ends(&full, 1, "No space left on device");
    let large = limited("trap '' XFSZ; ulimit -f 1; exec \"$1\" backup \"$2\" --dir \"$3\"");
    ends(&large, 1, "File too large");
    assert!(!file.exists(), "a part of a backup is left");
    let deeds_then = deeds(&collector);
    assert_eq!(count(&deeds_then, "backup.asked"), 2);
    assert_eq!(count(&deeds_then, "backup.taken"), 0);

    ends(&collector.run(&["backup", file.to_str().unwrap()]), 0, "");
    assert_eq!(count(&deeds(&collector), "backup.taken"), 1);
}
