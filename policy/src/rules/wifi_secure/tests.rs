//! Access points as they are met: good ones, weak ones, and those that offer both.
//!
//! Touches nothing. Must never sleep or read a clock.

use super::*;
use crate::facts::{Facts, Network};
use crate::rules::testing::{approved, case, check};
use WifiCipher::{Ccmp, Tkip};
use WifiSecurity::{
    Open, Other, Owe, Wep, Wpa2Enterprise, Wpa2Personal, Wpa3Personal, WpaPersonal,
};

fn wifi(offers: &[WifiSecurity], ciphers: &[WifiCipher], group: Option<WifiCipher>) -> Wifi {
    Wifi {
        link: "wlan0".to_owned(),
        ssid: Reading::Known("home".to_owned()),
        offers: Reading::Known(offers.to_vec()),
        ciphers: Reading::Known(ciphers.to_vec()),
        group_cipher: group.map_or(Reading::Absent, Reading::Known),
        evidence: vec![],
    }
}

fn examine(parameters: &Parameters, wifi: Reading<Vec<Wifi>>) -> Found {
    let facts = Facts {
        network: Reading::Known(Network {
            wifi,
            ..Network::not_asked()
        }),
        ..Facts::not_asked()
    };
    parameters.examine(&case(&facts, &approved()))
}

#[track_caller]
fn finds(wifi: Wifi, outcome: Outcome, says: &str) {
    let found = examine(&Parameters::default(), Reading::Known(vec![wifi]));
    check(&found, outcome, says);
}

#[test]
fn each_way_to_secure_a_wifi_is_judged_by_what_is_known_of_it() {
    finds(wifi(&[Open], &[], None), Outcome::Fail, "open");
    finds(
        wifi(&[Wep], &[WifiCipher::Wep], Some(WifiCipher::Wep)),
        Outcome::Fail,
        "WEP",
    );
    finds(
        wifi(&[WpaPersonal], &[Tkip], Some(Tkip)),
        Outcome::Fail,
        "WPA Personal",
    );
    finds(wifi(&[Owe], &[Ccmp], Some(Ccmp)), Outcome::Pass, "OWE");
    finds(
        wifi(&[Wpa2Enterprise], &[Ccmp], Some(Ccmp)),
        Outcome::Pass,
        "WPA2 Enterprise",
    );
    // The transition mode of WPA3: both are good.
    let both = wifi(&[Wpa2Personal, Wpa3Personal], &[Ccmp], Some(Ccmp));
    finds(both, Outcome::Pass, "WPA2 Personal");
}

#[test]
fn a_mixed_access_point_is_known_by_its_group_cipher_else_it_is_a_doubt() {
    let tkip = wifi(&[WpaPersonal, Wpa2Personal], &[Tkip, Ccmp], Some(Tkip));
    finds(tkip, Outcome::Fail, "TKIP");
    let unclear = wifi(&[WpaPersonal, Wpa2Personal], &[Ccmp], Some(Ccmp));
    finds(
        unclear,
        Outcome::Unknown,
        "which of them is in use is not told",
    );
    let ciphers = wifi(&[Wpa2Personal], &[Tkip, Ccmp], Some(Ccmp));
    finds(ciphers, Outcome::Unknown, "tkip");
    // What goes to all stations is as weak as the oldest of them.
    let old = wifi(&[Wpa2Personal], &[Ccmp], Some(WifiCipher::Wep));
    finds(old.clone(), Outcome::Fail, "WEP");
    let mut accepting = Parameters::default();
    accepting.accept.push(Wep);
    let found = examine(&accepting, Reading::Known(vec![old]));
    assert_eq!(found.outcome, Outcome::Pass);
}

#[test]
fn a_foreign_suite_is_no_pass_unless_the_policy_says_so() {
    let foreign = wifi(&[Other, Wpa2Enterprise], &[Ccmp], Some(Ccmp));
    finds(foreign.clone(), Outcome::Unknown, "other");
    finds(
        wifi(&[Other], &[Ccmp], Some(Ccmp)),
        Outcome::Unknown,
        "does not know",
    );
    let mut accepting = Parameters::default();
    accepting.accept.push(Other);
    let found = examine(&accepting, Reading::Known(vec![foreign]));
    assert_eq!(found.outcome, Outcome::Pass);
}

#[test]
fn the_worst_of_several_decides_and_nothing_unread_passes() {
    let good = wifi(&[Wpa3Personal], &[Ccmp], Some(Ccmp));
    let dark = Wifi {
        offers: Reading::Unknown(Why::TimedOut("5 s".to_owned())),
        ..good.clone()
    };
    let shipped = Parameters::default();
    let weak = wifi(&[Open], &[], None);
    let all = vec![good.clone(), dark.clone(), weak];
    check(
        &examine(&shipped, Reading::Known(all)),
        Outcome::Fail,
        "open",
    );
    let found = examine(&shipped, Reading::Known(vec![good, dark]));
    check(&found, Outcome::Unknown, "5 s");
    let not_connected = examine(&shipped, Reading::Known(vec![]));
    check(&not_connected, Outcome::NotApplicable, "no Wi-Fi");
    assert!(
        not_connected.waits,
        "a grace goes on while the laptop is away from the network"
    );
    check(
        &examine(&shipped, Reading::Absent),
        Outcome::NotApplicable,
        "no Wi-Fi",
    );
    let stuck = examine(&shipped, Reading::Unknown(Why::TimedOut("5 s".to_owned())));
    check(&stuck, Outcome::Unknown, "5 s");
}
