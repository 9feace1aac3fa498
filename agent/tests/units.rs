//! The units that start the agent and its isolation, as systemd reads them.
//!
//! Touches `systemd-analyze` and a folder of its own. Must never start a unit.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

#[test]
fn systemd_understands_every_line_of_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for name in ["sekisho-agent.service", "sekisho-isolation.service"] {
        let path = folder.path().join(name);
        // The program is not installed where the tests run.
        let unit = unit(name).replace("/usr/bin/sekisho-agent", "/bin/true");
        std::fs::write(&path, unit).unwrap();
        paths.push(path);
    }
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(&paths)
        .output();
    let Ok(output) = verified else {
        assert!(
            std::env::var_os("SEKISHO_CI").is_none(),
            "cannot run: systemd-analyze is not installed"
        );
        return println!("SKIPPED: systemd-analyze is not installed");
    };
    // Unknown keys are complained of, and the status is 0 all the same.
    let complaints = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = complaints
        .lines()
        .filter(|line| line.contains("sekisho"))
        .collect();
    assert_eq!(ours, Vec::<&str>::new());
    assert!(output.status.success());
}

#[test]
fn the_isolation_comes_before_the_network_and_stays_when_its_unit_stops() {
    let unit = unit("sekisho-isolation.service");
    let lines: Vec<&str> = unit.lines().collect();
    assert!(lines.contains(&"Wants=network-pre.target"));
    assert!(lines.contains(&"Before=network-pre.target shutdown.target"));
    assert!(lines.contains(&"RemainAfterExit=yes"));
    assert!(!lines.iter().any(|line| line.starts_with("ExecStop")));
}

#[test]
fn the_agent_holds_one_capability_and_is_not_root() {
    for name in ["sekisho-agent.service", "sekisho-isolation.service"] {
        let unit = unit(name);
        let lines: Vec<&str> = unit.lines().collect();
        for line in [
            "User=sekisho-agent",
            "AmbientCapabilities=CAP_NET_ADMIN",
            "CapabilityBoundingSet=CAP_NET_ADMIN",
            "NoNewPrivileges=yes",
        ] {
            assert!(lines.contains(&line), "{name}: {line}");
        }
    }
}

#[cfg(test)]
fn unit(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux");
    std::fs::read_to_string(folder.join(name)).unwrap()
}
