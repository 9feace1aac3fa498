//! The log of a real store, exported, verified, and altered in every way there is.
//!
//! Touches a temporary folder.

use std::sync::Arc;

use super::verify::{Tampered, Verified, verify};
use super::walk::{export, verify_store};
use super::{AuditHead, HeadSigner, LogKey, LogPublicKey};
use crate::store::conformance::cast;
use crate::store::{Store, sled::SledStore};

fn key() -> LogKey {
    LogKey::from_seed(&[8; 32]).unwrap()
}

fn public() -> LogPublicKey {
    key().public_key()
}

/// A log of seven entries, two of which cover routine reports.
async fn exported() -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), Arc::new(key())).unwrap();
    let token = cast::token(1, 9);
    store
        .token_add(token.clone(), vec![cast::event("token.made")])
        .await
        .unwrap();
    store
        .device_enrol(
            cast::device(1, &token),
            vec![cast::event("device.enrolled")],
        )
        .await
        .unwrap();
    store.report_record(cast::report(1, 1, b"x")).await.unwrap();
    for sequence in [2, 3] {
        let routine = cast::routine(1, sequence);
        store.report_record_routine(routine).await.unwrap();
    }
    let events = vec![cast::event("test.first"), cast::event("test.second")];
    store.audit_append(events).await.unwrap();
    let found = verify_store(&store, &public(), None).await.unwrap();
    let mut out = Vec::new();
    export(&store, &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(check(&text, None).unwrap(), found);
    assert_eq!(found.head.unwrap().root.size, 7);
    assert_eq!(found.routine_reports, 2);
    text
}

fn check(text: &str, known: Option<&AuditHead>) -> Result<Verified, Tampered> {
    verify(text.as_bytes(), &public(), known)
}

#[tokio::test]
async fn an_empty_log_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), Arc::new(key())).unwrap();
    let mut out = Vec::new();
    export(&store, &mut out).await.unwrap();
    assert_eq!(verify(&out[..], &public(), None).unwrap().head, None);
    assert!(check("", None).is_err());
}

#[tokio::test]
async fn any_byte_changed_is_found() {
    let text = exported().await;
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let found = verify(&bytes[..], &public(), None);
        // The last line may end the file without its end.
        assert!(found.is_err() || at == text.len() - 1, "byte {at}");
    }
}

#[tokio::test]
async fn any_line_removed_or_moved_is_found() {
    let text = exported().await;
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        // A head before the last may go, or come twice: the last covers the same entries.
        let head = lines[at].starts_with("{\"head\"");
        let mut fewer = lines.clone();
        fewer.remove(at);
        let fewer = check(&fewer.join("\n"), None);
        assert!(
            fewer.is_err() || (head && at + 1 < lines.len()),
            "line {at} removed"
        );
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let twice = check(&twice.join("\n"), None);
        assert!(twice.is_err() || head, "line {at} twice");
        if at > 0 {
            let mut moved = lines.clone();
            moved.swap(at - 1, at);
            assert!(check(&moved.join("\n"), None).is_err(), "line {at} moved");
        }
        let cut = lines[..at].join("\n");
        assert!(check(&cut, None).is_err(), "cut before line {at}");
    }
}

#[tokio::test]
async fn a_log_cut_at_an_earlier_head_is_found_by_a_head_noted_down() {
    let text = exported().await;
    let whole = check(&text, None).unwrap().head.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let earlier = lines[2].strip_prefix("{\"head\":").unwrap();
    let earlier = earlier.strip_suffix('}').unwrap();
    let first = format!("{{\"log\":{{\"format\":1,\"head\":{earlier}}}}}");
    let forged = [first.as_str(), lines[1], lines[2]].join("\n");
    let short = check(&forged, None).unwrap().head.unwrap();
    assert_eq!(short.root.size, 1);
    assert!(matches!(
        check(&forged, Some(&whole)),
        Err(Tampered::Short { found: 1, known: 7 })
    ));
    check(&text, Some(&short)).unwrap();
}

#[tokio::test]
async fn another_logs_key_verifies_nothing() {
    let text = exported().await;
    let other = LogKey::from_seed(&[9; 32]).unwrap().public_key();
    assert!(matches!(
        verify(text.as_bytes(), &other, None),
        Err(Tampered::Head { .. })
    ));
}
