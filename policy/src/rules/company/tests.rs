//! What expressions find on laptops, and which are refused.
//!
//! Touches nothing. Must never assert how long an evaluation took: its steps are counted.

mod cost;
mod platform;

use super::evaluate::Run;
use super::*;
use crate::facts::{AntivirusProduct, Definitions, DefinitionsKind, Facts, Host, Package};
use crate::facts::{PackageScope, PackageSource, PackageState, Software};
use crate::limits::CULPRITS_MAX;
use crate::reading::{Reading, Why};
use crate::rules::testing::{NOW, approved, case, check, encrypted, plain, spoken};
use crate::time::Span;
use crate::words::{Language, say};

fn package(name: &str, version: &str) -> Package {
    Package {
        source: PackageSource::Dpkg,
        name: name.to_owned(),
        architecture: "amd64".to_owned(),
        version: version.to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }
}

fn clamav() -> AntivirusProduct {
    AntivirusProduct {
        engine_version: Reading::Known("1.4.3".to_owned()),
        running: Reading::Known(true),
        realtime: Reading::Unknown(Why::NotPermitted("/run/clamav".to_owned())),
        definitions_kind: DefinitionsKind::Pattern,
        definitions: Reading::Known(Definitions {
            version: "27830".to_owned(),
            built_at: NOW.after(Span::from_hours(-30)),
        }),
        ..AntivirusProduct::named("ClamAV", "Cisco")
    }
}

fn facts() -> Facts {
    Facts {
        host: Reading::Known(Host {
            hostname: "aiko".to_owned(),
            os_id: "debian".to_owned(),
            os_version: Reading::Known("13".to_owned()),
            os_name: "Debian".to_owned(),
            kernel: "6.12".to_owned(),
            architecture: "x86_64".to_owned(),
            model: Reading::Absent,
            product_uuid: Reading::Absent,
            serial: Reading::Absent,
            machine_mark: Reading::Absent,
            boot_id: Reading::Absent,
        }),
        volumes: Reading::Known(vec![encrypted("/"), plain("/data")]),
        antivirus: Reading::Known(vec![clamav()]),
        software: Reading::Known(Software {
            sources: vec![(PackageSource::Dpkg, Reading::Known(2))],
            packages: vec![package("bash", "5.2-1"), package("openjdk-8", "8u392")],
        }),
        platform: Reading::Absent,
        network: Reading::Absent,
    }
}

fn rule(expression: &str) -> Parameters {
    let words = |en: &str, ja: &str| Wording {
        en: en.to_owned(),
        ja: ja.to_owned(),
    };
    Parameters {
        id: format!("{PREFIX}own"),
        named: OwnRule {
            title: words("Own", "独自"),
            edition_2013: String::new(),
            edition_2022: String::new(),
        },
        remedy: words("Mend it.", "直してください。"),
        expression: Expression::parse(expression)
            .unwrap_or_else(|error| panic!("{expression}: {error} at {}", error.at)),
    }
}

fn found(expression: &str, facts: &Facts) -> Found {
    rule(expression).examine(&case(facts, &approved()), &mut Budget::default())
}

#[track_caller]
fn comes_to(expression: &str, truth: bool) {
    let found = found(expression, &facts());
    let outcome = if truth { Outcome::Pass } else { Outcome::Fail };
    assert_eq!(found.outcome, outcome, "{expression}: {}", spoken(&found));
}

#[track_caller]
fn untold(expression: &str, says: &str) {
    check(&found(expression, &facts()), Outcome::Unknown, says);
}

#[track_caller]
fn refused(expression: &str, column: usize, says: &str) {
    let error = Expression::parse(expression).expect_err(expression);
    assert!(
        error.problem.contains(says),
        "{expression}: {:?} does not hold {says:?}",
        error.problem
    );
    assert_eq!(error.at.saturating_add(1), column, "{expression}");
}

#[test]
fn an_expression_is_true_or_false_of_a_laptop() {
    for truth in [
        "true",
        "1 + 2 * 3 == 7 && 7 / 2 == 3 && 7 % 2 == 1 && -1 < 0 && 2 - 1 >= 1",
        "host.os_id == \"debian\" && host.os_version in [\"12\", \"13\"]",
        "host.kernel.startsWith('6.') || host.kernel.endsWith('x') || host.kernel.contains('x')",
        "device.registration == 'approved' && device.group == '' && device.data_class == 'confidential'",
        "volumes.exists(v, v.encrypted && v.path == '/') && size(volumes) == 2",
        "volumes.all(v, v.size_mib > 400000 && !v.removable && !v.exempt && v.place == 'mounted')",
        "volumes.exists(v, has(v.encryption) && v.encryption == 'luks2')",
        "antivirus.exists(a, a.running && a.definitions_age_hours <= 30 && !a.cloud)",
        "packages.exists(p, p.name.like('OPENJDK*') && p.version.olderThan('11') && p.source == 'deb')",
        "packages.all(p, !has(p.user))",
        "!has(host.model) && !has(device.approved_days_left)",
        "host.os_id == 'debian' ? packages.size() in [2, 3] : false",
        "(size(packages) > 1) == true && 'a' != 'b'",
        "antivirus.exists(a, volumes.exists(v, v.path == '/data' && a.name == 'ClamAV'))",
    ] {
        comes_to(truth, true);
        comes_to(&format!("!({truth})"), false);
    }
}

#[test]
fn where_nothing_was_found_of_what_every_laptop_has_a_rule_is_unknown() {
    let inventory = |sources: Vec<(PackageSource, Reading<u32>)>| {
        let packages = vec![];
        Reading::Known(Software { sources, packages })
    };
    let absent = (PackageSource::Rpm, Reading::Absent);
    for software in [
        Reading::Absent,
        inventory(vec![]),
        inventory(vec![(PackageSource::Dpkg, Reading::Absent), absent]),
        inventory(vec![(PackageSource::Dpkg, Reading::Known(0))]),
    ] {
        let none = Facts {
            software,
            ..facts()
        };
        for asked in [
            "!packages.exists(p, p.name == 'dropbox')",
            "packages.all(p, p.name != 'dropbox')",
            "packages.exists(p, true)",
            "size(packages) == 0",
        ] {
            check(&found(asked, &none), Outcome::Unknown, "packages");
        }
    }
    for volumes in [Reading::Absent, Reading::Known(vec![])] {
        let none = Facts { volumes, ..facts() };
        let asked = found("volumes.all(v, v.encrypted)", &none);
        check(&asked, Outcome::Unknown, "nothing was found of volumes");
    }
    // A laptop may well be without, which an empty list that was read does not show.
    let without = |antivirus| Facts {
        antivirus,
        ..facts()
    };
    let (absent, empty) = (
        without(Reading::Absent),
        without(Reading::Known(Vec::new())),
    );
    for (asked, outcome) in [
        ("antivirus.all(a, a.running)", Outcome::Pass),
        ("antivirus.exists(a, true)", Outcome::Fail),
        ("size(antivirus) == 0", Outcome::Pass),
    ] {
        assert_eq!(found(asked, &absent).outcome, outcome, "{asked}");
        let asked = found(asked, &empty);
        check(&asked, Outcome::Unknown, "nothing was found of antivirus");
    }
    // What was seen is there, though no source says that it was read.
    let mut odd = facts();
    if let Reading::Known(software) = &mut odd.software {
        software.sources = vec![];
    }
    let denied = |name: &str| found(&format!("!packages.exists(p, p.name == '{name}')"), &odd);
    assert_eq!(denied("openjdk-8").outcome, Outcome::Fail);
    check(&denied("dropbox"), Outcome::Unknown, "packages");
}

#[test]
fn what_is_not_known_makes_the_rule_unknown() {
    untold(
        "antivirus.all(a, a.realtime)",
        "antivirus [ClamAV].realtime: no permission to read it (/run/clamav)",
    );
    untold("antivirus.all(a, !a.realtime)", "ClamAV");
    untold("antivirus.exists(a, has(a.realtime))", "ClamAV");
    untold("!antivirus.exists(a, a.realtime)", "ClamAV");
    untold("antivirus.exists(a, a.realtime) == false", "ClamAV");
    untold("antivirus.exists(a, a.realtime) ? true : true", "ClamAV");
    untold("host.model == 'x'", "this device has no host.model");
    untold("host.model != 'x'", "this device has no host.model");
    untold("device.approved_days_left > 3", "device.approved_days_left");
    untold("1 / (size(volumes) - 2) == 0", "divided by zero");
    untold("9223372036854775807 + size(volumes) > 0", "grew too large");
    let dark = Facts::not_asked();
    for asked in [
        "host.os_id == 'debian'",
        "has(host.model)",
        "!has(host.model)",
        "size(packages) == 0",
        "packages.all(p, true)",
        "!packages.exists(p, p.name == 'x')",
        "volumes.all(v, v.encrypted)",
        "antivirus.all(a, a.running)",
    ] {
        check(
            &found(asked, &dark),
            Outcome::Unknown,
            "nobody has asked yet",
        );
    }
}

#[test]
fn what_is_not_known_and_does_not_matter_is_passed_over() {
    for truth in [
        "antivirus.exists(a, a.realtime) || true",
        "true || antivirus.exists(a, a.realtime)",
        "antivirus.exists(a, a.realtime || a.running)",
        "!(antivirus.all(a, a.realtime) && false)",
        "host.os_id == 'debian' ? true : antivirus.all(a, a.realtime)",
    ] {
        comes_to(truth, true);
    }
    let mut partly = facts();
    if let Reading::Known(software) = &mut partly.software {
        let flatpak = Reading::Unknown(Why::TimedOut("5 s".to_owned()));
        software.sources.push((PackageSource::Flatpak, flatpak));
    }
    // What was seen in the part that was read is there, whatever the rest holds.
    let denied = |name: &str| found(&format!("!packages.exists(p, p.name == '{name}')"), &partly);
    assert_eq!(denied("openjdk-8").outcome, Outcome::Fail);
    check(&denied("dropbox"), Outcome::Unknown, "no answer in time");
}

#[test]
fn a_time_that_is_not_sure_is_no_number() {
    let (facts, entry) = (facts(), approved());
    let unsure = Case {
        latest: NOW.after(Span::from_hours(1)),
        ..case(&facts, &entry)
    };
    let rule = rule("antivirus.all(a, a.definitions_age_hours < 100)");
    check(
        &rule.examine(&unsure, &mut Budget::default()),
        Outcome::Unknown,
        "the clock",
    );
    let mut ahead = self::facts();
    if let Reading::Known(products) = &mut ahead.antivirus {
        products[0].definitions = Reading::Known(Definitions {
            version: "1".to_owned(),
            built_at: NOW.after(Span::from_days(30)),
        });
    }
    let found = rule.examine(&case(&ahead, &entry), &mut Budget::default());
    check(&found, Outcome::Unknown, "in the future");
}

#[test]
fn a_broken_rule_says_what_broke_it_and_how_to_mend_it() {
    let broken = found("volumes.all(v, v.encrypted || v.removable)", &facts());
    check(&broken, Outcome::Fail, "Mend it.");
    let remedy = broken.remedy.as_ref().expect("a remedy");
    assert_eq!(say(Language::Ja, remedy), "直してください。");
    let lines = |found: &Found| -> Vec<String> {
        let evidence = found.evidence.iter();
        evidence
            .map(|seen| format!("{}: {}", seen.source, seen.value))
            .collect()
    };
    assert_eq!(
        lines(&broken),
        [
            "expression: volumes.all(v, v.encrypted || v.removable)",
            "volumes [/data]: encrypted: false, removable: false",
        ]
    );
    let said = spoken(&broken);
    assert!(
        said.contains("broken: volumes [/data] (encrypted: false,"),
        "{said}"
    );
    let never = found("\n  false &&\n  true", &facts());
    assert_eq!(lines(&never), ["expression: false && true"]);
    let other = found(
        "host.os_id == 'debian' && !packages.exists(p, p.name.like('openjdk*')) && size(volumes) < 2",
        &facts(),
    );
    assert_eq!(
        lines(&other)[1..],
        [
            "packages [openjdk-8 8u392 (deb)]: name: openjdk-8",
            "size(volumes): 2",
        ]
    );
    let none = found("packages.exists(p, p.name == 'our-edr')", &facts());
    assert_eq!(lines(&none)[1..], ["size(packages): 2"]);
}

#[test]
fn evidence_of_many_culprits_stays_within_its_bound() {
    let mut many = facts();
    if let Reading::Known(software) = &mut many.software {
        software.packages = vec![package("x", &"1".repeat(4000)); 5000];
    }
    let broken = found("packages.all(p, p.name != 'x')", &many);
    assert_eq!(broken.outcome, Outcome::Fail);
    assert_eq!(broken.evidence.len(), CULPRITS_MAX + 2);
    assert_eq!(broken.evidence[CULPRITS_MAX + 1].value, "4984");
    assert!(broken.evidence[1].value.chars().count() < 300);
    check(&broken, Outcome::Fail, "4999 more like it");
    assert_eq!(
        broken.evidence[CULPRITS_MAX + 1].source,
        "more evidence left out"
    );
}

#[test]
fn a_rule_that_takes_too_many_steps_is_unknown_whatever_it_says() {
    let (facts, entry) = (facts(), approved());
    let case = case(&facts, &entry);
    let endless = "packages.all(p, p.name.contains('x') || true)";
    for written in [
        endless.to_owned(),
        format!("{endless} || true"),
        format!("!{endless} || true"),
    ] {
        let expression = Expression::parse(&written).expect("an expression");
        let within = |steps| Run::new(&case, steps).truth(expression.tree());
        assert_eq!(within(100), Ok(true));
        assert_eq!(within(4), Err(Untold::TooCostly));
    }
    // A text counts by its length.
    let mut long = self::facts();
    if let Reading::Known(software) = &mut long.software {
        software.packages = vec![package(&"y".repeat(4096), "1"); 100_000];
    }
    let found = self::found(endless, &long);
    check(&found, Outcome::Unknown, "more than 4000000 steps");
}

#[test]
fn an_expression_that_could_not_work_is_refused_at_its_place() {
    refused(
        "packages.exists(p, p.nam == 'x')",
        22,
        "packages has no nam; there are name, version",
    );
    refused("host.os == 'x'", 6, "host has no os; there are hostname");
    refused(
        "hosts.os_id == 'x'",
        1,
        "hosts is not known; there are administrators, antivirus,",
    );
    refused(
        "host.os_id == 3",
        12,
        "text is compared with a whole number",
    );
    refused("host.os_id", 6, "this is text; true or false is wanted");
    refused(
        "size(packages)",
        1,
        "this is a whole number; true or false is wanted",
    );
    refused(
        "host.os_id && true",
        6,
        "this is text; true or false is wanted",
    );
    refused(
        "device.data_class == 'secrt'",
        19,
        "data_class is never \"secrt\"; it is one of public, internal, confidential, secret",
    );
    refused("'rejected' != device.registration", 12, "one of pending,");
    refused(
        "volumes.all(v, v.encryption in ['luks', 'zfs'])",
        32,
        "encryption is never \"luks\"; it is one of luks1, luks2,",
    );
    refused("packages", 1, "this is packages; true or false is wanted");
    refused(
        "packages.name == 'x'",
        10,
        "packages is a list; ask packages.exists(x, x.name",
    );
    refused("packages == packages", 10, "compared");
    refused(
        "host.exists(h, true)",
        1,
        "host is no list; lists are administrators, antivirus,",
    );
    refused(
        "volumes.exists(volumes, true)",
        15,
        "stands for something else",
    );
    refused(
        "packages.filter(p, true).size() > 1",
        16,
        "over a list go exists and all",
    );
    refused(
        "packages.exists_one(p, true)",
        20,
        "over a list go exists and all",
    );
    refused("host.os_version < '13'", 17, "olderThan");
    refused(
        "host.os_id.matches('a+')",
        19,
        "matches with 2 values is not allowed; there are exists",
    );
    refused(
        "host.os_id.contains()",
        20,
        "contains with 1 values is not allowed",
    );
    refused(
        "packages.exists(p, p.name.like(p.version))",
        34,
        "text in quotes",
    );
    refused("host.os_id.like('')", 17, "an empty name is not allowed");
    refused("host.model == null", 15, "ask has(x.field)");
    refused("1.5 < 2", 1, "whole numbers");
    refused("host.os_id in packages", 15, "a list that is written out");
    refused("host.os_id in []", 15, "an empty list");
    refused(
        "1 in [1, 'a']",
        10,
        "this is text; a whole number is wanted",
    );
    refused("{'a': 1} == {'a': 1}", 1, "maps");
    refused("host.os_id ==", 14, "Syntax error");
    refused("\n\n  host.os_id = 'x'", 16, "Syntax error");
    refused("", 1, "Syntax error");
}

#[test]
fn every_variable_has_fields_of_its_own_names() {
    for variable in VARIABLES {
        assert!(!variable.field_names().is_empty());
        for name in variable.field_names() {
            let asked = match variable.items_max {
                Some(_) => format!("{}.all(x, has(x.{name}) || true)", variable.name),
                None => format!("has({}.{name}) || true", variable.name),
            };
            let found = found(&asked, &facts());
            // Of what every laptop has and this one does not tell, nothing is sure.
            let is_kept = matches!(found.outcome, Outcome::Pass | Outcome::Unknown);
            assert!(is_kept, "{asked}: {}", spoken(&found));
        }
    }
}
