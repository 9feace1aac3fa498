//! An isolation that is only tried: what the program says of it, and that it never stays.

use std::fs::{self, File};
use std::process::{Child, Command};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sekisho_policy::order::Access;
use serde_json::Value;
use tempfile::TempDir;

use crate::REFUSED;
use crate::lab::*;
use crate::traffic::{eventually, tcp};

const WHILE: Duration = Duration::from_secs(20);

/// The program at work on the laptop.
struct SelfTest {
    dir: TempDir,
    child: Child,
}

impl SelfTest {
    fn start(lab: &Lab, span: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho-agent"));
        command
            .arg("--state-dir")
            .arg(dir.path().join("state"))
            .args(["self-test", "--isolate-for", span, "--lang", "en"])
            .args(["--collector", COLLECTOR_V4, "--elsewhere", WORLD_V4])
            .arg("--json")
            .arg(dir.path().join("told.json"))
            .stdout(File::create(dir.path().join("stdout")).unwrap());
        let child = lab.laptop.run(move || command.spawn().unwrap());
        Self { dir, child }
    }

    /// Waits for its end; what it says of the isolation, line by line, and all that it wrote.
    fn ended(&mut self) -> (Vec<(String, String)>, Value) {
        self.child.wait().unwrap();
        let text = fs::read_to_string(self.dir.path().join("told.json")).unwrap();
        let told: Value = serde_json::from_str(&text).unwrap();
        let of = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
        let lines = told["lines"].as_array().unwrap().iter();
        let lines = lines
            .filter(|line| line["part"] == "isolation")
            .map(|line| (of(line, "name"), of(line, "outcome")));
        (lines.collect(), told)
    }
}

impl Drop for SelfTest {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn is_cut_off(lab: &Lab) -> bool {
    tcp(&lab.laptop, SOMEBODY, WORLD_V4) == REFUSED
}

fn is_free(lab: &Lab) -> bool {
    lab.laptop.sh("nft list ruleset").is_empty() && tcp(&lab.laptop, SOMEBODY, WORLD_V4) == Ok(())
}

#[test]
fn a_self_test_isolates_for_its_time_tells_what_it_saw_and_lifts_by_itself() {
    let Some(lab) = lab() else { return };
    let mut test = SelfTest::start(&lab, "8s");
    assert!(eventually(WHILE, || is_cut_off(&lab)));
    assert_eq!(tcp(&lab.laptop, SOMEBODY, COLLECTOR_V4), Ok(()));
    let (lines, told) = test.ended();
    let passed = [
        "isolation-none",
        "collector-before",
        "elsewhere-before",
        "isolation-guard",
        "isolation-applied",
        "collector-meanwhile",
        "world-meanwhile",
        "elsewhere-meanwhile",
        "loopback-meanwhile",
        "connection-dies",
        "isolation-held",
        "isolation-lifted",
        "elsewhere-after",
    ];
    let passed = passed.map(|name| (name.to_owned(), "pass".to_owned()));
    assert_eq!(lines, passed, "{told:#}");
    assert_eq!(
        told["isolation"]["verified"]["value"], "isolated",
        "{told:#}"
    );
    assert!(is_free(&lab));
}

#[test]
fn a_self_test_that_is_killed_leaves_no_isolation_behind() {
    let Some(lab) = lab() else { return };
    let mut test = SelfTest::start(&lab, "10m");
    assert!(eventually(WHILE, || is_cut_off(&lab)));
    test.child.kill().unwrap();
    assert!(eventually(WHILE, || is_free(&lab)));
}

#[test]
fn whoever_ends_the_one_that_lifts_ends_no_isolation_for_good() {
    let Some(lab) = lab() else { return };
    let mut test = SelfTest::start(&lab, "6s");
    assert!(eventually(WHILE, || is_cut_off(&lab)));
    let children = format!("/proc/{0}/task/{0}/children", test.child.id());
    let children = fs::read_to_string(children).unwrap();
    let guard: i32 = children.split_whitespace().next().unwrap().parse().unwrap();
    kill(Pid::from_raw(guard), Signal::SIGKILL).unwrap();
    let (lines, told) = test.ended();
    let lifted = ("isolation-lifted".to_owned(), "pass".to_owned());
    assert!(lines.contains(&lifted), "{told:#}");
    assert!(is_free(&lab));
}

#[test]
fn an_isolation_that_is_in_force_is_not_touched_by_a_self_test() {
    let Some(lab) = lab() else { return };
    lab.reconcile(&mut enforcer(), &desired(Access::Isolated));
    let before = lab.laptop.sh("nft -s list ruleset");
    let (lines, told) = SelfTest::start(&lab, "5s").ended();
    assert_eq!(
        lines[0],
        ("isolation-none".to_owned(), "fail".to_owned()),
        "{told:#}"
    );
    assert!(told["isolation"].is_null() && is_cut_off(&lab), "{told:#}");
    assert_eq!(lab.laptop.sh("nft -s list ruleset"), before);
}

#[test]
fn a_machine_that_is_no_device_any_more_can_be_rid_of_the_rules() {
    let Some(lab) = lab() else { return };
    lab.reconcile(&mut enforcer(), &desired(Access::Isolated));
    assert!(is_cut_off(&lab));
    let dir = tempfile::tempdir().unwrap();
    let forget = |state: std::path::PathBuf| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sekisho-agent"));
        command
            .arg("--state-dir")
            .arg(state)
            .arg("forget-isolation");
        lab.laptop.run(move || command.output().unwrap())
    };
    let device = dir.path().join("device");
    fs::create_dir(&device).unwrap();
    fs::write(device.join("identity"), b"damaged, and there").unwrap();
    let refused = forget(device);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(is_cut_off(&lab));
    let done = forget(dir.path().join("none"));
    assert!(done.status.success(), "{done:?}");
    assert!(is_free(&lab));
}
