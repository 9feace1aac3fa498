//! A device is judged, breaks a rule, and is mended.
//!
//! Touches the cast. Must never change a fact but in the laptop's own files.

use nix::sys::signal::Signal;
use sekisho_tests::child::Child;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::World;
use serde_json::{Value, json};

/// Approval, an encrypted disk and no forbidden software, all at once and without grace.
pub(crate) const STRICT: &str = "\
format = 1
data_class = \"confidential\"
[rules.device-approved]
grace_hours = 0
[rules.disk-encrypted]
grace_hours = 0
[rules.software-allowed]
grace_hours = 0
deny = [\"qbittorrent*\"]
";

/// A company with this policy, and a laptop that is enrolled, approved and on.
pub(crate) fn world_with_aiko(policy: &str) -> (World, Laptop) {
    let world = World::new();
    apply(&world, policy);
    let aiko = aiko_of(&world);
    (world, aiko)
}

/// Puts a policy in force.
pub(crate) fn apply(world: &World, policy: &str) {
    let path = world.dir().join("policy.toml");
    std::fs::write(&path, policy).unwrap();
    world.ask(&["policy", "apply", path.to_str().unwrap(), "--yes"]);
}

/// A laptop of this company that is enrolled, approved and on.
pub(crate) fn aiko_of(world: &World) -> Laptop {
    let mut aiko = world.laptop("aiko");
    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(
        enrolled.status.success(),
        "{}",
        sekisho_tests::world::said(&enrolled)
    );
    aiko.start();
    aiko
}

fn finding(device: &Value, rule: &str) -> Value {
    let findings = device["posture"]["verdict"]["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == rule);
    found
        .unwrap_or_else(|| panic!("no finding of {rule} in {findings:?}"))
        .clone()
}

#[test]
fn it_is_approved_and_judged() {
    let (world, _aiko) = world_with_aiko(STRICT);
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    let disk = finding(&device, "disk-encrypted");
    assert_eq!(disk["outcome"], "pass");
    assert_eq!(disk["clause"]["promise"], "M3");
    assert!(
        disk.to_string().contains("CRYPT-LUKS2"),
        "no evidence in {disk}"
    );
}

#[test]
fn an_employee_who_watches_is_told_as_things_change() {
    let world = World::new();
    let aiko = world.laptop("aiko");
    let policy = world.dir().join("policy.toml");
    std::fs::write(&policy, STRICT).unwrap();
    let policy = policy.to_str().unwrap();
    let mut check = aiko.command(&["check", "--watch", "--json", "--policy", policy]);
    let mut watch = Child::start("check", &mut check, &world.dir().join("check.log"));
    let told = |watch: &Child| -> Vec<String> {
        let lines = watch.log();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        let software = lines.map(|told: Value| {
            let findings = told["findings"].as_array().unwrap().clone();
            let mut found = findings.into_iter();
            let found = found.find(|finding| finding["rule"] == "software-allowed");
            found.unwrap()["outcome"].as_str().unwrap().to_owned()
        });
        software.collect()
    };
    let is_told = |watch: &Child, expected: &[&str]| {
        eventually(&format!("{expected:?} is told"), || {
            let told = told(watch);
            (told == expected)
                .then_some(())
                .ok_or_else(|| format!("{told:?}"))
        });
    };
    is_told(&watch, &["pass"]);
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    is_told(&watch, &["pass", "fail"]);
    aiko.machine().has_packages(&["base-files"]);
    is_told(&watch, &["pass", "fail", "pass"]);
    watch.signal(Signal::SIGINT);
    let ended = eventually("Ctrl-C ends it", || watch.ended().ok_or_else(String::new));
    assert_eq!(
        ended.code(),
        Some(2),
        "nobody has approved it: {}",
        watch.log()
    );
}

#[test]
fn it_breaks_a_rule_and_is_mended() {
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    aiko.stop();
    aiko.machine().leaves_its_disk_plain();
    aiko.start();
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let disk = finding(&device, "disk-encrypted");
    assert_eq!(disk["outcome"], "fail");
    assert!(
        !disk["remedy"]["ja"].as_str().unwrap_or_default().is_empty(),
        "{disk}"
    );
    assert_eq!(finding(&device, "software-allowed")["outcome"], "pass");

    aiko.stop();
    aiko.machine().encrypts_its_disk();
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}

#[test]
fn forbidden_software_is_seen_as_it_is_installed() {
    let (world, aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let software = finding(&device, "software-allowed");
    assert!(
        software.to_string().contains("qbittorrent-nox"),
        "{software}"
    );

    aiko.machine().has_packages(&["base-files"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}

#[test]
fn a_new_policy_reaches_the_laptop_and_its_next_verdict() {
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    apply(&world, &STRICT.replace("qbittorrent*", "base-files"));

    aiko.stop();
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
}
