//! What only this back-end can be asked: locks, formats, broken folders.
//!
//! Touches temporary folders.

use std::path::Path;
use std::sync::Arc;

use futures_util::StreamExt;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::time::{Span, Timestamp};

use super::{SqliteStore, restore};
use crate::audit::{AuditHead, HeadSigner, LogKey};
use crate::record::{Posture, Thread};
use crate::store::{Damage, Store, StoreError, conformance};

fn key() -> Arc<LogKey> {
    Arc::new(LogKey::from_seed(&[5; 32]).unwrap())
}

fn open(dir: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::make(dir, key())
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
    let db = rusqlite::Connection::open(dir.path().join("store.db")).unwrap();
    db.pragma_update(None, "user_version", 7).unwrap();
    drop(db);
    let refused = open(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("format 7"), "{refused}");
    assert!(refused.contains("format 2"), "{refused}");
}

#[tokio::test]
async fn a_store_of_the_first_format_is_read_and_no_longer_passes_for_one() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()).await);
    let file = dir.path().join("store.db");
    let db = rusqlite::Connection::open(&file).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    let store = open(dir.path()).unwrap();
    assert_eq!(store.device_list(None, 9).await.unwrap().len(), 1);
    drop(store);
    let db = rusqlite::Connection::open(&file).unwrap();
    let format: i32 = db
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(format, 2);
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

async fn filled(dir: &Path) -> SqliteStore {
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
async fn back_up(store: &SqliteStore, file: &Path) {
    let mut backup = store.backup().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = backup.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    std::fs::write(file, bytes).unwrap();
}

/// Restores; there is no store while it goes on, and nothing beside it afterwards.
fn restored(file: &Path, dir: &Path, signer: &LogKey) -> Result<AuditHead, StoreError> {
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
    assert_eq!(Some(head), store.audit_head(size).await.unwrap());
    let again = open(&fresh).unwrap();
    assert_eq!(again.audit_root().await.unwrap().size, size + 1);
    // Nobody passes for a clone that has connected since the backup.
    let mut devices = store.device_list(None, 9).await.unwrap();
    for (_, posture) in &mut devices {
        posture.as_mut().unwrap().as_mut().unwrap().thread = Thread::default();
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
    for at in (0..bytes.len()).step_by(97) {
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
async fn a_backup_is_of_the_moment_at_which_it_began() {
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
    let before = store.device_list(None, 999).await.unwrap();
    let root = store.audit_root().await.unwrap();
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
    drop(backup);
    assert!(store.backup().await.is_ok());
    let file = dir.path().join("backup");
    std::fs::write(&file, bytes).unwrap();
    let fresh = dir.path().join("fresh");
    std::fs::create_dir_all(dir.path().join("fresh.restoring/left/behind")).unwrap();
    let head = restored(&file, &fresh, &key()).unwrap();
    assert_eq!(head.root, root);
    let again = open(&fresh).unwrap();
    let after = again.device_list(None, 999).await.unwrap();
    assert_eq!(after.len(), before.len());
    for ((device, posture), (was, had)) in after.iter().zip(&before) {
        assert_eq!(device, was);
        let sequence = |posture: &Result<Option<Posture>, Damage>| {
            posture.as_ref().unwrap().as_ref().map(|p| p.sequence)
        };
        assert_eq!(sequence(posture), sequence(had), "{}", device.id);
        let held = again.section_fetch(device.id, SectionKind::Host).await;
        let number = device.id.as_bytes()[15];
        let length = if number == 1 { 20_000 } else { 30_000 };
        let content = vec![if number == 1 { 7 } else { number }; length];
        let report = conformance::cast::report(number, 1, &content);
        let (_, digest, written) = &report.sections[0];
        assert_eq!(held.unwrap().unwrap(), (*digest, written.clone()));
    }
}

#[tokio::test]
async fn a_backup_nobody_reads_is_given_up_when_the_log_behind_it_grows() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    let mut backup = store.backup().await.unwrap();
    backup.next().await.unwrap().unwrap();
    store.readers.go_on();
    let given_up = backup.next().await.unwrap().unwrap_err();
    assert!(
        given_up.to_string().contains("too much changed"),
        "{given_up}"
    );
    drop(backup);
    assert!(store.backup().await.is_ok());
}

fn rows_of(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("store.db")).unwrap()
}

#[tokio::test]
async fn one_flipped_bit_anywhere_is_never_taken_for_what_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    let (id, kind) = (conformance::cast::id(1), SectionKind::Host);
    let written = store.section_fetch(id, kind).await.unwrap();
    let device = store.device_fetch(id).await.unwrap();
    drop(store);
    // All of it into the one file.
    rows_of(dir.path())
        .pragma_update(None, "journal_mode", "DELETE")
        .unwrap();
    let file = dir.path().join("store.db");
    let whole = std::fs::read(&file).unwrap();
    let mut noticed = 0;
    for at in (0..whole.len()).step_by(53) {
        let mut altered = whole.clone();
        altered[at] ^= 0x04;
        std::fs::write(&file, altered).unwrap();
        let Ok(store) = SqliteStore::open(dir.path(), key()) else {
            noticed += 1;
            continue;
        };
        let section = store.section_fetch(id, kind).await;
        noticed += u32::from(section.is_err());
        assert!(section.is_err() || section.unwrap() == written, "byte {at}");
        let register = store.device_fetch(id).await;
        assert!(
            register.is_err() || register.unwrap() == device,
            "byte {at}"
        );
    }
    assert!(noticed > 100, "only {noticed} were noticed");
}

#[tokio::test]
async fn a_damaged_exception_is_not_in_force_and_keeps_no_other_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    for number in [1, 2] {
        let asked = conformance::cast::exception(number);
        store.exception_put(asked, vec![]).await.unwrap();
    }
    drop(store);
    let altered = rows_of(dir.path())
        .execute(
            "UPDATE row SET value = CAST(value || x'00' AS BLOB) WHERE key = ?1",
            [super::keys::exception(1)],
        )
        .unwrap();
    assert_eq!(altered, 1);
    let store = open(dir.path()).unwrap();
    let listed = store.exception_list().await.unwrap();
    assert_eq!(listed, [conformance::cast::exception(2)]);
}

#[tokio::test]
async fn a_damaged_row_of_one_laptop_keeps_no_other_from_orders_and_lists() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    let token = conformance::cast::token(2, 9);
    store.token_add(token.clone(), vec![]).await.unwrap();
    let other = conformance::cast::device(2, &token);
    store.device_enrol(other, vec![]).await.unwrap();
    let report = conformance::cast::report(2, 1, b"two");
    store.report_record(report).await.unwrap();
    drop(store);
    let damaged = conformance::cast::id(1);
    let altered = rows_of(dir.path())
        .execute(
            "UPDATE row SET value = CAST(value || x'00' AS BLOB) WHERE key = ?1",
            [super::keys::posture(damaged)],
        )
        .unwrap();
    assert_eq!(altered, 1);
    let store = open(dir.path()).unwrap();
    let listed = store.device_list(None, 9).await.unwrap();
    let seen: Vec<_> = listed.iter().map(|(_, posture)| posture.as_ref()).collect();
    assert_eq!(seen[0].unwrap_err().device, damaged);
    assert!(seen[1].unwrap().is_some());
    let recipients = store.recipient_list(None, 9).await.unwrap();
    assert_eq!((recipients.found.len(), recipients.damaged), (2, vec![]));
    let alone = store.recipient_fetch(damaged).await.unwrap().unwrap();
    assert_eq!((alone.id, alone.held), (damaged, None));
    let refused = store.posture_fetch(damaged).await.unwrap_err();
    assert!(
        refused.to_string().contains("is not as it was written"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_log_is_put_away_before_it_is_large_whatever_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path()).await;
    // Each is a few bytes, and a page of the log.
    for at in 0..12_000 {
        let seen = vec![(conformance::cast::id(1), Timestamp(1_000_000_000_000 + at))];
        store.seen_record(seen, Span(at)).await.unwrap();
    }
    let log = std::fs::metadata(dir.path().join("store.db-wal"))
        .unwrap()
        .len();
    assert!(log < 24 << 20, "the log has grown to {log} bytes");
}

#[tokio::test]
async fn a_making_that_was_broken_off_is_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    for left in ["store.db.new", "store.db.new-journal"] {
        std::fs::write(dir.path().join(left), "half").unwrap();
    }
    let gone = SqliteStore::open(dir.path(), key()).unwrap_err();
    assert!(gone.to_string().contains("is gone"), "{gone}");
    drop(filled(dir.path()).await);
    drop(SqliteStore::open(dir.path(), key()).unwrap());
    assert!(!dir.path().join("store.db.new").exists());
}

#[tokio::test]
async fn a_store_that_is_gone_or_empty_is_not_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let gone = SqliteStore::open(dir.path(), key()).unwrap_err();
    assert!(gone.to_string().contains("is gone; restore"), "{gone}");
    drop(filled(dir.path()).await);
    std::fs::write(dir.path().join("store.db"), "").unwrap();
    for opened in [SqliteStore::open(dir.path(), key()), open(dir.path())] {
        let empty = opened.unwrap_err();
        assert!(empty.to_string().contains("empty"), "{empty}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    rows_of(elsewhere.path())
        .execute_batch("CREATE TABLE other (a)")
        .unwrap();
    let foreign = open(elsewhere.path()).unwrap_err();
    assert!(
        foreign.to_string().contains("not of a collector"),
        "{foreign}"
    );
}

#[tokio::test]
async fn a_log_that_was_cut_off_or_signed_by_others_is_not_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()).await);
    let other = Arc::new(LogKey::from_seed(&[6; 32]).unwrap());
    let refused = SqliteStore::open(dir.path(), other).unwrap_err();
    assert!(refused.to_string().contains("audit log"), "{refused}");
    let last_head = "DELETE FROM row WHERE key = (SELECT max(key) FROM row WHERE key < 'h')";
    for tampering in [
        "DELETE FROM row WHERE key = CAST('m/log' AS BLOB)",
        last_head,
    ] {
        let dir = tempfile::tempdir().unwrap();
        drop(filled(dir.path()).await);
        let sql = tampering.replace("'h'", "x'68'");
        assert_eq!(rows_of(dir.path()).execute(&sql, []).unwrap(), 1);
        let refused = open(dir.path()).unwrap_err();
        assert!(refused.to_string().contains("audit log"), "{refused}");
    }
}

#[tokio::test]
async fn a_reading_that_fails_in_a_group_leaves_nothing_of_it_behind() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()).await);
    let rows = super::disk::open(dir.path()).unwrap();
    rows.begin().unwrap();
    // As SQLite does by itself when the device cannot be read in a transaction.
    rows.give_up();
    let key = b"z/half".to_vec();
    let writes = [(key.clone(), Some(bytes::Bytes::from_static(b"x")))].into();
    let refused = rows.commit(&writes).unwrap_err();
    assert!(matches!(refused, super::rows::Unsynced::Refused(_)));
    assert!(!rows.holds(&key).unwrap());
}
