//! Access points as nl80211 describes them. The bytes are made here by the standard: no machine with Wi-Fi was at
//! hand.
//!
//! Touches nothing. Must never need a radio.

use sekisho_policy::facts::{WifiCipher, WifiSecurity};
use sekisho_policy::reading::{Reading, Why};

use super::*;
use crate::netlink::Message;

fn station(ssid: Option<&str>) -> bss::Station {
    bss::Station {
        index: 3,
        name: "wlan0".to_owned(),
        ssid: ssid.map(str::to_owned),
    }
}

fn element(number: u8, value: &[u8]) -> Vec<u8> {
    [&[number, u8::try_from(value.len()).unwrap()], value].concat()
}

/// An RSN element: group cipher, ciphers, ways to authenticate, capabilities.
fn rsn(group: u8, ciphers: &[u8], ways: &[[u8; 4]], capabilities: u16) -> Vec<u8> {
    let own = |number: u8| [0x00, 0x0f, 0xac, number];
    let mut body = vec![1, 0];
    body.extend(own(group));
    body.extend(u16::try_from(ciphers.len()).unwrap().to_le_bytes());
    body.extend(ciphers.iter().flat_map(|number| own(*number)));
    body.extend(u16::try_from(ways.len()).unwrap().to_le_bytes());
    body.extend(ways.concat());
    body.extend(capabilities.to_le_bytes());
    element(48, &body)
}

const fn akm(number: u8) -> [u8; 4] {
    [0x00, 0x0f, 0xac, number]
}

/// WPA's own element, with a password and TKIP.
fn wpa() -> Vec<u8> {
    let own = |number: u8| vec![0x00, 0x50, 0xf2, number];
    let one = || vec![1, 0];
    let parts = [own(1), one(), own(2), one(), own(2), one(), own(2)];
    element(221, &parts.concat())
}

/// One access point of `NL80211_CMD_GET_SCAN`.
fn access_point(status: Option<u32>, capability: u16, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut bss = attribute_of(5, &capability.to_ne_bytes());
    bss.extend(attribute_of(6, &elements.concat()));
    bss.extend(
        status
            .map(|status| attribute_of(9, &status.to_ne_bytes()))
            .unwrap_or_default(),
    );
    let mut body = vec![34, 1, 0, 0];
    body.extend(attribute_of(3, &3_u32.to_ne_bytes()));
    body.extend(attribute_of(47, &bss));
    request(0x1c, 2, &body)
}

fn done() -> Vec<u8> {
    request(3, 2, &[0; 4])
}

fn read(parts: &[Vec<u8>]) -> Option<Wifi> {
    let answer = [parts.concat(), done()].concat();
    let messages: Vec<Message<'_>> = items(&answer).unwrap();
    connected(&station(Some("home")), &messages)
}

#[track_caller]
fn offers(elements: &[Vec<u8>], expected: &[WifiSecurity]) -> Wifi {
    let wifi = read(&[access_point(Some(1), 0x11, elements)]).unwrap();
    assert_eq!(
        wifi.offers,
        Reading::Known(expected.to_vec()),
        "{:?}",
        wifi.evidence
    );
    wifi
}

#[test]
fn what_an_access_point_offers_is_read_from_its_elements() {
    use WifiSecurity::{Owe, Wep, Wpa2Enterprise, Wpa2Personal, Wpa3Enterprise, Wpa3Personal};
    let ssid = element(0, b"home");
    offers(&[ssid.clone(), rsn(4, &[4], &[akm(2)], 0)], &[Wpa2Personal]);
    let transition = rsn(4, &[4], &[akm(2), akm(8)], 0x80);
    offers(&[ssid.clone(), transition], &[Wpa2Personal, Wpa3Personal]);
    offers(
        &[ssid.clone(), rsn(4, &[4], &[akm(1)], 0)],
        &[Wpa2Enterprise],
    );
    offers(
        &[ssid.clone(), rsn(4, &[4], &[akm(5)], 0x40)],
        &[Wpa3Enterprise],
    );
    offers(
        &[ssid.clone(), rsn(9, &[9], &[akm(12)], 0xc0)],
        &[Wpa3Enterprise],
    );
    offers(&[ssid.clone(), rsn(4, &[4], &[akm(18)], 0xc0)], &[Owe]);
    offers(std::slice::from_ref(&ssid), &[Wep]);
    let open = read(&[access_point(Some(1), 0x01, &[ssid])]).unwrap();
    assert_eq!(open.offers, Reading::Known(vec![WifiSecurity::Open]));
    assert_eq!(open.group_cipher, Reading::Absent);
}

#[test]
fn who_says_that_it_does_not_encrypt_lets_anybody_in_whatever_it_offers_beside() {
    let claims = [element(0, b"home"), rsn(4, &[4], &[akm(2)], 0)];
    let wifi = read(&[access_point(Some(1), 0x01, &claims)]).unwrap();
    let both = vec![WifiSecurity::Open, WifiSecurity::Wpa2Personal];
    assert_eq!(wifi.offers, Reading::Known(both));
}

#[test]
fn a_mixed_access_point_tells_its_group_cipher() {
    let both = [element(0, b"home"), rsn(2, &[4, 2], &[akm(2)], 0), wpa()];
    let wifi = offers(
        &both,
        &[WifiSecurity::WpaPersonal, WifiSecurity::Wpa2Personal],
    );
    assert_eq!(wifi.group_cipher, Reading::Known(WifiCipher::Tkip));
    let ciphers = vec![WifiCipher::Tkip, WifiCipher::Ccmp];
    assert_eq!(wifi.ciphers, Reading::Known(ciphers));
}

#[test]
fn one_foreign_suite_hides_nothing_and_is_named() {
    let cisco = [0x00, 0x40, 0x96, 0];
    let elements = [
        element(0, b"home"),
        rsn(4, &[4, 99], &[akm(1), cisco, akm(77)], 0),
    ];
    let wifi = offers(
        &elements,
        &[WifiSecurity::Other, WifiSecurity::Wpa2Enterprise],
    );
    let said: Vec<&str> = wifi
        .evidence
        .iter()
        .map(|line| line.value.as_str())
        .collect();
    for named in ["00-40-96:0", "00-0F-AC:77", "00-0F-AC:99"] {
        assert!(said.contains(&named), "{said:?}");
    }
    assert_eq!(
        wifi.ciphers,
        Reading::Known(vec![WifiCipher::Other, WifiCipher::Ccmp])
    );
}

#[test]
fn an_element_that_ends_early_means_what_the_standard_says_and_a_broken_one_is_unknown() {
    offers(&[element(48, &[1, 0])], &[WifiSecurity::Wpa2Enterprise]);
    let mut broken = rsn(4, &[4], &[akm(2)], 0);
    broken.truncate(15);
    broken[1] = 13;
    let wifi = read(&[access_point(Some(1), 0x11, &[broken])]).unwrap();
    assert!(
        matches!(wifi.offers, Reading::Unknown(Why::Unreadable(_))),
        "{wifi:?}"
    );
    // The list breaks off before what may have been its security: not open, whatever the privacy bit says.
    let cut = vec![221, 200, 1, 2];
    let wifi = read(&[access_point(Some(1), 0x01, &[cut])]).unwrap();
    assert!(matches!(wifi.offers, Reading::Unknown(_)), "{wifi:?}");
}

#[test]
fn neighbours_are_neither_told_nor_kept() {
    let neighbour = access_point(None, 0x01, &[element(0, b"neighbour")]);
    let own = access_point(
        Some(1),
        0x11,
        &[element(0, b"home"), rsn(4, &[4], &[akm(2)], 0)],
    );
    let answer = [neighbour.clone(), own.clone(), neighbour.clone(), done()].concat();
    let kept = only_connected(&answer);
    assert_eq!(kept, [own.clone(), done()].concat());
    assert_eq!(read(&[neighbour.clone(), own.clone()]), read(&[own]));
    let answer = [neighbour, done()].concat();
    let nothing = items(&answer).unwrap();
    assert_eq!(connected(&station(None), &nothing), None);
    // Connected by its own word, and the access point is not listed.
    let dark = connected(&station(Some("home")), &nothing).unwrap();
    assert!(matches!(dark.offers, Reading::Unknown(_)), "{dark:?}");
}

#[test]
fn interfaces_that_are_access_points_themselves_are_left_out() {
    let interface = |index: u32, kind: u32| {
        let mut body = vec![5, 1, 0, 0];
        body.extend(attribute_of(3, &index.to_ne_bytes()));
        body.extend(attribute_of(4, format!("wlan{index}\0").as_bytes()));
        body.extend(attribute_of(5, &kind.to_ne_bytes()));
        request(0x1c, 2, &body)
    };
    let answer = [interface(3, 2), interface(4, 3), interface(5, 6), done()].concat();
    let found = stations(&items(&answer).unwrap());
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["wlan3"]);
}
