//! The agent's package for Fedora and its kin, as far as a Debian can show it: its scripts run inside a fresh one.
//!
//! Touches a fresh system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fresh::Fresh;
use crate::packed::{Packed, printed};
use crate::service::Unit;

#[test]
fn the_rpm_installs_upgrades_and_goes_and_keeps_what_is_not_its_own() {
    let Some(fresh) = Fresh::new(Vec::new()) else {
        return;
    };
    let rpm = |what: &[&str], file: &Path| {
        let mut command = Command::new("rpm");
        command.arg("--root").arg(fresh.root()).arg("--nodeps");
        printed(command.args(what).arg(file))
    };
    let (first, second) = (copied(&fresh, "0.1.0"), copied(&fresh, "0.2.0"));
    rpm(&["--install"], &first);
    let needs = printed(Command::new("rpm").args(["-qpR"]).arg(&first));
    assert!(
        needs.contains("nftables\n") && needs.contains("libc.so.6"),
        "{needs}"
    );
    fresh.does(&["id", "sekisho-agent"]);
    assert!(
        fresh
            .does(&["sekisho-agent", "--version"])
            .contains("sekisho-agent")
    );
    for unit in [
        "sekisho-agent.service",
        "sekisho-isolation.service",
        "sekisho-enroll.service",
        "sekisho-enroll.path",
    ] {
        assert!(Unit::of(&fresh, unit).is_enabled(), "{unit}");
    }
    let config = "/etc/sekisho/agent.toml";
    fs::write(fresh.path(config), "check_interval_secs = 120\n").unwrap();
    fresh.does(&["systemctl", "disable", "sekisho-enroll.path"]);
    rpm(&["--upgrade"], &second);
    assert_eq!(fresh.read(config), "check_interval_secs = 120\n");
    assert!(Unit::of(&fresh, "sekisho-agent.service").is_enabled());
    assert!(!Unit::of(&fresh, "sekisho-enroll.path").is_enabled());
    rpm(&["--upgrade", "--oldpackage"], &first);
    fs::create_dir_all(fresh.path("/var/lib/sekisho-agent")).unwrap();
    rpm(&["--erase"], Path::new("sekisho-agent"));
    assert!(!fresh.has("/usr/bin/sekisho-agent"));
    assert!(fresh.has("/var/lib/sekisho-agent"));
    assert_eq!(
        fresh.read("/etc/sekisho/agent.toml.rpmsave"),
        "check_interval_secs = 120\n"
    );
}

/// The package of that version, where it outlives the folder it was packed into.
fn copied(fresh: &Fresh, version: &str) -> PathBuf {
    let packed = Packed::new("rpm", version, "022");
    let package = packed.of("sekisho-agent");
    let to = fresh.path("tmp").join(package.file_name().unwrap());
    fs::copy(package, &to).unwrap();
    to
}
