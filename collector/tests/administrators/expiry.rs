//! What ends: certificates, approvals, leaves, isolations, tokens; soonest first, and nothing that is damaged left out.
//!
//! Touches temporary folders and loopback.

use sekisho_policy::time::Span;
use sekisho_proto::json::Time;
use serde_json::Value;

use super::taken::{damage, with_two};
use super::{ends, run_in};

const KENJI: &str = "02020202-0202-0202-0202-020202020202";

/// What ends within a time, soonest first, with whose it is.
fn told(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let endings = answer["endings"].as_array().unwrap().iter();
    endings
        .map(|one| (text(&one["what"]), text(&one["name"])))
        .collect()
}

#[test]
fn what_ends_is_listed_soonest_first_in_both_languages_and_to_programs() {
    let collector = with_two();
    let home = collector.dir.path().join("c");
    let in_two_days = sekisho_collector::clock::now().after(Span::from_days(2));
    let in_two_days = Time(in_two_days).to_string();
    let asked: [(&[&str], &str); 3] = [
        (
            &["device", "approve", "aiko-pc", "--for", "10d"],
            "approved",
        ),
        (
            &["device", "take-out", "aiko-pc", "--until", &in_two_days],
            "aiko-pc",
        ),
        (&["token", "create", "--valid", "5d"], "sekisho1."),
    ];
    for (args, said) in asked {
        ends(&collector.run(args), 0, said);
    }
    let isolate = [
        "order", "isolate", "aiko-pc", "--reason", "x", "--for", "4h",
    ];
    ends(&collector.run(&isolate), 0, "aiko-pc");

    let soon = collector.json(&["expiry"]);
    let whats: Vec<_> = told(&soon).into_iter().map(|(what, _)| what).collect();
    assert_eq!(
        whats
            .iter()
            .filter(|what| *what != "device_certificate")
            .collect::<Vec<_>>(),
        ["order", "take_out", "token", "token", "approval"],
        "{soon}"
    );
    assert_eq!(soon["agents"][0]["version"], Value::Null);
    assert_eq!(soon["agents"][0]["devices"], 2);
    let hours = collector.json(&["expiry", "--within", "5h"]);
    assert!(told(&hours).contains(&("order".to_owned(), "aiko-pc".to_owned())));
    assert!(
        !told(&hours).iter().any(|(what, _)| what == "approval"),
        "{hours}"
    );
    let all = told(&collector.json(&["expiry", "--within", "all"]));
    for what in [
        "device_certificate",
        "server_certificate",
        "root_certificate",
    ] {
        assert!(all.iter().any(|(one, _)| one == what), "{what}: {all:?}");
    }
    ends(&collector.run(&["expiry"]), 0, "isolation, by itself");
    ends(&run_in("ja_JP.UTF-8", &home, &["expiry"]), 0, "端末の承認");
    ends(
        &collector.run(&["expiry", "--within", "soon"]),
        64,
        "such as 90m",
    );

    damage(&collector, &[b"d", &[2; 16][..]].concat());
    let left = collector.json(&["expiry"]);
    assert!(left["damaged"].to_string().contains(KENJI), "{left}");
    assert!(told(&left).len() >= 5, "{left}");
    ends(&collector.run(&["expiry"]), 0, KENJI);
}
