//! The audit log through the admin interface.
//!
//! Touches what the cast touches.

use data_encoding::BASE64;
use http_body_util::BodyExt;
use hyper::Method;
use serde_json::{Value, json};

use sekisho_policy::id::Fingerprint;
use sekisho_policy::merkle::{leaf_hash, root_of};

use super::cast::{World, code};
use crate::audit::LogPublicKey;
use crate::audit::verify::{Tampered, verify};
use crate::store::AuditRoot;

async fn make_tokens(world: &World, count: usize) {
    for number in 0..count {
        let asked = json!({ "uses": 1, "valid_secs": 60, "note": format!("number {number}") });
        world.post("/v1/tokens", asked).await.unwrap();
    }
}

/// The log as an exported file has it: a first line, then each entry and the head over it.
async fn exported(world: &World) -> Vec<String> {
    let body = world.client.stream(Method::POST, "/v1/audit/export").await;
    let bytes = body.unwrap().collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&bytes).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

fn key_of(world: &World) -> LogPublicKey {
    LogPublicKey(*world.desk.keys.audit.public_key())
}

/// The number of entries that verify.
fn check(lines: &[String], key: &LogPublicKey, known: &[AuditRoot]) -> Result<u64, Tampered> {
    let verified = verify(lines.join("\n").as_bytes(), key, known)?;
    Ok(verified.head.map_or(0, |head| head.root.size))
}

#[tokio::test]
async fn an_export_is_verified_by_the_public_key_and_any_change_goes_red() {
    let world = World::new().await;
    make_tokens(&world, 5).await;
    let (lines, key) = (exported(&world).await, key_of(&world));
    // The last entry is of the export itself.
    assert_eq!(lines.len(), 13);
    assert_eq!(check(&lines, &key, &[]).unwrap(), 6);
    let other = check(&lines, &LogPublicKey([3; 32]), &[]);
    assert!(matches!(other, Err(Tampered::Head { .. })));

    let mut copy = lines.clone();
    copy[3] = copy[3].replace("number 1", "number 9");
    let copy = check(&copy, &key, &[]);
    assert!(matches!(copy, Err(Tampered::Line { index: 1, .. })));

    let mut removed = lines.clone();
    removed.remove(5);
    let removed = check(&removed, &key, &[]);
    assert!(matches!(removed, Err(Tampered::Order { index: 2, .. })));

    let mut swapped = lines.clone();
    swapped.swap(3, 5);
    let swapped = check(&swapped, &key, &[]);
    assert!(matches!(swapped, Err(Tampered::Order { index: 1, .. })));

    // An entry that is well-formed, and that nobody made.
    let mut forged = lines.clone();
    forged[5] = forged[3].replace("\"index\":1", "\"index\":2");
    let forged = check(&forged, &key, &[]);
    assert!(matches!(forged, Err(Tampered::Root { from: 2, to: 3 })));
}

#[tokio::test]
async fn a_dropped_tail_goes_red_by_a_head_noted_down() {
    let world = World::new().await;
    make_tokens(&world, 3).await;
    let (shorter, key) = (exported(&world).await, key_of(&world));
    make_tokens(&world, 2).await;
    let noted = world.desk.store.audit_root().await.unwrap();
    // As far as it goes the shorter one is whole.
    assert_eq!(check(&shorter, &key, &[]).unwrap(), 4);
    let dropped = check(&shorter, &key, &[noted]);
    assert!(matches!(
        dropped,
        Err(Tampered::Short { found: 4, known: 6 })
    ));
    let whole = exported(&world).await;
    assert_eq!(check(&whole, &key, &[noted]).unwrap(), 7);
    let foreign = AuditRoot { size: 4, ..noted };
    let forked = check(&whole, &key, &[noted, foreign]);
    assert!(matches!(forked, Err(Tampered::Root { to: 4, .. })));
}

#[tokio::test]
async fn a_line_without_end_is_refused_before_it_fills_the_memory() {
    let endless = std::io::Read::take(std::io::repeat(b' '), 1 << 30);
    let endless = verify(
        std::io::BufReader::new(endless),
        &LogPublicKey([3; 32]),
        &[],
    );
    assert!(matches!(endless, Err(Tampered::TooLong(0))));
}

#[tokio::test]
async fn an_entry_is_proved_to_stand_under_the_head() {
    let world = World::new().await;
    make_tokens(&world, 7).await;
    let proof = world.fetch("/v1/audit/proof/3").await;
    let entry = proof["entry"]["entry"].as_str().unwrap();
    let leaf = leaf_hash(&BASE64.decode(entry.as_bytes()).unwrap());
    let path: Vec<_> = proof["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| {
            *hash
                .as_str()
                .unwrap()
                .parse::<Fingerprint>()
                .unwrap()
                .as_bytes()
        })
        .collect();
    let root = Fingerprint::from_bytes(root_of(leaf, 3, 7, &path).unwrap());
    assert_eq!(root.to_string(), proof["head"]["root"].as_str().unwrap());
    for index in ["7", "x"] {
        let path = format!("/v1/audit/proof/{index}");
        assert_eq!(code(world.client.fetch::<Value>(&path).await), "not_found");
    }
}
