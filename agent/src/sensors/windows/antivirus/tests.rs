//! What Windows laptops answered about their antivirus, and what is made of it.
//!
//! Touches folders of its own.

use serde_json::{Value as Json, json};

use super::super::tests::Laptop;
use super::*;

const OTHER_GUID: &str = "{11111111-2222-3333-4444-555555555555}";

fn listed(name: &str, guid: &str, state: i64) -> Json {
    json!({"fields": {"displayName": name, "instanceGuid": guid, "productState": state}})
}

fn status() -> Json {
    json!({"fields": {
        "AMEngineVersion": "1.1.24090.11",
        "AMRunningMode": "Normal",
        "AMServiceEnabled": true,
        "AntivirusEnabled": true,
        "AntivirusSignatureLastUpdated": "20261130093015.000000+540",
        "AntivirusSignatureVersion": "1.421.999.0",
        "RealTimeProtectionEnabled": true,
    }})
}

fn products(center: &Json, defender: &Json) -> Vec<AntivirusProduct> {
    let laptop = Laptop::new()
        .answer("wmi/security-center.json", center)
        .answer("wmi/defender.json", defender)
        .answer("wmi/defender-detections.json", &json!([]))
        .answer("wmi/defender-threats.json", &json!([]));
    match read(&laptop.root()) {
        Reading::Known(products) => products,
        Reading::Absent | Reading::Unknown(_) => panic!("no products"),
    }
}

#[test]
fn defender_in_charge_is_told_by_its_own_word() {
    let center = json!([listed("Windows Defender", DEFENDER_GUID, 0x61100)]);
    let found = products(&center, &json!([status()]));
    let [defender] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(defender.running, Reading::Known(true));
    assert_eq!(defender.realtime, Reading::Known(true));
    let definitions = defender.definitions.known().unwrap();
    assert_eq!(definitions.version, "1.421.999.0");
    assert_eq!(definitions.built_at.to_string(), "2026-11-30T00:30:15Z");
}

#[test]
fn a_passive_defender_protects_nothing() {
    let mut passive = status();
    passive["fields"]["AMRunningMode"] = json!("Passive Mode");
    let center = json!([listed("Windows Defender", DEFENDER_GUID, 0x60100)]);
    let found = products(&center, &json!([passive]));
    assert_eq!(found[0].realtime, Reading::Known(false));
}

#[test]
fn a_product_of_another_maker_has_no_date_and_keeps_defender_from_being_asked() {
    let center = json!([
        listed("Example AV", OTHER_GUID, 0x41000),
        listed("Windows Defender", DEFENDER_GUID, 0x60100),
    ]);
    // Defender would say that it is on.
    let found = products(&center, &json!([status()]));
    assert_eq!(found[0].running, Reading::Known(true));
    assert!(matches!(found[0].definitions, Reading::Unknown(_)));
    assert_eq!(found[1].running, Reading::Known(false));
}

#[test]
fn the_state_is_read_by_its_fields() {
    let check = |number, on, current| {
        assert_eq!(State::of(number), State { on, current }, "{number:#x}");
    };
    check(397_568, Some(true), Some(true));
    check(397_584, Some(true), Some(false));
    check(393_472, Some(false), Some(true));
    check(266_256, Some(true), Some(false));
    check(270_336, Some(false), Some(true));
    check(0x4_f020, None, None);
}

#[test]
fn without_a_security_center_nothing_is_known_and_an_empty_one_has_nothing() {
    let none = Laptop::new();
    assert!(matches!(read(&none.root()), Reading::Unknown(_)));
    let empty = Laptop::new().answer("wmi/security-center.json", &json!([]));
    assert_eq!(read(&empty.root()), Reading::Absent);
}

#[test]
fn times_that_are_none_give_none() {
    for odd in [
        "",
        "20261130",
        "20261330093015.000000+000",
        "20261130253015.000000+000",
        "2026113009301ｘ.000000+000",
        "20261130093015.000000",
        "20261130093015.000000+",
        "20261130093015.000000+9223372036854775807",
    ] {
        assert_eq!(time_of(odd), None, "{odd}");
    }
}
