//! Releases on either side of their end.
//!
//! Touches nothing.

use super::*;
use crate::facts::{Facts, Platform};
use crate::reading::Why;
use crate::rules::testing::{NOW, approved, case, check};

fn release(id: &str, version: Option<&str>) -> Release {
    Release {
        id: id.to_owned(),
        version: version.map_or(Reading::Absent, |version| {
            Reading::Known(version.to_owned())
        }),
        name: format!("The {id}"),
        supported_until: Reading::Absent,
        evidence: vec![Evidence::new("/etc/os-release ID", id)],
    }
}

fn examine(parameters: &Parameters, release: Reading<Release>, latest: Timestamp) -> Found {
    let facts = Facts {
        platform: Reading::Known(Platform {
            release,
            ..Platform::not_asked()
        }),
        ..Facts::not_asked()
    };
    let entry = approved();
    parameters.examine(&Case {
        latest,
        ..case(&facts, &entry)
    })
}

#[track_caller]
fn finds(parameters: &Parameters, release: Release, outcome: Outcome, says: &str) {
    check(
        &examine(parameters, Reading::Known(release), NOW),
        outcome,
        says,
    );
}

fn usual() -> Parameters {
    Parameters::default()
}

#[test]
fn a_release_is_supported_until_its_last_day_and_not_after() {
    let debian = |version| release("debian", Some(version));
    finds(
        &usual(),
        debian("13"),
        Outcome::Pass,
        "until the end of 2030-06-30",
    );
    finds(
        &usual(),
        debian("12"),
        Outcome::Pass,
        "until the end of 2028-06-30",
    );
    finds(&usual(), debian("11"), Outcome::Fail, "2026-08-31");
    let own_only = Parameters {
        accept_extended: false,
        ..usual()
    };
    finds(&own_only, debian("12"), Outcome::Fail, "2026-07-11");
    finds(&usual(), release("arch", None), Outcome::Pass, "rolling");
}

#[test]
fn the_last_day_itself_is_supported_and_the_user_is_told_before() {
    let today = NOW.date();
    let day = Timestamp::of_date(&today).unwrap();
    let ending = |day: Timestamp| Parameters {
        ends: BTreeMap::from([("ours 1".to_owned(), day)]),
        ..usual()
    };
    let known = Reading::Known(release("ours", Some("1.7")));
    let found = examine(&ending(day), known.clone(), NOW);
    assert_eq!(found.outcome, Outcome::Pass);
    assert_eq!(found.cause.key, "os-supported-soon");
    assert_eq!(found.cause.args["end"], today);
    assert!(found.remedy.is_some());
    let found = examine(&ending(day.after(Span::from_days(-1))), known, NOW);
    check(&found, Outcome::Fail, "no longer gets");
}

#[test]
fn a_release_nobody_knows_is_unknown_however_it_is_called() {
    for unknown in [
        release("debian", None),
        release("debian", Some("14")),
        release("ubuntu", Some("99.04")),
        release("miraclelinux", Some("9")),
    ] {
        finds(&usual(), unknown, Outcome::Unknown, "is not known");
    }
    let unread = examine(
        &usual(),
        Reading::Unknown(Why::TimedOut("2 s".to_owned())),
        NOW,
    );
    check(&unread, Outcome::Unknown, "no answer in time");
}

#[test]
fn what_the_system_says_of_itself_goes_before_the_list_and_the_policy_before_both() {
    let mut fedora = release("fedora", Some("40"));
    fedora.supported_until = Reading::Known(NOW.after(Span::from_days(300)));
    finds(&usual(), fedora.clone(), Outcome::Pass, "The fedora");
    let paid = |day| Parameters {
        ends: BTreeMap::from([("fedora 40".to_owned(), Timestamp::of_date(day).unwrap())]),
        ..usual()
    };
    finds(
        &paid("2026-11-01"),
        fedora.clone(),
        Outcome::Fail,
        "2026-11-01",
    );
    fedora.supported_until = Reading::Known(NOW.after(Span(-1)));
    finds(&usual(), fedora.clone(), Outcome::Fail, "dnf");
    finds(&paid("2030-04-23"), fedora, Outcome::Pass, "2030-04-23");
}

#[test]
fn an_end_between_what_two_clocks_say_is_unknown() {
    let known = Reading::Known(release("debian", Some("13")));
    let found = examine(&usual(), known, Timestamp(i64::MAX));
    check(&found, Outcome::Unknown, "clock");
    let ended = Reading::Known(release("debian", Some("11")));
    check(
        &examine(&usual(), ended, Timestamp(i64::MAX)),
        Outcome::Fail,
        "",
    );
}

#[test]
fn the_remedy_names_the_way_of_the_distribution() {
    for (id, version, says) in [
        ("ubuntu", "20.04", "do-release-upgrade"),
        ("debian", "11", "release-notes"),
        ("centos", "7", "migrat"),
        ("opensuse-leap", "15.5", "zypper"),
    ] {
        finds(&usual(), release(id, Some(version)), Outcome::Fail, says);
    }
}
