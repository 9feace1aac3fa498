//! Networks inside, outside, and where nobody can tell.
//!
//! Touches nothing. Must never sleep or read a clock.

use super::*;
use crate::facts::{Facts, Network, WifiSecurity};
use crate::rules::testing::{approved, case, check};

fn link(name: &str, kind: LinkKind) -> NetworkLink {
    NetworkLink {
        name: name.to_owned(),
        kind,
        addresses: vec![],
        evidence: vec![],
    }
}

fn wifi(ssid: &str, offers: &[WifiSecurity]) -> Wifi {
    Wifi {
        link: "wlan0".to_owned(),
        ssid: Reading::Known(ssid.to_owned()),
        offers: Reading::Known(offers.to_vec()),
        ciphers: Reading::Known(vec![]),
        group_cipher: Reading::Absent,
        evidence: vec![],
    }
}

fn on(links: Vec<NetworkLink>, wifi: Vec<Wifi>, place: Reading<NetworkPlace>) -> Facts {
    Facts {
        network: Reading::Known(Network {
            links: Reading::Known(links),
            wifi: Reading::Known(wifi),
            place,
            ..Network::not_asked()
        }),
        ..Facts::not_asked()
    }
}

fn radio(offers: &[WifiSecurity], place: Reading<NetworkPlace>) -> Facts {
    let links = vec![link("wlan0", LinkKind::Wifi)];
    on(links, vec![wifi("Café", offers)], place)
}

#[track_caller]
fn finds(parameters: &Parameters, facts: &Facts, outcome: Outcome, says: &str) {
    check(
        &parameters.examine(&case(facts, &approved())),
        outcome,
        says,
    );
}

const INSIDE: Reading<NetworkPlace> = Reading::Known(NetworkPlace::Inside);
const OUTSIDE: Reading<NetworkPlace> = Reading::Known(NetworkPlace::Outside);
const DARK: Reading<NetworkPlace> = Reading::Unknown(Why::NotAsked);

#[test]
fn open_wifi_is_a_finding_outside_and_a_doubt_where_nobody_can_tell() {
    let shipped = Parameters::default();
    for open in [WifiSecurity::Open, WifiSecurity::Owe] {
        finds(
            &shipped,
            &radio(&[open], OUTSIDE),
            Outcome::Fail,
            "Anybody may join the Wi-Fi Café",
        );
        finds(
            &shipped,
            &radio(&[open], DARK),
            Outcome::Unknown,
            "is not known",
        );
        finds(
            &shipped,
            &radio(&[open], INSIDE),
            Outcome::Pass,
            "company's network",
        );
    }
    let permissive = Parameters {
        open_wifi: true,
        ..shipped
    };
    finds(
        &permissive,
        &radio(&[WifiSecurity::Open], OUTSIDE),
        Outcome::Pass,
        "wlan0",
    );
}

#[test]
fn what_is_permitted_outside_passes_before_there_is_a_beacon() {
    let shipped = Parameters::default();
    for place in [INSIDE, OUTSIDE, DARK] {
        finds(
            &shipped,
            &radio(&[WifiSecurity::Wpa2Personal], place.clone()),
            Outcome::Pass,
            "",
        );
        let wired = on(vec![link("eth0", LinkKind::Wired)], vec![], place);
        finds(&shipped, &wired, Outcome::Pass, "");
    }
}

#[test]
fn one_bad_network_beside_a_good_one_decides_and_one_of_an_unknown_kind_is_bad() {
    let shipped = Parameters::default();
    let links = vec![link("eth0", LinkKind::Wired), link("wlan0", LinkKind::Wifi)];
    let both = on(links, vec![wifi("Café", &[WifiSecurity::Open])], OUTSIDE);
    finds(&shipped, &both, Outcome::Fail, "Café");
    let odd = on(vec![link("lifi0", LinkKind::Other)], vec![], OUTSIDE);
    finds(&shipped, &odd, Outcome::Fail, "lifi0 (of an unknown kind)");
    let bridged = vec![link("br0", LinkKind::Wifi)];
    let bridged = on(bridged, vec![wifi("Café", &[WifiSecurity::Open])], OUTSIDE);
    finds(&shipped, &bridged, Outcome::Fail, "Café");
}

#[test]
fn a_list_of_names_leaves_out_every_other_wifi() {
    let listed = Parameters {
        known_wifi: vec![Pattern::parse("office-*").unwrap()],
        ..Parameters::default()
    };
    finds(
        &listed,
        &radio(&[WifiSecurity::Wpa2Personal], OUTSIDE),
        Outcome::Fail,
        "policy names",
    );
    let links = vec![link("wlan0", LinkKind::Wifi)];
    let office = wifi("office-5g", &[WifiSecurity::Wpa2Personal]);
    finds(
        &listed,
        &on(links.clone(), vec![office.clone()], OUTSIDE),
        Outcome::Pass,
        "",
    );
    let hidden = Reading::Unknown(Why::Unreadable("hidden".to_owned()));
    let hidden = Wifi {
        ssid: hidden,
        ..office
    };
    finds(
        &listed,
        &on(links, vec![hidden], OUTSIDE),
        Outcome::Unknown,
        "hidden",
    );
}

#[test]
fn what_could_not_be_read_is_no_pass_but_inside() {
    let shipped = Parameters::default();
    let stuck = Reading::Unknown(Why::TimedOut("5 s".to_owned()));
    let dark = Wifi {
        offers: stuck,
        ..wifi("Café", &[])
    };
    let links = vec![link("wlan0", LinkKind::Wifi)];
    finds(
        &shipped,
        &on(links.clone(), vec![dark.clone()], OUTSIDE),
        Outcome::Unknown,
        "5 s",
    );
    finds(
        &shipped,
        &on(links.clone(), vec![dark], INSIDE),
        Outcome::Pass,
        "",
    );
    finds(
        &shipped,
        &on(links, vec![], OUTSIDE),
        Outcome::Unknown,
        "no Wi-Fi network",
    );
    finds(
        &shipped,
        &Facts::not_asked(),
        Outcome::Unknown,
        "nobody has asked",
    );
    finds(
        &shipped,
        &on(vec![], vec![], OUTSIDE),
        Outcome::NotApplicable,
        "no network",
    );
}

#[test]
fn what_is_known_to_be_wrong_decides_before_what_could_not_be_told() {
    let listed = Parameters {
        known_wifi: vec![Pattern::parse("office-*").unwrap()],
        ..Parameters::default()
    };
    let links = || vec![link("wlan0", LinkKind::Wifi)];
    let with = |ssid: &str, offers| Wifi {
        offers,
        ..wifi(ssid, &[])
    };
    let why = || Why::TimedOut("5 s".to_owned());
    let dark = || Reading::Unknown(why());
    let stranger = on(links(), vec![with("Café", dark())], OUTSIDE);
    finds(&listed, &stranger, Outcome::Fail, "policy names");
    let own = on(links(), vec![with("office-5g", dark())], OUTSIDE);
    finds(&listed, &own, Outcome::Unknown, "5 s");
    let hidden = Wifi {
        ssid: Reading::Unknown(why()),
        ..wifi("", &[WifiSecurity::Open])
    };
    let hidden = on(links(), vec![hidden], OUTSIDE);
    finds(&listed, &hidden, Outcome::Fail, "Anybody may join");
    // An access point that is said to offer nothing at all was not read.
    let silent = on(links(), vec![wifi("office-5g", &[])], OUTSIDE);
    finds(&listed, &silent, Outcome::Unknown, "");
}

#[test]
fn where_nothing_is_asked_of_the_radio_it_need_not_be_read() {
    let easy = Parameters {
        open_wifi: true,
        ..Parameters::default()
    };
    let unread = on(vec![link("wlan0", LinkKind::Wifi)], vec![], OUTSIDE);
    finds(&easy, &unread, Outcome::Pass, "wlan0");
}

#[test]
fn a_moment_without_a_network_mends_nothing() {
    let found = Parameters::default().examine(&case(&on(vec![], vec![], OUTSIDE), &approved()));
    assert!(found.waits);
}
