//! What only this back-end can be asked: locks, formats, broken folders.
//!
//! Touches temporary folders.

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt;
use sekisho_policy::facts::SectionKind;

use super::{SledStore, restore};
use crate::audit::{AuditHead, HeadSigner, LogKey};
use crate::record::Thread;
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

/// Reads a backup into a file.
async fn back_up(store: &SledStore, file: &Path) {
    let mut backup = store.backup().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = backup.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    std::fs::write(file, bytes).unwrap();
}

/// Restores; there is no store while it goes on, and nothing beside it afterwards.
fn restored(file: &Path, dir: &Path, signer: &LogKey) -> Result<Option<AuditHead>, StoreError> {
    let was_there = dir.exists();
    let event = conformance::cast::event("store.restored");
    let ended = restore(file, dir, signer, event, |done, total| {
        assert!(done <= total);
        assert_eq!(dir.exists(), was_there);
    });
    let beside = dir.with_extension("restoring");
    assert!(!beside.exists(), "{}", beside.display());
    ended
}

#[tokio::test]
async fn a_restored_backup_holds_what_the_store_held() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("store")).await;
    let file = dir.path().join("backup");
    back_up(&store, &file).await;

    let fresh = dir.path().join("fresh");
    let signer = key();
    let head = restored(&file, &fresh, &signer).unwrap();
    let size = store.audit_root().await.unwrap().size;
    assert_eq!(head, store.audit_head(size).await.unwrap());
    let again = open(&fresh).unwrap();
    assert_eq!(again.audit_root().await.unwrap().size, size + 1);
    // Nobody passes for a clone that has connected since the backup.
    let mut devices = store.device_list(None, 9).await.unwrap();
    for (_, posture) in &mut devices {
        posture.as_mut().unwrap().thread = Thread::default();
    }
    assert_eq!(again.device_list(None, 9).await.unwrap(), devices);
    let kind = SectionKind::Host;
    let id = conformance::cast::id(1);
    assert_eq!(
        again.section_fetch(id, kind).await.unwrap(),
        store.section_fetch(id, kind).await.unwrap()
    );
    drop(again);
    let full = restored(&file, &fresh, &signer);
    assert!(matches!(full, Err(StoreError::Conflict(_))), "{full:?}");
    let other = LogKey::from_seed(&[6; 32]).unwrap();
    let foreign = restored(&file, &dir.path().join("other"), &other);
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
    back_up(&store, &file).await;
    let bytes = std::fs::read(&file).unwrap();
    let fresh = dir.path().join("fresh");
    for at in (0..bytes.len()).step_by(37) {
        let mut altered = bytes.clone();
        altered[at] ^= 0x10;
        std::fs::write(&file, altered).unwrap();
        let refused = restored(&file, &fresh, &key());
        assert!(
            matches!(refused, Err(StoreError::Corrupt { .. })),
            "byte {at}: {refused:?}"
        );
        assert!(!fresh.exists());
    }
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    restored(&file, &fresh, &key()).unwrap_err();
    std::fs::write(&file, &bytes).unwrap();
    restored(&file, &fresh, &key()).unwrap();
}

#[tokio::test]
async fn what_changes_while_a_backup_is_read_is_in_it_as_it_was_at_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(&dir.path().join("store")).await;
    let token = conformance::cast::token(2, 200);
    store.token_add(token.clone(), vec![]).await.unwrap();
    for number in 2..=40 {
        let device = conformance::cast::device(number, &token);
        store.device_enrol(device, vec![]).await.unwrap();
        let report = conformance::cast::report(number, 1, &[number; 30_000]);
        store.report_record(report).await.unwrap();
    }
    let mut backup = store.backup().await.unwrap();
    let second = store.backup().await.err();
    assert!(
        matches!(second, Some(StoreError::Conflict(_))),
        "{second:?}"
    );
    let (mut bytes, mut pieces) = (Vec::new(), 0_u8);
    while let Some(piece) = backup.next().await {
        bytes.extend_from_slice(&piece.unwrap());
        pieces += 1;
        // Sections grow and shrink before and behind the reader, devices come, and the log goes on.
        for number in [1, 20, 40] {
            let content = vec![pieces; usize::from(pieces) * 9000 % 50_000];
            let report = conformance::cast::report(number, u64::from(pieces) + 1, &content);
            store.report_record(report).await.unwrap();
        }
        let device = conformance::cast::device(100 + pieces, &token);
        store.device_enrol(device, vec![]).await.unwrap();
    }
    assert!(pieces > 4, "only {pieces} pieces");
    let file = dir.path().join("backup");
    std::fs::write(&file, bytes).unwrap();
    let fresh = dir.path().join("fresh");
    std::fs::create_dir_all(dir.path().join("fresh.restoring/left/behind")).unwrap();
    let head = restored(&file, &fresh, &key()).unwrap();
    let again = open(&fresh).unwrap();
    assert_eq!(again.audit_head(1).await.unwrap().is_some(), head.is_some());
    // The devices of the last round came when the last rows had been read.
    let expected: Vec<_> = store.device_list(None, 999).await.unwrap();
    let found = again.device_list(None, 999).await.unwrap();
    assert_eq!(found.len() + 1, expected.len());
    for (device, posture) in &found {
        let Some(posture) = posture else { continue };
        let held = again.section_fetch(device.id, SectionKind::Host).await;
        let (digest, body) = held.unwrap().unwrap();
        let last = u8::try_from(posture.sequence.0 - 1).unwrap();
        let report = if last == 0 {
            let number = device.id.as_bytes()[15];
            let content = if number == 1 {
                vec![7; 20_000]
            } else {
                vec![number; 30_000]
            };
            conformance::cast::report(number, 1, &content)
        } else {
            let content = vec![last; usize::from(last) * 9000 % 50_000];
            conformance::cast::report(device.id.as_bytes()[15], u64::from(last) + 1, &content)
        };
        let (_, written, content) = &report.sections[0];
        assert_eq!((&digest, &body), (written, content), "{}", device.id);
    }
    let reports = [1, 20, 40].map(conformance::cast::id);
    for id in reports {
        let sequence = |store: &SledStore| {
            let posture = futures_util::FutureExt::now_or_never(store.posture_fetch(id));
            posture.unwrap().unwrap().unwrap().sequence.0
        };
        assert_eq!(sequence(&again) + 1, sequence(&store), "{id}");
    }
}
