//! Inventories of Windows laptops, as their registries had them.
//!
//! Touches folders of its own.

use serde_json::json;

use super::super::tests::Laptop;
use super::*;

fn program(name: &str, version: &str, publisher: &str) -> serde_json::Value {
    json!({"values": {
        "DisplayName": {"text": name},
        "DisplayVersion": {"text": version},
        "Publisher": {"text": publisher},
    }})
}

const NOBODY: &str = "uninstall-users";
const SID: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";

fn programs_of(laptop: &Laptop) -> (Reading<u32>, Vec<String>) {
    let Reading::Known(software) = read(&laptop.root()) else {
        panic!("no inventory")
    };
    let (source, count) = software.sources.first().unwrap().clone();
    assert_eq!(source, PackageSource::WindowsUninstall);
    let shown = software.packages.iter().map(|one| {
        let scope = match &one.scope {
            PackageScope::Machine => "machine",
            PackageScope::User(sid) => sid,
        };
        format!("{} {} {} {scope}", one.name, one.version, one.architecture)
    });
    (count, shown.collect())
}

#[test]
fn programs_of_both_widths_and_of_users_are_listed_once() {
    let both = program("Visual C++ 2022", "14.40", "Microsoft Corporation");
    let laptop = Laptop::new()
        .registry(
            "uninstall",
            &json!({"keys": {
                "{A}": both,
                "7-Zip": program("7-Zip 24.09 (x64)", "24.09", "Igor Pavlov"),
                "AddressBook": {},
                "{B}": {"values": {"DisplayName": {"text": "  "}}},
            }}),
        )
        .registry(
            "uninstall-32",
            &json!({"keys": {"{A}": both, "{C}": program("サクラエディタ", "2.4.2", "Sakura Editor Project")}}),
        )
        .registry(
            NOBODY,
            &json!({"keys": {SID: {"keys": {"Zoom": program("Zoom Workplace", "6.2", "Zoom")}}}}),
        );
    let (count, shown) = programs_of(&laptop);
    assert_eq!(count, Reading::Known(4));
    assert_eq!(
        shown,
        [
            "7-Zip 24.09 (x64) 24.09 x64 machine".to_owned(),
            format!("Zoom Workplace 6.2  {SID}"),
            "サクラエディタ 2.4.2 x86 machine".to_owned(),
            "Visual C++ 2022 14.40 x64 machine".to_owned(),
        ]
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
}

#[test]
fn a_key_that_is_refused_makes_the_whole_list_unknown() {
    let refused = json!({"keys": {}, "refused": {"Hidden": 0x8007_0005_u32}});
    let laptop = Laptop::new()
        .registry("uninstall", &refused)
        .registry("uninstall-32", &json!({}))
        .registry(NOBODY, &json!({}));
    let (count, shown) = programs_of(&laptop);
    assert!(
        matches!(&count, Reading::Unknown(Why::NotPermitted(what)) if what.contains("Hidden")),
        "{count:?}"
    );
    assert!(shown.is_empty());
}

#[test]
fn a_laptop_whose_users_were_not_asked_has_no_known_list() {
    let laptop = Laptop::new()
        .registry("uninstall", &json!({}))
        .registry("uninstall-32", &json!({}));
    let (count, _) = programs_of(&laptop);
    assert!(matches!(count, Reading::Unknown(_)), "{count:?}");
}
