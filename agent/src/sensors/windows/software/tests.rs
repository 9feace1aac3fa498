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

/// One user, who is logged in.
fn logged_in() -> Laptop {
    let folder = json!({"values": {"ProfileImagePath": {"text": r"C:\Users\aiko"}}});
    Laptop::new()
        .registry("users", &json!({"keys": {SID: {}}}))
        .registry("profiles", &json!({"keys": {SID: folder, "S-1-5-18": {}}}))
        .registry("uninstall-logged-out", &json!({}))
}

/// What there is where no package of the store is.
fn no_apps(laptop: Laptop) -> Laptop {
    let lists = [
        "appx-provisioned",
        "appx-inbox",
        "appx-all-users",
        "appx-users",
    ];
    lists
        .iter()
        .fold(laptop, |laptop, name| laptop.registry(name, &json!({})))
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
    let laptop = logged_in()
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

#[test]
fn apps_are_told_for_everybody_logged_in_or_not_and_once() {
    let ken = "S-1-5-21-1004336348-1177238915-682003330-1002";
    let calculator = "Microsoft.WindowsCalculator_11.2405.2.0_x64__8wekyb3d8bbwe";
    let laptop = no_apps(logged_in())
        .registry(
            "appx-provisioned",
            &json!({"keys": {"Microsoft.Paint_11.2404.1020.0_neutral_~_8wekyb3d8bbwe": {}}}),
        )
        .registry(
            "appx-users",
            &json!({"keys": {SID: {"keys": {calculator: {}, "strange": {}}}}}),
        )
        .registry(
            "appx-all-users",
            &json!({"keys": {
                SID: {"keys": {calculator: {}}},
                ken: {"keys": {"Evil.App_1.0.0.0_x86__0123456789abc": {}}},
            }}),
        );
    let Reading::Known(software) = read(&laptop.root()) else {
        panic!("no inventory")
    };
    let told = software.packages.iter().map(|one| {
        let scope = match &one.scope {
            PackageScope::Machine => "machine",
            PackageScope::User(sid) => sid,
        };
        let (name, version, architecture) = (&one.name, &one.version, &one.architecture);
        format!("{name} {version} {architecture} {} {scope}", one.vendor)
    });
    let told: Vec<String> = told.collect();
    assert_eq!(
        told,
        [
            format!("Evil.App 1.0.0.0 x86 0123456789abc {ken}"),
            "Microsoft.Paint 11.2404.1020.0 neutral 8wekyb3d8bbwe machine".to_owned(),
            format!("Microsoft.WindowsCalculator 11.2405.2.0 x64 8wekyb3d8bbwe {SID}"),
            format!("strange    {SID}"),
        ]
    );
    assert!(
        software
            .sources
            .contains(&(PackageSource::Msix, Reading::Known(4)))
    );
}

#[test]
fn a_list_of_apps_that_is_refused_is_unknown_and_none_at_all_is_absent() {
    let count = |laptop: &Laptop| match read(&laptop.root()) {
        Reading::Known(software) => software.sources.last().unwrap().1.clone(),
        other @ (Reading::Absent | Reading::Unknown(_)) => panic!("{other:?}"),
    };
    assert_eq!(count(&no_apps(logged_in())), Reading::Absent);
    let refused = json!({"keys": {SID: {"refused": {"Hidden": DENIED}}}});
    let laptop = no_apps(logged_in()).registry("appx-users", &refused);
    assert!(matches!(
        count(&laptop),
        Reading::Unknown(Why::NotPermitted(_))
    ));
    assert!(
        matches!(count(&logged_in()), Reading::Unknown(_)),
        "nobody was asked"
    );
}

/// A laptop with a program of the machine's, and what users who are logged out have.
fn with_logged_out(answer: &serde_json::Value) -> Software {
    let laptop = no_apps(logged_in())
        .registry(
            "uninstall",
            &json!({"keys": {"7-Zip": program("7-Zip", "24.09", "Igor Pavlov")}}),
        )
        .registry("uninstall-32", &json!({}))
        .registry(NOBODY, &json!({}))
        .registry("uninstall-logged-out", answer);
    match read(&laptop.root()) {
        Reading::Known(software) => software,
        other @ (Reading::Absent | Reading::Unknown(_)) => panic!("{other:?}"),
    }
}

const OUT: &str = "S-1-12-1-1-2-3-4";

#[test]
fn what_users_have_installed_for_themselves_is_listed_while_they_are_logged_out() {
    let zoom = json!({"keys": {"Zoom": program("Zoom Workplace", "6.2", "Zoom")}});
    let software = with_logged_out(&json!({"keys": {OUT: zoom}}));
    let zoom = software
        .packages
        .iter()
        .find(|one| one.name == "Zoom Workplace");
    assert_eq!(zoom.unwrap().scope, PackageScope::User(OUT.to_owned()));
    let [(_, programs), (PackageSource::Msix, _)] = &software.sources[..] else {
        panic!("{:?}", software.sources)
    };
    assert_eq!(programs, &Reading::Known(2));
}

#[test]
fn what_is_read_stands_and_is_no_whole_where_a_file_of_a_user_is_not_read() {
    for (code, name) in [
        (DENIED, "not_permitted"),
        (0x8007_0020, "unreadable"),
        (registry::DAMAGED, "unreadable"),
        (registry::STALE, "unreadable"),
    ] {
        let zoom = json!({"keys": {"Zoom": program("Zoom Workplace", "6.2", "Zoom")}});
        let software = with_logged_out(&json!({
            "keys": {OUT: zoom},
            "refused": {OUT: code},
        }));
        assert_eq!(software.packages.len(), 2, "{code:#x}");
        let [
            (_, Reading::Known(2)),
            (PackageSource::WindowsUninstall, Reading::Unknown(why)),
            _,
        ] = &software.sources[..]
        else {
            panic!("{:?}", software.sources)
        };
        let is_denied = matches!(why, Why::NotPermitted(_));
        assert_eq!(is_denied, name == "not_permitted", "{why:?}");
        let said = format!("{why:?}");
        assert!(said.contains(&format!("logged out: 1 (Windows error {code:#010x})")));
        assert!(!said.contains(OUT), "{said}");
    }
}

#[test]
fn a_capture_from_before_these_files_were_read_does_not_pass_for_whole() {
    let laptop = no_apps(Laptop::new())
        .registry("uninstall", &json!({}))
        .registry("uninstall-32", &json!({}))
        .registry(NOBODY, &json!({}));
    let Reading::Known(software) = read(&laptop.root()) else {
        panic!("no inventory")
    };
    let unknown = |(source, count): &(PackageSource, Reading<u32>)| {
        *source == PackageSource::WindowsUninstall && matches!(count, Reading::Unknown(_))
    };
    assert!(
        software.sources.iter().any(unknown),
        "{:?}",
        software.sources
    );
}
