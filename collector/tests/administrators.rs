//! What administrators type, against a collector that serves: the real program on both sides.
//!
//! Touches a temporary folder and loopback. Must never leave a process behind.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; helpers are not seen as tests by the linter"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::Duration;

use serde_json::Value;

#[path = "administrators/backup.rs"]
mod backup;
#[path = "administrators/expiry.rs"]
mod expiry;
#[path = "administrators/orders.rs"]
mod orders;
#[path = "administrators/serving.rs"]
mod serving;
#[path = "administrators/taken.rs"]
mod taken;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sekisho-collector");

/// A collector that serves until it is dropped.
struct Collector {
    dir: tempfile::TempDir,
    process: Child,
}

impl Collector {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        assert!(run(&dir.path().join("c"), &["init"]).status.success());
        Self::serving(dir)
    }

    /// Serves from the folder `c` in `dir`.
    fn serving(dir: tempfile::TempDir) -> Self {
        let home = dir.path().join("c");
        let process = Command::new(PROGRAM)
            .args([
                "serve",
                "--agents",
                "127.0.0.1:0",
                "--enrolment",
                "127.0.0.1:0",
                "--dir",
            ])
            .arg(&home)
            .stderr(fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let collector = Self { dir, process };
        for _ in 0..200 {
            if collector.run(&["token", "list"]).status.success() {
                return collector;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the collector does not answer");
    }

    fn run(&self, args: &[&str]) -> Output {
        run(&self.dir.path().join("c"), args)
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(home: &Path, args: &[&str]) -> Output {
    run_in("C", home, args)
}

fn run_in(locale: &str, home: &Path, args: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(args)
        .arg("--dir")
        .arg(home)
        .env("LC_ALL", locale)
        .output()
        .unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32, said: &str) {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    let both = String::from_utf8(both).unwrap();
    assert_eq!(output.status.code(), Some(code), "{both}");
    assert!(both.contains(said), "{said:?} is not in: {both}");
}

#[test]
fn a_token_is_made_listed_and_withdrawn() {
    let collector = Collector::new();
    let made = collector.json(&["token", "create", "--uses", "3", "--note", "春の新入社員"]);
    assert!(made["token"].as_str().unwrap().starts_with("sekisho1."));
    let id = made["id"].as_str().unwrap();
    ends(&collector.run(&["token", "list"]), 0, "春の新入社員");
    ends(&collector.run(&["token", "withdraw", id]), 0, id);
    let tokens = collector.json(&["token", "list"]);
    let tokens = tokens["tokens"].as_array().unwrap();
    let token = tokens.iter().find(|token| token["id"] == id).unwrap();
    assert_eq!(token["withdrawn"], true);
    ends(
        &collector.run(&["token", "withdraw", "0123456789abcdef"]),
        1,
        "there is no",
    );
}

#[test]
fn what_is_not_there_or_mistyped_is_said_with_the_next_step() {
    let collector = Collector::new();
    let rows: [(&[&str], i32, &str); 10] = [
        (&["device", "show", "mallory"], 1, "`device list` shows"),
        (&["device", "show", "../tokens"], 1, "no device"),
        (&["device", "set", "mallory"], 64, "nothing to set"),
        (&["device", "suspend", "mallory"], 64, "--reason"),
        (&["order", "isolate", "--reason", "x"], 64, "--all"),
        (
            &["order", "isolate", "mallory", "--reason", "x"],
            1,
            "no device",
        ),
        (
            &["order", "isolate", "--all", "--yes", "--reason", ""],
            1,
            "the reason is missing",
        ),
        (&["token", "create", "--valid", "7"], 64, "such as 90m"),
        (
            &["order", "isolate", "--all", "--yes", "--reason", "x"],
            1,
            "no device in use",
        ),
        (&["device", "list"], 0, "no such devices"),
    ];
    for (args, code, said) in rows {
        ends(&collector.run(args), code, said);
    }
    let error = collector.json(&["device", "show", "mallory"]);
    assert_eq!(error["error"]["code"], "no_such_device");
}

#[test]
fn with_no_collector_serving_the_command_says_how_to_start_one() {
    let dir = tempfile::tempdir().unwrap();
    ends(
        &run(dir.path(), &["device", "list"]),
        2,
        "sekisho-collector serve --dir",
    );
}

#[test]
fn a_policy_is_checked_without_a_collector_and_a_bad_one_is_not_applied() {
    let collector = Collector::new();
    let file = |name: &str, text: &str| {
        let path = collector.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let shown = collector.json(&["policy", "show"]);
    let good = file(
        "good.toml",
        &format!("# Ours.\n{}", shown["text"].as_str().unwrap()),
    );
    let bad = file("bad.toml", "\nno_such_key = 1\n");
    let large = file("large.toml", &"#".repeat(10 * 1024 * 1024));
    ends(&collector.run(&["policy", "check", &good]), 0, "in order");
    ends(&collector.run(&["policy", "check", &bad]), 1, "line 2");
    ends(&collector.run(&["policy", "check", &large]), 1, "1048576");
    ends(
        &collector.run(&["policy", "apply", &good, "--yes"]),
        0,
        "is in force",
    );
    ends(&collector.run(&["policy", "apply", &bad]), 1, "no_such_key");
    ends(&collector.run(&["policy", "apply", &large]), 1, "1048576");
    ends(&collector.run(&["policy", "show"]), 0, "# Ours.");
}

#[test]
fn an_auditor_verifies_the_export_with_the_key_alone_and_a_change_goes_red() {
    let collector = Collector::new();
    collector.json(&["token", "create", "--note", "spring"]);
    let path = |name: &str| collector.dir.path().join(name).to_str().unwrap().to_owned();
    let (export, key) = (path("log.jsonl"), path("log.pub"));
    let head = collector.json(&["audit", "head"]);
    fs::write(&key, head["key"].as_str().unwrap()).unwrap();
    ends(
        &collector.run(&["audit", "export", &export]),
        0,
        "signed head",
    );
    ends(&collector.run(&["audit", "entries"]), 0, "token.created");
    let verify = ["audit", "verify", &export, "--key", &key];
    ends(
        &run(Path::new("/nonexistent"), &verify),
        0,
        "The log is whole",
    );
    let noted = |head: &Value| format!("{}:{}", head["size"], head["root"].as_str().unwrap());
    let known = |noted: &str| {
        let args = [&verify[..], &["--known", noted]].concat();
        run(Path::new("/nonexistent"), &args)
    };
    ends(&known(&noted(&head)), 0, "The log is whole");
    ends(&known("spring"), 64, "`audit head` shows one");
    collector.json(&["token", "create", "--note", "summer"]);
    let later = collector.json(&["audit", "head"]);
    ends(&known(&noted(&later)), 1, "the tail is missing");
    let text = fs::read_to_string(&export).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    fs::write(&export, &text[..=last]).unwrap();
    ends(
        &run(Path::new("/nonexistent"), &verify),
        1,
        "does not end at the head",
    );
    fs::write(&export, text.replace("spring", "autumn")).unwrap();
    ends(&run(Path::new("/nonexistent"), &verify), 1, "was altered");
    ends(&collector.run(&["audit", "export", &export]), 1, "exists");
}

#[test]
fn another_user_of_the_machine_is_turned_away() {
    if !nix::unistd::Uid::effective().is_root() {
        println!("SKIPPED: only root can become another user");
        assert!(
            std::env::var_os("SEKISHO_CI").is_none(),
            "CI must run as root"
        );
        return;
    }
    let collector = Collector::new();
    let home = collector.dir.path().join("c");
    let stranger = |args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .arg("--dir")
            .arg(&home)
            .env("LC_ALL", "C");
        command.uid(65_534).gid(65_534).output().unwrap()
    };
    ends(&stranger(&["device", "list"]), 1, "may not use");
    // Even where the file modes have been opened, the system's word on who asks decides.
    for (path, mode) in [
        (collector.dir.path().to_owned(), 0o755),
        (home.clone(), 0o755),
        (home.join("admin.sock"), 0o666),
    ] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    ends(
        &stranger(&["token", "create"]),
        1,
        "may not use the admin interface",
    );
    assert_eq!(
        collector.json(&["token", "list"])["tokens"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn japanese_administrators_read_japanese() {
    let collector = Collector::new();
    let home = collector.dir.path().join("c");
    let output = run_in("ja_JP.UTF-8", &home, &["device", "show", "mallory"]);
    ends(&output, 1, "登録済みの端末は");
}
