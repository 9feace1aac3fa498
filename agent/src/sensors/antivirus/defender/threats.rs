//! What Microsoft Defender has found: `mdatp threat list --output json`.
//!
//! Touches nothing. Must never take a state that it does not know for one that was dealt with, nor keep a path.

use sekisho_policy::facts::{Detection, DetectionState};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use serde_json::Value;

use super::super::program::cut;
use super::{time_of, word_of};

/// What stands for a name that cannot be read.
const UNNAMED: &str = "(no name)";

/// Reads `{"threats": {"scans": [{"threats": [{"threat": …, "history": …}]}]}}`. What of it cannot be read is one
/// that could not be told: it hides nothing that was read, and is no empty list.
pub(super) fn parse(value: &Value) -> Result<Vec<Detection>, Why> {
    let strange = |what: &str| Why::Unreadable(format!("mdatp threat list has no {what}"));
    let scans = value.pointer("/threats/scans").and_then(Value::as_array);
    let mut found = Vec::new();
    for scan in scans.ok_or_else(|| strange("threats.scans"))? {
        match scan.get("threats").and_then(Value::as_array) {
            Some(threats) => found.extend(threats.iter().map(detection)),
            None => found.push(Detection {
                name: UNNAMED.to_owned(),
                at: Reading::Unknown(strange("threats of a scan")),
                state: Reading::Unknown(strange("threats of a scan")),
            }),
        }
    }
    Detection::keep_gravest(&mut found);
    Ok(found)
}

fn detection(entry: &Value) -> Detection {
    let name = entry.pointer("/threat/name").and_then(Value::as_str);
    let history = entry.get("history").and_then(Value::as_array);
    let (at, state) = latest(history.map_or(&[], Vec::as_slice));
    Detection {
        name: cut(name.unwrap_or(UNNAMED)),
        at,
        state,
    }
}

/// The last thing that was put down, if every one has a time by which it can be told.
fn latest(history: &[Value]) -> (Reading<Timestamp>, Reading<DetectionState>) {
    let untold = || Why::Unreadable("mdatp threat list dates no state of a threat".to_owned());
    let times: Option<Vec<Timestamp>> = history
        .iter()
        .map(|one| one.get("key").and_then(time_of))
        .collect();
    let times = times.unwrap_or_default();
    let last = times.iter().zip(history).max_by_key(|(at, _)| **at);
    let Some((at, entry)) = last else {
        return (Reading::Unknown(untold()), Reading::Unknown(untold()));
    };
    let word = entry.get("value").and_then(word_of).unwrap_or_default();
    (Reading::Known(*at), state_of(&word))
}

/// What the word says. One that failed has left the malware where it was.
fn state_of(word: &str) -> Reading<DetectionState> {
    Reading::Known(match word {
        "active" | "detected" => DetectionState::Active,
        failed if failed.contains("fail") => DetectionState::Active,
        "allowed" => DetectionState::Allowed,
        "quarantined" => DetectionState::Quarantined,
        "removed" | "cleaned" | "blocked" => DetectionState::Removed,
        other => {
            let why = format!("mdatp threat list says {other:?} of a threat");
            return Reading::Unknown(Why::Unreadable(why));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Detection>, Why> {
        parse(&serde_json::from_str(text).unwrap())
    }

    fn one(history: &str) -> Reading<DetectionState> {
        let text = format!(
            r#"{{"threats":{{"scans":[{{"threats":[{{"threat":{{"name":"Eicar"}},"history":{history}}}]}}]}}}}"#
        );
        read(&text).unwrap().remove(0).state
    }

    #[test]
    fn what_is_still_active_comes_first_and_no_path_is_kept() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/antivirus/constructed/mdatp-threats.json"
        );
        let found = read(&std::fs::read_to_string(path).unwrap()).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.state.clone()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "Trojan:Linux/Sample.B",
                    Reading::Known(DetectionState::Active)
                ),
                (
                    "Virus:DOS/EICAR_Test_File",
                    Reading::Known(DetectionState::Quarantined)
                ),
            ]
        );
        assert!(!format!("{found:?}").contains("/home/"), "{found:?}");
    }

    #[test]
    fn the_last_state_decides_and_a_strange_one_is_no_state() {
        let key = |at: &str, word: &str| format!(r#"{{"key":{at},"value":"{word}"}}"#);
        let (early, late) = ("1795300000000", "1795370000000");
        let both = |first: &str, last: &str| format!("[{},{}]", key(late, last), key(early, first));
        let known = Reading::Known;
        assert_eq!(
            one(&both("quarantined", "removed")),
            known(DetectionState::Removed)
        );
        assert_eq!(
            one(&both("removed", "active")),
            known(DetectionState::Active)
        );
        assert_eq!(
            one(&both("removed", "quarantine_failed")),
            known(DetectionState::Active)
        );
        assert_eq!(
            one(&both("active", "allowed")),
            known(DetectionState::Allowed)
        );
        for history in [
            "[]".to_owned(),
            both("active", "pending"),
            key("null", "removed").replace('{', "[{").replace('}', "}]"),
            "null".to_owned(),
        ] {
            assert!(matches!(one(&history), Reading::Unknown(_)), "{history}");
        }
    }

    #[test]
    fn an_answer_of_another_shape_is_not_an_empty_list() {
        for text in ["[]", "{}", r#"{"threats":[]}"#] {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(read(r#"{"threats":{"scans":[]}}"#), Ok(vec![]));
    }

    #[test]
    fn what_cannot_be_read_hides_no_active_malware_and_is_not_nothing() {
        let trojan =
            r#"{"threat":{"name":"Trojan"},"history":[{"key":1795370000000,"value":"active"}]}"#;
        for strange in [
            r#"{"type":"quick","threats":null}"#,
            "{}",
            r#"{"threats":[{"threat":{"name":7}}]}"#,
            r#"{"threats":[7]}"#,
        ] {
            let alone = read(&format!(r#"{{"threats":{{"scans":[{strange}]}}}}"#)).unwrap();
            assert_eq!(alone.len(), 1, "{strange}");
            assert!(matches!(alone[0].state, Reading::Unknown(_)), "{strange}");
            let text = format!(r#"{{"threats":{{"scans":[{strange},{{"threats":[{trojan}]}}]}}}}"#);
            let found = read(&text).unwrap();
            assert_eq!(found[0].name, "Trojan", "{strange}");
            assert_eq!(found[0].state, Reading::Known(DetectionState::Active));
            assert!(matches!(found[1].state, Reading::Unknown(_)), "{strange}");
        }
    }
}
