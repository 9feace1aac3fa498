//! What of mdatp's answers is read: no more of them may be in a capture, which is handed to strangers.
//!
//! Touches nothing. Must never keep where a file lay, nor who somebody is: the company's account, the machine in it, and
//! the tracking numbers of what was found.

use serde_json::{Map, Value, json};

/// What of the health is read.
const KEYS: [&str; 10] = [
    "healthy",
    "licensed",
    "engineVersion",
    "appVersion",
    "realTimeProtectionEnabled",
    "realTimeProtectionAvailable",
    "passiveModeEnabled",
    "definitionsVersion",
    "definitionsStatus",
    "definitionsUpdated",
];

/// What stands for an answer that is of no use: it may hold anything, and makes as little sense as this.
const STRANGE: &[u8] = b"not what mdatp writes";

/// The health names the company's account and the machine in it as well.
pub(super) fn of_health(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(mut health) = serde_json::from_slice::<Map<String, Value>>(&bytes) else {
        return STRANGE.to_vec();
    };
    health.retain(|key, _| KEYS.contains(&key.as_str()));
    written(&Value::Object(health))
}

/// The list of what was found has the path of every file.
pub(super) fn of_threats(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(answer) = serde_json::from_slice::<Value>(&bytes) else {
        return STRANGE.to_vec();
    };
    let scans = answer.pointer("/threats/scans").and_then(Value::as_array);
    let Some(scans) = scans else {
        return b"{}".to_vec();
    };
    let scans = scans.iter().map(|scan| {
        let threats = scan.get("threats").and_then(Value::as_array);
        threats.map_or(
            Value::Null,
            |threats| json!({ "threats": threats.iter().map(threat).collect::<Value>() }),
        )
    });
    written(&json!({ "threats": { "scans": scans.collect::<Value>() } }))
}

fn threat(entry: &Value) -> Value {
    let name = entry.pointer("/threat/name").and_then(Value::as_str);
    let history = entry.get("history").and_then(Value::as_array);
    let states = history.into_iter().flatten().map(|one| {
        json!({ "key": one.get("key").and_then(time), "value": one.get("value").and_then(word) })
    });
    json!({ "threat": { "name": name }, "history": states.collect::<Value>() })
}

/// The list of scans has the folders that somebody chose, and the numbers of what was found.
pub(super) fn of_scans(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(Value::Array(scans)) = serde_json::from_slice::<Value>(&bytes) else {
        return STRANGE.to_vec();
    };
    let scans = scans.iter().map(|scan| {
        let (time, word) = (
            |key: &str| scan.get(key).and_then(time),
            |key: &str| scan.get(key).and_then(word),
        );
        let threats = scan.get("threats").and_then(Value::as_array);
        // How many they are is told by so many nothings.
        let threats = threats.map(|threats| vec![Value::Null; threats.len()]);
        json!({
            "type": word("type"), "state": word("state"),
            "startTime": time("startTime"), "endTime": time("endTime"), "threats": threats,
        })
    });
    written(&scans.collect())
}

/// A value that can be a time.
fn time(value: &Value) -> Option<Value> {
    super::time_of(value).map(|_| value.clone())
}

/// A word as it is read, bare.
fn word(value: &Value) -> Option<String> {
    super::word_of(value)
}

fn written(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::{scans, threats};
    use super::*;

    fn sample(name: &str) -> String {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/antivirus/constructed"
        );
        std::fs::read_to_string(format!("{folder}/{name}")).unwrap()
    }

    fn json(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_list_without_paths_and_numbers_is_read_as_the_whole_one() {
        let (found, scanned) = (sample("mdatp-threats.json"), sample("mdatp-scans.json"));
        let kept = of_threats(found.clone().into_bytes());
        assert_eq!(
            threats::parse(&json(&kept)),
            threats::parse(&json(found.as_bytes()))
        );
        let text = String::from_utf8(kept).unwrap();
        for secret in ["/home/aiko", "1b2c3d4e"] {
            assert!(found.contains(secret) && !text.contains(secret), "{text}");
        }
        let kept = of_scans(scanned.clone().into_bytes());
        assert_eq!(
            scans::parse(&json(&kept)),
            scans::parse(&json(scanned.as_bytes()))
        );
        let text = String::from_utf8(kept).unwrap();
        assert!(
            scanned.contains("1b2c3d4e") && !text.contains("1b2c3d4e"),
            "{text}"
        );
    }

    #[test]
    fn of_an_answer_of_another_shape_nothing_is_kept() {
        for text in [
            "warning: old\n{\"orgId\": \"5ecret\"}",
            "[\"5ecret\"]",
            "{\"threats\": \"5ecret\"}",
            r#"{"threats": {"scans": [{"path": "5ecret"}, "5ecret", {"threats": ["5ecret"]}]}}"#,
            r#"[{"path": "5ecret", "startTime": "5ecret", "threats": ["5ecret"]}]"#,
        ] {
            for kept in [of_health, of_threats, of_scans] {
                let kept = kept(text.as_bytes().to_vec());
                assert!(!String::from_utf8_lossy(&kept).contains("5ecret"), "{text}");
            }
        }
    }
}
