//! The firewall of Windows laptops as their registries have it.
//!
//! Touches captured laptops. Must never name a laptop's user.

use serde_json::{Value, json};

use super::super::tests::Laptop;
use super::*;

fn profiles(domain: Value, private: Value, public: Value) -> Value {
    json!({"keys": {
        "DomainProfile": {"values": domain},
        "StandardProfile": {"values": private},
        "PublicProfile": {"values": public},
        "FirewallRules": {},
    }})
}

fn on() -> Value {
    json!({"EnableFirewall": {"number": 1}})
}

fn off() -> Value {
    json!({"EnableFirewall": {"number": 0}})
}

/// With both services, and no other firewall.
fn laptop(local: &Value) -> Laptop {
    Laptop::new()
        .registry("firewall", local)
        .registry("firewall-policy", &json!({}))
        .registry(
            "firewall-service",
            &json!({"values": {"Start": {"number": 2}}}),
        )
        .registry(
            "filtering-engine-service",
            &json!({"values": {"Start": {"number": 2}}}),
        )
        .answer("wmi/other-firewalls.json", &json!([]))
}

#[track_caller]
fn told(laptop: &Laptop) -> Reading<bool> {
    match read(&laptop.root()) {
        Reading::Known(told) => {
            assert_eq!(told.ipv4, told.ipv6);
            told.ipv4
        }
        Reading::Absent => panic!("no firewall"),
        Reading::Unknown(why) => Reading::Unknown(why),
    }
}

#[test]
fn every_kind_of_network_must_be_guarded() {
    assert_eq!(
        told(&laptop(&profiles(on(), on(), on()))),
        Reading::Known(true)
    );
    for (domain, private, public) in [
        (off(), on(), on()),
        (on(), off(), on()),
        (on(), on(), off()),
    ] {
        let one_is_open = laptop(&profiles(domain, private, public));
        assert_eq!(told(&one_is_open), Reading::Known(false));
    }
    let lets_in = json!({"EnableFirewall": {"number": 1}, "DefaultInboundAction": {"number": 0}});
    let open = laptop(&profiles(on(), on(), lets_in));
    assert_eq!(told(&open), Reading::Known(false));
}

#[test]
fn a_policy_comes_before_what_is_set_on_the_laptop() {
    let policy = |public: Value| json!({"keys": {"PublicProfile": {"values": public}}});
    let locally_off = || laptop(&profiles(on(), on(), off()));
    let mended = locally_off().registry("firewall-policy", &policy(on()));
    assert_eq!(told(&mended), Reading::Known(true));
    let locally_on = laptop(&profiles(on(), on(), on()));
    let opened = locally_on.registry("firewall-policy", &policy(off()));
    assert_eq!(told(&opened), Reading::Known(false));
    let silent = locally_off().registry("firewall-policy", &policy(json!({})));
    assert_eq!(told(&silent), Reading::Known(false));
    let private = json!({"keys": {"PrivateProfile": {"values": on()}}});
    let by_its_newer_name = laptop(&profiles(on(), off(), on()));
    let by_its_newer_name = by_its_newer_name.registry("firewall-policy", &private);
    assert_eq!(told(&by_its_newer_name), Reading::Known(true));
}

#[test]
fn settings_count_for_nothing_where_no_service_keeps_them() {
    for service in ["firewall-service", "filtering-engine-service"] {
        let switched_off = laptop(&profiles(on(), on(), on()));
        let start = json!({"values": {"Start": {"number": 4}}});
        assert_eq!(
            told(&switched_off.registry(service, &start)),
            Reading::Known(false),
            "{service}"
        );
    }
}

#[test]
fn another_makers_firewall_is_not_taken_for_one_that_refuses() {
    let list = |state: i64| json!([{"fields": {"displayName": "Norton", "productState": state}}]);
    let all_off = || laptop(&profiles(off(), off(), off()));
    let with = |state| all_off().answer("wmi/other-firewalls.json", &list(state));
    let Reading::Unknown(why) = told(&with(0x11000)) else {
        panic!("Norton tells nothing");
    };
    assert!(why.to_string().contains("Norton"), "{why}");
    for not_on in [0x10000, 0x12000, 0x13000] {
        assert_eq!(told(&with(not_on)), Reading::Known(false), "{not_on:#x}");
    }
}

#[test]
fn what_is_not_there_or_odd_is_unknown() {
    let nothing_said = laptop(&profiles(on(), on(), json!({})));
    let odd = laptop(&profiles(
        on(),
        json!({"EnableFirewall": {"number": 7}}),
        on(),
    ));
    let words = laptop(&profiles(
        on(),
        json!({"EnableFirewall": {"text": "1"}}),
        on(),
    ));
    let closed = laptop(&json!({
        "keys": {"DomainProfile": {"values": on()}, "StandardProfile": {"values": on()}},
        "refused": {"PublicProfile": registry::DENIED},
    }));
    for laptop in [nothing_said, odd, words, closed] {
        assert!(matches!(told(&laptop), Reading::Unknown(_)));
    }
    assert!(matches!(told(&Laptop::new()), Reading::Unknown(_)));
}
