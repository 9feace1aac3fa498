//! Devices inside and outside, with leave and without.
//!
//! Touches nothing. Must never test how a place is proved.

use super::*;
use crate::facts::{Facts, Network};
use crate::finding::Outcome::{Fail, NotApplicable, Pass, Unknown};
use crate::reading::Why;
use crate::register::Entry;
use crate::rules::testing::{NOW, approved, case, check};
use crate::time::Timestamp;

/// Leave from and until so many hours from now.
fn leave(from: i64, until: i64) -> Entry {
    Entry {
        take_out: Some(TakeOut {
            from: NOW.after(Span::from_hours(from)),
            until: NOW.after(Span::from_hours(until)),
            approved_by: "kenji".to_owned(),
            purpose: "Osaka".to_owned(),
        }),
        ..approved()
    }
}

fn examine(inside: Reading<bool>, entry: &Entry) -> Found {
    examine_until(inside, entry, NOW)
}

fn examine_until(inside: Reading<bool>, entry: &Entry, latest: Timestamp) -> Found {
    let facts = Facts::not_asked();
    let case = Case {
        latest,
        ..case(&facts, entry)
    };
    Parameters::default().examine_at(&inside, &case)
}

const OUTSIDE: Reading<bool> = Reading::Known(false);

fn untold() -> Reading<bool> {
    Reading::Unknown(Why::TimedOut("beacon".to_owned()))
}

#[test]
fn outside_a_device_needs_leave() {
    check(
        &examine(OUTSIDE, &approved()),
        Fail,
        "nobody has given leave",
    );
    check(
        &examine(OUTSIDE, &leave(-2, 48)),
        Pass,
        "until 2026-11-24T20:33:32Z",
    );
    check(
        &examine(OUTSIDE, &leave(-9, -1)),
        Fail,
        "ended at 2026-11-22T19:33:32Z",
    );
    check(
        &examine(OUTSIDE, &leave(1, 9)),
        Fail,
        "begins only at 2026-11-22T21:33:32Z",
    );
    let found = examine(OUTSIDE, &leave(-2, 48));
    assert!(
        found
            .evidence
            .iter()
            .any(|seen| seen.value.contains("kenji"))
    );
}

#[test]
fn the_user_is_told_before_the_leave_ends() {
    let found = examine(OUTSIDE, &leave(-2, 23));
    assert_eq!(found.outcome, Pass);
    assert!(found.remedy.is_some());
}

#[test]
fn inside_no_leave_is_needed() {
    check(
        &examine(Reading::Known(true), &approved()),
        NotApplicable,
        "own network",
    );
    let found = examine(Reading::Absent, &approved());
    check(&found, NotApplicable, "proves");
    assert!(found.waits);
}

#[test]
fn where_the_place_is_not_told_only_leave_passes() {
    check(&examine(untold(), &approved()), Unknown, "beacon");
    check(&examine(untold(), &leave(-9, -1)), Unknown, "beacon");
    check(&examine(untold(), &leave(-2, 48)), Pass, "");
}

#[test]
fn by_a_clock_that_is_wrong_no_leave_holds_that_may_be_over() {
    let ever = Timestamp(i64::MAX);
    check(
        &examine_until(OUTSIDE, &leave(-2, 48), ever),
        Unknown,
        "clock",
    );
    check(&examine_until(OUTSIDE, &leave(-9, -1), ever), Fail, "ended");
    check(
        &examine_until(OUTSIDE, &leave(1, 9), ever),
        Unknown,
        "clock",
    );
}

#[test]
fn data_below_the_class_needs_no_leave() {
    let facts = Facts::not_asked();
    let parameters = Parameters {
        from_class: DataClass::Secret,
        ..Parameters::default()
    };
    let entry = approved();
    let found = parameters.examine_at(&OUTSIDE, &case(&facts, &entry));
    check(&found, NotApplicable, "confidential");
}

#[test]
fn the_place_is_the_one_that_the_networks_prove() {
    let entry = approved();
    let examine = |place| {
        let facts = Facts {
            network: Reading::Known(Network {
                place,
                ..Network::not_asked()
            }),
            ..Facts::not_asked()
        };
        Parameters::default().examine(&case(&facts, &entry))
    };
    let outside = examine(Reading::Known(NetworkPlace::Outside));
    check(&outside, Fail, "nobody has given leave");
    let inside = examine(Reading::Known(NetworkPlace::Inside));
    check(&inside, NotApplicable, "own network");
    // The company has set up nothing that would prove it.
    check(&examine(Reading::Absent), NotApplicable, "proves");
}

#[test]
fn no_reason_for_which_the_place_is_unknown_excuses_from_leave() {
    let entry = approved();
    let text = || "beacon".to_owned();
    for why in [
        Why::NotPermitted(text()),
        Why::ToolMissing(text()),
        Why::TimedOut(text()),
        Why::Unreadable(text()),
        Why::TooLarge(text()),
        Why::Unsupported(text()),
        Why::NotAsked,
    ] {
        let examined = |network| {
            let facts = Facts {
                network,
                ..Facts::not_asked()
            };
            let found = Parameters::default().examine(&case(&facts, &entry));
            check(&found, Unknown, "could not be told");
        };
        examined(Reading::Unknown(why.clone()));
        examined(Reading::Known(Network {
            place: Reading::Unknown(why),
            ..Network::not_asked()
        }));
    }
}
