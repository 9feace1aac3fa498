//! Wi-Fi as Windows tells of it, and as it refuses to.
//!
//! Touches a captured laptop. Must never need a Windows.

use sekisho_policy::facts::{Wifi, WifiCipher, WifiSecurity};
use sekisho_policy::reading::{Reading, Why};
use serde_json::{Value, json};

use super::read;
use crate::sensors::windows::tests::Laptop;

/// WPA2 with a password: AES for one and for all.
const RSN: &str = "30140100000fac040100000fac040100000fac020000";
/// The same, with TKIP for all.
const MIXED: &str = "30140100000fac020100000fac040100000fac020000";

fn laptop(wlan: &Value, kind: u32) -> Laptop {
    let adapters = json!({
        "adapters": [{
            "index": 12, "id": "{12}", "name": "Wi-Fi", "kind": kind, "status": 1, "is_hardware": true,
        }],
        "routes": [],
    });
    let laptop = Laptop::new().answer("network/adapters.json", &adapters);
    laptop.answer("network/wlan.json", wlan)
}

fn connected(connection: &Value) -> Wifi {
    let wlan = json!({ "adapters": [{ "id": "{12}", "connection": connection }] });
    let Reading::Known(networks) = read(&laptop(&wlan, 71).root()) else {
        panic!("nothing was read");
    };
    assert_eq!(networks.len(), 1);
    networks.into_iter().next().unwrap()
}

fn told(authentication: i32, cipher: i32, elements: &str) -> Wifi {
    connected(&json!({ "told": {
        "ssid": "6f6666696365", "is_secured": authentication != 1,
        "authentication": authentication, "cipher": cipher,
        "access_point": { "told": {
            "capability": if authentication == 1 { 0x01 } else { 0x11 }, "elements": elements,
        }},
    }}))
}

#[test]
fn what_was_negotiated_is_told_and_what_all_hear_comes_from_the_access_point() {
    let wifi = told(7, 4, RSN);
    assert_eq!(wifi.link, "Wi-Fi");
    assert_eq!(wifi.ssid, Reading::Known("office".to_owned()));
    assert_eq!(
        wifi.offers,
        Reading::Known(vec![WifiSecurity::Wpa2Personal])
    );
    assert_eq!(wifi.ciphers, Reading::Known(vec![WifiCipher::Ccmp]));
    assert_eq!(wifi.group_cipher, Reading::Known(WifiCipher::Ccmp));
    let mixed = told(7, 4, MIXED);
    assert_eq!(mixed.group_cipher, Reading::Known(WifiCipher::Tkip));
}

#[test]
fn each_number_of_windows_has_its_word_and_a_new_one_is_no_good_one() {
    use WifiSecurity::{
        Open, Other, Owe, Wep, Wpa2Enterprise, Wpa3Enterprise, Wpa3Personal, WpaEnterprise,
        WpaPersonal,
    };
    let ways = [
        (1, 0, Open),
        (1, 0x101, Wep),
        (2, 1, Wep),
        (3, 2, WpaEnterprise),
        (4, 2, WpaPersonal),
        (6, 4, Wpa2Enterprise),
        (8, 9, Wpa3Enterprise),
        (9, 8, Wpa3Personal),
        (10, 4, Owe),
        (11, 4, Wpa3Enterprise),
        (12, 4, Other),
        (i32::MIN, 4, Other),
    ];
    for (authentication, cipher, way) in ways {
        let wifi = told(authentication, cipher, RSN);
        assert_eq!(wifi.offers, Reading::Known(vec![way]), "{authentication}");
    }
    let open = told(1, 0, "");
    assert_eq!(open.ciphers, Reading::Known(vec![]));
    assert_eq!(open.group_cipher, Reading::Absent);
}

#[test]
fn a_refusal_is_no_open_network_and_says_what_to_allow() {
    let wifi = connected(&json!({ "failed": 5 }));
    assert_eq!(wifi.link, "Wi-Fi");
    let Reading::Unknown(Why::NotPermitted(why)) = &wifi.offers else {
        panic!("{wifi:?}");
    };
    assert!(why.contains("location"), "{why}");
    assert!(matches!(
        wifi.group_cipher,
        Reading::Unknown(Why::NotPermitted(_))
    ));
    let listless = connected(&json!({ "told": {
        "ssid": "6f", "is_secured": true, "authentication": 7, "cipher": 4,
    }}));
    assert!(matches!(listless.group_cipher, Reading::Unknown(_)));
}

#[test]
fn a_laptop_without_wifi_has_none_and_one_whose_service_stands_still_does_not_tell() {
    let still = json!({ "has_no_service": true });
    assert_eq!(read(&laptop(&still, 6).root()), Reading::Absent);
    assert!(matches!(
        read(&laptop(&still, 71).root()),
        Reading::Unknown(Why::ToolMissing(_))
    ));
    assert_eq!(
        read(&laptop(&json!({ "adapters": [] }), 6).root()),
        Reading::Absent
    );
    let idle = json!({ "adapters": [{ "id": "{12}" }] });
    assert_eq!(read(&laptop(&idle, 71).root()), Reading::Known(vec![]));
    assert!(matches!(
        read(&Laptop::new().root()),
        Reading::Unknown(Why::Unsupported(_))
    ));
}
