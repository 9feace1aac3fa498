//! Every reader of facts, one after the other, with the time it takes alone.
//!
//! Touches the sensors. Must never keep a fact: only what could not be told of it, and why.

use std::io;

use sekisho_policy::facts::{Facts, Platform};
use sekisho_policy::reading::Reading;
use serde_json::Value;

use super::super::check;
use super::Report;
use super::json::System;
use super::line::{Inside, Line, Outcome, Said};
use crate::clock;
use crate::sensors::{Deadlines, Root, Sensors};
use crate::shell::put_place;
use crate::topics::{Topic, Topics};

/// Each reader, by the name of its line and where `check --json` has what it tells.
const READERS: [(Topic, &str, &str); 12] = [
    (Topic::Host, "host", "host"),
    (Topic::Volumes, "volumes", "volumes"),
    (Topic::Antivirus, "antivirus", "antivirus"),
    (Topic::Software, "software", "software"),
    (Topic::Release, "release", "platform.release"),
    (Topic::Updates, "updates", "platform.updates"),
    (Topic::ScreenLocks, "screen-locks", "platform.screen_locks"),
    (Topic::Firewall, "firewall", "platform.firewall"),
    (Topic::SecureBoot, "secure-boot", "platform.secure_boot"),
    (Topic::Tpm, "tpm", "platform.tpm"),
    (
        Topic::Administrators,
        "administrators",
        "platform.administrators",
    ),
    (Topic::Network, "network", "network"),
];

/// Reads each fact, and tells a line of it. Gives what system this is.
pub(super) fn lines(report: &mut Report) -> io::Result<System> {
    report.say("self-test-facts", &[])?;
    let sensors = Sensors::new(Root::live(), Deadlines::default());
    let mut facts = Facts::not_asked();
    facts.platform = Reading::Known(Platform::not_asked());
    for (topic, name, at) in READERS {
        let began = clock::instant();
        sensors.read(Topics::of(&[topic]), &mut facts);
        let took = clock::instant().duration_since(began);
        // No reader tells the place: the running agent asks for it.
        put_place(&mut facts, Reading::Absent);
        let told = check::facts_json(&facts);
        report.tell(Line {
            took,
            ..line(name, at, &told)
        })?;
    }
    Ok(System::of(&facts))
}

fn line(name: &'static str, at: &str, facts: &Value) -> Line {
    let steps = at.split('.');
    let reading = steps.fold(facts, |value, step| {
        let value = value.get("value").unwrap_or(value);
        value.get(step).unwrap_or(&Value::Null)
    });
    let mut inside = Vec::new();
    unknown(at, reading, &mut inside);
    let whole = inside.iter().position(|one| one.at == at);
    let (outcome, said) = match whole.map(|place| inside.remove(place)) {
        Some(one) => {
            // Who does not answer in its time keeps the agent waiting for it each time.
            let outcome = if one.why == "timed_out" {
                Outcome::Fail
            } else {
                Outcome::Unknown
            };
            (
                outcome,
                Said::Text("self-test-because", format!("{}: {}", one.why, one.detail)),
            )
        }
        None if inside.is_empty() => (Outcome::Pass, Said::Nothing),
        None => (Outcome::Unknown, Said::Nothing),
    };
    Line {
        inside,
        ..Line::new("facts", name, std::time::Duration::ZERO, (outcome, said))
    }
}

/// Every reading below this one that is unknown.
fn unknown(at: &str, value: &Value, found: &mut Vec<Inside>) {
    match value {
        Value::Object(fields) => {
            let text = |key| fields.get(key).and_then(Value::as_str);
            if text("state") == Some("unknown") {
                found.push(Inside {
                    at: at.to_owned(),
                    why: text("why").unwrap_or_default().to_owned(),
                    detail: text("detail").unwrap_or_default().to_owned(),
                });
                return;
            }
            for (name, value) in fields {
                // A reading's own value stands where the reading does.
                let below = if fields.contains_key("state") && name == "value" {
                    at.to_owned()
                } else {
                    format!("{at}.{name}")
                };
                unknown(&below, value, found);
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                unknown(&format!("{at}[{number}]"), item, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fact_passes_only_where_nothing_in_it_is_unknown() {
        let unreadable = json!({"state": "unknown", "why": "unreadable", "detail": "half a line"});
        let late = json!({"state": "unknown", "why": "timed_out", "detail": "15000 ms"});
        let facts = json!({
            "volumes": {"state": "known", "value": [
                {"name": "/", "encryption": {"state": "known", "value": {}}},
                {"name": "/home", "encryption": unreadable},
            ]},
            "software": {"state": "known", "value": {"packages": []}},
            "antivirus": late,
            "platform": {"state": "known", "value": {"tpm": {"state": "absent"}, "updates": unreadable}},
        });
        let volumes = line("volumes", "volumes", &facts);
        assert_eq!(volumes.outcome, Outcome::Unknown);
        assert_eq!(volumes.inside[0].at, "volumes[1].encryption");
        assert_eq!(line("software", "software", &facts).outcome, Outcome::Pass);
        assert_eq!(
            line("antivirus", "antivirus", &facts).outcome,
            Outcome::Fail
        );
        assert_eq!(line("tpm", "platform.tpm", &facts).outcome, Outcome::Pass);
        let updates = line("updates", "platform.updates", &facts);
        assert_eq!(updates.outcome, Outcome::Unknown);
        assert!(updates.inside.is_empty() && updates.said != Said::Nothing);
    }

    #[test]
    fn every_topic_has_a_reader() {
        let all = READERS.iter().fold(Topics::NONE, |all, (topic, _, _)| {
            all.and(Topics::of(&[*topic]))
        });
        assert_eq!(all, Topics::ALL);
        let told = check::facts_json(&Facts {
            platform: Reading::Known(Platform::not_asked()),
            ..Facts::not_asked()
        });
        for (_, name, at) in READERS {
            // Nobody has asked for it, so it is found only where it is.
            assert_eq!(line(name, at, &told).outcome, Outcome::Unknown, "{at}");
        }
    }
}
