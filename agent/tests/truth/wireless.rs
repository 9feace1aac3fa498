//! Access points, by the flags that they send (IEEE 802.11, 9.4.2.23): which of them are good enough, and which only
//! look so.
//!
//! Touches temporary folders. Must never need a radio: the kernel's answers are made here by the standard.

use sekisho_agent::netlink::{attribute_of, request};

use crate::laptop::Laptop;
use crate::{Case, judge};

const WIFI: &str = "wifi-secure";
/// The family's number, as in every answer here.
const FAMILY: u16 = 0x1c;
const MULTI: u16 = 2;
const PRIVACY: u16 = 0x10;
const CCMP: [u8; 4] = [0x00, 0x0f, 0xac, 4];
const TKIP: [u8; 4] = [0x00, 0x0f, 0xac, 2];
const PASSWORD: [u8; 4] = [0x00, 0x0f, 0xac, 2];
const SAE: [u8; 4] = [0x00, 0x0f, 0xac, 8];
const OWE: [u8; 4] = [0x00, 0x0f, 0xac, 18];
/// A maker's own.
const OF_A_MAKER: [u8; 4] = [0x00, 0x40, 0x96, 0];

fn element(number: u8, value: &[u8]) -> Vec<u8> {
    [&[number, u8::try_from(value.len()).unwrap()], value].concat()
}

/// RsnFlags: the cipher for all stations, those for one, the ways to authenticate, no capabilities.
fn rsn(group: [u8; 4], ciphers: &[[u8; 4]], ways: &[[u8; 4]]) -> Vec<u8> {
    let count = |list: &[[u8; 4]]| u16::try_from(list.len()).unwrap().to_le_bytes();
    let body = [
        &[1, 0],
        &group[..],
        &count(ciphers),
        &ciphers.concat(),
        &count(ways),
        &ways.concat(),
        &[0, 0],
    ];
    element(48, &body.concat())
}

/// WpaFlags, of before RSN: a password and TKIP.
fn wpa() -> Vec<u8> {
    let own = |number: u8| vec![0x00, 0x50, 0xf2, number];
    let one = || vec![1, 0];
    let parts = [own(1), one(), own(2), one(), own(2), one(), own(2)];
    element(221, &parts.concat())
}

/// The laptop is connected to an access point that says this of itself.
fn connected(of: &Laptop, capability: u16, elements: &[Vec<u8>]) {
    let answer = |name: &str, messages: &[Vec<u8>]| {
        let all = [messages.concat(), request(3, MULTI, &[0; 4])].concat();
        of.write(&format!("var/lib/sekisho-capture/netlink/{name}"), all);
    };
    let family = [vec![1, 2, 0, 0], attribute_of(1, &FAMILY.to_ne_bytes())].concat();
    answer("nl80211", &[request(0x10, 0, &family)]);
    let interface = [
        vec![5, 1, 0, 0],
        attribute_of(3, &3_u32.to_ne_bytes()),
        attribute_of(4, b"wlan0\0"),
        attribute_of(5, &2_u32.to_ne_bytes()),
        attribute_of(52, b"home"),
    ];
    answer(
        "nl80211-interfaces",
        &[request(FAMILY, MULTI, &interface.concat())],
    );
    let said = [&[element(0, b"home")], elements].concat().concat();
    let bss = [
        attribute_of(5, &capability.to_ne_bytes()),
        attribute_of(6, &said),
        attribute_of(9, &1_u32.to_ne_bytes()),
    ];
    let point = [
        vec![34, 1, 0, 0],
        attribute_of(3, &3_u32.to_ne_bytes()),
        attribute_of(47, &bss.concat()),
    ];
    answer("nl80211-scan-3", &[request(FAMILY, MULTI, &point.concat())]);
}

const WIRELESS: &[Case] = &[
    (
        "an access point with a password and a good cipher",
        |of| connected(of, PRIVACY, &[rsn(CCMP, &[CCMP], &[PASSWORD])]),
        WIFI,
        "pass",
    ),
    (
        "one that takes the old password beside the new one's exchange",
        |of| connected(of, PRIVACY, &[rsn(CCMP, &[CCMP], &[PASSWORD, SAE])]),
        WIFI,
        "pass",
    ),
    (
        "one that asks for no password and encrypts",
        |of| connected(of, PRIVACY, &[rsn(CCMP, &[CCMP], &[OWE])]),
        WIFI,
        "pass",
    ),
    (
        "one with RsnFlags, whose cipher for all stations is TKIP",
        |of| connected(of, PRIVACY, &[rsn(TKIP, &[CCMP], &[PASSWORD])]),
        WIFI,
        "fail",
    ),
    (
        "one with RsnFlags beside WpaFlags, of which the worse may be in use",
        |of| connected(of, PRIVACY, &[rsn(CCMP, &[CCMP], &[PASSWORD]), wpa()]),
        WIFI,
        "fail",
    ),
    (
        "one with WpaFlags alone",
        |of| connected(of, PRIVACY, &[wpa()]),
        WIFI,
        "fail",
    ),
    (
        "one that encrypts, and has no flags at all: WEP",
        |of| connected(of, PRIVACY, &[]),
        WIFI,
        "fail",
    ),
    ("one that is open", |of| connected(of, 0, &[]), WIFI, "fail"),
    (
        "one that asks for a way of its maker's alone",
        |of| connected(of, PRIVACY, &[rsn(CCMP, &[CCMP], &[OF_A_MAKER])]),
        WIFI,
        "unknown",
    ),
    (
        "one whose flags break off",
        |of| {
            let whole = rsn(CCMP, &[CCMP], &[PASSWORD]);
            let cut = whole.get(2..12).unwrap_or_default();
            connected(of, PRIVACY, &[element(48, cut)]);
        },
        WIFI,
        "unknown",
    ),
];

#[test]
fn wireless_is_what_the_access_point_says_and_no_better() {
    judge(WIRELESS);
}
