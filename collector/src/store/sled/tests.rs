//! What only this back-end can be asked: locks, formats, broken folders.
//!
//! Touches temporary folders.

use std::path::Path;
use std::sync::Arc;

use super::SledStore;
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
