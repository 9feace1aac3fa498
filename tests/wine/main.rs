//! The story of a Windows laptop, told by the real program in Wine and a real collector on Linux.
//!
//! Touches a prefix of Wine and the company's folder. Must never take for shown what Wine lacks: there the laptop must
//! say that it does not know.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of a chapter fails the chapter"
)]

mod installed;
mod packed;
mod relay;
mod survived;
mod trying;
mod units;
mod windows;

use std::fs;
use std::process::Command;

use sekisho_tests::programs;
use sekisho_tests::world::World;
use serde_json::{Value, json};

use windows::Windows;

const PROFILE: &str =
    r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\ProfileList\S-1-5-21-9-9-9-1001";
const STORE: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore";
const UNINSTALL: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall";

fn install(laptop: &Windows, name: &str, version: &str) {
    let key = format!(r"{UNINSTALL}\{name}");
    for (value, data) in [
        ("DisplayName", name),
        ("DisplayVersion", version),
        ("Publisher", "Example KK"),
    ] {
        laptop.succeeds("reg", &["add", &key, "/v", value, "/d", data, "/f"]);
    }
}

/// Somebody who has worked on this laptop, and is logged out.
fn has_a_profile(laptop: &Windows, name: &str) {
    let folder = format!(r"%SystemDrive%\Users\{name}");
    let set = [
        "/v",
        "ProfileImagePath",
        "/t",
        "REG_EXPAND_SZ",
        "/d",
        &folder,
        "/f",
    ];
    laptop.succeeds("reg", &[&["add", PROFILE], &set[..]].concat());
    fs::create_dir_all(laptop.path(&format!("users/{name}"))).unwrap();
}

fn sets(laptop: &Windows, key: &str, name: &str, kind: &str, data: &str) {
    let typed = ["add", key, "/v", name, "/t", kind, "/d", data, "/f"];
    laptop.succeeds("reg", &typed);
}

fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().and_then(|list| {
        let mut items = list.iter();
        items.find(|item| item["name"] == name || item["rule"] == name)
    });
    found.unwrap_or_else(|| panic!("{name} is not in {list}"))
}

#[test]
fn a_windows_laptop_checks_itself_and_says_what_it_cannot_tell() {
    let laptop = Windows::new();
    install(&laptop, "AnyDesk", "8.0.11");

    let said = laptop.type_in(&["check", "--json"]);
    let check: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", said.stdout, said.stderr);
    });
    let facts = &check["facts"];
    assert_eq!(facts["host"]["value"]["os_id"], "windows", "{facts}");
    let packages = &facts["software"]["value"]["packages"];
    assert_eq!(named(packages, "AnyDesk")["version"], "8.0.11");
    for unread in ["antivirus", "volumes"] {
        assert_eq!(facts[unread]["state"], "unknown", "{}", facts[unread]);
    }
    assert_ne!(said.status.code(), Some(0), "an unknown fact is no pass");
    // Wine tells of the networks of the machine it runs on.
    let network = &facts["network"]["value"];
    for told in ["links", "default_routes", "dns_servers", "vpns"] {
        assert_eq!(network[told]["state"], "known", "{network}");
    }
    assert_eq!(network["wifi"]["state"], "absent", "{network}");
    assert_eq!(network["ipsec"]["state"], "unknown", "{network}");

    let japanese = laptop.type_in_under("ja_JP.UTF-8", &["check"]);
    assert!(japanese.stdout.contains("ディスク"), "{}", japanese.stdout);
}

#[test]
fn a_windows_laptop_is_judged_elsewhere_by_its_capture() {
    let laptop = Windows::new();
    let said = laptop.type_in(&["check", "--json"]);
    let here: Value = serde_json::from_str(&said.stdout).unwrap();
    let said = laptop.type_in(&["capture", r"C:\capture"]);
    assert_eq!(
        said.status.code(),
        Some(0),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let judged = Command::new(programs::agent())
        .args(["check", "--json", "--from"])
        .arg(laptop.path("capture"))
        .output()
        .unwrap();
    let there: Value = serde_json::from_slice(&judged.stdout).unwrap();
    for told in ["links", "default_routes", "dns_servers", "vpns", "wifi"] {
        let place = format!("/facts/network/value/{told}");
        assert_eq!(here.pointer(&place), there.pointer(&place), "{told}");
        assert_ne!(here.pointer(&place).unwrap()["state"], "unknown", "{told}");
    }
    assert_eq!(there["facts"]["host"]["value"]["os_id"], "windows");
}

#[test]
fn what_somebody_who_is_logged_out_has_installed_is_read_from_their_file() {
    let laptop = Windows::new();
    has_a_profile(&laptop, "ken");
    fs::remove_dir_all(laptop.path("users/ken")).unwrap();
    let software = || {
        let said = laptop.type_in(&["check", "--json"]);
        let check: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}{}", said.stdout, said.stderr);
        });
        check["facts"]["software"]["value"].clone()
    };
    let unread = |software: &Value| {
        let sources = software["sources"].as_array().unwrap();
        let unknown = sources
            .iter()
            .find(|one| one["count"]["state"] == "unknown");
        unknown.map(|one| one["count"].to_string())
    };
    // There is no folder, and so nothing in it.
    assert_eq!(unread(&software()), None);

    let folder = laptop.path("users/ken");
    fs::create_dir_all(&folder).unwrap();
    assert!(unread(&software()).unwrap().contains("0x80070002"));

    let file = folder.join("NTUSER.DAT");
    let ken = include_bytes!("../../agent/testdata/hive/ken.dat");
    fs::write(&file, ken).unwrap();
    let read = software();
    assert_eq!(unread(&read), None, "{read}");
    let packages = read["packages"].as_array().unwrap();
    let zoom = packages
        .iter()
        .find(|one| one["name"] == "Zoom Workplace (64-bit)");
    let zoom = zoom.unwrap_or_else(|| panic!("{read}"));
    assert!(zoom.to_string().contains("S-1-5-21-9-9-9-1001"), "{zoom}");
    assert!(read.to_string().contains("サクラエディタ"), "{read}");

    fs::write(&file, &ken[..6000]).unwrap();
    assert!(unread(&software()).unwrap().contains("0x800703f1"));
}

#[test]
fn the_user_of_a_windows_laptop_hears_in_their_language_that_it_is_cut_off_and_that_it_is_free() {
    let world = World::new();
    let mut laptop = Windows::new();
    laptop.logs_in("ja_JP.UTF-8");
    let (at, token) = (world.enrolment_address(), world.token(&["--approve"]));
    let enrolled = laptop.type_in(&["enroll", "--collector", &at, "--token", &token]);
    assert!(enrolled.status.success(), "{}", enrolled.stderr);
    laptop.start();

    let finding = laptop.until_shown("対応");
    assert!(finding.contains(" | "), "{finding}");
    let devices = world.ask(&["device", "list"]);
    let name = devices["devices"][0]["name"].as_str().unwrap().to_owned();
    world.ask(&["order", "isolate", &name, "--reason", "マルウェア検出"]);
    let line = laptop.until_shown("この端末はネットワークから遮断されました");
    assert!(line.contains("マルウェア検出"), "{line}");
    world.ask(&["order", "release", &name, "--reason", "駆除済み"]);
    laptop.until_shown("この端末はネットワークに復帰しました");
}

#[test]
fn a_windows_laptop_tells_when_it_locks_and_what_each_user_has() {
    let laptop = Windows::new();
    let facts = || {
        let said = laptop.type_in(&["check", "--json"]);
        let check: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| {
            panic!("{error}: {}{}", said.stdout, said.stderr);
        });
        check["facts"].clone()
    };
    let locks = |facts: &Value| {
        let locks = facts["platform"]["value"]["screen_locks"]["value"].clone();
        let all = locks.as_array().unwrap();
        assert_eq!(all.len(), 1, "one user is logged in: {locks}");
        assert_eq!(all[0]["desktop"], "windows");
        all[0]["locks_after_secs"].clone()
    };
    assert_eq!(locks(&facts()), json!({"state": "absent"}));

    let own = r"HKCU\Control Panel\Desktop";
    for (name, text) in [
        ("ScreenSaveActive", "1"),
        ("ScreenSaverIsSecure", "1"),
        ("ScreenSaveTimeOut", "6000"),
        ("SCRNSAVE.EXE", r"C:\windows\system32\scrnsave.scr"),
    ] {
        sets(&laptop, own, name, "REG_SZ", text);
    }
    let policy = r"HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop";
    sets(&laptop, policy, "ScreenSaveTimeOut", "REG_SZ", "300");
    has_a_profile(&laptop, "ken");
    for app in [
        r"S-1-5-21-9-9-9-1001\Example.App_1.0.0.0_x64__0123456789abc",
        r"Applications\Example.Paint_2.0.0.0_neutral_~_0123456789abc",
    ] {
        laptop.succeeds("reg", &["add", &format!(r"{STORE}\{app}"), "/f"]);
    }
    let told = facts();
    assert_eq!(locks(&told), json!({"state": "known", "value": 305}));
    let software = &told["software"]["value"];
    let app = named(&software["packages"], "Example.App");
    assert_eq!(
        (&app["version"], &app["user"]),
        (&json!("1.0.0.0"), &json!("S-1-5-21-9-9-9-1001"))
    );
    assert_eq!(
        named(&software["packages"], "Example.Paint")["user"],
        json!(null)
    );
    let unread = &software["sources"][1]["count"]["detail"];
    assert!(
        unread.as_str().unwrap().contains("logged out: 1 ("),
        "{software}"
    );

    let machine = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Policies\System";
    sets(
        &laptop,
        machine,
        "InactivityTimeoutSecs",
        "REG_DWORD",
        "120",
    );
    let told = facts();
    assert_eq!(locks(&told), json!({"state": "known", "value": 120}));

    // What was captured there is judged alike here.
    let captured = laptop.type_in(&["capture", r"C:\captured"]);
    assert!(
        captured.status.success(),
        "{}{}",
        captured.stdout,
        captured.stderr
    );
    let judged = Command::new(programs::agent())
        .args(["check", "--json", "--from"])
        .arg(laptop.drive().join("captured"))
        .output()
        .unwrap();
    let judged: Value = serde_json::from_slice(&judged.stdout).unwrap();
    let here = &judged["facts"]["platform"]["value"];
    assert_eq!(
        here["screen_locks"], told["platform"]["value"]["screen_locks"],
        "{judged}"
    );
    assert_eq!(judged["facts"]["software"], told["software"]);

    // Wine has neither of these: no answer is an empty list.
    let platform = &told["platform"]["value"];
    for unread in ["updates", "administrators"] {
        assert_eq!(platform[unread]["state"], "unknown", "{}", platform[unread]);
    }
}

#[test]
fn a_windows_laptop_enrols_reports_and_says_that_it_cannot_isolate_itself() {
    let world = World::new();
    let mut laptop = Windows::new();
    install(&laptop, "Zoom Workplace", "6.2.3");

    let (at, token) = (world.enrolment_address(), world.token(&["--approve"]));
    let enrolled = laptop.type_in(&["enroll", "--collector", &at, "--token", &token]);
    assert!(
        enrolled.status.success(),
        "{}{}",
        enrolled.stdout,
        enrolled.stderr
    );
    laptop.start();

    let devices = world.ask(&["device", "list"]);
    let name = devices["devices"][0]["name"].as_str().unwrap().to_owned();
    world.until_device(&name, "/attached", &json!(true));
    let device = world.until_device(&name, "/posture/sequence", &json!(1));
    assert_eq!(device["registration"], "approved", "{device}");
    laptop.until_status("/attached", |attached| *attached == json!(true));

    world.ask(&["order", "isolate", &name, "--reason", "malware found"]);
    let status = laptop.until_status("/access", |access| *access == json!("isolated"));
    assert_eq!(status["applied"]["state"], "unknown", "{status}");
    let detail = status["applied"]["detail"].to_string();
    assert!(detail.contains("isolation unavailable"), "{detail}");
    assert!(detail.contains("0x000006e4"), "{detail}");
    let people = laptop.type_in(&["status"]);
    assert!(
        people.stdout.contains("isolation unavailable"),
        "{}",
        people.stdout
    );
}
