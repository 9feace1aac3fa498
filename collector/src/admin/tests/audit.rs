//! The audit log through the admin interface.
//!
//! Touches what the cast touches.

use serde_json::{Value, json};

use super::cast::{World, code};
use crate::audit::LogPublicKey;
use crate::audit::export::{EntryLine, ExportError, HeadLine, verify};
use crate::audit::proof::root_of;
use crate::audit::tree::leaf_hash;

/// The log as an exported file has it, after `count` tokens were made.
async fn exported(world: &World, count: usize) -> (Vec<String>, LogPublicKey) {
    for number in 0..count {
        let asked = json!({ "uses": 1, "valid_secs": 60, "note": format!("number {number}") });
        world.post("/v1/tokens", asked).await.unwrap();
    }
    let mut lines = vec![world.fetch("/v1/audit/head").await.to_string()];
    let page = world.fetch("/v1/audit/entries").await;
    lines.extend(
        page["entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string),
    );
    (lines, LogPublicKey(*world.desk.keys.audit.public_key()))
}

fn check(lines: &[String], key: &LogPublicKey) -> Result<u64, ExportError> {
    verify(lines.join("\n").as_bytes(), key).map(|verified| verified.size)
}

#[tokio::test]
async fn an_export_is_verified_by_the_public_key_and_any_change_goes_red() {
    let world = World::new().await;
    let (lines, key) = exported(&world, 5).await;
    assert_eq!(check(&lines, &key).unwrap(), 5);
    let other = LogPublicKey([3; 32]);
    assert!(matches!(check(&lines, &other), Err(ExportError::Head(_))));
    let mut readable = lines.clone();
    readable[2] = readable[2].replace("number 1", "number 9");
    assert!(matches!(
        check(&readable, &key),
        Err(ExportError::Malformed { line: 3, .. })
    ));
    let mut shorter = lines.clone();
    shorter.remove(5);
    assert!(matches!(
        check(&shorter, &key),
        Err(ExportError::Altered {
            found: 4,
            signed: 5
        })
    ));
    let mut swapped = lines.clone();
    swapped.swap(2, 3);
    assert!(check(&swapped, &key).is_err());
    let mut forged = lines.clone();
    let mut line: EntryLine = serde_json::from_str(&lines[5]).unwrap();
    let second: EntryLine = serde_json::from_str(&lines[4]).unwrap();
    line = EntryLine {
        index: line.index,
        ..second
    };
    forged[5] = serde_json::to_string(&line).unwrap();
    assert!(matches!(
        check(&forged, &key),
        Err(ExportError::Altered { .. })
    ));
    let mut head: HeadLine = serde_json::from_str(&lines[0]).unwrap();
    head.size = 4;
    let mut resized = shorter.clone();
    resized[0] = serde_json::to_string(&head).unwrap();
    assert!(matches!(check(&resized, &key), Err(ExportError::Head(_))));
}

#[tokio::test]
async fn an_entry_is_proved_to_stand_under_the_head() {
    let world = World::new().await;
    exported(&world, 7).await;
    let proof = world.fetch("/v1/audit/proof/3").await;
    let entry = proof["entry"]["entry"].as_str().unwrap();
    let leaf = leaf_hash(&data_encoding::BASE64.decode(entry.as_bytes()).unwrap());
    let path: Vec<_> = proof["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| hash.as_str().unwrap().parse().unwrap())
        .collect();
    let root = root_of(leaf, 3, 7, &path).unwrap();
    assert_eq!(root.to_string(), proof["head"]["root"].as_str().unwrap());
    for index in ["7", "x"] {
        let path = format!("/v1/audit/proof/{index}");
        assert_eq!(code(world.client.fetch::<Value>(&path).await), "not_found");
    }
}
