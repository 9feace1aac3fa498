//! A laptop finds out where it is: inside where the beacon proves it, outside in a café, and unknown where
//! nobody may ask.
//!
//! Touches the cast, in a network of its own. Must never take the laptop's word for what can be reached: it is
//! tried beside it.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::netns::{Namespace, Network};
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::World;
use serde_json::{Value, json};

use crate::isolation::{enforcing, isolate, until_account_is};

pub(crate) const BEACON: &str = "10.77.0.12:7445";
const TABLE: &str = "\n[beacon]\nlisten = [\"10.77.0.12:7445\"]\n";

/// A laptop on the internal network, where a beacon answers at an address of its own.
#[track_caller]
pub(crate) fn at_the_office() -> (Network, World, Laptop) {
    let (network, mut world, aiko) = enforcing();
    aiko.until_status("/place/state", |state| state == "absent");
    assert_eq!(world.ask(&["beacon", "status"]), Value::Null);
    network.collector.sh("ip addr add 10.77.0.12/24 dev eth0");
    world.stop_collector();
    world.is_configured(TABLE);
    world.start_collector();
    is_at(&aiko, "inside");
    (network, world, aiko)
}

#[track_caller]
pub(crate) fn is_at(laptop: &Laptop, place: &str) {
    laptop.until_status("/place/value", |value| value == place);
}

/// Waits until the place is unknown for this reason; gives the whole and what it says of the reason.
#[track_caller]
pub(crate) fn unknown(laptop: &Laptop, why: &str) -> (Value, String) {
    let status = laptop.until_status("/place/why", |value| value == why);
    let detail = status["place"]["detail"].as_str().unwrap().to_owned();
    (status, detail)
}

/// How often its agent says that it has attached.
fn attachments(laptop: &Laptop) -> usize {
    let log = std::fs::read_to_string(laptop.log_path()).unwrap();
    log.matches("attached to the collector").count()
}

/// Gives the laptop's link another network than ever before, as a cable that is plugged in does. One that came and went
/// before the agent looked would be no other.
pub(crate) fn stirs(laptop: &Namespace) {
    static STIRRED: AtomicU8 = AtomicU8::new(0);
    let number = STIRRED.fetch_add(1, Ordering::Relaxed);
    laptop.sh(&format!("ip route add 10.66.{number}.0/24 dev eth0"));
}

/// Whether the laptop reaches this by the way that its kernel chooses.
pub(crate) fn reaches(laptop: &Namespace, at: &str) -> bool {
    let at: SocketAddr = at.parse().unwrap();
    laptop.inside(|| TcpStream::connect_timeout(&at, Duration::from_secs(1)).is_ok())
}

#[test]
fn inside_outside_and_cut_off() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, mut aiko) = at_the_office();
    let laptop = &network.laptop;
    let shown = aiko.type_in(&["status"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("on the company's network"), "{shown}");
    let check = aiko.type_in(&["check", "--json"]);
    let check: Value = serde_json::from_slice(&check.stdout).unwrap();
    let place = check.pointer("/facts/network/value/place/value");
    assert_eq!(place, Some(&json!("inside")), "{check}");

    // The beacon goes, and the collector stays: the laptop is elsewhere, for all it can tell.
    network.collector.sh("ip addr del 10.77.0.12/24 dev eth0");
    stirs(laptop);
    is_at(&aiko, "outside");
    world.until_device("aiko", "/attached", &json!(true));
    network.collector.sh("ip addr add 10.77.0.12/24 dev eth0");
    stirs(laptop);
    is_at(&aiko, "inside");

    // Cut off, it asks nobody, and reaches the beacon as little as anything else.
    assert!(reaches(laptop, BEACON));
    isolate(&world);
    let (_, why) = unknown(&aiko, "not_permitted");
    assert!(why.contains("order"), "{why}");
    assert!(!reaches(laptop, BEACON));
    world.ask(&["order", "release", "aiko", "--reason", "clean"]);
    until_account_is(&world, "full");
    is_at(&aiko, "inside");

    // What the laptop was told it remembers: it finds its place though the collector takes no laptops.
    network.collector.sh("nft add table inet shut
         nft 'add chain inet shut input { type filter hook input priority 0; }'
         nft add rule inet shut input tcp dport 7443 drop");
    aiko.stop();
    aiko.start();
    is_at(&aiko, "inside");
    let status = aiko.until_status("/attached", |attached| attached == false);
    assert_eq!(status["place"]["value"], "inside", "{status}");

    // Its next key it was told as well, but, while it does not attach, not the one after that.
    let told = world.ask(&["beacon", "status"]);
    let rotated = world.ask(&["beacon", "rotate"]);
    assert_eq!(rotated["pin"], told["next_pin"]);
    stirs(laptop);
    aiko.stop();
    aiko.start();
    is_at(&aiko, "inside");
    world.ask(&["beacon", "rotate"]);
    aiko.stop();
    aiko.start();
    is_at(&aiko, "outside");
    // The collector tells it anew, and all is well, however often the key is rotated while it is attached.
    network.collector.sh("nft delete table inet shut");
    is_at(&aiko, "inside");
    world.until_device("aiko", "/attached", &json!(true));
    for _ in 0..2 {
        let before = attachments(&aiko);
        world.ask(&["beacon", "rotate"]);
        eventually("the laptop comes back", || match attachments(&aiko) {
            now if now > before => Ok(()),
            now => Err(now.to_string()),
        });
    }
    stirs(laptop);
    aiko.until_status("/attached", |attached| attached == true);
    is_at(&aiko, "inside");
}

#[test]
fn in_a_cafe_a_vpn_does_not_make_it_the_office() {
    if !may_make_namespaces() {
        return;
    }
    let (network, world, aiko) = at_the_office();
    // A café, from which nothing leads inside; and a link beside it that leads there, as a VPN does, with the
    // routes of the internal network.
    network
        .laptop
        .sh("ip link add cafe0 type veth peer name cafe1
         ip addr add 10.99.0.1/24 dev cafe0
         ip link set cafe0 up");
    network.laptop.sh("ip link set cafe1 up
         ip route replace default via 10.99.0.2 dev cafe0
         ip -6 route del default");
    assert!(reaches(&network.laptop, BEACON), "over the other link");
    is_at(&aiko, "outside");
    assert!(reaches(&network.laptop, BEACON), "over the other link");
    world.until_device("aiko", "/attached", &json!(true));
    network.laptop.sh("ip link del cafe0
         ip route replace default via 10.77.0.3");
    is_at(&aiko, "inside");
}

#[test]
fn a_beacon_answers_nobody_from_outside_and_its_troubles_are_told() {
    if !may_make_namespaces() {
        return;
    }
    let network = Network::new();
    let mut world = World::in_network(&network);
    world.stop_collector();
    world.is_configured(
        "\n[beacon]\nlisten = [\"0.0.0.0:7445\", \"10.77.0.13:7446\"]\naddresses = [\"10.77.0.2:7445\"]\n",
    );
    world.start_collector();
    // One address is not there yet; the rest serves, and that it is not is told.
    let status = world.ask(&["status"]);
    let troubles = &status["beacon"]["troubles"];
    assert!(troubles[0].as_str().unwrap().contains("10.77.0.13:7446"));
    assert_eq!(status["warnings"], json!(["beacon_not_serving"]));
    let shown = world.type_in(&["beacon", "status"]);
    assert_eq!(shown.status.code(), Some(1));
    network.collector.sh("ip addr add 10.77.0.13/24 dev eth0");
    eventually("it listens there too", || {
        let status = world.ask(&["status"]);
        match &status["warnings"] {
            none if *none == json!([]) => Ok(()),
            other => Err(other.to_string()),
        }
    });

    // Asked at an address of the internal network it waits for a question, at a public one it hangs up.
    network.collector.sh("ip addr add 203.0.113.9/24 dev eth0");
    network.laptop.sh("ip route add 203.0.113.0/24 dev eth0");
    assert!(!is_hung_up(&network.laptop, "10.77.0.2:7445"));
    assert!(is_hung_up(&network.laptop, "203.0.113.9:7445"));

    // A key that is damaged stops the beacon, and nothing else.
    world.stop_collector();
    let key = world.collector_dir().join("keys/beacon.key");
    std::fs::write(&key, b"no key").unwrap();
    world.start_collector();
    let status = world.ask(&["status"]);
    let trouble = status["beacon"]["troubles"][0].as_str().unwrap().to_owned();
    assert!(trouble.contains("beacon.key"), "{trouble}");
    assert_eq!(status["beacon"]["pin"], Value::Null);
    let refused = world.type_in(&["beacon", "rotate", "--json"]);
    let refused: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(refused["error"]["code"], "no_beacon", "{refused}");
    let mut aiko = world.laptop("aiko");
    aiko.enforces_in(&network.laptop);
    aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));
    let (_, why) = unknown(&aiko, "unreadable");
    assert!(why.contains("no key"), "{why}");
}

/// Whether whoever listens there ends the connection before anything is said.
fn is_hung_up(laptop: &Namespace, at: &str) -> bool {
    let at: SocketAddr = at.parse().unwrap();
    laptop.inside(|| {
        let mut stream = TcpStream::connect(at).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        matches!(stream.read(&mut [0]), Ok(0))
    })
}
