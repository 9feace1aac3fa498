//! A real database of rpm, whole, unfinished, cut and of other forms.
//!
//! Touches captured samples in `testdata/rpm` and temporary folders.

use super::*;
use std::fs;
use std::path::PathBuf;

fn captured(folder: &str) -> (tempfile::TempDir, Root) {
    let tree = tempfile::tempdir().unwrap();
    fs::create_dir_all(tree.path().join(folder)).unwrap();
    let root = Root::at(tree.path());
    (tree, root)
}

fn sample() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/rpm/rpmdb.sqlite"
    ))
}

fn names(packages: &[Package]) -> Vec<(&str, &str, &str)> {
    let mut names: Vec<_> = packages
        .iter()
        .map(|package| {
            (
                package.name.as_str(),
                package.version.as_str(),
                package.vendor.as_str(),
            )
        })
        .collect();
    names.sort_unstable();
    names
}

const TWO: [(&str, &str, &str); 2] = [
    ("sample-tools", "1:2.6-3.el9", "関所 Vendor"),
    ("sekisho-sample", "1:2.5-3.el9", "関所 Vendor"),
];

#[test]
fn a_database_that_would_have_something_run_is_not_read() {
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for schema in [
        format!("CREATE VIEW Packages AS {endless} SELECT i AS hnum, x'00' AS blob FROM n"),
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob AS (zeroblob(1000000000)));
         INSERT INTO Packages (hnum) VALUES (1)"
            .to_owned(),
    ] {
        let (tree, root) = captured("usr/lib/sysimage/rpm");
        let path = tree.path().join("usr/lib/sysimage/rpm/rpmdb.sqlite");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(&schema).unwrap();
        drop(connection);
        let told = read(&root);
        assert!(
            matches!(&told, Reading::Unknown(Why::Unreadable(why)) if why.contains("no plain table")),
            "{told:?}"
        );
    }
}

#[test]
fn a_real_database_is_read_and_left_as_it_was() {
    let (tree, root) = captured("usr/lib/sysimage/rpm");
    let path = tree.path().join("usr/lib/sysimage/rpm/rpmdb.sqlite");
    fs::copy(sample(), &path).unwrap();
    let Reading::Known(packages) = read(&root) else {
        panic!("{:?}", read(&root))
    };
    assert_eq!(names(&packages), TWO);
    let tools = packages
        .iter()
        .find(|one| one.name == "sample-tools")
        .unwrap();
    let origin = ("sekisho-sample".to_owned(), "2.5-3.el9".to_owned());
    assert_eq!(tools.origin, Some(origin));
    assert_eq!(fs::read(&path).unwrap(), fs::read(sample()).unwrap());
    let beside = fs::read_dir(path.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1, "something was left beside the database");
}

#[test]
fn what_is_only_in_the_journal_is_read_too() {
    let (tree, root) = captured("var/lib/rpm");
    let path = tree.path().join("var/lib/rpm/rpmdb.sqlite");
    fs::copy(sample(), &path).unwrap();
    let writer = rusqlite::Connection::open(&path).unwrap();
    writer
        .execute_batch(
            "PRAGMA foreign_keys=off; PRAGMA journal_mode=wal; PRAGMA wal_autocheckpoint=0;",
        )
        .unwrap();
    writer
        .execute("DELETE FROM Packages WHERE hnum = 1", [])
        .unwrap();
    let Reading::Known(packages) = read(&root) else {
        panic!("{:?}", read(&root))
    };
    assert_eq!(packages.len(), 1);
    drop(writer);
}

#[test]
fn a_cut_database_is_unknown_and_never_short() {
    let (tree, root) = captured("var/lib/rpm");
    let path = tree.path().join("var/lib/rpm/rpmdb.sqlite");
    let whole = fs::read(sample()).unwrap();
    for cut in [1, 100, 4096, 20_000, whole.len() / 2] {
        fs::write(&path, &whole[..cut]).unwrap();
        match read(&root) {
            Reading::Unknown(Why::Unreadable(why)) => {
                assert!(why.contains("rpmdb.sqlite"), "{why}")
            }
            Reading::Known(packages) => assert_eq!(names(&packages), TWO, "cut at {cut}"),
            other @ (Reading::Absent | Reading::Unknown(_)) => panic!("cut at {cut}: {other:?}"),
        }
    }
}

#[test]
fn a_header_that_is_damaged_is_named_by_its_number() {
    let (tree, root) = captured("var/lib/rpm");
    let path = tree.path().join("var/lib/rpm/rpmdb.sqlite");
    fs::copy(sample(), &path).unwrap();
    let writer = rusqlite::Connection::open(&path).unwrap();
    writer.execute_batch("PRAGMA journal_mode=delete").unwrap();
    writer
        .execute(
            "UPDATE Packages SET blob = substr(blob, 1, 30) WHERE hnum = 2",
            [],
        )
        .unwrap();
    drop(writer);
    assert_eq!(
        read(&root),
        Reading::Unknown(Why::Unreadable(
            "/var/lib/rpm/rpmdb.sqlite package 2: the header breaks off".to_owned()
        ))
    );
}

#[test]
fn other_forms_are_named_and_unsupported_and_no_database_is_absent() {
    let (tree, root) = captured("var/lib/rpm");
    assert_eq!(read(&root), Reading::Absent);
    fs::write(tree.path().join("var/lib/rpm/Packages.db"), b"RpmP").unwrap();
    assert!(matches!(
        read(&root),
        Reading::Unknown(Why::Unsupported(why)) if why.starts_with("/var/lib/rpm/Packages.db")
    ));
}

#[test]
fn an_empty_database_hides_none_in_the_other_folder() {
    let (tree, root) = captured("usr/lib/sysimage/rpm");
    let empty = tree.path().join("usr/lib/sysimage/rpm/rpmdb.sqlite");
    fs::copy(sample(), &empty).unwrap();
    let writer = rusqlite::Connection::open(&empty).unwrap();
    writer
        .execute_batch("PRAGMA foreign_keys=off; PRAGMA journal_mode=delete; DELETE FROM Packages;")
        .unwrap();
    drop(writer);
    assert_eq!(read(&root), Reading::Absent);
    let folder = tree.path().join("var/lib/rpm");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(sample(), folder.join("rpmdb.sqlite")).unwrap();
    let Reading::Known(packages) = read(&root) else {
        panic!("{:?}", read(&root))
    };
    assert_eq!(names(&packages), TWO);
}
