//! Laptops with lists of several kinds and ages.
//!
//! Touches a temporary folder.

use crate::sensors::software::Lists;
use std::fs;
use std::path::Path;

use super::*;

const SECURITY: &str = "security.example_debian-security_dists_bookworm-security";
const RELEASE: &[u8] = include_bytes!("../../../../../testdata/apt/bookworm-security_InRelease");

fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn list(name: &str) -> String {
    format!("{LISTS}/{SECURITY}_{name}")
}

fn stanza(name: &str, architecture: &str, version: &str) -> String {
    format!("Package: {name}\nArchitecture: {architecture}\nVersion: {version}\n\n")
}

/// Two packages, one of them for two architectures.
fn laptop() -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    let status = [
        ("dpkg", "amd64", "1.21.22"),
        ("openssl", "amd64", "3.0.19-1~deb12u2"),
        ("libc6", "amd64", "2.36-9+deb12u10"),
        ("libc6", "i386", "2.36-9+deb12u9"),
        ("tzdata", "all", "2025b-0+deb12u1"),
    ]
    .map(|(name, architecture, version)| {
        format!("Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n\n")
    });
    write(tree.path(), "/var/lib/dpkg/status", status.concat());
    write(tree.path(), &list("InRelease"), RELEASE);
    write(
        tree.path(),
        "/etc/os-release",
        "ID=debian\nVERSION_CODENAME=bookworm\n",
    );
    tree
}

fn told(tree: &tempfile::TempDir) -> Updates {
    let root = Root::at(tree.path());
    let reading = super::super::read(&root, &Lists::of(&root));
    let Reading::Known(updates) = reading else {
        panic!("{reading:?}");
    };
    updates
}

fn why(tree: &tempfile::TempDir) -> Why {
    let root = Root::at(tree.path());
    let reading = super::super::read(&root, &Lists::of(&root));
    let Reading::Unknown(why) = reading else {
        panic!("{reading:?}");
    };
    why
}

#[test]
fn what_is_older_than_the_list_is_missing_and_nothing_else() {
    let tree = laptop();
    let text = [
        stanza("openssl", "amd64", "3.0.20-1~deb12u1"),
        stanza("openssl", "amd64", "3.0.22-1~deb12u2"),
        stanza("libc6", "amd64", "2.36-9+deb12u10"),
        stanza("libc6", "i386", "2.36-9+deb12u10"),
        stanza("tzdata", "all", "2024b-0+deb12u1"),
        stanza("not-installed", "amd64", "9"),
    ];
    write(
        tree.path(),
        &list("main_binary-amd64_Packages"),
        text.concat(),
    );
    let updates = told(&tree);
    let named: Vec<(&str, &str)> = updates
        .pending
        .iter()
        .map(|one| (&*one.name, &*one.available))
        .collect();
    assert_eq!(
        named,
        [
            ("libc6", "2.36-9+deb12u10"),
            ("openssl", "3.0.22-1~deb12u2")
        ]
    );
    assert_eq!(updates.pending[0].architecture, "i386");
    assert_eq!(updates.count, 2);
    assert_eq!(updates.listed_at.to_string(), "2026-11-24T00:34:33Z");
    assert!(
        matches!(updates.restart_needed, Reading::Unknown(_)),
        "nothing here would write the mark, nor tell the kernel"
    );
    assert!(
        updates.evidence[0].source.ends_with("_InRelease"),
        "{updates:?}"
    );
}

#[test]
fn lists_are_read_however_they_are_packed() {
    let text = stanza("openssl", "amd64", "3.0.22-1~deb12u2");
    let mut packed = lz4_flex::frame::FrameEncoder::new(Vec::new());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let lz4 = packed.finish().unwrap();
    let zstd = zstd::stream::encode_all(text.as_bytes(), 3).unwrap();
    for (end, bytes) in [("", text.as_bytes()), (".lz4", &lz4), (".zst", &zstd)] {
        let tree = laptop();
        let name = list(&format!("main_binary-amd64_Packages{end}"));
        write(tree.path(), &name, bytes);
        assert_eq!(told(&tree).count, 1, "{end}");
        write(tree.path(), &name, &bytes[..bytes.len() - 6]);
        assert!(
            matches!(why(&tree), Why::Unreadable(_)),
            "{end}: a list that breaks off"
        );
    }
    let tree = laptop();
    write(tree.path(), &list("main_binary-amd64_Packages.xz"), "");
    assert!(matches!(why(&tree), Why::Unsupported(_)));
}

#[test]
fn without_a_security_archive_nothing_is_known() {
    let tree = laptop();
    assert!(
        matches!(why(&tree), Why::ToolMissing(_)),
        "a release without lists"
    );
    let plain = "Suite: stable\nLabel: Debian\nDate: Tue, 24 Nov 2026 00:34:33 UTC\n";
    write(tree.path(), &list("InRelease"), plain);
    write(tree.path(), &list("main_binary-amd64_Packages"), "");
    assert!(
        matches!(why(&tree), Why::ToolMissing(_)),
        "no security archive"
    );
    fs::remove_dir_all(tree.path().join("var/lib/apt")).unwrap();
    assert!(matches!(why(&tree), Why::ToolMissing(_)), "no lists at all");
}

#[test]
fn the_security_archive_of_the_release_itself_must_be_there() {
    let tree = laptop();
    let other = format!("{LISTS}/esm_dists_bookworm-apps-security");
    let older = "Suite: bookworm-apps-security\nDate: Sun, 01 Nov 2026 00:00:00 UTC\n";
    write(tree.path(), &format!("{other}_InRelease"), older);
    let apps = format!("{other}_main_binary-amd64_Packages");
    write(tree.path(), &apps, stanza("openssl", "amd64", "4"));
    assert!(
        matches!(why(&tree), Why::ToolMissing(_)),
        "a part of it alone"
    );
    write(tree.path(), &list("main_binary-i386_Packages"), "");
    write(tree.path(), &list("contrib_binary-amd64_Packages"), "");
    assert!(
        matches!(why(&tree), Why::ToolMissing(_)),
        "not for this machine"
    );
    write(tree.path(), &list("main_binary-amd64_Packages"), "");
    let updates = told(&tree);
    assert_eq!(updates.count, 1, "the other archive is looked at as well");
    assert_eq!(
        updates.listed_at.to_string(),
        "2026-11-24T00:34:33Z",
        "its age is not the system's"
    );
    write(
        tree.path(),
        "/etc/os-release",
        "ID=debian\nVERSION_CODENAME=trixie\n",
    );
    let Why::ToolMissing(what) = why(&tree) else {
        panic!("the release before it");
    };
    assert!(what.contains("trixie-security for amd64"), "{what}");
    write(tree.path(), "/etc/os-release", "ID=debian\n");
    assert!(matches!(why(&tree), Why::ToolMissing(_)));
}

#[test]
fn an_archive_without_a_date_has_no_age() {
    let tree = laptop();
    write(tree.path(), &list("main_binary-amd64_Packages"), "");
    write(
        tree.path(),
        &list("InRelease"),
        "Suite: bookworm-security\n",
    );
    assert!(matches!(why(&tree), Why::Unreadable(_)));
}

#[test]
fn a_restart_that_is_due_is_told_where_something_marks_it() {
    let tree = laptop();
    write(tree.path(), &list("main_binary-amd64_Packages"), "");
    write(tree.path(), RESTART_HOOK, "");
    assert_eq!(told(&tree).restart_needed, Reading::Known(false));
    let kernel = |release: &str| {
        format!(
            "Package: linux-image-{release}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
        )
    };
    let status = fs::read_to_string(tree.path().join("var/lib/dpkg/status")).unwrap();
    let status = status + &kernel("6.1.0-9-amd64") + &kernel("6.1.0-28-amd64");
    write(tree.path(), "/var/lib/dpkg/status", status);
    write(tree.path(), "/proc/sys/kernel/osrelease", "6.1.0-9-amd64\n");
    assert_eq!(told(&tree).restart_needed, Reading::Known(true));
    write(
        tree.path(),
        "/proc/sys/kernel/osrelease",
        "6.1.0-28-amd64\n",
    );
    assert_eq!(told(&tree).restart_needed, Reading::Known(false));
    write(tree.path(), RESTART, "*** System restart required ***\n");
    assert_eq!(told(&tree).restart_needed, Reading::Known(true));
}

#[test]
fn an_empty_list_of_dpkg_is_no_debian() {
    let tree = laptop();
    write(tree.path(), "/var/lib/dpkg/status", "");
    write(tree.path(), "/usr/lib/sysimage/rpm/rpmdb.sqlite", "x");
    let Why::ToolMissing(what) = why(&tree) else {
        panic!("it lives by rpm and has fetched nothing");
    };
    assert!(what.contains("dnf"), "{what}");
}
