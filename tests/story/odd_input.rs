//! Input that somebody made odd on purpose, or by mistake, as the people at both ends see it.
//!
//! Touches the cast. Must never clean a name before it is given.

use std::process::Output;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::{World, said};
use serde_json::json;

use crate::judgement::{STRICT, apply, world_with_aiko};

/// A host name that clears the screen, turns the line around, and is not UTF-8.
const HOSTNAME: &[u8] = b"pc\x1b[2J\xe2\x80\xaegpj\xff\tx\n";
/// As people shall see it.
const HOSTNAME_SHOWN: &str = "pc\\u{1b}[2J\\u{202e}gpj\u{fffd}\\u{9}x";
/// A package of the same kind, which the policy denies.
const PACKAGE: &[u8] =
    b"Package: qbittorrent\x1b[31m\xe2\x80\xae\xff\r-nox\nStatus: install ok installed\n\
    Maintainer: A <a@example.jp>\nArchitecture: amd64\nVersion: 1\nDescription: x\n\n";
const PACKAGE_SHOWN: &str = "qbittorrent\\u{1b}[31m\\u{202e}\u{fffd}\\u{d}-nox";

/// What a command printed for people, which holds nothing that could steer a terminal.
#[track_caller]
fn safe(output: &Output) -> String {
    let text = String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).unwrap();
    let steers = |char: &char| {
        (char.is_control() && *char != '\n')
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    let found: Vec<char> = text.chars().filter(steers).collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
    text
}

fn odd_laptop(world: &World) -> Laptop {
    let mut laptop = world.laptop("odd");
    laptop.machine().write("proc/sys/kernel/hostname", HOSTNAME);
    laptop.machine().write("var/lib/dpkg/status", PACKAGE);
    let enrolled = laptop.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    laptop.start();
    laptop
}

#[test]
fn names_that_would_steer_a_terminal_are_written_out_and_break_no_table() {
    let world = World::new();
    apply(&world, STRICT);
    let laptop = odd_laptop(&world);
    let id = laptop.until_status("/judged/standing", |standing| standing == "violation");
    let id = id["device"].as_str().unwrap().to_owned();

    let list = safe(&world.type_in(&["device", "list"]));
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 4, "heading, device, empty line, count: {list}");
    assert!(lines[1].contains(HOSTNAME_SHOWN), "{list}");
    let column = lines[0]
        .find("REGISTRATION")
        .or(lines[0].find("Registration"));
    let row: String = lines[1].chars().skip(column.unwrap()).collect();
    assert!(row.starts_with("approved"), "{list}");

    let show = safe(&world.type_in(&["device", "show", &id]));
    assert!(show.contains(HOSTNAME_SHOWN), "{show}");
    assert!(show.contains(PACKAGE_SHOWN), "{show}");
    let log = safe(&world.type_in(&["audit", "entries"]));
    assert!(log.contains(HOSTNAME_SHOWN), "{log}");
    let entries = world.ask(&["audit", "entries"])["entries"].clone();
    assert_eq!(
        log.lines().count(),
        entries.as_array().unwrap().len() + 1,
        "a heading, and a line for each entry: {log}"
    );

    let check = laptop.type_in(&["check"]);
    assert_eq!(check.status.code(), Some(1), "{}", said(&check));
    let check = safe(&check);
    assert!(check.contains(PACKAGE_SHOWN), "{check}");
    safe(&laptop.type_in(&["status"]));
}

#[test]
fn a_device_that_does_not_exist_is_not_found_by_any_name() {
    let (world, _aiko) = world_with_aiko(STRICT);
    for name in [
        "ken",
        "01900000-0000-7000-8000-000000000000",
        "a\u{202e}b\nc",
        "../../etc/passwd",
        "aiko?x=1",
        "%61iko",
        " ",
        &"x".repeat(10_000),
    ] {
        let shown = world.type_in(&["device", "show", name]);
        let text = safe(&shown);
        assert_eq!(shown.status.code(), Some(1), "{name:?}: {text}");
        assert!(text.contains("device list"), "{name:?}: {text}");
        assert!(text.len() < 2000, "{} bytes: {text}", text.len());
    }
    let empty = world.type_in(&["device", "show", ""]);
    assert_ne!(empty.status.code(), Some(0), "{}", safe(&empty));
}

#[test]
fn a_policy_of_10_mb_is_refused_and_the_one_in_force_stays() {
    let (world, _aiko) = world_with_aiko(STRICT);
    let before = world.ask(&["policy", "show"]);
    let path = world.dir().join("large.toml");
    let comment = "# The company's policy, with a word on everything.\n";
    let large = [STRICT, &comment.repeat(10 * 1024 * 1024 / comment.len())].concat();
    std::fs::write(&path, &large).unwrap();
    for command in ["check", "apply"] {
        let refused = world.type_in(&["policy", command, path.to_str().unwrap()]);
        let text = safe(&refused);
        assert_eq!(refused.status.code(), Some(1), "{text}");
        for number in [large.len().to_string(), "1048576".to_owned()] {
            assert!(text.contains(&number), "no {number} in {text}");
        }
    }
    assert_eq!(world.ask(&["policy", "show"]), before);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}
