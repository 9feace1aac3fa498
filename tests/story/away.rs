//! What follows from where a laptop is: leave to be there, and the VPN that is asked for there.
//!
//! Touches the cast, in a network of its own. Must never take the laptop's word for what can be reached: it is
//! tried beside it.

use sekisho_policy::time::Timestamp;
use sekisho_tests::clock;
use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::netns::Network;
use sekisho_tests::programs;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::judgement::apply;
use crate::place::{BEACON, at_the_office, is_at, reaches, stirs, unknown};

const POLICY: &str = "\
format = 1
[rules.take-out-approved]
from_class = 'public'
[rules.vpn-outside]
required = true
kinds = ['ipsec', 'other']
[rules.network-permitted]
";

const QUARTERS: [&str; 4] = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"];

/// Waits until the collector finds this of a rule, and gives the finding.
#[track_caller]
fn until_found(world: &World, rule: &str, outcome: &str) -> Value {
    eventually(&format!("{rule} is {outcome}"), || {
        let device = world.device("aiko")?;
        let findings = device.pointer("/posture/verdict/findings");
        let findings = findings.and_then(Value::as_array).cloned();
        let finding = findings
            .into_iter()
            .flatten()
            .find(|one| one["rule"] == rule);
        match finding {
            Some(finding) if finding["outcome"] == outcome => Ok(finding),
            other => Err(format!("{other:?}")),
        }
    })
}

/// What a check on the laptop says, of the networks that its kernel tells of.
#[track_caller]
fn checked(network: &Network, laptop: &Laptop) -> Value {
    let output = network
        .laptop
        .command(&programs::agent().display().to_string())
        .args(["check", "--json"])
        .env("SEKISHO_STATE_DIR", laptop.state_dir())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
}

#[track_caller]
fn own_outcome(network: &Network, laptop: &Laptop, rule: &str) -> Value {
    let answer = checked(network, laptop);
    let mut findings = answer["findings"].as_array().unwrap().iter();
    let finding = findings.find(|one| one["rule"] == rule);
    finding.unwrap()["outcome"].clone()
}

/// Another network beside that of the office, which stays: so that the laptop's reports arrive.
fn goes_to_a_cafe(network: &Network) {
    network
        .laptop
        .sh("ip link add cafe0 type veth peer name cafe1
         ip addr add 10.99.0.1/24 dev cafe0
         ip link set cafe0 up
         ip link set cafe1 up
         ip route replace default via 10.99.0.2 dev cafe0
         ip -6 route del default");
}

#[test]
fn outside_takes_leave_and_no_way_of_being_unclear_excuses_from_it() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, aiko) = at_the_office();
    apply(&world, POLICY);
    until_found(&world, "take-out-approved", "not_applicable");
    assert_eq!(
        own_outcome(&network, &aiko, "vpn-outside"),
        "not_applicable"
    );
    goes_to_a_cafe(&network);
    is_at(&aiko, "outside");
    until_found(&world, "take-out-approved", "fail");
    for rule in ["take-out-approved", "vpn-outside"] {
        assert_eq!(own_outcome(&network, &aiko, rule), "fail", "{rule}");
    }

    // Leave to be there.
    let now = i64::try_from(clock::since_epoch().as_secs()).unwrap();
    let until = Timestamp::from_secs(now + 2 * 86_400).date();
    let out = ["device", "take-out", "aiko", "--until", &until];
    world.ask(&[&out[..], &["--purpose", "大阪出張"]].concat());
    until_found(&world, "take-out-approved", "pass");
    world.ask(&["device", "take-out", "aiko", "--end"]);
    until_found(&world, "take-out-approved", "fail");

    // DHCP's option 121 takes the way out apart: it is one all the same, beside that of the office too.
    network
        .laptop
        .sh("ip route replace default via 10.77.0.3 dev eth0");
    is_at(&aiko, "inside");
    until_found(&world, "take-out-approved", "not_applicable");
    for quarter in QUARTERS {
        let line = format!("ip route add {quarter} via 10.99.0.2 dev cafe0");
        network.laptop.sh(&line);
    }
    is_at(&aiko, "outside");
    until_found(&world, "take-out-approved", "fail");
    // No way out at all: where it is cannot be told, which excuses nobody.
    network.laptop.sh("ip route del default");
    for quarter in QUARTERS {
        network.laptop.sh(&format!("ip route del {quarter}"));
    }
    let (_, why) = unknown(&aiko, "unreadable");
    assert!(why.contains("no way leads out"), "{why}");
    until_found(&world, "take-out-approved", "unknown");
    world.ask(&[&out[..], &["--purpose", "大阪出張"]].concat());
    until_found(&world, "take-out-approved", "pass");
}

#[test]
fn a_tunnel_that_leads_to_the_beacon_does_not_make_a_cafe_the_office() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, aiko) = at_the_office();
    apply(&world, POLICY);
    // The café, and the VPN's gateway at its other end.
    network.laptop.sh(&format!(
        "ip link add cafe0 type veth peer name cafe1 netns {}
         ip addr add 10.99.0.1/24 dev cafe0
         ip link set cafe0 up
         ip link add vpn0 type vxlan id 7 dstport 4789 local 10.99.0.1 remote 10.99.0.2 dev cafe0
         ip addr add 10.98.0.1/24 dev vpn0",
        network.collector.name()
    ));
    network.collector.sh("ip addr add 10.99.0.2/24 dev cafe1
         ip link set cafe1 up
         ip link add vpn1 type vxlan id 7 dstport 4789 local 10.99.0.2 remote 10.99.0.1 dev cafe1
         ip addr add 10.98.0.2/24 dev vpn1
         ip link set vpn1 up");
    network.laptop.sh("ip link set eth0 down
         ip link set vpn0 up
         ip route add default via 10.98.0.2 dev vpn0");
    assert!(reaches(&network.laptop, BEACON), "over the tunnel");
    is_at(&aiko, "outside");
    assert!(reaches(&network.laptop, BEACON), "over the tunnel");
    // Its reports go over the tunnel as well.
    assert_eq!(own_outcome(&network, &aiko, "vpn-outside"), "pass");
    until_found(&world, "take-out-approved", "fail");
    network.laptop.sh("ip link del vpn0
         ip link del cafe0
         ip link set eth0 up
         ip route replace default via 10.77.0.3");
    is_at(&aiko, "inside");
}

/// IPsec as strongSwan has it: policies of the kernel, and no link.
#[test]
fn an_answer_that_ipsec_may_have_brought_proves_nothing_and_the_vpn_is_told() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, aiko) = at_the_office();
    apply(&world, POLICY);
    until_found(&world, "take-out-approved", "not_applicable");
    const TUNNEL: &str = "tmpl src 10.77.0.1 dst 203.0.113.5 proto esp mode tunnel";
    let policy = |verb: &str, rest: &str| {
        let laptop = &network.laptop;
        laptop.sh(&format!("ip xfrm policy {verb} dir out {rest}"));
    };
    let tunnel = |selector: &str| policy("add", &format!("{selector} {TUNNEL}"));
    // It covers other networks: the beacon is asked past it.
    let elsewhere = "src 10.77.0.1/32 dst 10.50.0.0/16";
    tunnel(elsewhere);
    let seen = own_networks(&network, &aiko);
    assert_eq!(seen["ipsec"]["value"][0]["link"], "203.0.113.5", "{seen}");
    assert_eq!(seen["ipsec"]["value"][0]["covers"], json!([]));
    stirs_and_is(&network, &aiko, "inside");

    // It may cover the beacon. A kernel without ESP brings nothing through a tunnel, so this one is for a port that no
    // question comes from: the kernel lets the question past it, and the agent does not rely on that.
    let beacon = "src 0.0.0.0/0 dst 10.77.0.12/32 proto tcp sport 1 priority 5";
    tunnel(beacon);
    assert!(reaches(&network.laptop, BEACON));
    stirs(&network.laptop);
    let (status, why) = unknown(&aiko, "unreadable");
    assert!(why.contains("IPsec to 203.0.113.5"), "{status}");
    until_found(&world, "take-out-approved", "unknown");
    // What is let past the tunnels is asked for as such.
    policy(
        "add",
        "src 0.0.0.0/0 dst 10.77.0.0/24 action allow priority 1",
    );
    stirs_and_is(&network, &aiko, "inside");

    // It covers everything else: the VPN that a company may ask for outside.
    tunnel("src 10.77.0.1/32 dst 0.0.0.0/0 priority 9");
    let seen = own_networks(&network, &aiko);
    assert_eq!(
        seen["ipsec"]["value"][0]["covers"],
        json!(["ipv4"]),
        "{seen}"
    );
}

fn own_networks(network: &Network, laptop: &Laptop) -> Value {
    checked(network, laptop)["facts"]["network"]["value"].clone()
}

#[track_caller]
fn stirs_and_is(network: &Network, laptop: &Laptop, place: &str) {
    stirs(&network.laptop);
    is_at(laptop, place);
}
