//! The disk fills up, and is given room again.
//!
//! Touches a file system in memory, of a few megabytes, mounted for this test.

use std::path::Path;
use std::sync::{Arc, Mutex};

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use sekisho_collector::store::{Store, StoreError};
use sekisho_tests::store_load::{check, open, write};

/// A mounted file system that is unmounted when the test ends, well or not.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = umount2(self.0, MntFlags::MNT_DETACH);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_plainly_and_the_store_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let room = |size: &str, flags| {
        mount(
            Some("sekisho"),
            dir.path(),
            Some("tmpfs"),
            flags,
            Some(format!("size={size}").as_str()),
        )
    };
    if let Err(error) = room("12m", MsFlags::empty()) {
        println!("SKIPPED: no file system can be mounted here: {error}");
        assert!(std::env::var_os("SEKISHO_CI").is_none(), "must run as root");
        return;
    }
    let mounted = Mounted(dir.path());
    let store = Arc::new(open(&dir.path().join("store")).unwrap());
    let said = Arc::new(Mutex::new(Vec::new()));

    let full = write::write(store.clone(), 16, 7, said.clone()).await;
    let told = full.unwrap_err();
    assert!(matches!(told, StoreError::Disk { .. }), "{told}");
    assert!(told.to_string().contains("No space left"), "{told}");
    assert!(told.to_string().contains("nothing was recorded"), "{told}");

    room("64m", MsFlags::MS_REMOUNT).unwrap();
    let seen = store.audit_root().await;
    let acks = String::from_utf8(said.lock().unwrap().clone()).unwrap();
    let before = acks.lines().count();
    assert!(before > 100, "only {before} things fitted: {seen:?}");
    let a_while = tokio::time::sleep(std::time::Duration::from_secs(2));
    write::write_until(store.clone(), 16, 8, said.clone(), a_while)
        .await
        .unwrap();
    let acks = String::from_utf8(said.lock().unwrap().clone()).unwrap();
    assert!(acks.lines().count() > before, "nothing more was taken");
    let checked = check::check(&store, &acks).await.unwrap();
    println!("{before} before the disk was full, {checked} in all, all there");
    drop(store);
    drop(mounted);
}

#[test]
fn a_folder_that_cannot_be_written_is_told_plainly() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = open(&file.path().join("store")).unwrap_err();
    assert!(format!("{told:#}").contains("cannot write"), "{told:#}");
}
