//! A real cache of dnf beside a real database of rpm.
//!
//! Touches a temporary folder.

use crate::sensors::software::Lists;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::*;

const UPDATEINFO: &str =
    "74d380820c47f34fc8b872fe7b257ad7f4dafa01c6f5c0efd80897cc6e369046-updateinfo.xml.gz";
const HEAD: &[u8] = include_bytes!("../../../../../testdata/dnf/repodata/repomd.xml");
const DATABASE: &[u8] = include_bytes!("../../../../../testdata/rpm/rpmdb.sqlite");

struct Laptop(tempfile::TempDir);

impl Laptop {
    fn new(cache: &str) -> Self {
        let laptop = Self(tempfile::tempdir().unwrap());
        laptop.write("usr/lib/sysimage/rpm/rpmdb.sqlite", DATABASE);
        laptop.write(&format!("{cache}/updates-1/repodata/repomd.xml"), HEAD);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dnf/repodata");
        let advisories = fs::read(sample.join(UPDATEINFO)).unwrap();
        laptop.write(
            &format!("{cache}/updates-1/repodata/{UPDATEINFO}"),
            advisories,
        );
        laptop
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn told(&self) -> Reading<Updates> {
        let root = Root::at(self.0.path());
        super::super::read(&root, &Lists::of(&root))
    }
}

#[test]
fn what_an_advisory_on_security_mends_is_missing_and_nothing_else() {
    for cache in ["var/cache/libdnf5", "var/cache/dnf", "var/cache/zypp/raw"] {
        let Reading::Known(updates) = Laptop::new(cache).told() else {
            panic!("{:?}", Laptop::new(cache).told());
        };
        assert_eq!((updates.source, updates.count), (PackageSource::Rpm, 1));
        let pending = &updates.pending[0];
        assert_eq!(pending.name, "sample-tools");
        assert_eq!(pending.installed, "1:2.6-3.el9");
        assert_eq!(pending.available, "1:2.6-4.el9");
    }
}

#[test]
fn the_repository_that_was_looked_at_longest_ago_says_how_old_the_answer_is() {
    let laptop = Laptop::new("var/cache/dnf");
    laptop.write("var/cache/dnf/other-2/repodata/repomd.xml", HEAD);
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/dnf/repodata");
    let advisories = fs::read(sample.join(UPDATEINFO)).unwrap();
    laptop.write(
        &format!("var/cache/dnf/other-2/repodata/{UPDATEINFO}"),
        advisories,
    );
    let touch = |repository: &str, secs: u64| {
        let path = format!("var/cache/dnf/{repository}/repodata/repomd.xml");
        let file = fs::File::options()
            .write(true)
            .open(laptop.0.path().join(path))
            .unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(secs))
            .unwrap();
    };
    touch("updates-1", 1_900_000_000);
    touch("other-2", 1_890_000_000);
    let at = |told: Reading<Updates>| told.known().map(|updates| updates.listed_at.secs());
    assert_eq!(at(laptop.told()), Some(1_890_000_000));
    // What dnf touches where nothing changed is the list of packages.
    let place = advisories::place(&String::from_utf8_lossy(HEAD))
        .unwrap()
        .unwrap();
    let primary = format!("var/cache/dnf/other-2/{}", place.primary.unwrap());
    laptop.write(&primary, "");
    let primary = laptop.0.path().join(primary);
    let file = fs::File::options().write(true).open(&primary).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_895_000_000))
        .unwrap();
    assert_eq!(at(laptop.told()), Some(1_895_000_000));
    fs::remove_file(primary).unwrap();
    // Before the advisories were made it cannot have been current.
    touch("other-2", 1);
    let made = advisories::place(&String::from_utf8_lossy(HEAD))
        .unwrap()
        .unwrap()
        .made_at;
    assert_eq!(at(laptop.told()), Some(made.secs()));
}

#[test]
fn without_advisories_nothing_is_known() {
    let laptop = Laptop::new("var/cache/dnf");
    let plain = String::from_utf8_lossy(HEAD).replace("\"updateinfo\"", "\"group\"");
    laptop.write("var/cache/dnf/updates-1/repodata/repomd.xml", plain);
    assert!(matches!(
        laptop.told(),
        Reading::Unknown(Why::ToolMissing(_))
    ));
    fs::remove_dir_all(laptop.0.path().join("var")).unwrap();
    assert!(matches!(
        laptop.told(),
        Reading::Unknown(Why::ToolMissing(_))
    ));
    let laptop = Laptop::new("var/cache/dnf");
    laptop.write(
        &format!("var/cache/dnf/updates-1/repodata/{UPDATEINFO}"),
        "cut",
    );
    assert!(matches!(
        laptop.told(),
        Reading::Unknown(Why::Unreadable(_))
    ));
}

#[test]
fn a_repository_that_cannot_be_read_hides_nothing_that_another_names() {
    let laptop = Laptop::new("var/cache/dnf");
    let packed = String::from_utf8_lossy(HEAD).replace("xml.gz", "xml.zck");
    laptop.write("var/cache/dnf/other-2/repodata/repomd.xml", packed);
    laptop.write(
        &format!(
            "var/cache/dnf/other-2/repodata/{}",
            UPDATEINFO.replace(".gz", ".zck")
        ),
        "x",
    );
    laptop.write("var/cache/dnf/third-3/repodata/repomd.xml", "<repomd>");
    let told = laptop.told();
    let Reading::Known(updates) = &told else {
        panic!("{told:?}");
    };
    assert_eq!(updates.count, 1);
    let not_read = updates
        .evidence
        .iter()
        .filter(|one| one.source == "not read");
    assert_eq!(not_read.count(), 2, "{:?}", updates.evidence);
    fs::remove_dir_all(laptop.0.path().join("var/cache/dnf/updates-1")).unwrap();
    assert!(matches!(laptop.told(), Reading::Unknown(_)));
}

#[test]
fn of_several_folders_for_one_repository_the_newest_counts() {
    assert_eq!(id_of("/c/updates-0123456789abcdef"), "/c/updates");
    assert_eq!(id_of("/c/updates-testing"), "/c/updates-testing");
    let mut cache = Cache::default();
    for (folder, secs) in [
        ("/c/updates-0123456789abcdef", 5),
        ("/c/updates-1123456789abcdef", 9),
        ("/c/updates-2123456789abcdef", 7),
        ("/c/fedora-0123456789abcdef", 1),
    ] {
        cache.take(Repository {
            folder: folder.to_owned(),
            place: advisories::place(&String::from_utf8_lossy(HEAD))
                .unwrap()
                .unwrap(),
            current_at: Timestamp::from_secs(secs),
        });
    }
    let kept: Vec<i64> = cache
        .found
        .iter()
        .map(|one| one.current_at.secs())
        .collect();
    assert_eq!(kept, [9, 1]);
}

#[test]
fn of_kernels_that_are_kept_the_newest_counts() {
    let kernel = |version: &str| Package {
        source: PackageSource::Rpm,
        name: "kernel-core".to_owned(),
        architecture: "x86_64".to_owned(),
        version: version.to_owned(),
        vendor: String::new(),
        origin: None,
        state: sekisho_policy::facts::PackageState::Installed,
        scope: sekisho_policy::facts::PackageScope::Machine,
    };
    let kept = ["6.9.7-200.fc40", "6.10.3-200.fc40", "6.10.3-100.fc40"].map(kernel);
    assert_eq!(newest(&kept)["kernel-core"]["x86_64"], "6.10.3-200.fc40");
}
