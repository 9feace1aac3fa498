//! The screens of Windows laptops, as their registries had them.
//!
//! Touches folders of its own.

use serde_json::{Value as Json, json};

use super::super::tests::Laptop;
use super::*;

const AIKO: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";
const KEN: &str = "S-1-12-1-111-222-333-444";

fn texts(values: &[(&str, &str)]) -> Json {
    let values = values
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!({"text": text})));
    json!({"values": values.collect::<serde_json::Map<String, Json>>()})
}

fn saver(secs: &str) -> Json {
    texts(&[
        (ACTIVE, "1"),
        (SECURE, "1"),
        (TIMEOUT, secs),
        (PROGRAM, r"C:\Windows\system32\scrnsave.scr"),
    ])
}

/// One user, by what is set for her, by a policy, and for the machine.
fn laptop(own: &Json, policy: &Json, machine: &Json) -> Laptop {
    Laptop::new()
        .registry("users", &json!({"keys": {AIKO: {}, "S-1-5-18": {}}}))
        .registry(
            "profiles",
            &json!({"keys": {AIKO: texts(&[("ProfileImagePath", r"C:\Users\aiko")])}}),
        )
        .registry("screen", &json!({"keys": {AIKO: own}}))
        .registry("screen-policy", &json!({"keys": {AIKO: policy}}))
        .registry("screen-machine", machine)
        .registry("winlogon", &json!({}))
}

#[track_caller]
fn only(laptop: &Laptop) -> ScreenLock {
    let Reading::Known(locks) = read(&laptop.root()) else {
        panic!("{:?}", read(&laptop.root()))
    };
    let [lock] = locks.as_slice() else {
        panic!("{locks:?}")
    };
    lock.clone()
}

#[track_caller]
fn after(own: &Json, policy: &Json, machine: &Json) -> Reading<u32> {
    only(&laptop(own, policy, machine)).locks_after_secs
}

fn limited(secs: u64) -> Json {
    json!({"values": {LIMIT: {"number": secs}}})
}

#[test]
fn a_screen_saver_that_asks_for_a_password_locks_and_its_user_is_named() {
    let lock = only(&laptop(&saver("600"), &json!({}), &json!({})));
    assert_eq!(lock.user, "aiko");
    assert_eq!(lock.desktop, Desktop::Windows);
    assert_eq!(lock.locks_after_secs, Reading::Known(605));
    let shown = format!("{:?}", lock.evidence);
    assert!(shown.contains("user ScreenSaveTimeOut"), "{shown}");
}

#[test]
fn what_is_off_never_locks() {
    for (name, text) in [(ACTIVE, "0"), (SECURE, "0"), (TIMEOUT, "0")] {
        let mut own = saver("600");
        own["values"][name] = json!({"text": text});
        assert_eq!(
            after(&own, &json!({}), &json!({})),
            Reading::Absent,
            "{name}"
        );
    }
    // As Windows is when nobody has set anything.
    let fresh = texts(&[(ACTIVE, "1")]);
    assert_eq!(after(&fresh, &json!({}), &json!({})), Reading::Absent);
    assert_eq!(after(&json!({}), &json!({}), &limited(0)), Reading::Absent);
}

#[test]
fn a_policy_comes_before_the_user_each_value_by_itself() {
    let own = saver("9000");
    let policy = texts(&[(TIMEOUT, "300")]);
    assert_eq!(after(&own, &policy, &json!({})), Reading::Known(305));
    let off = texts(&[(SECURE, "0")]);
    assert_eq!(after(&own, &off, &json!({})), Reading::Absent);
}

#[test]
fn the_smaller_of_the_machines_limit_and_the_users_wins() {
    let none = json!({});
    assert_eq!(after(&none, &none, &limited(900)), Reading::Known(900));
    assert_eq!(
        after(&saver("300"), &none, &limited(900)),
        Reading::Known(305)
    );
    assert_eq!(
        after(&saver("3000"), &none, &limited(900)),
        Reading::Known(900)
    );
    // It locks by way of a screen saver, and none may run.
    let off = texts(&[(ACTIVE, "0")]);
    let told = after(&none, &off, &limited(900));
    assert!(
        matches!(told, Reading::Unknown(Why::Unsupported(_))),
        "{told:?}"
    );
}

#[test]
fn what_is_no_text_or_no_number_is_unknown_and_so_is_a_screen_saver_without_a_program() {
    for odd in [
        json!({"number": 600}),
        json!({"text": "soon"}),
        json!({"text": "-1"}),
    ] {
        let mut own = saver("600");
        own["values"][TIMEOUT] = odd.clone();
        let told = after(&own, &json!({}), &json!({}));
        assert!(
            matches!(told, Reading::Unknown(Why::Unreadable(_))),
            "{odd}"
        );
    }
    let mut own = saver("600");
    own["values"][PROGRAM] = json!({"text": ""});
    let told = after(&own, &json!({}), &json!({}));
    assert!(
        matches!(told, Reading::Unknown(Why::Unsupported(_))),
        "{told:?}"
    );
    let text = json!({"values": {LIMIT: {"text": "900"}}});
    let told = after(&json!({}), &json!({}), &text);
    assert!(
        matches!(told, Reading::Unknown(Why::Unreadable(_))),
        "{told:?}"
    );
}

#[test]
fn the_grace_before_a_password_is_needed_counts() {
    let grace = |value: Json| {
        let laptop = laptop(&saver("600"), &json!({}), &json!({}))
            .registry("winlogon", &json!({"values": {GRACE: value}}));
        only(&laptop).locks_after_secs
    };
    assert_eq!(grace(json!({"text": "0"})), Reading::Known(600));
    assert_eq!(grace(json!({"number": 60})), Reading::Known(660));
    assert!(matches!(grace(json!({"text": "x"})), Reading::Unknown(_)));
}

#[test]
fn a_user_whose_settings_are_refused_is_told_of_and_is_no_pass() {
    let part = json!({"keys": {AIKO: saver("300")}, "refused": {KEN: DENIED}});
    let laptop = laptop(&json!({}), &json!({}), &json!({}))
        .registry(
            "users",
            &json!({"keys": {AIKO: {}}, "refused": {KEN: DENIED}}),
        )
        .registry("screen", &part)
        .registry("screen-policy", &json!({"refused": {KEN: DENIED}}));
    let Reading::Known(locks) = read(&laptop.root()) else {
        panic!("no list")
    };
    let told: Vec<_> = locks
        .iter()
        .map(|lock| (lock.user.as_str(), &lock.locks_after_secs))
        .collect();
    assert!(
        matches!(
            told[..],
            [
                (KEN, Reading::Unknown(Why::NotPermitted(_))),
                ("aiko", Reading::Known(305))
            ]
        ),
        "{told:?}"
    );
}

#[test]
fn nobody_logged_in_is_an_empty_list_and_nobody_asked_is_unknown() {
    let nobody = Laptop::new().registry("users", &json!({"keys": {"S-1-5-19": {}}}));
    assert_eq!(read(&nobody.root()), Reading::Known(vec![]));
    assert!(matches!(read(&Laptop::new().root()), Reading::Unknown(_)));
}
