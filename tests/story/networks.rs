//! A laptop goes from network to network, and tells which one it is on.
//!
//! Touches network namespaces and the agent's own `check`, which reads the machine that the story is told on. Must
//! never send anything beyond the namespaces.

use std::process::Stdio;

use sekisho_tests::eventually::eventually;
use sekisho_tests::netns::{Namespace, Network};
use sekisho_tests::programs;
use sekisho_tests::skip::may_make_namespaces;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A policy that permits no network of the story.
const WIRED_ONLY: &str =
    "format = 1\n[rules.network-permitted]\noutside = [\"wired\"]\n[rules.wifi-secure]\n";

#[test]
fn a_network_is_told_by_what_carries_traffic() {
    if !may_make_namespaces() {
        return;
    }
    let network = Network::new();
    let laptop = &network.laptop;
    let before = networks(laptop);
    assert_eq!(
        before["links"]["value"],
        json!([{
            "name": "eth0",
            "kind": "virtual",
            "addresses": ["10.77.0.1/24", "fd77::1/64"],
            "evidence": [{ "source": "eth0 IFLA_INFO_KIND", "value": "veth" }],
        }])
    );
    assert_eq!(
        before["default_routes"]["value"],
        json!([
            { "family": "ipv4", "link": "eth0", "gateway": "10.77.0.3" },
            { "family": "ipv6", "link": "eth0", "gateway": "fd77::3" },
        ])
    );

    // What containers have among themselves, and what a router announces, is no other network.
    laptop.sh("ip link add docker0 type bridge
         ip addr add 172.17.0.1/16 dev docker0
         ip link add vethab12 type veth peer name vethcd34
         ip link set vethab12 master docker0 up
         ip link set vethcd34 up
         ip link set docker0 up
         ip addr add 2001:db8:7::99/64 dev eth0 nodad valid_lft 900 preferred_lft 600");
    assert_eq!(networks(laptop), before);

    // Another table behind a mark, as VPNs have it: the main table is not where traffic goes.
    laptop.sh("ip link add eth1 type veth peer name other
         ip link set other up
         ip addr add 10.78.0.1/24 dev eth1
         ip link set eth1 up
         ip route add default via 10.78.0.2 dev eth1 table 51820
         ip rule add not fwmark 51820 table 51820");
    let after = networks(laptop);
    assert_eq!(after["default_routes"]["value"][0]["link"], "eth1");
    assert_eq!(after["default_routes"]["value"][1]["link"], "eth0");
    let names = after["links"]["value"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|link| link["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["eth0", "eth1"]);

    // And none at all.
    laptop.sh("ip link set eth0 down && ip link set eth1 down");
    assert_eq!(networks(laptop)["links"]["value"], json!([]));
}

#[test]
fn a_change_of_network_announces_itself() {
    if !may_make_namespaces() {
        return;
    }
    let network = Network::new();
    let dir = tempfile::tempdir().unwrap();
    let policy = policy(&dir);
    let printed = dir.path().join("printed");
    let mut watching = network
        .laptop
        .command(&programs::agent().display().to_string())
        .args(["check", "--watch", "--json", "--policy", &policy])
        .stdout(Stdio::from(std::fs::File::create(&printed).unwrap()))
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let outcomes = || {
        let text = std::fs::read_to_string(&printed).unwrap();
        let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        let outcomes = values.map_while(Result::ok).map(|value| outcome(&value));
        outcomes.collect::<Vec<String>>()
    };
    let seen = |wanted: &[&str]| {
        eventually("the check says what network it is", || {
            let outcomes = outcomes();
            (outcomes == wanted)
                .then_some(())
                .ok_or(format!("{outcomes:?}"))
        });
    };
    seen(&["unknown"]);
    network.laptop.sh("ip link set eth0 down");
    seen(&["unknown", "not_applicable"]);
    network.laptop.sh("ip link set eth0 up
         ip route add default via 10.77.0.3");
    seen(&["unknown", "not_applicable", "unknown"]);
    watching.kill().unwrap();
    watching.wait().unwrap();
}

fn policy(dir: &TempDir) -> String {
    let policy = dir.path().join("policy.toml");
    std::fs::write(&policy, WIRED_ONLY).unwrap();
    policy.display().to_string()
}

/// What the agent makes of `network-permitted`.
fn outcome(checked: &Value) -> String {
    let findings = checked["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|one| one["rule"] == "network-permitted");
    finding.unwrap()["outcome"].as_str().unwrap().to_owned()
}

/// The networks that the agent sees inside.
#[track_caller]
fn networks(laptop: &Namespace) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let checked = laptop
        .command(&programs::agent().display().to_string())
        .args(["check", "--json", "--policy", &policy(&dir)])
        .output()
        .unwrap();
    let checked: Value = serde_json::from_slice(&checked.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&checked.stderr)));
    let network = checked["facts"]["network"].clone();
    network.get("value").cloned().unwrap_or(network)
}
