//! What Microsoft Defender has found on a Windows laptop, and what has become of it.
//!
//! Touches nothing but through `wmi`. Must never take a state that it does not know for one that was dealt with, nor ask
//! for a path or for whose file it was.
//!
//! Each find is an `MSFT_MpThreatDetection`, whose `ThreatStatusID` is that of `MPTHREAT_STATUS`: Microsoft's page of the
//! class and that of the numbers disagree about those from 102 on, all of which are an attempt that failed.

use std::collections::BTreeMap;

use sekisho_policy::facts::{Detection, DetectionState};
use sekisho_policy::reading::{Reading, Why};

use super::super::wmi::{self, Question, Row};
use super::time_of;
use crate::ask::AskError;
use crate::sensors::Root;

const FOUND: Question = Question {
    name: "defender-detections",
    namespace: r"ROOT\Microsoft\Windows\Defender",
    class: "MSFT_MpThreatDetection",
    fields: &[
        "InitialDetectionTime",
        "LastThreatStatusChangeTime",
        "ThreatID",
        "ThreatStatusID",
    ],
    methods: &[],
    is_private: false,
};
const NAMES: Question = Question {
    name: "defender-threats",
    namespace: r"ROOT\Microsoft\Windows\Defender",
    class: "MSFT_MpThreat",
    fields: &["ThreatID", "ThreatName"],
    methods: &[],
    is_private: false,
};

/// Letters of a name that are told.
const NAME_LETTERS: usize = 256;
/// The first of the states of an attempt that failed.
const FAILED: i64 = 100;

/// Reads what was found.
pub(super) fn read(root: &Root) -> Reading<Vec<Detection>> {
    match asked(root) {
        Ok((found, names)) => Reading::Known(detections(&found, &names)),
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn asked(root: &Root) -> Result<(Vec<Row>, Vec<Row>), AskError> {
    let found = wmi::ask(root, &FOUND)?;
    // Without a name it is malware all the same.
    let names = wmi::ask(root, &NAMES).unwrap_or_default();
    Ok((found, names))
}

fn detections(found: &[Row], names: &[Row]) -> Vec<Detection> {
    let names: BTreeMap<i64, &str> = names
        .iter()
        .filter_map(|row| Some((row.number("ThreatID")?, row.text("ThreatName")?)))
        .collect();
    let mut detections: Vec<Detection> = found.iter().map(|row| detection(row, &names)).collect();
    Detection::keep_gravest(&mut detections);
    detections
}

fn detection(row: &Row, names: &BTreeMap<i64, &str>) -> Detection {
    let threat = row.number("ThreatID");
    let name = match (threat.and_then(|id| names.get(&id)), threat) {
        (Some(name), _) => (*name).to_owned(),
        (None, Some(id)) => format!("(threat {id})"),
        (None, None) => "(no name)".to_owned(),
    };
    let letters = name.chars().filter(|letter| !letter.is_control());
    let fields = ["LastThreatStatusChangeTime", "InitialDetectionTime"];
    let at = fields
        .into_iter()
        .find_map(|field| row.text(field).and_then(time_of));
    Detection {
        name: letters.take(NAME_LETTERS).collect(),
        at: at.map_or_else(|| unreadable("time of a find".to_owned()), Reading::Known),
        state: state(row.number("ThreatStatusID")),
    }
}

/// What the number says. An attempt that failed has left the malware where it was.
fn state(number: Option<i64>) -> Reading<DetectionState> {
    Reading::Known(match number {
        Some(1 | FAILED..) => DetectionState::Active,
        Some(2 | 4 | 6) => DetectionState::Removed,
        Some(3) => DetectionState::Quarantined,
        Some(5) => DetectionState::Allowed,
        other => return unreadable(format!("ThreatStatusID that is known: {other:?}")),
    })
}

fn unreadable<T>(what: String) -> Reading<T> {
    let why = format!("MSFT_MpThreatDetection has no {what}");
    Reading::Unknown(Why::Unreadable(why))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::tests::Laptop;
    use super::*;

    fn find(threat: &Value, state: &Value) -> Value {
        json!({"fields": {
            "InitialDetectionTime": "20261130093015.000000+000",
            "LastThreatStatusChangeTime": "20261130093115.000000+000",
            "ThreatID": threat,
            "ThreatStatusID": state,
        }})
    }

    fn laptop(found: &[Value]) -> Laptop {
        let name = json!({"fields": {
            "ThreatID": "2147519003",
            "ThreatName": "Virus:DOS/EICAR_Test_File",
        }});
        Laptop::new()
            .answer("wmi/defender-detections.json", &Value::from(found.to_vec()))
            .answer("wmi/defender-threats.json", &json!([name]))
    }

    #[track_caller]
    fn told(found: &[Value]) -> Vec<Detection> {
        match read(&laptop(found).root()) {
            Reading::Known(found) => found,
            other @ (Reading::Absent | Reading::Unknown(_)) => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_still_there_comes_first_and_is_called_by_the_makers_name() {
        // A number of 64 bits comes as a text.
        let found = told(&[
            find(&json!("2147519003"), &json!(3)),
            find(&json!("99"), &json!(103)),
        ]);
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.name.as_str(), one.state.known().copied()))
            .collect();
        assert_eq!(
            told,
            [
                ("(threat 99)", Some(DetectionState::Active)),
                (
                    "Virus:DOS/EICAR_Test_File",
                    Some(DetectionState::Quarantined)
                ),
            ]
        );
        let at = found[0].at.known().unwrap();
        assert_eq!(at.to_string(), "2026-11-30T09:31:15Z");
    }

    #[test]
    fn each_number_is_one_state_and_a_strange_one_is_none() {
        let state = |number: Value| told(&[find(&json!("1"), &number)]).remove(0).state;
        for (number, expected) in [
            (1, DetectionState::Active),
            (2, DetectionState::Removed),
            (4, DetectionState::Removed),
            (5, DetectionState::Allowed),
            (6, DetectionState::Removed),
            (102, DetectionState::Active),
            (107, DetectionState::Active),
        ] {
            assert_eq!(state(json!(number)), Reading::Known(expected), "{number}");
        }
        for odd in [json!(0), json!(7), json!(-1), json!("x")] {
            assert!(matches!(state(odd.clone()), Reading::Unknown(_)), "{odd}");
        }
    }

    #[test]
    fn nothing_found_is_an_empty_list_and_nobody_asked_is_unknown() {
        assert_eq!(told(&[]), vec![]);
        assert!(matches!(read(&Laptop::new().root()), Reading::Unknown(_)));
        let nameless = Laptop::new().answer(
            "wmi/defender-detections.json",
            &json!([find(&json!("5"), &json!(1))]),
        );
        let Reading::Known(found) = read(&nameless.root()) else {
            panic!("no list")
        };
        assert_eq!(found[0].name, "(threat 5)");
    }
}
