//! What a captured Windows laptop has answered, a stranger's and judged on Linux; and the file of a user's registry, which
//! that user may write.
//!
//! Touches a folder of its own. Must never panic but to report a fault.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use sekisho_agent::sensors::windows::hive::Hive;
use sekisho_agent::sensors::windows::registry::{KEYS_MAX, Key};
use sekisho_agent::sensors::{Deadlines, INDEX, Root, gather};
use serde_json::Value;

use super::laptop::check;

const LIST: &str = r#"{"format": "sekisho.capture/1", "agent_version": "0.1.0", "taken_at": "2026-11-24T00:00:00Z", "host": "aiko", "system": "windows", "by_hand": true}"#;
const ANSWERS: &str = "var/lib/sekisho-capture";
/// Answers that are taken of one capture.
const ANSWERS_MAX: usize = 64;

/// The programs that a user has installed for themself alone.
pub(super) fn user_hive(bytes: &[u8]) {
    const PATH: &str = r"Software\Microsoft\Windows\CurrentVersion\Uninstall";
    let mut room = KEYS_MAX;
    let Ok(mut hive) = Hive::open(Cursor::new(bytes)) else {
        return;
    };
    if let Ok(Some(key)) = hive.below(PATH, &["DisplayName"], &mut room) {
        let taken = KEYS_MAX.saturating_sub(room);
        // Keys of one name are one.
        assert!(key.keys.len() <= taken, "{} of {taken}", key.keys.len());
        assert!(key.keys.values().all(|key| *key
            == Key {
                values: key.values.clone(),
                ..Key::default()
            }));
    }
}

/// Answers by their names, such as `registry/version.json`. A text is the answer itself, whatever it holds.
pub(super) fn windows_answers(bytes: &[u8]) {
    let Ok(Value::Object(answers)) = serde_json::from_slice(bytes) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    write(&dir.path().join(INDEX), LIST);
    for (name, answer) in answers.iter().take(ANSWERS_MAX) {
        if !is_name(name) {
            continue;
        }
        let text = match answer {
            Value::String(text) => text.clone(),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => answer.to_string(),
        };
        write(&dir.path().join(ANSWERS).join(name), &text);
    }
    let root = Root::captured(dir.path()).unwrap_or_else(|error| panic!("{error}"));
    check(&gather(&root, Deadlines::default()));
}

/// Of the form that the readers ask for.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut letters = word.bytes();
        !word.is_empty() && letters.all(|letter| letter == b'-' || letter.is_ascii_alphanumeric())
    };
    let parts = name
        .strip_suffix(".json")
        .and_then(|name| name.split_once('/'));
    parts.is_some_and(|(folder, name)| is_word(folder) && is_word(name))
}

fn write(path: &Path, text: &str) {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_answer_may_be_anything() {
        let whole = include_str!("../../fuzz/corpus/windows_answers/whole");
        let Value::Object(whole) = serde_json::from_str(whole).unwrap() else {
            panic!("the corpus holds no answers")
        };
        let key = json!({"keys": {"S-1-5-21-1-2-3-4": {"values": {"x": {"number": u64::MAX}}}}});
        let odd = [
            json!(null),
            json!([]),
            json!({}),
            json!(-1e308),
            json!([{"fields": {}}]),
            json!({"values": {"x": {"texts": []}}}),
            key,
            json!("{\"values\":"),
        ];
        for name in whole.keys() {
            for answer in &odd {
                let mut changed = whole.clone();
                changed.insert(name.clone(), answer.clone());
                windows_answers(Value::Object(changed).to_string().as_bytes());
            }
        }
    }
}
