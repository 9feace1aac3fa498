//! From the first installation to the purge.
//!
//! Touches a fresh system on a network of its own.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use sekisho_tests::child::Child;
use sekisho_tests::eventually::eventually;
use sekisho_tests::netns::Namespace;
use sekisho_tests::skip::may_make_namespaces;
use serde_json::Value;

use crate::fresh::Fresh;
use crate::packed::Packed;
use crate::service::Unit;

const UNITS: [&str; 5] = [
    "sekisho-agent.service",
    "sekisho-isolation.service",
    "sekisho-enroll.service",
    "sekisho-enroll.path",
    "sekisho-collector.service",
];
pub(crate) const PRESEED: &str = "/etc/default/sekisho-agent";
const CONFIG: &str = "/etc/sekisho/agent.toml";
pub(crate) const IDENTITY: &str = "/var/lib/sekisho-agent/identity";

#[test]
fn packages_set_up_a_laptop_and_its_collector_keep_what_is_theirs_and_go() {
    if !may_make_namespaces() {
        return;
    }
    let network = Namespace::new("packages");
    let Some(fresh) = Fresh::new(network.prefix()) else {
        return;
    };
    let first = Packed::new("deb", "0.1.0", "022");
    let second = Packed::new("deb", "0.2.0", "022");

    let said = fresh.installs(&first.of("sekisho-collector"));
    assert!(
        said.contains("sekisho-collector init --name HOST"),
        "{said}"
    );
    let token = makes_a_collector(&fresh);
    let collector = serves(&fresh);

    // Written before the package came, for all to read.
    let preseed = format!("SEKISHO_COLLECTOR=127.0.0.1:7444\nSEKISHO_TOKEN={token}\n");
    fs::write(fresh.path(PRESEED), preseed).unwrap();
    fs::set_permissions(fresh.path(PRESEED), PermissionsExt::from_mode(0o644)).unwrap();
    fresh.installs(&first.of("sekisho-agent"));
    assert_eq!(mode(&fresh.path(PRESEED)), 0o600);
    for unit in UNITS {
        assert!(Unit::of(&fresh, unit).is_enabled(), "{unit}");
    }

    let mut verify = vec![
        "systemd-analyze",
        "verify",
        "--man=no",
        "--recursive-errors=no",
    ];
    verify.extend(UNITS);
    let said = fresh.does(&verify);
    assert!(!said.contains("sekisho"), "{said}");

    enrols(&fresh);
    let identity = fs::read(fresh.path(IDENTITY)).unwrap();
    let agent = Unit::of(&fresh, "sekisho-agent.service").start(&fresh.path("tmp/agent.log"));
    let id = is_judged(&fresh);
    fresh.does(&[
        "sekisho-collector",
        "order",
        "isolate",
        &id,
        "--reason",
        "drill",
    ]);
    let rules = || network.sh("nft list ruleset");
    eventually("the laptop is isolated", || {
        let rules = rules();
        rules.contains("chain isolated").then_some(()).ok_or(rules)
    });
    agent.stop();

    fs::write(fresh.path(CONFIG), "check_interval_secs = 120\n").unwrap();
    fresh.does(&["systemctl", "disable", "sekisho-enroll.path"]);
    fresh.installs(&second.of("sekisho-agent"));
    keeps(&fresh, &identity, "0.2.0-1");
    assert!(rules().contains("chain isolated"));
    fresh.installs(&first.of("sekisho-agent"));
    keeps(&fresh, &identity, "0.1.0-1");
    let agent = Unit::of(&fresh, "sekisho-agent.service").start(&fresh.path("tmp/agent.log"));
    eventually("the agent taken back attaches", || {
        let device = fresh.does(&["sekisho-collector", "device", "show", &id, "--json"]);
        device
            .contains("\"attached\": true")
            .then_some(())
            .ok_or(device)
    });
    agent.stop();

    let said = fresh.does(&["dpkg", "--remove", "sekisho-agent"]);
    assert!(
        said.contains("this laptop is isolated, and stays so"),
        "{said}"
    );
    assert!(rules().contains("chain isolated"));
    assert!(!fresh.has("/usr/bin/sekisho-agent"));
    for kept in [IDENTITY, CONFIG, PRESEED] {
        assert!(fresh.has(kept), "{kept}");
    }
    fresh.does(&["dpkg", "--purge", "sekisho-agent"]);
    let left = fresh.does(&["find", "/etc", "/usr", "/var", "-name", "*sekisho-agent*"]);
    assert_eq!(left.trim(), "");
    assert!(!fresh.has("/etc/sekisho"));
    assert!(!rules().contains("sekisho"), "{}", rules());

    collector.stop();
    let key = "/var/lib/sekisho-collector/keys";
    fresh.installs(&second.of("sekisho-collector"));
    serves(&fresh).stop();
    fresh.does(&["dpkg", "--remove", "sekisho-collector"]);
    let said = fresh.does(&["dpkg", "--purge", "sekisho-collector"]);
    assert!(
        said.contains("keys and records stay in /var/lib/sekisho-collector"),
        "{said}"
    );
    assert!(fresh.has(key) && !fresh.has("/usr/bin/sekisho-collector"));
}

/// As root types it; everything it makes is the service's own. Gives the first token.
pub(crate) fn makes_a_collector(fresh: &Fresh) -> String {
    let made = fresh.does(&[
        "sekisho-collector",
        "init",
        "--name",
        "127.0.0.1",
        "--approve",
        "--json",
    ]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let foreign = [
        "find",
        "/var/lib/sekisho-collector",
        "!",
        "-user",
        "sekisho-collector",
    ];
    assert_eq!(fresh.does(&foreign).trim(), "");
    assert_eq!(mode(&fresh.path("/var/lib/sekisho-collector")), 0o700);
    made["token"].as_str().unwrap().to_owned()
}

pub(crate) fn serves(fresh: &Fresh) -> Child {
    let collector =
        Unit::of(fresh, "sekisho-collector.service").start(&fresh.path("tmp/collector.log"));
    eventually("the collector answers", || {
        let asked = fresh.tries(&["sekisho-collector", "status"]);
        asked
            .status
            .success()
            .then_some(())
            .ok_or(format!("{asked:?}"))
    });
    collector
}

/// Without anybody: by what the file says, as the unit has it.
pub(crate) fn enrols(fresh: &Fresh) {
    let unit = Unit::of(fresh, "sekisho-enroll.service");
    let preseed = fresh.read(PRESEED);
    fs::write(fresh.path(PRESEED), preseed.replace(":7444", ":7")).unwrap();
    let unreached = unit.run();
    // The unit tries that again, and nothing else.
    assert_eq!(unreached.status.code(), Some(2), "{unreached:?}");
    fs::write(fresh.path(PRESEED), &preseed).unwrap();
    let done = unit.run();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(fresh.read(PRESEED), "SEKISHO_COLLECTOR=127.0.0.1:7444\n");
    let identity = fs::metadata(fresh.path(IDENTITY)).unwrap();
    let user = fresh.does(&["id", "-u", "sekisho-agent"]);
    assert_eq!(identity.uid().to_string(), user.trim());
}

/// The agent reports, and the collector judges. Gives the device's id.
pub(crate) fn is_judged(fresh: &Fresh) -> String {
    eventually("the laptop is judged", || {
        let listed = fresh.does(&["sekisho-collector", "device", "list", "--json"]);
        let devices: Value = serde_json::from_str(&listed).unwrap();
        let device = &devices["devices"][0];
        let judged = device["posture"]["verdict"]["standing"].is_string();
        let id = device["id"].as_str().filter(|_| judged);
        id.map(str::to_owned).ok_or(listed)
    })
}

/// What is the administrator's and the laptop's own, after another version was installed.
fn keeps(fresh: &Fresh, identity: &[u8], version: &str) {
    let shown = fresh.does(&[
        "dpkg-query",
        "-W",
        "-f",
        "${Version} ${db:Status-Status}",
        "sekisho-agent",
    ]);
    assert_eq!(shown, format!("{version} installed"));
    assert_eq!(fresh.read(CONFIG), "check_interval_secs = 120\n");
    assert_eq!(fs::read(fresh.path(IDENTITY)).unwrap(), identity);
    assert!(!Unit::of(fresh, "sekisho-enroll.path").is_enabled());
    assert!(Unit::of(fresh, "sekisho-agent.service").is_enabled());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
