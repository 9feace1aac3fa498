//! What only this back-end can be asked: locks, formats, broken folders.
//!
//! Touches temporary folders.

use std::path::Path;
use std::sync::Arc;

use super::{SledStore, restore};
use crate::audit::{HeadSigner, LogKey};
use crate::store::{Store, StoreError, conformance};

fn key() -> Arc<LogKey> {
    Arc::new(LogKey::from_seed(&[5; 32]).unwrap())
}

fn open(dir: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(dir, key())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_store_does_all_that_a_store_must() {
    conformance::all(|| {
        let dir = tempfile::tempdir().unwrap();
        Box::new(move || -> Arc<dyn Store> { Arc::new(open(dir.path()).unwrap()) })
    })
    .await;
}

#[test]
fn a_second_collector_on_the_same_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).unwrap();
    let second = open(dir.path()).unwrap_err();
    assert!(second.to_string().contains("another collector"), "{second}");
    drop(first);
    open(dir.path()).unwrap();
}

#[test]
fn a_store_of_a_newer_format_is_refused_with_both_versions() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let db = sled::open(dir.path()).unwrap();
    db.insert(super::keys::FORMAT, "7").unwrap();
    drop(db);
    let refused = open(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("format 7"), "{refused}");
    assert!(refused.contains("format 1"), "{refused}");
}

#[tokio::test]
async fn every_group_leaves_a_head_that_the_public_key_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(store.audit_head(0).await.unwrap(), None);
    for size in 1..=3 {
        let event = conformance::cast::event("test.done");
        store.audit_append(vec![event]).await.unwrap();
        let head = store.audit_head(size).await.unwrap().unwrap();
        assert_eq!(head.root, store.audit_root().await.unwrap());
        head.verify(&key().public_key()).unwrap();
    }
    assert_eq!(store.audit_head(4).await.unwrap(), None);
}

async fn filled(dir: &Path) -> SledStore {
    let store = open(dir).unwrap();
    let token = conformance::cast::token(1, 9);
    let made = conformance::cast::event("token.made");
    store.token_add(token.clone(), vec![made]).await.unwrap();
    let device = conformance::cast::device(1, &token);
    store.device_enrol(device, vec![]).await.unwrap();
    let report = conformance::cast::report(1, 1, &[7; 20_000]);
    store.report_record(report).await.unwrap();
    store
}

#[tokio::test]
async fn a_restored_backup_holds_what_the_store_held() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("store")).await;
    let file = dir.path().join("backup");
    store.backup(file.clone()).await.unwrap();
    let again = store.backup(file.clone()).await;
    assert!(matches!(again, Err(StoreError::Disk { .. })), "{again:?}");

    let fresh = dir.path().join("fresh");
    let public = key().public_key();
    let head = restore(&file, &fresh, &public).unwrap();
    let size = store.audit_root().await.unwrap().size;
    assert_eq!(head, store.audit_head(size).await.unwrap());
    let restored = open(&fresh).unwrap();
    assert_eq!(
        restored.audit_root().await.unwrap(),
        store.audit_root().await.unwrap()
    );
    assert_eq!(
        restored.device_list(None, 9).await.unwrap(),
        store.device_list(None, 9).await.unwrap()
    );
    let kind = sekisho_policy::facts::SectionKind::Host;
    let id = conformance::cast::id(1);
    assert_eq!(
        restored.section_fetch(id, kind).await.unwrap(),
        store.section_fetch(id, kind).await.unwrap()
    );
    drop(restored);
    let full = restore(&file, &fresh, &public);
    assert!(matches!(full, Err(StoreError::Conflict(_))), "{full:?}");
    let other = LogKey::from_seed(&[6; 32]).unwrap().public_key();
    let foreign = restore(&file, &dir.path().join("other"), &other);
    assert!(
        matches!(foreign, Err(StoreError::Corrupt { .. })),
        "{foreign:?}"
    );
    assert!(!dir.path().join("other").exists());
}

#[tokio::test]
async fn a_backup_altered_anywhere_is_not_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("store")).await;
    let file = dir.path().join("backup");
    store.backup(file.clone()).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let fresh = dir.path().join("fresh");
    for at in (0..bytes.len()).step_by(37) {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        std::fs::write(&file, altered).unwrap();
        let refused = restore(&file, &fresh, &key().public_key());
        assert!(
            matches!(refused, Err(StoreError::Corrupt { .. })),
            "byte {at}: {refused:?}"
        );
        assert!(!fresh.exists());
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    restore(&file, &fresh, &key().public_key()).unwrap_err();
    std::fs::write(&file, &bytes).unwrap();
    restore(&file, &fresh, &key().public_key()).unwrap();
}
