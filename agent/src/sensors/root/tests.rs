//! Systems of one's own, recorded ones and a stranger's.
//!
//! Touches temporary folders.

use super::*;
use crate::ask::{self, AskError, Source};
use crate::sensors::software::Lists;
use sekisho_policy::reading::{Reading, Why};
use std::fs;
use std::os::unix::fs::symlink;

fn write(tree: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A system put together by hand.
fn by_hand(tree: &Path) -> Root {
    let index = format!(
        r#"{{"format": "{FORMAT}", "agent_version": "0", "taken_at": "2026-11-24T00:00:00Z", "host": "x", "by_hand": true}}"#
    );
    write(tree, INDEX, index);
    Root::captured(tree).unwrap()
}

fn recorded(tree: &Path, asked: impl FnOnce(&Root)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Recorded::new(tree, folder.path()));
    asked(&Root::recorded(&recorded).for_fact("volumes"));
    let index = Index {
        format: FORMAT.to_owned(),
        agent_version: "0".to_owned(),
        taken_at: "2026-11-24T00:00:00Z".parse().unwrap(),
        host: "x".to_owned(),
        system: None,
        by_hand: false,
        late: recorded.late(),
        paths: recorded.close().unwrap(),
    };
    let index = serde_json::to_vec(&index).unwrap();
    fs::write(folder.path().join(INDEX), index).unwrap();
    folder
}

#[test]
fn a_path_of_a_folder_cannot_lead_out_of_it() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "home/etc/x", "inside");
    let root = Root::at(tree.path());
    let path = root.path("/home/../../etc/../home/etc/x");
    assert_eq!(path.name(), Path::new("/home/etc/home/etc/x"));
    assert_eq!(
        ask::read_line(&root.path("/../home/etc/x")).unwrap(),
        "inside"
    );
    assert!(!root.is_live());
    assert!(Root::live().is_live());
    assert_eq!(Root::live().path("/etc/x").name(), Path::new("/etc/x"));
}

#[test]
fn a_strangers_links_lead_nowhere_outside_and_nothing_but_plain_files_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "secret", "outside");
    let tree = dir.path().join("tree");
    write(&tree, "usr/lib/os-release", "ID=inside");
    fs::create_dir_all(tree.join("etc")).unwrap();
    symlink("../usr/lib/os-release", tree.join("etc/os-release")).unwrap();
    symlink("/usr/lib/os-release", tree.join("etc/absolute")).unwrap();
    symlink("../../secret", tree.join("etc/out")).unwrap();
    symlink(dir.path().join("secret"), tree.join("etc/away")).unwrap();
    symlink("/proc/self/root", tree.join("etc/magic")).unwrap();
    symlink("circle", tree.join("etc/circle")).unwrap();
    nix::unistd::mkfifo(&tree.join("etc/pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let root = by_hand(&tree);
    let line = |path: &str| ask::read_line(&root.path(path));
    assert_eq!(line("/etc/os-release").unwrap(), "ID=inside");
    assert_eq!(line("/etc/absolute").unwrap(), "ID=inside");
    for path in [
        "/etc/out",
        "/etc/away",
        "/etc/magic/etc/hostname",
        "/etc/circle",
    ] {
        assert!(line(path).is_err(), "{path}");
        assert!(root.path(path).state().is_err(), "{path}");
        assert!(root.path(path).canonical().is_err(), "{path}");
        assert!(ask::list(&root.path(path), 10).is_err(), "{path}");
    }
    assert!(matches!(line("/etc/pipe"), Err(AskError::NotAFile(_))));
    assert!(matches!(line("/etc"), Err(AskError::NotAFile(_))));
    let target = root.path("/etc/absolute").canonical().unwrap();
    assert_eq!(target.name(), Path::new("/usr/lib/os-release"));
    assert!(!root.path("/etc/none").try_exists().unwrap());
}

/// sqlite looks for a journal beside the file it is given.
#[test]
fn a_strangers_database_brings_no_journal() {
    let tree = tempfile::tempdir().unwrap();
    let sample = include_bytes!("../../../testdata/rpm/rpmdb.sqlite");
    write(tree.path(), "var/lib/rpm/rpmdb.sqlite", sample);
    let journal = tree.path().join("var/lib/rpm/rpmdb.sqlite-wal");
    nix::unistd::mkfifo(&journal, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let list = || Lists::of(&by_hand(tree.path())).rpm().clone();
    let told = list();
    assert_eq!(told.known().map(Vec::len), Some(2), "{told:?}");
    fs::remove_file(&journal).unwrap();
    symlink("/etc/passwd", &journal).unwrap();
    assert_eq!(list(), told);
}

#[test]
fn what_a_reader_was_told_is_told_again_and_nothing_else() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "etc/a", "begin and end");
    write(tree.path(), "etc/b", "bbb");
    write(tree.path(), "etc/unread", "secret");
    symlink("a", tree.path().join("etc/link")).unwrap();
    fs::create_dir(tree.path().join("etc/folder")).unwrap();
    let folder = recorded(tree.path(), |root| {
        use std::io::Read;
        let mut begin = [0; 5];
        ask::open(&root.path("/etc/a"))
            .unwrap()
            .read_exact(&mut begin)
            .unwrap();
        let kept = |bytes: &[u8]| bytes[..1].to_vec();
        assert_eq!(root.path("/etc/b").read_reduced(9, kept).unwrap(), b"bbb");
        assert_eq!(ask::list(&root.path("/etc"), 9).unwrap().len(), 5);
        assert!(ask::read_line(&root.path("/etc/none")).is_err());
        assert!(ask::read_line(&root.path("/etc/folder")).is_err());
        assert!(root.path("/etc/link").exists());
        assert_eq!(root.path("/etc/link").state().unwrap().bytes, 13);
        root.path("/etc/link").canonical().unwrap();
        root.derived("made", |root| {
            ask::read_bytes(&root.path("/etc/unread"), 9).map(|_| b"derived".to_vec())
        })
        .unwrap();
    });
    drop(tree);
    let root = Root::captured(folder.path()).unwrap();
    assert_eq!(ask::read_line(&root.path("/etc/a")).unwrap(), "begin");
    assert_eq!(ask::read_line(&root.path("/etc/b")).unwrap(), "b");
    assert_eq!(ask::list(&root.path("/etc"), 9).unwrap().len(), 5);
    assert!(matches!(
        ask::list(&root.path("/etc"), 4),
        Err(AskError::TooLarge { .. })
    ));
    let none = ask::read_line(&root.path("/etc/none"));
    assert!(matches!(none, Err(AskError::Missing(_))));
    let none = ask::read_line(&root.path("/etc/folder"));
    assert!(matches!(none, Err(AskError::NotAFile(_))));
    assert_eq!(root.path("/etc/link").state().unwrap().bytes, 13);
    assert_eq!(
        root.path("/etc/link").canonical().unwrap().name(),
        Path::new("/etc/a")
    );
    let derived = root.derived("made", |_| panic!("asked")).unwrap();
    assert_eq!(derived, b"derived");
    let answer = root.answer("other", || panic!("this machine was asked"));
    assert!(matches!(answer, Err(AskError::NotCaptured(_))));
    // What nobody asked is not taken for what was not there.
    for unasked in ["/etc/unread", "/etc/never", "/etc/link"] {
        let read = ask::read_line(&root.path(unasked));
        assert!(matches!(read, Err(AskError::NotCaptured(_))), "{unasked}");
    }
    assert!(root.path("/etc/never").try_exists().is_err());
    assert!(!folder.path().join("etc/unread").exists());
    let part = fs::read_dir(folder.path()).unwrap().flatten();
    let part = part.filter(|entry| entry.file_name().to_string_lossy().starts_with(".part"));
    assert_eq!(part.count(), 0);
}

#[test]
fn what_a_capture_has_lost_or_cut_is_not_taken_for_what_was_not_there() {
    let tree = tempfile::tempdir().unwrap();
    let names = ["/etc/gone", "/etc/cut", "/etc/longer"];
    for name in names {
        write(tree.path(), name.trim_start_matches('/'), "whole");
    }
    let folder = recorded(tree.path(), |root| {
        for name in names {
            ask::read_line(&root.path(name)).unwrap();
        }
    });
    fs::remove_file(folder.path().join("etc/gone")).unwrap();
    fs::write(folder.path().join("etc/cut"), "who").unwrap();
    fs::write(folder.path().join("etc/longer"), "whole and more").unwrap();
    let root = Root::captured(folder.path()).unwrap();
    for name in names {
        let read = ask::read_line(&root.path(name));
        assert!(matches!(read, Err(AskError::Io { .. })), "{read:?}");
    }
}

#[test]
fn a_list_that_is_none_or_of_another_version_is_refused() {
    let tree = tempfile::tempdir().unwrap();
    assert!(matches!(
        Root::captured(tree.path()),
        Err(CaptureError::Ask(AskError::Missing(_)))
    ));
    for (text, format) in [
        ("", false),
        ("{}", false),
        (r#"{"format": "sekisho.capture/2"}"#, true),
    ] {
        fs::write(tree.path().join(INDEX), text).unwrap();
        let Err(CaptureError::Index(_, error)) = Root::captured(tree.path()) else {
            panic!("{text}");
        };
        assert_eq!(matches!(error, IndexError::Format(_)), format, "{error}");
    }
}

#[test]
fn a_reader_that_was_late_at_the_capture_is_late_in_it() {
    let tree = tempfile::tempdir().unwrap();
    let folder = recorded(tree.path(), |root| {
        for fact in ["antivirus", "host"] {
            root.for_fact(fact).begin();
        }
        root.for_fact("host").finish();
    });
    let root = Root::captured(folder.path()).unwrap();
    let late = root.index().map(|index| index.late.clone()).unwrap();
    assert_eq!(late.into_iter().collect::<Vec<_>>(), ["antivirus"]);
    let facts = crate::sensors::gather(&root, crate::sensors::Deadlines::default());
    let told = facts.antivirus;
    assert!(
        matches!(told, Reading::Unknown(Why::TimedOut(_))),
        "{told:?}"
    );
}

#[test]
fn a_reader_that_is_late_writes_nothing_more() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "etc/a", "text");
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Recorded::new(tree.path(), folder.path()));
    let root = Root::recorded(&recorded);
    let late = ask::open(&root.path("/etc/a")).unwrap();
    assert!(!recorded.close().unwrap().contains_key("/etc/a"));
    drop(late);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
