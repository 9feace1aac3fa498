//! Isolation told by the real kernel: what a laptop reaches before, under and after it.
//!
//! Touches network namespaces of its own, as root. Must never touch this machine's own firewall.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod frames;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod namespace;
#[cfg(test)]
mod refusing;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod traffic;
#[cfg(test)]
mod trying;

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use lab::*;
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::Reading;
use traffic::{Download, eventually, ping, tcp, udp, udp_of};

/// What a sender on this machine is told of traffic that its own firewall refuses.
const REFUSED: Result<(), ErrorKind> = Err(ErrorKind::ConnectionRefused);
const FORBIDDEN: Result<(), ErrorKind> = Err(ErrorKind::PermissionDenied);

#[test]
fn an_isolated_laptop_reaches_its_collector_and_nothing_else() {
    let Some(lab) = lab() else { return };
    let laptop = &lab.laptop;
    everything_is_open(&lab);
    let downloads = [DOWNLOAD_V4, DOWNLOAD_V6].map(|from| Download::start(laptop, from));
    assert!(downloads.iter().all(Download::proceeds));
    let mut held = traffic::hold(laptop, SOMEBODY, WORLD_V4);
    let mut link = traffic::hold(laptop, AGENT, COLLECTOR_V6);
    let mut strangers_link = traffic::hold(laptop, SOMEBODY, COLLECTOR_V6);
    traffic::serve(laptop, &[OWN]);
    let mut within = traffic::hold(laptop, SOMEBODY, OWN);

    let mut enforcer = enforcer();
    let isolated = lab.reconcile(&mut enforcer, &desired(Access::Isolated));

    assert_isolated(&isolated);
    for collector in [COLLECTOR_V4, COLLECTOR_V6] {
        assert_eq!(tcp(laptop, AGENT, collector), Ok(()));
        assert_eq!(tcp(laptop, SOMEBODY, collector), REFUSED);
        assert_eq!(tcp(laptop, 0, collector), REFUSED);
    }
    for elsewhere in [COLLECTOR_SSH, WORLD_V4, WORLD_V6, MIRROR] {
        assert_eq!(tcp(laptop, AGENT, elsewhere), REFUSED, "{elsewhere}");
    }
    assert_eq!(udp(laptop, WORLD_DNS_V4), FORBIDDEN);
    assert_eq!(udp(laptop, WORLD_DNS_V6), FORBIDDEN);
    for address in ["192.0.2.1", "2001:db8::1", "10.77.0.2", "fd77::2"] {
        assert!(!ping(laptop, address), "{address}");
    }
    assert!(!downloads.iter().any(Download::proceeds));
    // Who only reads is told as well.
    for cut in [&mut held, &mut strangers_link] {
        let told = cut.read(&mut [0; 4]).unwrap_err();
        assert_eq!(told.kind(), ErrorKind::ConnectionAborted);
    }
    for kept in [&mut link, &mut within] {
        kept.write_all(b"beat").unwrap();
        kept.read_exact(&mut [0; 4]).unwrap();
    }
    assert!(ping(laptop, "127.0.0.1") && ping(laptop, "::1") && ping(laptop, "10.77.0.1"));
    assert!(!ping(&lab.world, "10.77.0.1"), "strangers get no answer");

    let released = lab.reconcile(&mut enforcer, &desired(Access::Full));

    assert_eq!(released.applied, Reading::Known(Access::Full));
    assert_eq!(released.verified, Reading::Known(Access::Full));
    everything_is_open(&lab);
    assert_eq!(laptop.sh("nft list ruleset"), "");
}

#[test]
fn what_an_order_lists_is_open_to_everybody() {
    let Some(lab) = lab() else { return };
    let mut wanted = desired(Access::Restricted);
    wanted.allow.insert(endpoint(MIRROR));
    let mut link = traffic::hold(&lab.laptop, SOMEBODY, MIRROR);
    let restricted = lab.reconcile(&mut enforcer(), &wanted);
    assert_eq!(restricted.applied, Reading::Known(Access::Restricted));
    assert_eq!(restricted.verified, Reading::Known(Access::Restricted));
    link.write_all(b"beat").unwrap();
    link.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(tcp(&lab.laptop, SOMEBODY, MIRROR), Ok(()));
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
}

#[test]
fn a_dhcp_lease_is_renewed_and_its_ports_open_nothing_else() {
    let Some(lab) = lab() else { return };
    let servers = ["10.77.0.3:67", "[fd77::3]:547"];
    traffic::answer_datagrams(&lab.world, &servers);
    lab.reconcile(&mut enforcer(), &desired(Access::Isolated));
    let from = |own: &'static str, to: &'static str| traffic::udp_from(&lab.laptop, own, to);
    assert_eq!(from("0.0.0.0:68", servers[0]), Ok(()));
    assert_eq!(from("0.0.0.0:68", WORLD_DNS_V4), FORBIDDEN);
    assert_eq!(from("0.0.0.0:69", servers[0]), FORBIDDEN);
    // DHCPv6 is between link-local addresses alone.
    assert_eq!(from("[fd77::1]:546", servers[1]), FORBIDDEN);
}

#[test]
fn a_vpn_gateway_that_an_order_lists_is_reached_by_udp() {
    let Some(lab) = lab() else { return };
    let laptop = &lab.laptop;
    let mut enforcer = enforcer();
    assert_isolated(&lab.reconcile(&mut enforcer, &desired(Access::Isolated)));
    for gateway in [WORLD_DNS_V4, WORLD_DNS_V6] {
        assert_eq!(udp(laptop, gateway), FORBIDDEN);
    }
    let mut wanted = desired(Access::Isolated);
    wanted.generation.0 = 2;
    for gateway in [WORLD_DNS_V4, WORLD_DNS_V6] {
        wanted.allow.insert(endpoint(&format!("{gateway}/udp")));
    }
    // One listed port is none of its neighbours, and no TCP.
    let listed = lab.reconcile(&mut enforcer, &wanted);
    assert_eq!(listed.applied, Reading::Known(Access::Isolated));
    for gateway in [WORLD_DNS_V4, WORLD_DNS_V6] {
        assert_eq!(udp(laptop, gateway), Ok(()), "{gateway}");
        // What does not fit into one frame travels in fragments, which name no port.
        assert_eq!(udp_of(laptop, gateway, 4000), Ok(()), "{gateway}");
    }
    assert_eq!(udp(laptop, "192.0.2.1:54"), FORBIDDEN);
    assert_eq!(tcp(laptop, SOMEBODY, WORLD_V4), REFUSED);
    // An agent that has just started finds the same rules right.
    assert_eq!(
        lab.as_agent(crate::lab::enforcer().holds(&wanted)),
        Reading::Known(true)
    );
}

#[test]
fn connections_that_another_firewall_tracks_as_established_die_too() {
    let Some(lab) = lab() else { return };
    lab.laptop.sh(
        "nft 'table inet company { chain o { type filter hook output priority 500; policy accept;
         ct state established accept; }; chain i { type filter hook input priority -400;
         ct state established accept; }; }'",
    );
    let others_before = lab.laptop.sh("nft list table inet company");
    let download = Download::start(&lab.laptop, DOWNLOAD_V4);
    assert!(download.proceeds());

    assert_isolated(&lab.reconcile(&mut enforcer(), &desired(Access::Isolated)));

    assert!(!download.proceeds());
    let others_after = lab.laptop.sh("nft list table inet company");
    assert_eq!(
        others_after, others_before,
        "other tables stay as they were"
    );
}

#[test]
fn address_translation_opens_no_way_out() {
    let Some(lab) = lab() else { return };
    lab.laptop.sh(
        "nft 'table inet trick { chain o { type nat hook output priority -100;
         tcp dport 8443 ip daddr 10.77.0.2 dnat ip to 192.0.2.1:443
         ip daddr 10.77.0.1 udp dport 5353 dnat ip to 192.0.2.1:53
         ip daddr 10.77.0.1 tcp dport 4443 dnat ip to 192.0.2.1:443; }; }'",
    );
    // Each trick works while nobody is isolated.
    assert_eq!(tcp(&lab.laptop, SOMEBODY, "10.77.0.1:4443"), Ok(()));
    assert_eq!(udp(&lab.laptop, "10.77.0.1:5353"), Ok(()));
    let captured = counting_packets(&lab);

    lab.reconcile(&mut enforcer(), &desired(Access::Isolated));
    let captured_before = captured(&lab);

    assert_eq!(tcp(&lab.laptop, SOMEBODY, "10.77.0.1:4443"), REFUSED);
    assert_eq!(tcp(&lab.laptop, AGENT, COLLECTOR_V4), REFUSED);
    assert_eq!(udp(&lab.laptop, "10.77.0.1:5353"), FORBIDDEN);
    assert_eq!(captured(&lab), captured_before, "not one packet arrives");
}

#[test]
fn guests_behind_an_isolated_laptop_are_cut_off_too() {
    let Some(lab) = lab() else { return };
    let routed = namespace::Namespace::new();
    lab.laptop.cable("guest0", &routed, "eth0");
    lab.laptop
        .sh("ip addr add 10.78.0.1/24 dev guest0 && echo 1 > /proc/sys/net/ipv4/ip_forward");
    routed.sh("ip addr add 10.78.0.2/24 dev eth0 && ip route add default via 10.78.0.1");
    lab.world.sh("ip route add 10.78.0.0/24 via 10.77.0.1");
    let (left, right) = (namespace::Namespace::new(), namespace::Namespace::new());
    lab.laptop
        .sh("ip link add vmbr type bridge && ip link set vmbr up");
    for (number, guest) in [(1, &left), (2, &right)] {
        lab.laptop.cable(&format!("vm{number}"), guest, "eth0");
        lab.laptop
            .sh(&format!("ip link set vm{number} master vmbr"));
        guest.sh(&format!("ip addr add 10.79.0.{number}/24 dev eth0"));
    }
    assert!(eventually(Duration::from_secs(5), || ping(
        &routed,
        "192.0.2.1"
    )));
    assert!(eventually(Duration::from_secs(5), || ping(
        &left,
        "10.79.0.2"
    )));

    assert_isolated(&lab.reconcile(&mut enforcer(), &desired(Access::Isolated)));

    assert!(!ping(&routed, "192.0.2.1"));
    assert!(!ping(&left, "10.79.0.2"));
}

fn assert_isolated(enforcement: &Enforcement) {
    assert_eq!(enforcement.desired.1, Access::Isolated);
    assert_eq!(enforcement.applied, Reading::Known(Access::Isolated));
    assert_eq!(
        enforcement.verified,
        Reading::Known(Access::Isolated),
        "{:#?}",
        enforcement.probes
    );
}

fn everything_is_open(lab: &Lab) {
    let laptop = &lab.laptop;
    for open in [
        COLLECTOR_V4,
        COLLECTOR_V6,
        COLLECTOR_SSH,
        WORLD_V4,
        WORLD_V6,
    ] {
        assert_eq!(tcp(laptop, SOMEBODY, open), Ok(()), "{open}");
    }
    assert_eq!(udp(laptop, WORLD_DNS_V4), Ok(()));
    assert_eq!(udp(laptop, WORLD_DNS_V6), Ok(()));
    assert!(ping(laptop, "192.0.2.1") && ping(laptop, "2001:db8::1"));
}

/// Starts to count what arrives at the rest of the world; the count is asked with what it gives.
fn counting_packets(lab: &Lab) -> fn(&Lab) -> String {
    lab.world.sh(
        "nft 'table inet tally { chain i { type filter hook input priority 0;
         ip daddr 192.0.2.1 counter; }; }'",
    );
    |lab| lab.world.sh("nft list chain inet tally i")
}
