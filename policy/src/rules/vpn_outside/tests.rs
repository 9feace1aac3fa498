//! The VPN up and down, inside and outside, whole and split.
//!
//! Touches nothing. Must never sleep or read a clock.

use super::*;
use crate::facts::{Facts, IpFamily, LinkKind, Network, NetworkLink};
use crate::reading::Why;
use crate::rules::testing::{approved, case, check};

const OUTSIDE: Reading<NetworkPlace> = Reading::Known(NetworkPlace::Outside);

fn vpn(link: &str, kind: VpnKind) -> Vpn {
    Vpn {
        link: link.to_owned(),
        kind,
        covers: vec![],
        evidence: vec![],
    }
}

fn route(family: IpFamily, link: &str) -> DefaultRoute {
    DefaultRoute {
        family,
        link: link.to_owned(),
        gateway: None,
    }
}

fn network(vpns: Vec<Vpn>, place: Reading<NetworkPlace>) -> Network {
    Network {
        links: Reading::Known(vec![NetworkLink {
            name: "wlan0".to_owned(),
            kind: LinkKind::Wifi,
            addresses: vec![],
            evidence: vec![],
        }]),
        default_routes: Reading::Known(vec![
            route(IpFamily::V4, "wg0"),
            route(IpFamily::V6, "wlan0"),
        ]),
        vpns: Reading::Known(vpns),
        ipsec: Reading::Known(vec![]),
        place,
        ..Network::not_asked()
    }
}

#[track_caller]
fn finds(parameters: &Parameters, network: Network, outcome: Outcome, says: &str) {
    let facts = Facts {
        network: Reading::Known(network),
        ..Facts::not_asked()
    };
    check(
        &parameters.examine(&case(&facts, &approved())),
        outcome,
        says,
    );
}

fn required() -> Parameters {
    Parameters {
        required: true,
        ..Parameters::default()
    }
}

#[test]
fn nobody_is_asked_for_a_vpn_unless_the_policy_does() {
    let shipped = Parameters::default();
    finds(
        &shipped,
        network(vec![], OUTSIDE),
        Outcome::NotApplicable,
        "asks for no VPN",
    );
}

#[test]
fn the_vpn_is_asked_for_outside_alone() {
    let asked = required();
    let up = vec![vpn("wg0", VpnKind::WireGuard)];
    let dark = Reading::Unknown(Why::NotAsked);
    let inside = Reading::Known(NetworkPlace::Inside);
    finds(&asked, network(vec![], OUTSIDE), Outcome::Fail, "not up");
    finds(
        &asked,
        network(vec![], dark.clone()),
        Outcome::Unknown,
        "Whether it is needed",
    );
    finds(
        &asked,
        network(vec![], inside),
        Outcome::NotApplicable,
        "no VPN is needed",
    );
    finds(&asked, network(up.clone(), OUTSIDE), Outcome::Pass, "wg0");
    finds(&asked, network(up, dark), Outcome::Pass, "wg0");
    let stuck = Network {
        vpns: Reading::Unknown(Why::TimedOut("5 s".to_owned())),
        ..network(vec![], OUTSIDE)
    };
    finds(&asked, stuck, Outcome::Unknown, "5 s");
    let alone = Network {
        links: Reading::Known(vec![]),
        ..network(vec![], OUTSIDE)
    };
    finds(&asked, alone, Outcome::NotApplicable, "no network");
}

#[test]
fn only_the_designated_vpn_counts() {
    let named = Parameters {
        links: vec![Pattern::parse("wg-company*").unwrap()],
        ..required()
    };
    let own = vec![vpn("wg0", VpnKind::WireGuard)];
    finds(&named, network(own, OUTSIDE), Outcome::Fail, "wg-company*");
    let companys = vec![vpn("wg-company0", VpnKind::WireGuard)];
    finds(
        &named,
        network(companys, OUTSIDE),
        Outcome::Pass,
        "wg-company0",
    );
    let gre = vec![vpn("gre1", VpnKind::Other)];
    finds(&required(), network(gre, OUTSIDE), Outcome::Fail, "not up");
}

#[test]
fn where_everything_must_go_through_it_one_family_beside_it_breaks_the_rule() {
    let everything = Parameters {
        everything: true,
        ..required()
    };
    let up = vec![vpn("wg0", VpnKind::WireGuard)];
    let leaking = network(up.clone(), OUTSIDE);
    finds(&everything, leaking, Outcome::Fail, "IPv6 leaves by wlan0");
    let whole = Network {
        default_routes: Reading::Known(vec![route(IpFamily::V4, "wg0")]),
        ..network(up, OUTSIDE)
    };
    finds(&everything, whole, Outcome::Pass, "wg0");
}

/// The kernel's IPsec by policies, which covers these families.
fn by_policy(covers: &[IpFamily]) -> Reading<Vec<Vpn>> {
    Reading::Known(vec![Vpn {
        covers: covers.to_vec(),
        ..vpn("203.0.113.5", VpnKind::Ipsec)
    }])
}

#[test]
fn a_vpn_without_a_link_of_its_own_counts_and_is_named_by_its_gateway() {
    let with = |ipsec| Network {
        ipsec,
        ..network(vec![], OUTSIDE)
    };
    let split = || with(by_policy(&[]));
    finds(&required(), split(), Outcome::Pass, "203.0.113.5");
    let named = |pattern| Parameters {
        links: vec![Pattern::parse(pattern).unwrap()],
        ..required()
    };
    finds(&named("203.0.113.*"), split(), Outcome::Pass, "203.0.113.5");
    finds(&named("wg0"), split(), Outcome::Fail, "not up");
    let everything = Parameters {
        everything: true,
        ..required()
    };
    finds(&everything, split(), Outcome::Fail, "leaves by");
    let one = with(by_policy(&[IpFamily::V4]));
    finds(&everything, one, Outcome::Fail, "IPv6 leaves by wlan0");
    let both = with(by_policy(&[IpFamily::V4, IpFamily::V6]));
    finds(&everything, both, Outcome::Pass, "203.0.113.5");
}

#[test]
fn a_list_of_vpns_that_could_not_be_read_excuses_and_accuses_nobody() {
    let why = || Reading::Unknown(Why::NotPermitted("policies".to_owned()));
    let dark = |vpns| Network {
        ipsec: why(),
        ..network(vpns, OUTSIDE)
    };
    finds(&required(), dark(vec![]), Outcome::Unknown, "policies");
    let up = vec![vpn("wg0", VpnKind::WireGuard)];
    finds(&required(), dark(up.clone()), Outcome::Pass, "wg0");
    let everything = Parameters {
        everything: true,
        ..required()
    };
    finds(&everything, dark(up), Outcome::Unknown, "policies");
    let by_links = Network {
        vpns: why(),
        ipsec: by_policy(&[]),
        ..network(vec![], OUTSIDE)
    };
    finds(&required(), by_links, Outcome::Pass, "203.0.113.5");
}
