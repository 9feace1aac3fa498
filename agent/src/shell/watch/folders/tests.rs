//! What is told of folders: of what changes in them, of those that come and go, and of links that lead elsewhere.
//!
//! Touches temporary folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use tokio::time::timeout;

use super::super::places::{Logins, spots};
use super::*;
use crate::sensors::Root;
use crate::topics::Topic;

const NETWORK: Topics = Topics::of(&[Topic::Network]);
const LOCKS: Topics = Topics::of(&[Topic::ScreenLocks]);

/// Watches these files below the folder.
fn watching(dir: &Path, files: &[(&str, Topics)]) -> (Option<Watched>, Arc<Touched>, Silent) {
    let spots: Vec<Spot> = files
        .iter()
        .map(|(file, touches)| {
            let file = dir.join(file);
            Spot::file(file.parent().unwrap(), &file, *touches)
        })
        .collect();
    let (tell, silent) = (Arc::<Touched>::default(), Silent::default());
    let watched = watch(move || spots.clone(), Arc::clone(&tell), &silent);
    (watched, tell, silent)
}

async fn told(tell: &Touched) -> Topics {
    let told = timeout(Duration::from_secs(20), tell.wait());
    told.await.unwrap()
}

async fn is_quiet(tell: &Touched) -> bool {
    timeout(Duration::from_millis(100), tell.wait())
        .await
        .is_err()
}

fn replace(file: &Path) {
    let new = file.with_extension("new");
    fs::write(&new, "two").unwrap();
    fs::rename(new, file).unwrap();
}

#[tokio::test]
async fn a_file_that_is_opened_is_no_change_and_one_that_is_replaced_touches_what_rests_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("status");
    fs::write(&file, "one").unwrap();
    let (_watched, tell, _) = watching(dir.path(), &[("status", NETWORK), ("lock", LOCKS)]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "one");
    fs::write(dir.path().join("other"), "two").unwrap();
    assert!(is_quiet(&tell).await);
    replace(&file);
    assert_eq!(told(&tell).await, NETWORK);
    fs::write(dir.path().join("lock"), "").unwrap();
    assert_eq!(told(&tell).await, LOCKS);
}

#[tokio::test]
async fn a_folder_that_comes_later_goes_and_comes_again_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let (_watched, tell, silent) = watching(dir.path(), &[("dconf/db/local", LOCKS)]);
    fs::write(dir.path().join("other"), "").unwrap();
    assert!(is_quiet(&tell).await);
    let folder = dir.path().join("dconf/db");
    for _ in 0..2 {
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(told(&tell).await, LOCKS, "it may hold the file already");
        is_quiet(&tell).await;
        replace(&folder.join("local"));
        assert_eq!(told(&tell).await, LOCKS);
        fs::remove_dir_all(dir.path().join("dconf")).unwrap();
        assert_eq!(told(&tell).await, LOCKS);
        is_quiet(&tell).await;
    }
    assert!(silent.places().is_empty());
}

#[tokio::test]
async fn a_folder_in_place_of_another_is_watched_in_its_stead() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, other) = (dir.path().join("db"), dir.path().join("new"));
    fs::create_dir(&folder).unwrap();
    fs::create_dir(&other).unwrap();
    let (_watched, tell, _) = watching(dir.path(), &[("db/local", LOCKS)]);
    fs::rename(&folder, dir.path().join("old")).unwrap();
    assert_eq!(told(&tell).await, LOCKS);
    fs::rename(&other, &folder).unwrap();
    assert_eq!(told(&tell).await, LOCKS);
    is_quiet(&tell).await;
    fs::write(dir.path().join("old/local"), "").unwrap();
    assert!(is_quiet(&tell).await, "it is another folder now");
    fs::write(folder.join("local"), "").unwrap();
    assert_eq!(told(&tell).await, LOCKS);
}

#[tokio::test]
async fn a_link_is_followed_to_where_it_leads_and_to_where_it_is_led_anew() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    for folder in ["etc", "run/one", "run/two"] {
        fs::create_dir_all(at(folder)).unwrap();
    }
    symlink(at("run/one/it"), at("etc/resolv.conf")).unwrap();
    let root = Root::at(dir.path());
    let (tell, logins) = (Arc::<Touched>::default(), Arc::new(Logins::of(&root)));
    let wanted = move || spots(&root, &logins);
    let _watched = watch(wanted, Arc::clone(&tell), &Silent::default());
    replace(&at("run/one/it"));
    assert_eq!(told(&tell).await, NETWORK);
    is_quiet(&tell).await;
    symlink(at("run/two/it"), at("etc/new")).unwrap();
    fs::rename(at("etc/new"), at("etc/resolv.conf")).unwrap();
    assert_eq!(told(&tell).await, NETWORK);
    is_quiet(&tell).await;
    replace(&at("run/two/it"));
    assert_eq!(told(&tell).await, NETWORK);
    is_quiet(&tell).await;
    replace(&at("run/one/it"));
    assert!(is_quiet(&tell).await, "nothing leads there any more");
}

#[tokio::test]
async fn what_cannot_be_watched_is_told_by_name_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("db");
    symlink("nowhere", &gone).unwrap();
    let (_watched, tell, silent) = watching(dir.path(), &[("db/local", LOCKS)]);
    assert_eq!(silent.places(), [gone.display().to_string()]);
    fs::remove_file(&gone).unwrap();
    fs::create_dir(&gone).unwrap();
    assert_eq!(told(&tell).await, LOCKS);
    assert!(silent.places().is_empty());
}
