//! The packages as a distribution and an auditor look at them.
//!
//! Touches the packages alone.

use std::fs;
use std::path::Path;
use std::process::Command;

use sekisho_tests::guest::missing;
use sekisho_tests::skip::skipped;

use crate::packed::{Packed, listed, printed};

const UNITS: [&str; 4] = [
    "sekisho-agent.service",
    "sekisho-collector.service",
    "sekisho-enroll.service",
    "sekisho-isolation.service",
];

/// What may be missing here; said when it is.
fn can_pack() -> bool {
    let lacks = missing(&[
        "dpkg-shlibdeps",
        "lintian",
        "rpmbuild",
        "strip",
        "systemd-analyze",
    ]);
    if let Some(tool) = lacks {
        skipped(&format!("{tool} is not installed"));
    }
    lacks.is_none()
}

#[test]
fn the_same_programs_make_the_same_packages_and_lintian_has_nothing_to_say() {
    if !can_pack() {
        return;
    }
    for kind in ["deb", "rpm"] {
        let (one, other) = (
            Packed::new(kind, "0.1.0", "022"),
            Packed::new(kind, "0.1.0", "077"),
        );
        assert!(!one.all().is_empty());
        for (one, other) in one.all().iter().zip(other.all()) {
            let same = fs::read(one).unwrap() == fs::read(&other).unwrap();
            assert!(same, "{} differs", one.display());
        }
        if kind == "deb" {
            has_pages(&one);
            printed(
                Command::new("lintian")
                    .args(["--allow-root", "--fail-on", "error,warning"])
                    .args(one.all()),
            );
        }
    }
}

/// Every command that people type has its manual page, and shells complete it.
#[track_caller]
fn has_pages(packed: &Packed) {
    for (product, commands) in [
        ("sekisho-agent", sekisho_agent::cli::command()),
        ("sekisho-collector", sekisho_collector::cli::command()),
    ] {
        let files = listed(&packed.of(product));
        assert!(!files.contains("-help"), "{files}");
        for command in commands.get_subcommands().filter(|one| !one.is_hide_set()) {
            let page = format!("/usr/share/man/man1/{product}-{}.1.gz", command.get_name());
            assert!(files.contains(&page), "no {page}");
        }
        for completion in [
            format!("/usr/share/bash-completion/completions/{product}\n"),
            format!("/usr/share/zsh/vendor-completions/_{product}\n"),
            format!("/usr/share/fish/vendor_completions.d/{product}.fish\n"),
        ] {
            assert!(files.contains(&completion), "no {completion}");
        }
    }
}

#[test]
fn what_the_configuration_file_shows_is_what_holds_without_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux/agent.toml");
    let text = fs::read_to_string(&path).unwrap();
    let shown: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| line.contains(" = "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(shown.lines().count(), 2, "{shown}");
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("agent.toml");
    for text in [&text, &shown] {
        fs::write(&copy, text).unwrap();
        assert_eq!(
            sekisho_agent::config::load(&copy),
            sekisho_agent::config::Config::default()
        );
    }
}

/// In tenths: below 2.0.
#[test]
fn every_unit_is_exposed_by_less_than_two() {
    if !can_pack() {
        return;
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux");
    for unit in UNITS {
        printed(
            Command::new("systemd-analyze")
                .args(["security", "--offline=true", "--threshold=19", "--no-pager"])
                .arg(shipped.join(unit)),
        );
    }
}
