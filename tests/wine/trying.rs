//! A machine that tries itself, in Wine: what works there passes, and what Wine lacks is said to be unknown, with its number.

use std::net::TcpListener;

use serde_json::Value;

use crate::named;
use crate::windows::Windows;

/// What Wine gives for a session with the filtering platform (`RPC_S_CANNOT_SUPPORT`).
const NO_FILTERS: &str = "FwpmEngineOpen0 gave 0x000006e4";

#[test]
fn a_windows_machine_tries_itself_and_tells_what_it_cannot() {
    let laptop = Windows::new();
    crate::has_a_profile(&laptop, "ken");
    // Stands for the collector that shall stay reachable; nobody is isolated from it.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    let typed = ["self-test", "--full", "--isolate-for", "5s"];
    let typed = [
        &typed[..],
        &["--collector", &address, "--json", r"C:\told.json"],
    ]
    .concat();
    let said = laptop.type_in(&typed);
    assert_eq!(
        said.status.code(),
        Some(2),
        "{}{}",
        said.stdout,
        said.stderr
    );
    assert!(
        said.stdout.contains("isolation unavailable"),
        "{}",
        said.stdout
    );

    let told: Value = serde_json::from_str(&laptop.read(r"told.json")).unwrap();
    assert_eq!(told["system"]["os_id"], "windows", "{told:#}");
    let lines = &told["lines"];
    for passed in ["host", "configuration", "collector-before"] {
        assert_eq!(named(lines, passed)["outcome"], "pass", "{told:#}");
    }
    // A fact of which a part is not read does not pass: somebody's file is missing.
    let software = named(lines, "software");
    assert_eq!(software["outcome"], "unknown", "{software}");
    assert_eq!(software["inside"][0]["why"], "unreadable", "{software}");
    for unknown in ["isolation-read", "isolation-watched", "isolation-none"] {
        let line = named(lines, unknown);
        assert_eq!(line["outcome"], "unknown", "{line}");
        assert!(
            line["detail"].as_str().unwrap().contains(NO_FILTERS),
            "{line}"
        );
    }
    let guests = named(lines, "isolation-guests");
    assert_eq!(guests["outcome"], "pass", "{guests}");
    assert!(
        guests["detail"].as_str().unwrap().contains("22H2"),
        "Wine has no firewall for guests: {guests}"
    );
    assert!(told["isolation"].is_null(), "{told:#}");

    let japanese = laptop.type_in_under("ja_JP.UTF-8", &["self-test"]);
    assert!(japanese.stdout.contains("判定不能"), "{}", japanese.stdout);
}
