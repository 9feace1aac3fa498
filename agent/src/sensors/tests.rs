//! The readers together: on the machine at hand, and when one of them is stuck.
//!
//! Touches this machine and a temporary folder.

use super::*;

#[test]
fn every_fact_of_this_machine_is_answered_within_its_deadline() {
    let facts = gather(&Root::live(), Deadlines::default());
    let late = |why: Option<&Why>| matches!(why, Some(Why::TimedOut(_) | Why::NotAsked));
    assert!(!late(why(&facts.host)), "{:?}", facts.host);
    assert!(!late(why(&facts.volumes)), "{:?}", facts.volumes);
    assert!(!late(why(&facts.antivirus)), "{:?}", facts.antivirus);
    assert!(!late(why(&facts.software)));
    let host = facts.host.known().unwrap();
    assert!(!host.hostname.is_empty() && !host.kernel.is_empty());
    assert_eq!(host.boot_id.known().unwrap().len(), 36);
    let platform = facts.platform.known().unwrap();
    assert!(!late(why(&platform.release)), "{platform:?}");
    assert!(!late(why(&platform.updates)), "{platform:?}");
    assert!(!late(why(&platform.screen_locks)), "{platform:?}");
    assert!(!late(why(&platform.firewall)), "{platform:?}");
    assert!(!late(why(&platform.secure_boot)), "{platform:?}");
    assert!(!late(why(&platform.tpm)), "{platform:?}");
    assert!(!late(why(&platform.administrators)), "{platform:?}");
    let release = platform.release.known().unwrap();
    assert_eq!(release.id, host.os_id);
    let administrators = platform.administrators.known().unwrap();
    assert!(administrators.accounts.iter().any(|one| one.is_root));
}

fn why<T>(reading: &Reading<T>) -> Option<&Why> {
    match reading {
        Reading::Unknown(why) => Some(why),
        Reading::Known(_) | Reading::Absent => None,
    }
}

#[test]
fn a_captured_system_is_read_by_the_same_readers_and_nothing_of_this_one() {
    let tree = tempfile::tempdir().unwrap();
    let facts = gather(&Root::at(tree.path()), Deadlines::default());
    assert!(matches!(facts.host, Reading::Unknown(Why::Unreadable(_))));
    assert!(matches!(facts.volumes, Reading::Unknown(_)));
    assert_eq!(facts.antivirus, Reading::Absent);
    let software = facts.software.known().unwrap();
    assert!(software.packages.is_empty());
    assert!(
        software
            .sources
            .iter()
            .all(|(_, count)| *count == Reading::Absent)
    );
}

#[test]
fn a_stuck_reader_is_unknown_delays_nobody_and_is_not_started_twice() {
    let stuck = Reader::new("stuck");
    let quick = Reader::new("quick");
    let root = Root::live();
    let forever: fn(&Root) -> Reading<u8> = |_| {
        loop {
            std::thread::park();
        }
    };
    let first = stuck.start(&root, forever);
    let other = quick.start(&root, |_| Reading::Known(7_u8));
    let started = clock::instant();
    let short = Duration::from_millis(50);
    assert!(matches!(
        first.wait(started, short),
        Reading::Unknown(Why::TimedOut(why)) if why == "stuck took longer than 50 ms"
    ));
    // Its own deadline is over as well, and its answer is there.
    assert_eq!(other.wait(started, short), Reading::Known(7));
    let again = stuck.start(&root, forever);
    assert!(matches!(
        again.wait(started, short),
        Reading::Unknown(Why::TimedOut(why)) if why.contains("since an earlier time")
    ));
    let quick_again = quick.start(&root, |_| Reading::<u8>::Absent);
    drop(quick_again);
}

#[test]
fn a_reader_that_breaks_off_is_unknown() {
    let reader = Reader::new("broken");
    let started = reader.start(&Root::live(), |_| -> Reading<u8> {
        panic!("as the test wants")
    });
    let answer = started.wait(clock::instant(), Duration::from_secs(20));
    assert!(matches!(answer, Reading::Unknown(Why::Unreadable(why)) if why.contains("broke off")));
}

/// What a reading of these facts asks of a laptop's files.
fn asked(tree: &std::path::Path, topics: Topics, facts: &mut Facts) -> Vec<(String, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Recorded::new(tree, folder.path()));
    Sensors::new(Root::recorded(&recorded), Deadlines::default()).read(topics, facts);
    let paths = recorded.close().unwrap().into_iter();
    paths
        .map(|(path, entry)| (path, entry.facts.into_iter().collect()))
        .collect()
}

#[test]
fn a_reading_of_some_facts_asks_for_nothing_else_and_leaves_the_others_as_they_are() {
    let tree = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(tree.path().join("etc")).unwrap();
    std::fs::write(
        tree.path().join("etc/passwd"),
        "root:x:0:0::/root:/bin/sh\n",
    )
    .unwrap();
    std::fs::write(tree.path().join("etc/group"), "sudo:x:27:root\n").unwrap();
    let before = gather(&Root::at(tree.path()), Deadlines::default());
    let mut facts = before.clone();
    std::fs::write(tree.path().join("etc/group"), "sudo:x:27:root,ken\n").unwrap();
    let topics = Topics::of(&[Topic::Administrators]);
    let asked = asked(tree.path(), topics, &mut facts);
    assert!(asked.iter().any(|(path, _)| path == "/etc/group"));
    for (path, readers) in asked {
        assert_eq!(readers, ["administrators"], "{path}");
    }
    let platform = facts.platform.known().unwrap();
    let known = before.platform.known().unwrap();
    assert_ne!(platform.administrators, known.administrators);
    let others = Platform {
        administrators: known.administrators.clone(),
        ..platform.clone()
    };
    assert_eq!((facts.host, others), (before.host, known.clone()));
}

#[test]
fn a_platform_that_is_unknown_as_a_whole_is_read_as_a_whole() {
    let tree = tempfile::tempdir().unwrap();
    let mut facts = Facts::not_asked();
    asked(tree.path(), Topics::of(&[Topic::Tpm]), &mut facts);
    let platform = facts.platform.known().unwrap();
    assert_ne!(platform.firewall, Reading::Unknown(Why::NotAsked));
    assert_eq!(facts.host, Reading::Unknown(Why::NotAsked));
}

#[cfg(unix)]
#[test]
fn the_list_of_packages_is_read_once_for_all_who_rest_on_it() {
    let tree = tempfile::tempdir().unwrap();
    let at = |path: &str| tree.path().join(path);
    for folder in ["var/lib/dpkg", "var/lib/apt/lists", "etc"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    let list = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";
    std::fs::write(at("var/lib/dpkg/status"), list).unwrap();
    let mut facts = Facts::not_asked();
    let asked = asked(tree.path(), Topics::ALL, &mut facts);
    let software = facts.software.known().unwrap();
    assert_eq!(software.packages.len(), 1);
    let updates = format!("{:?}", facts.platform.known().unwrap().updates);
    assert!(
        updates.contains("os-release"),
        "it came to more than the list: {updates}"
    );
    let status = asked
        .iter()
        .find(|(path, _)| path == "/var/lib/dpkg/status");
    let (_, readers) = status.unwrap();
    assert_eq!(*readers, ["packages"], "none of the two reads it by itself");

    let lists = software::Lists::of(&Root::at(tree.path()));
    let first = lists.dpkg().clone();
    std::fs::remove_file(at("var/lib/dpkg/status")).unwrap();
    assert_eq!(*lists.dpkg(), first, "it is not read again");
}
