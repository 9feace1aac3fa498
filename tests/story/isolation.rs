//! A device is isolated, stays so through a reboot, and is released.
//!
//! Touches the cast, in a network of its own. Must never trust the agent's word alone: the wire is
//! tried.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use sekisho_tests::eventually::eventually;
use sekisho_tests::laptop::Laptop;
use sekisho_tests::netns::{Namespace, Network};
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::{World, said};
use serde_json::json;

pub(crate) const WORLD: [&str; 2] = ["192.0.2.1:443", "[2001:db8::1]:443"];
const DOWNLOADS: [&str; 2] = ["192.0.2.1:8000", "[2001:db8::1]:8000"];
/// A gateway that an order lists.
const VPN: &str = "192.0.2.1:51820/udp";
pub(crate) const COLLECTOR: [&str; 2] = ["10.77.0.2:7443", "[fd77::2]:7443"];

#[test]
fn isolated_in_a_network_namespace() {
    if !may_make_namespaces() {
        return;
    }
    let (network, mut world, mut aiko) = enforcing();
    serve_without_end(&network.world);
    reaches_everything(&network.laptop);
    let downloads = DOWNLOADS.map(|from| Download::start(&network.laptop, from));
    assert!(
        downloads.iter().all(Download::proceeds),
        "nothing to be cut off"
    );

    let isolate = ["order", "isolate", "aiko", "--reason", "malware seen"];
    world.ask(&[&isolate[..], &["--allow", VPN]].concat());
    until_account_is(&world, "isolated");
    reaches_nothing(&network.laptop);
    assert!(
        !downloads.iter().any(Download::proceeds),
        "a download goes on"
    );
    downloads.iter().for_each(Download::until_told);
    assert_eq!(world.device("aiko").unwrap()["attached"], json!(true));
    assert_eq!(
        gaps(&world),
        json!([]),
        "this kernel lets everything be held"
    );
    a_device_that_comes_later_is_held(&network);
    what_cannot_be_held_is_told(&world, &network);

    // A reboot: the firewall is empty, and nobody is there to ask.
    aiko.kill();
    network.laptop.sh("nft flush ruleset");
    reaches_everything(&network.laptop);
    world.stop_collector();
    aiko.start();
    comes_to_reach(&network.laptop, &[]);

    world.start_collector();
    aiko.stop();
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));
    world.ask(&["order", "release", "aiko", "--reason", "scanned, clean"]);
    until_account_is(&world, "full");
    reaches_everything(&network.laptop);
}

/// A network with a collector, and a laptop whose agent enforces and is attached.
#[track_caller]
pub(crate) fn enforcing() -> (Network, World, Laptop) {
    let network = Network::new();
    serve(&network.world, WORLD);
    let world = World::in_network(&network);
    let mut aiko = world.laptop("aiko");
    aiko.enforces_in(&network.laptop);
    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));
    (network, world, aiko)
}

/// Orders the laptop to be isolated, and waits until it has proved it.
#[track_caller]
pub(crate) fn isolate(world: &World) {
    world.ask(&["order", "isolate", "aiko", "--reason", "malware seen"]);
    until_account_is(world, "isolated");
}

/// As when a telephone is plugged in to get around it.
#[track_caller]
fn a_device_that_comes_later_is_held(network: &Network) {
    let chain = || {
        let listed = network
            .laptop
            .try_sh("nft list table netdev sekisho_isolation");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let held = r#"hook egress device "usb0" priority 400; policy drop;"#;
        if listed.contains(held) {
            Ok(())
        } else {
            Err(listed)
        }
    };
    chain().unwrap_err();
    network
        .laptop
        .sh("ip link add usb0 type veth peer name usb1 && ip link set usb0 up");
    eventually("the device that came is held too", chain);
}

/// A device under a name that the firewall cannot be told.
#[track_caller]
fn what_cannot_be_held_is_told(world: &World, network: &Network) {
    network
        .laptop
        .sh(r#"ip link add "$(printf 'odd\377')" type veth peer name odd"#);
    eventually("the gap is told", || match gaps(world) {
        gaps if gaps[0]["kind"] == "frames" => Ok(()),
        gaps => Err(gaps.to_string()),
    });
    let shown = world.type_in(&["device", "show", "aiko"]);
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    for words in [
        "Not covered",
        "raw frames, and interfaces stacked upon others (devices with names that",
        "Stays reachable",
        VPN,
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    network.laptop.sh("ip link del odd");
}

fn gaps(world: &World) -> serde_json::Value {
    let device = world.device("aiko").unwrap();
    device["posture"]["enforcement"]["gaps"].clone()
}

/// What the device says that it applied, and what probing showed it.
#[track_caller]
pub(crate) fn until_account_is(world: &World, access: &str) {
    eventually(&format!("applied and verified: {access}"), || {
        let device = world.device("aiko")?;
        let account = &device["posture"]["enforcement"];
        let is = |reading: &str| {
            account[reading]
                .to_string()
                .contains(&format!("\"{access}\""))
        };
        if is("applied") && is("verified") {
            Ok(())
        } else {
            Err(account.to_string())
        }
    });
}

#[track_caller]
pub(crate) fn reaches_everything(laptop: &Namespace) {
    let all: Vec<&str> = [WORLD, COLLECTOR].concat();
    assert_eq!(open(laptop), all);
}

/// Not even the collector, but for the agent: who stole the laptop gets no way out.
#[track_caller]
pub(crate) fn reaches_nothing(laptop: &Namespace) {
    assert_eq!(open(laptop), Vec::<&str>::new());
}

/// Waits until these places and no others are reached.
#[track_caller]
pub(crate) fn comes_to_reach(laptop: &Namespace, places: &[&str]) {
    eventually(&format!("{places:?} are reached"), || match open(laptop) {
        reached if reached == places => Ok(()),
        reached => Err(format!("{reached:?} are")),
    });
}

/// The places that root reaches from there.
fn open(laptop: &Namespace) -> Vec<&'static str> {
    let patience = Duration::from_secs(2);
    let reaches = |place: &&str| {
        let address: SocketAddr = place.parse().unwrap();
        laptop.inside(|| TcpStream::connect_timeout(&address, patience).is_ok())
    };
    [WORLD, COLLECTOR]
        .concat()
        .into_iter()
        .filter(reaches)
        .collect()
}

fn serve(machine: &Namespace, places: [&'static str; 2]) {
    for place in places {
        let listener = machine.inside(|| TcpListener::bind(place).unwrap());
        thread::spawn(move || listener.incoming().count());
    }
}

fn serve_without_end(machine: &Namespace) {
    for place in DOWNLOADS {
        let listener = machine.inside(|| TcpListener::bind(place).unwrap());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || send_without_end(stream));
            }
        });
    }
}

fn send_without_end(mut stream: TcpStream) {
    while stream.write_all(&[0; 1024]).is_ok() {
        // A slow source, so that the story's machine has little to do.
        thread::sleep(Duration::from_millis(5));
    }
}

/// A download that counts what it got.
struct Download {
    bytes: Arc<AtomicU64>,
    reader: thread::JoinHandle<()>,
}

impl Download {
    fn start(laptop: &Namespace, from: &str) -> Self {
        let address: SocketAddr = from.parse().unwrap();
        let mut stream = laptop.inside(|| TcpStream::connect(address).unwrap());
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut piece = [0; 1024];
            while let Ok(read) = stream.read(&mut piece)
                && read > 0
            {
                counted.fetch_add(read as u64, Ordering::Relaxed);
            }
        });
        Self { bytes, reader }
    }

    /// Waits until the one who only reads knows that nothing comes any more.
    #[track_caller]
    fn until_told(&self) {
        eventually("the download ends with an error", || {
            if self.reader.is_finished() {
                Ok(())
            } else {
                Err("it still waits for more".to_owned())
            }
        });
    }

    /// Whether anything comes within two seconds.
    fn proceeds(&self) -> bool {
        let before = self.bytes.load(Ordering::Relaxed);
        (0..80).any(|_| {
            thread::sleep(Duration::from_millis(25));
            self.bytes.load(Ordering::Relaxed) > before
        })
    }
}
