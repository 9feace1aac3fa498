//! The log of a real store, exported, verified, and altered in every way there is.
//!
//! Touches a temporary folder.

use std::sync::Arc;

use futures_util::TryStreamExt;

use sekisho_policy::id::Sequence;

use super::verify::{Tampered, Verified, verify};
use super::walk::{export, verify_store};
use super::{HeadSigner, LogKey, LogPublicKey};
use crate::store::conformance::cast;
use crate::store::{AuditRoot, Store, sqlite::SqliteStore};

fn key() -> LogKey {
    LogKey::from_seed(&[8; 32]).unwrap()
}

fn public() -> LogPublicKey {
    key().public_key()
}

/// A log of seven entries, two of which cover routine reports.
async fn exported() -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::make(dir.path(), Arc::new(key())).unwrap();
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
        let follows = Sequence(sequence - 1);
        store.report_record_routine(routine, follows).await.unwrap();
    }
    let events = vec![cast::event("test.first"), cast::event("test.second")];
    store.audit_append(events).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(store);
    let found = verify_store(Arc::clone(&store), &public(), &[])
        .await
        .unwrap();
    let text: String = export(store).try_collect().await.unwrap();
    assert_eq!(check(&text, &[]).unwrap(), found);
    assert_eq!(found.head.unwrap().root.size, 7);
    assert_eq!(found.routine_reports, 2);
    text
}

fn check(text: &str, known: &[AuditRoot]) -> Result<Verified, Tampered> {
    verify(text.as_bytes(), &public(), known)
}

#[tokio::test]
async fn an_empty_log_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::make(dir.path(), Arc::new(key())).unwrap();
    let text: String = export(Arc::new(store)).try_collect().await.unwrap();
    assert_eq!(check(&text, &[]).unwrap().head, None);
    assert!(check("", &[]).is_err());
}

#[tokio::test]
async fn a_log_of_several_pages_is_exported_whole() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::make(dir.path(), Arc::new(key())).unwrap();
    for count in [499, 1, 1, 700] {
        let events = (0..count).map(|_| cast::event("test.done")).collect();
        store.audit_append(events).await.unwrap();
    }
    let text: String = export(Arc::new(store)).try_collect().await.unwrap();
    let found = check(&text, &[]).unwrap();
    assert_eq!((found.head.unwrap().root.size, found.heads), (1201, 4));
}

#[tokio::test]
async fn any_byte_changed_is_found() {
    let text = exported().await;
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let found = verify(&bytes[..], &public(), &[]);
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
        let fewer = check(&fewer.join("\n"), &[]);
        assert!(
            fewer.is_err() || (head && at + 1 < lines.len()),
            "line {at} removed"
        );
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let twice = check(&twice.join("\n"), &[]);
        assert!(twice.is_err() || head, "line {at} twice");
        if at > 0 {
            let mut moved = lines.clone();
            moved.swap(at - 1, at);
            assert!(check(&moved.join("\n"), &[]).is_err(), "line {at} moved");
        }
        let cut = lines[..at].join("\n");
        assert!(check(&cut, &[]).is_err(), "cut before line {at}");
    }
}

#[tokio::test]
async fn a_log_cut_at_an_earlier_head_is_found_by_a_head_noted_down() {
    let text = exported().await;
    let whole = check(&text, &[]).unwrap().head.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let earlier = lines[2].strip_prefix("{\"head\":").unwrap();
    let earlier = earlier.strip_suffix('}').unwrap();
    let first = format!("{{\"log\":{{\"format\":1,\"head\":{earlier}}}}}");
    let forged = [first.as_str(), lines[1], lines[2]].join("\n");
    let short = check(&forged, &[]).unwrap().head.unwrap();
    assert_eq!(short.root.size, 1);
    assert!(matches!(
        check(&forged, &[whole.root]),
        Err(Tampered::Short { found: 1, known: 7 })
    ));
    check(&text, &[short.root]).unwrap();
}

#[tokio::test]
async fn another_logs_key_verifies_nothing() {
    let text = exported().await;
    let other = LogKey::from_seed(&[9; 32]).unwrap().public_key();
    assert!(matches!(
        verify(text.as_bytes(), &other, &[]),
        Err(Tampered::Head { .. })
    ));
}
