//! What passes below the internet protocol: raw sockets, stacked interfaces, and devices that come later.

use std::ffi::OsStr;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::process::Child;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, SockaddrStorage, sendto, socket,
};
use sekisho_agent::clock;
use sekisho_agent::enforce::Enforcer;
use sekisho_agent::enforce::linux::watch::{Change, Watch};
use sekisho_policy::order::{Access, Enforcement, GapKind};
use sekisho_policy::reading::Reading;
use tokio::time::timeout;

use crate::lab::*;
use crate::namespace::Namespace;
use crate::traffic::{eventually, ping, tcp};
use crate::{REFUSED, assert_isolated, counting_packets, refusing};

const BOUND: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_millis(1500);

#[test]
fn frames_of_a_raw_socket_leave_before_and_not_after() {
    let Some(lab) = lab() else { return };
    assert_eq!(send_frame(&lab, "eth0"), Ok(true), "nothing to be cut off");

    let isolated = lab.reconcile(&mut enforcer(), &desired(Access::Isolated));

    assert_isolated(&isolated);
    assert_eq!(isolated.gaps, []);
    assert_eq!(send_frame(&lab, "eth0"), Err(Errno::ENOBUFS));
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V4), Ok(()));
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V6), Ok(()));
    // A client that has no address yet asks for one by a frame of its own making.
    assert_eq!(send_frame_of(&lab, "eth0", [68, 67]), Ok(true));
    assert_eq!(send_frame_of(&lab, "eth0", [68, 68]), Err(Errno::ENOBUFS));
    // Neighbours are found anew.
    lab.laptop.sh("ip neigh flush all && ip -6 neigh flush all");
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V4), Ok(()));
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V6), Ok(()));

    lab.reconcile(&mut enforcer(), &desired(Access::Full));
    assert_eq!(send_frame(&lab, "eth0"), Ok(true));
}

#[test]
fn an_interface_stacked_upon_the_laptops_own_is_cut_off_too() {
    let Some(lab) = lab() else { return };
    let guest = Namespace::new();
    lab.laptop
        .sh("ip link add link eth0 name mv0 type macvlan mode bridge");
    lab.laptop.give("mv0", &guest);
    guest.sh("ip addr add 10.77.0.9/24 dev mv0 && ip link set mv0 up");
    assert!(eventually(BOUND, || ping(&guest, "10.77.0.3")));

    assert_isolated(&lab.reconcile(&mut enforcer(), &desired(Access::Isolated)));

    assert!(!ping(&guest, "10.77.0.3"));
}

#[test]
fn the_collector_is_reached_over_a_bridge_of_the_laptops_own() {
    let Some(lab) = lab() else { return };
    lab.laptop.sh(
        "ip link add vmbr type bridge && ip link set vmbr up && ip link set eth0 master vmbr
         ip addr del 10.77.0.1/24 dev eth0 && ip addr del fd77::1/64 dev eth0
         ip addr add 10.77.0.1/24 dev vmbr
         ip addr add fd77::1/64 dev vmbr nodad",
    );
    for collector in [COLLECTOR_V4, COLLECTOR_V6] {
        let reached = || tcp(&lab.laptop, AGENT, collector) == Ok(());
        assert!(
            eventually(Duration::from_millis(50), reached),
            "{collector}"
        );
    }
    lab.reconcile(&mut enforcer(), &desired(Access::Isolated));
    lab.laptop.sh("ip neigh flush all && ip -6 neigh flush all");
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V4), Ok(()));
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V6), Ok(()));
    assert_eq!(send_frame(&lab, "eth0"), Err(Errno::ENOBUFS));
}

#[test]
fn a_device_that_comes_later_is_held_and_one_that_goes_disturbs_nothing() {
    let Some(lab) = lab() else { return };
    let wanted = desired(Access::Isolated);
    let mut enforcer = enforcer();
    assert_isolated(&lab.reconcile(&mut enforcer, &wanted));

    let held = |enforcer: &mut Enforcer, happens: &str, device: &str| -> Enforcement {
        lab.as_agent(async {
            let (mut watch, trouble) = Watch::open();
            assert!(trouble.is_none(), "{trouble:?}");
            assert_eq!(watch.changed().await, Change::TimeToLook);
            lab.laptop.sh(happens);
            assert_eq!(send_frame(&lab, device), Ok(true), "{happens}");
            let seen_from = clock::instant();
            let change = timeout(BOUND, watch.changed()).await.unwrap();
            assert_eq!(change, Change::Device, "{happens}");
            assert_eq!(enforcer.holds(&wanted).await, Reading::Known(false));
            let mended = enforcer.reconcile_unprobed(&wanted, clock::now()).await;
            println!("{happens}: held after {:?}", seen_from.elapsed());
            assert_eq!(send_frame(&lab, device), Err(Errno::ENOBUFS), "{happens}");
            mended
        })
    };
    let plugged = format!(
        "ip link add usb0 type veth peer name usb9 netns {} && ip link set usb0 up",
        lab.world.door()
    );
    let mended = held(&mut enforcer, &plugged, "usb0");
    assert_eq!(mended.applied, Reading::Known(Access::Isolated));
    assert_eq!(mended.reasserted, 0, "nobody touched the rules");
    // As the system does with a device it has just found.
    let renamed =
        "ip link set usb0 down && ip link set usb0 name tether0 && ip link set tether0 up";
    assert_eq!(held(&mut enforcer, renamed, "tether0").reasserted, 0);

    lab.laptop.sh("ip link del tether0");
    let before = lab.laptop.sh("nft -a -s list ruleset");
    lab.as_agent(async {
        assert_eq!(enforcer.holds(&wanted).await, Reading::Known(true));
    });
    assert_eq!(lab.reconcile(&mut enforcer, &wanted).reasserted, 0);
    assert_eq!(lab.laptop.sh("nft -a -s list ruleset"), before);
}

#[test]
fn devices_that_come_and_go_all_the_while_keep_no_isolation_from_being_put_in_force() {
    let Some(lab) = lab() else { return };
    let mut enforcer = enforcer();
    let churn = "while true; do ip link add d0 type veth peer name d1; ip link del d0; done";
    let churning = Ended(lab.laptop.spawn(churn));
    for round in 0..10 {
        let isolated =
            lab.as_agent(enforcer.reconcile_unprobed(&desired(Access::Isolated), clock::now()));
        assert_eq!(
            isolated.applied,
            Reading::Known(Access::Isolated),
            "{round}"
        );
        assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
        assert_eq!(isolated.reasserted, 0);
        lab.as_agent(enforcer.reconcile_unprobed(&desired(Access::Full), clock::now()));
    }
    drop(churning);
    let isolated = lab.reconcile(&mut enforcer, &desired(Access::Isolated));
    assert_eq!(isolated.gaps, [], "the next pass covers everything again");
    assert_eq!(send_frame(&lab, "eth0"), Err(Errno::ENOBUFS));
}

/// A program that is ended with the test, however that ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // One that has ended by itself is what was wanted.
        let _ended = self.0.kill().and_then(|()| self.0.wait());
    }
}

#[test]
fn a_kernel_without_egress_hooks_isolates_all_the_same_and_the_gap_is_told() {
    if let Some(word) = refusing::inside() {
        return within_a_refusing_nft(&word);
    }
    let Some(lab) = lab() else { return };
    let name = "frames::a_kernel_without_egress_hooks_isolates_all_the_same_and_the_gap_is_told";
    refusing::run_again(&lab, name, "\"egress\"");
    assert_eq!(send_frame(&lab, "eth0"), Err(Errno::ENOBUFS));
}

fn within_a_refusing_nft(word: &OsStr) {
    let mut enforcer = enforcer();
    for _ in 0..2 {
        let without = refusing::pass(&mut enforcer, Access::Isolated);
        assert_eq!(without.applied, Reading::Known(Access::Isolated));
        assert_eq!(without.reasserted, 0);
        let [gap] = without.gaps.as_slice() else {
            panic!("{:?}", without.gaps);
        };
        assert_eq!(gap.kind, GapKind::Frames);
        assert!(gap.detail.contains("Operation not supported"), "{gap:?}");
    }
    std::fs::write(word, "").unwrap();
    let with = refusing::pass(&mut enforcer, Access::Isolated);
    assert_eq!(with.applied, Reading::Known(Access::Isolated));
    assert_eq!(with.gaps, [], "what becomes possible is done");
}

/// Sends a datagram to the world as a frame of its own making; whether it arrived, else what the
/// kernel said.
pub(crate) fn send_frame(lab: &Lab, device: &str) -> Result<bool, Errno> {
    send_frame_of(lab, device, [53, 53])
}

fn send_frame_of(lab: &Lab, device: &str, ports: [u16; 2]) -> Result<bool, Errno> {
    let peer = if device == "eth0" {
        "eth0".to_owned()
    } else {
        lab.world.sh("ip link set usb9 up");
        "usb9".to_owned()
    };
    let to = lab.world.run(move || link_address(&peer).addr().unwrap());
    let count = counting_packets(lab);
    let before = count(lab);
    let send = || {
        let device = device.to_owned();
        lab.laptop.run(move || {
            let from = link_address(&device);
            let frame = frame(from.addr().unwrap(), to, ports);
            let flags = SockFlag::SOCK_CLOEXEC;
            let socket = socket(AddressFamily::Packet, SockType::Raw, flags, None).unwrap();
            sendto(socket.as_raw_fd(), &frame, &from, MsgFlags::empty())
        })
    };
    send()?;
    // A device that has just come up loses what is sent before its cable is noticed.
    Ok(eventually(PATIENCE, || count(lab) != before || send().is_err()) && count(lab) != before)
}

fn link_address(device: &str) -> LinkAddr {
    let mut all = nix::ifaddrs::getifaddrs().unwrap();
    let found = all.find_map(|one| {
        let link = one
            .address
            .as_ref()
            .and_then(SockaddrStorage::as_link_addr)?;
        (one.interface_name == device).then_some(*link)
    });
    found.unwrap_or_else(|| panic!("no device {device}"))
}

/// UDP from 10.77.0.1 to 192.0.2.1 by these ports, in IPv4 in Ethernet.
fn frame(from: [u8; 6], to: [u8; 6], ports: [u16; 2]) -> Vec<u8> {
    let [source, destination] = ports.map(u16::to_be_bytes);
    let datagram = [&source[..], &destination, &[0, 12, 0, 0], b"away"].concat();
    let total = u16::try_from(datagram.len() + 20).unwrap();
    let mut header = vec![0x45, 0];
    header.extend(total.to_be_bytes());
    header.extend([0, 1, 0, 0, 64, 17, 0, 0]);
    header.extend(Ipv4Addr::new(10, 77, 0, 1).octets());
    header.extend(Ipv4Addr::new(192, 0, 2, 1).octets());
    let words = header
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap();
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    [&to[..], &from, &[8, 0], &header, &datagram].concat()
}
