//! What the reader of dpkg's list makes of good, cut, hostile and endless ones.
//!
//! Touches captured samples in `testdata/dpkg`.

use super::*;
use proptest::prelude::*;
use sekisho_policy::limits::SOFTWARE_ITEMS_MAX;
use std::io::Cursor;

const WHOLE: &str = "Package: bash\nStatus: install ok installed\nMaintainer: Matthias Klose <doko@debian.org>\nArchitecture: amd64\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b8\nDescription: GNU Bourne Again SHell\n with: a colon\n .\n Package: not one\n\n";

fn sample() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/dpkg/debian-12.status"
    );
    std::fs::read(path).unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<Package>, ListError> {
    parse(bytes)
}

#[test]
fn a_stanza_becomes_a_package_with_its_source() {
    let packages = read(WHOLE.as_bytes()).unwrap();
    assert_eq!(packages.len(), 1);
    let bash = &packages[0];
    assert_eq!(bash.name, "bash");
    assert_eq!(bash.version, "5.2.15-2+b8");
    assert_eq!(bash.vendor, "Matthias Klose <doko@debian.org>");
    assert_eq!(
        bash.origin,
        Some(("bash".to_owned(), "5.2.15-2".to_owned()))
    );
}

#[test]
fn a_real_list_with_multi_arch_removed_and_broken_packages_is_read() {
    let packages = read(&sample()).unwrap();
    let named = |name: &str| -> Vec<_> {
        packages
            .iter()
            .filter(|package| package.name == name)
            .map(|package| (package.architecture.as_str(), package.state))
            .collect()
    };
    assert_eq!(
        named("libc6"),
        [
            ("amd64", PackageState::Installed),
            ("i386", PackageState::Installed)
        ]
    );
    assert_eq!(named("removed-not-purged"), []);
    assert_eq!(named("half-done"), [("all", PackageState::Broken)]);
    assert_eq!(
        named("waits-for-triggers"),
        [("all", PackageState::Installed)]
    );
}

#[test]
fn a_list_cut_anywhere_but_between_stanzas_is_refused_and_names_the_line() {
    let whole = sample();
    let count = read(&whole).unwrap().len();
    let mut cuts = 0;
    for cut in 1..whole.len() {
        let between = whole[..cut].ends_with(b"\n\n");
        match read(&whole[..cut]) {
            Ok(packages) => assert!(between && packages.len() <= count, "cut at {cut}"),
            Err(error) => {
                assert!(!between, "cut at {cut}: {error}");
                assert!(error.to_string().contains("status line "), "{error}");
                assert_eq!(error.why().code(), "unreadable");
                cuts += 1;
            }
        }
    }
    assert!(cuts > 1000);
}

#[test]
fn a_lost_empty_line_does_not_make_one_package_of_two() {
    let merged = WHOLE.trim_end_matches('\n').to_owned() + "\n" + WHOLE;
    let error = read(merged.as_bytes()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 11: a field is there twice"),
        "{error}"
    );
}

/// Gives the same stanza over and over without holding the whole.
struct Endless {
    left: usize,
    cursor: Cursor<Vec<u8>>,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.cursor.read(buffer)?;
        if count > 0 || self.left == 0 {
            return Ok(count);
        }
        self.left -= 1;
        self.cursor.set_position(0);
        self.cursor.read(buffer)
    }
}

#[test]
fn a_million_packages_are_refused_with_the_limit() {
    let list = Endless {
        left: 999_999,
        cursor: Cursor::new(WHOLE.as_bytes().to_vec()),
    };
    let error = parse(std::io::BufReader::new(list)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/var/lib/dpkg/status lists more than the limit of 100000 packages"
    );
    assert_eq!(error.why().code(), "too_large");
    assert_eq!(SOFTWARE_ITEMS_MAX, 100_000);
}

#[test]
fn strange_names_are_kept_as_data() {
    let strange = WHOLE.replace("Package: bash", "Package: b\u{202e}ash\u{1b}[31m");
    assert_eq!(
        read(strange.as_bytes()).unwrap()[0].name,
        "b\u{202e}ash\u{1b}[31m"
    );
    let mut bytes = WHOLE.as_bytes().to_vec();
    bytes[9] = 0xff;
    assert_eq!(read(&bytes).unwrap()[0].name, "\u{fffd}ash");
}

#[test]
fn texts_and_lines_beyond_their_limits_are_refused() {
    let long = WHOLE.replace("5.2.15-2+b8", &"9".repeat(5000));
    let error = read(long.as_bytes()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a text of more than the limit of 4096 bytes"),
        "{error}"
    );
    let endless = format!("Package: {}", "x".repeat(2 * DPKG_LINE_BYTES_MAX));
    let error = read(endless.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/var/lib/dpkg/status line 1: a text of more than the limit of 1048576 bytes"
    );
}

#[test]
fn the_list_of_this_machine_has_what_dpkg_query_says() {
    let Ok(real) = std::fs::read("/var/lib/dpkg/status") else {
        return skipped("no dpkg on this machine");
    };
    let Ok(told) = std::process::Command::new("/usr/bin/dpkg-query")
        .args(["-W", "-f", "${db:Status-Status} ${Package} ${Architecture} ${Version} ${source:Package} ${source:Version}\n"])
        .output()
    else {
        return skipped("no dpkg-query on this machine");
    };
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let mut told: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("installed "))
        .collect();
    let mut ours: Vec<String> = read(&real)
        .unwrap()
        .into_iter()
        .filter(|package| package.state == PackageState::Installed)
        .map(|package| {
            let (name, version) = package
                .origin
                .unwrap_or_else(|| (package.name.clone(), package.version.clone()));
            let (own, arch, own_version) = (package.name, package.architecture, package.version);
            format!("{own} {arch} {own_version} {name} {version}")
        })
        .collect();
    told.sort_unstable();
    ours.sort_unstable();
    assert_eq!(ours, told);
}

fn skipped(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    assert!(std::env::var_os("SEKISHO_CI").is_none(), "{reason}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_lines_are_read_without_a_panic(
        lines in proptest::collection::vec("(Package|Version|Status| x|)(: ?)(install ok installed|[ -~]{0,5})?", 0..12),
    ) {
        let _ = read((lines.join("\n") + "\n\n").as_bytes());
    }
}
