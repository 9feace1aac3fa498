//! What generous judges of antivirus software let through, and this one does not.
//!
//! Touches nothing. Must never test how a date is read: that is the sensor's.

use super::*;
use crate::facts::{Definitions, DefinitionsKind, Facts, Scan, ScanKind, ScanResult};
use crate::finding::Outcome::{Fail, Pass, Unknown};
use crate::rules::testing::{NOW, approved, case, check};

/// A product in order, with definitions this old.
fn product(name: &str, age: Span) -> AntivirusProduct {
    AntivirusProduct {
        engine_version: Reading::Known("1.4.3".to_owned()),
        running: Reading::Known(true),
        realtime: Reading::Known(true),
        definitions_kind: DefinitionsKind::Pattern,
        definitions: Reading::Known(Definitions {
            version: "27654".to_owned(),
            built_at: NOW.after(Span(-age.0)),
        }),
        ..AntivirusProduct::named(name, "a maker")
    }
}

fn fresh(name: &str) -> AntivirusProduct {
    product(name, Span::from_hours(5))
}

fn old(name: &str) -> AntivirusProduct {
    product(name, Span::from_days(30))
}

fn cloud(name: &str) -> AntivirusProduct {
    AntivirusProduct {
        definitions_kind: DefinitionsKind::Cloud,
        definitions: Reading::Absent,
        ..fresh(name)
    }
}

fn stopped(product: AntivirusProduct) -> AntivirusProduct {
    AntivirusProduct {
        running: Reading::Known(false),
        ..product
    }
}

fn examine_with(parameters: &Parameters, antivirus: Reading<Vec<AntivirusProduct>>) -> Found {
    let facts = Facts {
        antivirus,
        ..Facts::not_asked()
    };
    parameters.examine(&case(&facts, &approved()))
}

fn examine(products: Vec<AntivirusProduct>) -> Found {
    examine_with(&Parameters::default(), Reading::Known(products))
}

#[test]
fn a_running_product_with_fresh_definitions_passes() {
    let found = examine(vec![fresh("ClamAV")]);
    check(
        &found,
        Pass,
        "ClamAV runs, and its definitions are current until 2026-11-29T15:33:32Z.",
    );
    assert!(
        found.evidence[1]
            .value
            .contains("27654, built 2026-11-22T15:33:32Z, 5 h old")
    );
}

#[test]
fn old_definitions_fail_however_well_the_product_runs() {
    let found = examine(vec![old("ClamAV")]);
    check(
        &found,
        Fail,
        "are 30 days old (built 2026-10-23T20:33:32Z); 7 days are allowed.",
    );
    check(&found, Fail, "clamav-freshclam");
    let limit = product("ClamAV", Span::from_days(7));
    let over = product("ClamAV", Span(Span::from_days(7).0 + 1));
    assert_eq!(examine(vec![limit]).outcome, Pass);
    assert_eq!(examine(vec![over]).outcome, Fail);
}

#[test]
fn the_user_is_told_before_the_limit_passes() {
    let found = examine(vec![product("ClamAV", Span::from_hours(6 * 24 + 21))]);
    assert_eq!(found.outcome, Pass);
    let said = crate::rules::testing::spoken(&found);
    assert!(said.contains("in 3 hours."), "{said}");
    assert!(found.remedy.is_some());
}

#[test]
fn by_a_clock_that_is_wrong_old_definitions_fail_and_young_ones_do_not_pass() {
    let examine = |product: AntivirusProduct, latest: Timestamp| {
        let facts = Facts {
            antivirus: Reading::Known(vec![product]),
            ..Facts::not_asked()
        };
        let entry = approved();
        let case = Case {
            latest,
            ..case(&facts, &entry)
        };
        Parameters::default().examine(&case)
    };
    let ever = Timestamp(i64::MAX);
    check(
        &examine(fresh("ClamAV"), ever),
        Unknown,
        "clock of this device",
    );
    check(&examine(old("ClamAV"), ever), Fail, "30 days old");
    check(&examine(cloud("Falcon"), ever), Pass, "");
    let soon = NOW.after(Span::from_hours(1));
    check(&examine(fresh("ClamAV"), soon), Pass, "");
}

#[test]
fn definitions_from_the_future_are_not_young() {
    let ahead = product("ClamAV", Span::from_hours(-25));
    check(
        &examine(vec![ahead]),
        Unknown,
        "claim to be built in the future",
    );
    let within = product("ClamAV", Span::from_hours(-24));
    assert_eq!(examine(vec![within]).outcome, Pass);
}

#[test]
fn an_installed_product_that_does_not_run_protects_nothing() {
    check(
        &examine(vec![stopped(fresh("ClamAV"))]),
        Fail,
        "is installed, but does not run",
    );
    let absent = AntivirusProduct {
        running: Reading::Absent,
        ..fresh("Other")
    };
    check(&examine(vec![absent]), Fail, "Start Other");
    let hidden = AntivirusProduct {
        running: Reading::Unknown(Why::NotPermitted("clamd.ctl".to_owned())),
        ..fresh("ClamAV")
    };
    check(
        &examine(vec![hidden.clone()]),
        Unknown,
        "no permission to read it (clamd.ctl)",
    );
    let hidden_and_old = AntivirusProduct {
        definitions: old("ClamAV").definitions,
        ..hidden
    };
    check(&examine(vec![hidden_and_old]), Fail, "30 days old");
}

#[test]
fn a_product_without_its_definitions_fails_and_a_cloud_product_needs_none() {
    let bare = AntivirusProduct {
        definitions: Reading::Absent,
        ..fresh("ClamAV")
    };
    check(&examine(vec![bare]), Fail, "has no definitions");
    let unread = AntivirusProduct {
        definitions: Reading::Unknown(Why::Unreadable("daily.cld".to_owned())),
        ..fresh("ClamAV")
    };
    check(&examine(vec![unread]), Unknown, "daily.cld");
    check(
        &examine(vec![cloud("Falcon")]),
        Pass,
        "needs no definitions",
    );
    check(
        &examine(vec![stopped(cloud("Falcon"))]),
        Fail,
        "does not run",
    );
    let refusing = Parameters {
        accept_cloud: false,
        ..Parameters::default()
    };
    let found = examine_with(&refusing, Reading::Known(vec![cloud("Falcon")]));
    check(&found, Fail, "which the policy does not accept");
}

#[test]
fn real_time_protection_is_asked_for_where_the_policy_says() {
    let lazy = AntivirusProduct {
        realtime: Reading::Known(false),
        ..fresh("ClamAV")
    };
    assert_eq!(examine(vec![lazy.clone()]).outcome, Pass);
    let strict = Parameters {
        require_realtime: true,
        ..Parameters::default()
    };
    let found = examine_with(&strict, Reading::Known(vec![lazy.clone()]));
    check(&found, Fail, "does not check files as they are opened");
    let hidden = AntivirusProduct {
        realtime: Reading::Unknown(Why::NotAsked),
        ..lazy
    };
    let found = examine_with(&strict, Reading::Known(vec![hidden]));
    check(&found, Unknown, "nobody has asked yet");
}

#[test]
fn one_good_product_is_enough_unless_the_policy_asks_for_every_one() {
    let both = || Reading::Known(vec![old("ClamAV"), fresh("Defender")]);
    check(
        &examine_with(&Parameters::default(), both()),
        Pass,
        "Defender runs",
    );
    let every = Parameters {
        every_product: true,
        ..Parameters::default()
    };
    check(
        &examine_with(&every, both()),
        Fail,
        "The definitions of ClamAV are 30 days old",
    );
    let cloud_too = Reading::Known(vec![cloud("Falcon"), fresh("ClamAV")]);
    check(
        &examine_with(&every, cloud_too),
        Pass,
        "ClamAV runs, and its definitions",
    );
}

#[test]
fn only_products_that_the_policy_names_count() {
    let named = Parameters {
        products: vec![Pattern::parse("microsoft defender*").expect("a pattern")],
        ..Parameters::default()
    };
    let found = examine_with(&named, Reading::Known(vec![fresh("ClamAV")]));
    check(
        &found,
        Fail,
        "None of the antivirus products that the policy names is installed: microsoft defender*",
    );
    let defender = fresh("Microsoft Defender for Endpoint");
    let found = examine_with(&named, Reading::Known(vec![old("ClamAV"), defender]));
    check(&found, Pass, "Microsoft Defender for Endpoint runs");
}

#[test]
fn no_antivirus_fails_and_no_answer_is_unknown() {
    check(
        &examine_with(&Parameters::default(), Reading::Absent),
        Fail,
        "No antivirus is installed",
    );
    check(
        &examine(vec![]),
        Unknown,
        "neither a product nor the word that there is none",
    );
    let why = Reading::Unknown(Why::TimedOut("5 s".to_owned()));
    check(
        &examine_with(&Parameters::default(), why),
        Unknown,
        "no answer in time (5 s)",
    );
}

#[test]
fn the_sentence_names_the_product_that_is_nearest_to_good() {
    let found = examine(vec![stopped(fresh("Dead")), old("Late")]);
    check(&found, Fail, "The definitions of Late are 30 days old");
}

#[test]
fn a_date_at_the_end_of_time_is_judged_all_the_same() {
    for built_at in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        let mut product = fresh("ClamAV");
        product.definitions = Reading::Known(Definitions {
            version: String::new(),
            built_at,
        });
        assert_ne!(examine(vec![product]).outcome, Pass);
    }
}

#[test]
fn a_product_that_says_itself_that_it_does_not_protect_in_full_fails() {
    let healthy = |product: AntivirusProduct, healthy| AntivirusProduct { healthy, ..product };
    let reduced = healthy(cloud("Falcon"), Reading::Known(false));
    check(
        &examine(vec![reduced]),
        Fail,
        "does not protect this device in full",
    );
    let off = healthy(fresh("Trend"), Reading::Known(false));
    check(&examine(vec![off]), Fail, "in full");
    let hidden = || Reading::Unknown(Why::NotPermitted("falconctl".to_owned()));
    let unknown = healthy(cloud("Falcon"), hidden());
    let found = examine(vec![unknown.clone()]);
    check(&found, Unknown, "falconctl");
    check(&found, Unknown, "require_cloud_health = false");
    let lenient = Parameters {
        require_cloud_health: false,
        ..Parameters::default()
    };
    let found = examine_with(&lenient, Reading::Known(vec![unknown]));
    check(&found, Pass, "needs no definitions");
    let reduced = healthy(cloud("Falcon"), Reading::Known(false));
    let found = examine_with(&lenient, Reading::Known(vec![reduced]));
    check(&found, Fail, "in full");
    // With pattern files there is something else to go by.
    let pattern = healthy(fresh("Trend"), hidden());
    check(&examine(vec![pattern]), Pass, "Trend");
}

#[test]
fn definitions_that_root_alone_is_told_are_mended_by_no_check_as_root() {
    let hidden = AntivirusProduct {
        definitions: Reading::Unknown(Why::NotPermitted("/opt/eset/eea/bin/upd".to_owned())),
        ..fresh("ESET")
    };
    let found = examine(vec![hidden.clone()]);
    check(&found, Unknown, "upd");
    check(&found, Unknown, "an exception from this rule");
    // A product that could not be asked at all may be one that root can ask.
    let unasked = AntivirusProduct {
        running: Reading::Unknown(Why::NotPermitted("clamd.ctl".to_owned())),
        ..hidden
    };
    check(&examine(vec![unasked]), Unknown, "sudo sekisho-agent check");
}

#[test]
fn a_full_scan_is_asked_for_where_the_policy_says() {
    let scan = |kind, days: i64, result| Scan {
        kind,
        at: NOW.after(Span::from_days(-days)),
        result,
    };
    let scanned = |scans| AntivirusProduct {
        scans,
        ..fresh("Defender")
    };
    let strict = Parameters {
        max_full_scan_age: Some(Span::from_days(7)),
        ..Parameters::default()
    };
    let examine = |scans| examine_with(&strict, Reading::Known(vec![scanned(scans)]));
    let full = |days: i64| Reading::Known(vec![scan(ScanKind::Full, days, ScanResult::Clean)]);
    check(&examine(full(7)), Pass, "Defender");
    check(&examine(full(8)), Fail, "8 days ago; 7 days are allowed");
    check(&examine(full(-2)), Unknown, "of the future");
    let quick = |days: i64| {
        Reading::Known(vec![
            scan(ScanKind::Full, 1, ScanResult::Unfinished),
            scan(ScanKind::Quick, days, ScanResult::Clean),
        ])
    };
    let never = "remembers no scan of the whole device";
    check(&examine(quick(8)), Fail, never);
    check(&examine(Reading::Known(vec![])), Fail, never);
    check(&examine(quick(7)), Unknown, "does not reach back");
    check(
        &examine(Reading::Absent),
        Unknown,
        "keeps no list of its scans",
    );
    let hidden = Reading::Unknown(Why::TimedOut("10 s".to_owned()));
    check(&examine(hidden), Unknown, "10 s");
    let facts = Facts {
        antivirus: Reading::Known(vec![scanned(full(1))]),
        ..Facts::not_asked()
    };
    let entry = approved();
    let by_a_wrong_clock = Case {
        latest: NOW.after(Span(Span::from_days(6).0 + 1)),
        ..case(&facts, &entry)
    };
    check(&strict.examine(&by_a_wrong_clock), Unknown, "clock");
}
