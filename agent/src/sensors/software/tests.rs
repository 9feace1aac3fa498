//! What comes of all sources together, and of this machine's own.
//!
//! Touches the package lists of this machine.

use super::*;
use sekisho_policy::facts::{PackageScope, PackageState};
use std::sync::Arc;

fn package(source: PackageSource, name: &str) -> Package {
    Package {
        source,
        name: name.to_owned(),
        architecture: String::new(),
        version: "1".to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }
}

#[test]
fn packages_are_in_order_and_counted_by_source() {
    let both = collect(vec![
        (
            PackageSource::Snap,
            Reading::Known(vec![package(PackageSource::Snap, "a")]),
        ),
        (
            PackageSource::Dpkg,
            Reading::Known(vec![
                package(PackageSource::Dpkg, "z"),
                package(PackageSource::Dpkg, "b"),
            ]),
        ),
        (PackageSource::Rpm, Reading::Absent),
    ]);
    let names: Vec<_> = both.packages.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["b", "z", "a"]);
    assert_eq!(both.sources[1], (PackageSource::Dpkg, Reading::Known(2)));
}

#[test]
fn a_source_that_no_longer_fits_is_unknown_and_not_cut() {
    let full = vec![package(PackageSource::Dpkg, "a"); SOFTWARE_ITEMS_MAX];
    let one = vec![package(PackageSource::Snap, "b")];
    let both = collect(vec![
        (PackageSource::Dpkg, Reading::Known(full)),
        (PackageSource::Snap, Reading::Known(one)),
    ]);
    assert_eq!(both.packages.len(), SOFTWARE_ITEMS_MAX);
    assert!(
        matches!(&both.sources[1].1, Reading::Unknown(Why::TooLarge(why)) if why.contains("100000"))
    );
}

#[test]
fn the_software_of_this_machine_is_read_and_well_formed() {
    let root = super::super::Root::live();
    let Reading::Known(software) = read(&root, Arc::new(Lists::of(&root))) else {
        panic!("not read")
    };
    assert_eq!(software.sources.len(), 4);
    let counted: u32 = software
        .sources
        .iter()
        .filter_map(|(_, count)| count.known())
        .sum();
    assert_eq!(usize::try_from(counted).unwrap(), software.packages.len());
    for one in &software.packages {
        assert!(!one.name.is_empty() && !one.version.is_empty(), "{one:?}");
    }
}
