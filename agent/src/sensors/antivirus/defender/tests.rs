//! What mdatp says, well and badly.
//!
//! Touches samples. Must never ask a Defender.

use super::*;

fn sample(name: &str) -> AntivirusProduct {
    let path = format!("{}/testdata/defender/{name}", env!("CARGO_MANIFEST_DIR"));
    parse(&std::fs::read(path).unwrap())
}

#[test]
fn an_active_defender_is_read_by_its_keys() {
    let product = sample("health-active.json");
    assert_eq!(product.realtime, Reading::Known(true));
    assert_eq!(product.running, Reading::Known(true));
    let Reading::Known(definitions) = product.definitions else {
        panic!("{:?}", product.definitions)
    };
    assert_eq!(definitions.version, "1.409.153.0");
    assert_eq!(definitions.built_at.to_string(), "2026-11-22T05:02:03Z");
}

#[test]
fn passive_mode_is_not_real_time_protection_though_it_calls_itself_healthy() {
    let product = sample("health-passive.json");
    assert_eq!(product.realtime, Reading::Known(false));
    let healthy = Evidence::new("mdatp health healthy", "true");
    assert!(product.evidence.contains(&healthy));
}

#[test]
fn a_defender_without_a_licence_does_not_count_as_running() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/defender/health-active.json"
    );
    let health = std::fs::read_to_string(path).unwrap();
    let health = health
        .replace("\"licensed\": true", "\"licensed\": false")
        .replace("\"upToDate\"", "\"unavailable\"");
    let product = parse(health.as_bytes());
    assert_eq!(product.running, Reading::Known(false));
    let status = Evidence::new("mdatp health definitionsStatus", "unavailable");
    assert!(product.evidence.contains(&status), "{product:?}");
}

#[test]
fn a_defender_that_is_not_well_says_so_and_a_good_word_counts_for_nothing() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/defender/health-active.json"
    );
    let health = std::fs::read_to_string(path).unwrap();
    assert_eq!(parse(health.as_bytes()).healthy, Reading::Absent);
    let ill = health.replace("\"healthy\": true", "\"healthy\": false");
    assert_eq!(parse(ill.as_bytes()).healthy, Reading::Known(false));
    let product = parse(b"{}");
    assert!(matches!(product.healthy, Reading::Unknown(_)));
    assert!(matches!(product.running, Reading::Unknown(_)));
}

#[test]
fn an_answer_that_is_no_json_leaves_everything_unknown() {
    for text in [
        "",
        "ERROR: could not connect to the daemon\n",
        "{\"healthy\":",
        "[]",
    ] {
        let product = parse(text.as_bytes());
        assert!(
            matches!(product.running, Reading::Unknown(Why::Unreadable(_))),
            "{text}"
        );
        assert!(matches!(product.definitions, Reading::Unknown(_)));
    }
    let product = parse(b"{}");
    assert!(matches!(product.realtime, Reading::Unknown(_)));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        let _ = parse(&bytes);
    }
}
