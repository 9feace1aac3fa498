//! An order to the whole fleet: whom it would hit is shown, and it is given only to as many as were
//! confirmed.
//!
//! Touches temporary folders, loopback and a pseudo terminal.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::taken::with_two;
use super::{Collector, PROGRAM, ends, run_in};

const ALL: [&str; 5] = ["order", "isolate", "--all", "--reason", "worm"];

fn is_ordered(collector: &Collector, name: &str) -> bool {
    collector.json(&["order", "show", name])["order"] != Value::Null
}

/// Types the order at a terminal, and `answer` when it asks.
fn at_a_terminal(collector: &Collector, answer: &str) -> Output {
    let home = collector.dir.path().join("c");
    let line = format!("{PROGRAM} {} --dir {}", ALL.join(" "), home.display());
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut keys = terminal.stdin.take().unwrap();
    writeln!(keys, "{answer}").unwrap();
    let output = terminal.wait_with_output().unwrap();
    drop(keys);
    output
}

#[test]
fn an_order_to_the_fleet_is_shown_first_and_given_to_the_number_that_is_typed() {
    let collector = with_two();
    let unasked = collector.run(&ALL);
    ends(&unasked, 64, "would hit 2 devices and was not confirmed");
    ends(&unasked, 64, "--yes");
    assert!(!is_ordered(&collector, "aiko-pc"));

    let dry_run = [&ALL[..], &["--dry-run"]].concat();
    let shown = collector.run(&dry_run);
    ends(
        &shown,
        0,
        "2 devices would be isolated, 0 of them connected",
    );
    ends(&shown, 0, "kenji-pc");
    let home = collector.dir.path().join("c");
    let japanese = run_in("ja_JP.UTF-8", &home, &dry_run);
    ends(&japanese, 0, "2 台を隔離します");
    assert!(!is_ordered(&collector, "aiko-pc"), "a preview ordered it");

    for answer in ["1", "yes", ""] {
        let typed = at_a_terminal(&collector, answer);
        ends(&typed, 64, "Type 2 to order it");
        assert!(!is_ordered(&collector, "aiko-pc"), "{answer:?} ordered it");
    }
    ends(&at_a_terminal(&collector, "2"), 0, "aiko-pc");
    assert!(is_ordered(&collector, "kenji-pc"));
}

#[test]
fn a_script_says_that_it_means_it() {
    let collector = with_two();
    let order = collector.json(&[&ALL[..], &["--yes"]].concat());
    assert_eq!(order["recorded"], 2, "{order}");
    let release = ["order", "release", "--group", "", "--reason", "over"];
    ends(&collector.run(&release), 64, "was not confirmed");
    let release = [&release[..], &["--yes"]].concat();
    assert_eq!(collector.json(&release)["recorded"], 2);
}
