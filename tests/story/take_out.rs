//! A laptop is taken out of the company, and something is plugged into it.
//!
//! Touches the cast. Must never change a fact but in the laptop's own files.

use std::fs;
use std::os::unix::fs::symlink;

use sekisho_policy::time::Timestamp;
use sekisho_tests::clock;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::said;
use serde_json::{Value, json};

use crate::judgement::world_with_aiko;

/// What the laptop can be asked of its leave, while nothing proves where it is.
const LEAVE: &str = "\
format = 1
[company-rules.with-leave]
title = { en = 'Leave', ja = '承認' }
remedy = { en = 'Ask for leave.', ja = '承認を依頼してください。' }
expression = 'device.take_out_approved'
";
const MEDIA: &str = "format = 1\n[rules.removable-media]\n";

/// A day that lies so many days ahead.
fn in_days(days: i64) -> String {
    let now = i64::try_from(clock::since_epoch().as_secs()).unwrap();
    Timestamp::from_secs(now + days * 86_400).date()
}

fn outcome_on(laptop: &Laptop) -> Value {
    let output = laptop.type_in(&["check", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    answer["findings"][0]["outcome"].clone()
}

#[test]
fn leave_is_put_down_at_the_collector_and_known_to_the_laptop() {
    let (world, aiko) = world_with_aiko(LEAVE);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    assert_eq!(outcome_on(&aiko), "fail");

    let until = in_days(2);
    let out = ["device", "take-out", "aiko", "--until", &until];
    let row = world.ask(&[&out[..], &["--purpose", "大阪出張"]].concat());
    assert_eq!(row["take_out"]["purpose"], "大阪出張");
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    assert_eq!(outcome_on(&aiko), "pass");

    for (locale, word) in [("en_US.UTF-8", "in force"), ("ja_JP.UTF-8", "有効")] {
        for typed in [&["device", "show", "aiko"][..], &["status"]] {
            let output = world.command(typed).env("LC_ALL", locale).output().unwrap();
            assert!(output.status.success(), "{}", said(&output));
            let text = said(&output);
            let shown = typed.len() == 1 || text.contains("大阪出張") && text.contains(word);
            assert!(shown, "{text}");
        }
    }
    let ending = world.ask(&["device", "list", "--take-out", "ending"]);
    assert_eq!(ending["devices"].as_array().unwrap().len(), 1);

    world.ask(&["device", "take-out", "aiko", "--end"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    assert_eq!(outcome_on(&aiko), "fail");
    let again = world.type_in(&["device", "take-out", "aiko", "--end"]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    let untimed = world.type_in(&["device", "take-out", "aiko"]);
    assert_eq!(untimed.status.code(), Some(64), "{}", said(&untimed));
}

/// A stick on USB that nobody mounts: udev's record of it comes last, as on a laptop.
fn plug_in(laptop: &Laptop, filesystem: &str) {
    let machine = laptop.machine();
    let stick = "sys/devices/pci0000:00/usb1/1-1/block/sdb";
    machine.write(&format!("{stick}/size"), "8000000\n");
    machine.write(&format!("{stick}/removable"), "1\n");
    let link = machine.root_dir().join("sys/dev/block/8:16");
    symlink("../../devices/pci0000:00/usb1/1-1/block/sdb", link).unwrap();
    machine.write(
        "run/udev/data/b8:16",
        format!("E:ID_FS_TYPE={filesystem}\n"),
    );
}

fn pull_out(laptop: &Laptop) {
    let root = laptop.machine().root_dir().to_owned();
    fs::remove_file(root.join("sys/dev/block/8:16")).unwrap();
    fs::remove_file(root.join("run/udev/data/b8:16")).unwrap();
}

#[test]
fn a_stick_announces_itself_though_nobody_mounts_it() {
    let (world, mut aiko) = world_with_aiko(MEDIA);
    aiko.stop();
    aiko.machine()
        .write("run/udev/data/b8:0", "E:ID_PART_TABLE_TYPE=gpt\n");
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    plug_in(&aiko, "vfat");
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let told = device["posture"]["verdict"].to_string();
    assert!(told.contains("sdb"), "{told}");
    pull_out(&aiko);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    plug_in(&aiko, "crypto_LUKS\nE:ID_FS_VERSION=2");
    let evidence = "/posture/verdict/findings/0/evidence/0/value";
    world.until_device("aiko", evidence, &json!("encrypted"));
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}
