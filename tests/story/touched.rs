//! What changes on a laptop is judged within seconds, by the facts that it touches and no others.
//!
//! Touches the cast. Must never change a fact but in the laptop's own files.

use std::collections::BTreeMap;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::opens::Opens;
use sekisho_tests::world::World;
use serde_json::{Value, json};

use crate::judgement::world_with_aiko;

const POLICY: &str = "\
format = 1
[rules.disk-encrypted]
grace_hours = 0
[rules.local-administrators]
grace_hours = 0
max_others = 1
[rules.screen-locks]
grace_hours = 0
unknown = \"fail\"
[rules.software-allowed]
grace_hours = 0
deny = [\"qbittorrent*\"]
";
const STATUS: &str = "var/lib/dpkg/status";
const LOCK: &str = "etc/xdg/kscreenlockerrc";
const COMPANY: &str = "[Daemon][$i]\nAutolock=true\nTimeout=5\nLockGrace=5\nRequirePassword=true\n";

/// A laptop on which all was read and told, and whose agent knows the company's policy from before, so that it
/// waits for something to happen.
fn calm() -> (World, Laptop) {
    let (world, mut aiko) = world_with_aiko(POLICY);
    let machine = aiko.machine();
    machine.write(
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\naiko:x:1000:1000::/home/aiko:/bin/sh\n",
    );
    machine.write("etc/group", "sudo:x:27:aiko\n");
    machine.write(
        "run/systemd/sessions/2",
        "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=KDE\n",
    );
    machine.write(LOCK, COMPANY);
    machine.write(
        "home/aiko/.config/kscreenlockerrc",
        "[Daemon]\nAutolock=false\n",
    );
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    aiko.stop();
    aiko.start();
    aiko.until_status("/agent/read_at", Value::is_string);
    aiko.until_status("/attached", |attached| attached == true);
    aiko.until_nothing_waits();
    (world, aiko)
}

fn outcome(device: &Value, rule: &str) -> String {
    let findings = device["posture"]["verdict"]["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == rule);
    found.unwrap()["outcome"].as_str().unwrap().to_owned()
}

/// What was opened since. Mounts are the machine's that the story is told on, where others mount meanwhile: what the
/// volumes are read from is left out.
fn opened(opens: &mut Opens) -> BTreeMap<String, u32> {
    let mut opened = opens.since();
    opened.retain(|file, _| !file.starts_with("proc/") && !file.starts_with("sys/"));
    opened
}

#[test]
fn a_change_is_judged_by_what_it_touches_and_nothing_else_is_read() {
    let (world, aiko) = calm();
    let before = world.device("aiko").unwrap();
    let read_at = aiko.status().unwrap()["agent"]["read_at"].clone();
    let machine = aiko.machine();
    let mut opens = Opens::below(machine.root_dir());

    machine.write("etc/group", "sudo:x:27:aiko,ken\n");
    opens.since();
    let violation = json!("violation");
    let device = world.until_device("aiko", "/posture/verdict/standing", &violation);
    assert_eq!(outcome(&device, "local-administrators"), "fail");
    assert_eq!(outcome(&device, "disk-encrypted"), "pass");
    let names: Vec<String> = opened(&mut opens).into_keys().collect();
    assert_eq!(names, ["etc/group", "etc/passwd"]);

    machine.write("etc/group", "sudo:x:27:aiko\n");
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    opens.since();

    // The company's lock is taken away, and the user's own setting counts.
    std::fs::remove_file(machine.root_dir().join(LOCK)).unwrap();
    let device = world.until_device("aiko", "/posture/verdict/standing", &violation);
    assert_eq!(outcome(&device, "screen-locks"), "fail");
    let files = opened(&mut opens);
    assert!(files.contains_key("run/systemd/sessions/2"), "{files:?}");
    let other = ["etc/group", STATUS];
    assert!(
        other.iter().all(|file| !files.contains_key(*file)),
        "{files:?}"
    );
    machine.write(LOCK, COMPANY);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    // The list of packages is read once, for the software and for the updates.
    machine.has_packages(&["base-files", "qbittorrent"]);
    opens.since();
    let device = world.until_device("aiko", "/posture/verdict/standing", &violation);
    assert_eq!(outcome(&device, "software-allowed"), "fail");
    assert_eq!(outcome(&device, "screen-locks"), "pass");
    let files = opened(&mut opens);
    assert_eq!(files.get(STATUS), Some(&1), "{files:?}");
    assert!(!files.contains_key("etc/group"), "{files:?}");

    // What nothing was announced of is as it was, to the byte.
    let sections = |device: &Value| device["posture"]["sections"].clone();
    for section in ["host", "volumes", "antivirus"] {
        assert_eq!(sections(&device)[section], sections(&before)[section]);
    }
    let now = aiko.status().unwrap()["agent"]["read_at"].clone();
    assert_eq!(now, read_at, "all facts were read once, at the start");
}

#[test]
fn a_folder_that_the_company_makes_later_announces_what_it_puts_there() {
    let (_world, aiko) = calm();
    let machine = aiko.machine();
    let mut opens = Opens::below(machine.root_dir());
    machine.write("etc/dconf/db/local", "");
    opens.since();
    sekisho_tests::eventually::eventually("the sessions are read", || {
        let files = opened(&mut opens);
        match files.contains_key("run/systemd/sessions/2") {
            true => Ok(()),
            false => Err(format!("{files:?}")),
        }
    });
}
