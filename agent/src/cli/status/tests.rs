//! What a person is shown of an agent: in their zone, within their terminal, and with a clock that is wrong.
//!
//! Touches nothing.

use sekisho_policy::words::width;
use sekisho_proto::json::Time;
use serde_json::json;

use super::*;

/// An isolated laptop whose collector cannot be reached.
fn status() -> StatusAnswer {
    serde_json::from_value(json!({
        "device": "01934f2e-7d6a-7c31-9a55-0123456789ab",
        "collector": "collector.example.co.jp:7443",
        "attached": false,
        "why_not": "the name collector.example.co.jp cannot be resolved: temporary failure \u{1b}[2J\u{202e}",
        "retry_at": "2026-11-22T20:34:00Z",
        "registration": "approved",
        "group": "",
        "cloned": false,
        "own_standing": "grace",
        "judged": { "sequence": 41, "standing": "grace", "at": "2026-11-22T20:33:32Z" },
        "waiting": 1,
        "outbox_trouble": null,
        "configuration_trouble": "/etc/sekisho/agent.toml cannot be used: line 1: unknown field `enfroce`",
        "order": {
            "generation": 3, "access": "isolated", "issued_at": "2026-11-22T20:00:00Z",
            "reason": "営業部のネットワークでマルウェアが見つかったため、調査が終わるまで隔離します。",
            "until": null, "incident": null
        },
        "access": "isolated",
        "place": { "state": "unknown", "why": "not_permitted", "detail": "an order cuts this laptop off, from beacons too" },
        "applied": { "state": "known", "value": "isolated" },
        "verified": { "state": "unknown", "why": "timed_out", "detail": "collector" },
        "skew_ms": null,
        "clock_off": false,
        "certificate_until": "2027-02-20T20:33:32Z",
        "agent": {
            "version": "0.1.0",
            "started_at": "2026-11-22T08:00:00Z",
            "read_at": "2026-11-22T20:33:32Z",
            "not_watched": ["/var/lib/dpkg"]
        }
    }))
    .unwrap()
}

fn shown(status: &StatusAnswer, language: Language) -> String {
    let style = Style {
        colour: false,
        columns: 80,
    };
    text(status, language, &Zone::fixed(9), style)
}

#[test]
fn a_person_reads_local_times_within_80_columns_and_no_stranger_steers_the_terminal() {
    for (language, standing) in [(Language::En, "in grace"), (Language::Ja, "猶予")] {
        let text = shown(&status(), language);
        assert!(text.contains("2026-11-23 05:33 +09:00"), "{text}");
        assert!(text.contains(standing), "{text}");
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn the_values_stand_below_one_another_in_both_languages() {
    for language in [Language::En, Language::Ja] {
        let text = shown(&status(), language);
        for line in text.lines().filter(|line| !line.starts_with(' ')) {
            let (label, rest) = line.split_once(':').unwrap();
            let gap = rest.len() - rest.trim_start().len();
            assert_eq!(width(label) + 1 + gap, LABEL_COLUMNS, "{line}\n{text}");
        }
    }
}

#[test]
fn a_clock_that_is_wrong_is_told_which_way_and_how_far() {
    for (skew_ms, en, ja) in [
        (3_600_000, "3600 s ahead", "3600 秒進んで"),
        (-31_536_000_000, "31536000 s behind", "31536000 秒遅れて"),
    ] {
        let mut status = status();
        (status.skew_ms, status.clock_off) = (Some(skew_ms), true);
        // The collector's clock has judged, so that this time is right whatever the laptop's says.
        assert_eq!(
            status.judged.as_ref().unwrap().at.to_string(),
            "2026-11-22T20:33:32Z"
        );
        for (language, said) in [(Language::En, en), (Language::Ja, ja)] {
            let text = shown(&status, language);
            assert!(text.contains(said), "{text}");
        }
        status.clock_off = false;
        let text = shown(&status, Language::En);
        assert!(!text.contains("Clock:"), "seconds are no news: {text}");
    }
}

#[test]
fn a_time_for_programs_stays_in_utc() {
    let value = serde_json::to_value(Time(status().certificate_until.0)).unwrap();
    assert_eq!(value, "2027-02-20T20:33:32Z");
}
