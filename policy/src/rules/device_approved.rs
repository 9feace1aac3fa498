//! M1: only devices the company has approved may be used.
//!
//! Touches the register's entry, never the laptop's own word. Must never pass a device of which the
//! register has not been heard.

use super::{Case, Found, Rule};
use crate::facts::Evidence;
use crate::finding::{Clause, Message, Outcome};
use crate::register::Registration;
use crate::time::Span;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "device-approved",
    clause: Clause {
        promise: "M1",
        edition_2013: "A.6.2.1(1)",
        edition_2022: "8.1",
    },
};

/// How long before its approval ends a device's user is told.
const TOLD_BEFORE: Span = Span::from_days(7);

/// What a policy can set on this rule: nothing beside what every rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parameters;

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let entry = case.entry;
        let found = match entry.registration {
            None => Found::new(
                Outcome::Unknown,
                Message::new("device-approved-not-enrolled"),
            )
            .mended_by(Message::new("device-approved-not-enrolled-fix")),
            // A lost device is lost even when somebody copied it.
            Some(Registration::Lost) => fail(Message::new("device-approved-lost")),
            Some(Registration::Retired) => fail(Message::new("device-approved-retired")),
            Some(_) if entry.cloned => fail(Message::new("device-approved-cloned")),
            Some(Registration::Suspended) => fail(Message::new("device-approved-suspended")),
            Some(Registration::Pending) => {
                Found::new(Outcome::Fail, Message::new("device-approved-pending"))
                    .mended_by(Message::new("device-approved-pending-fix"))
            }
            Some(Registration::Approved) => approved(case),
        };
        found.resting_on(seen(case))
    }
}

fn approved(case: &Case<'_>) -> Found {
    match case.entry.approved_until {
        Some(until) if until <= case.now => {
            fail(Message::new("device-approved-ended").with("until", until.to_string()))
        }
        Some(_) | None if !case.group_known => Found::new(
            Outcome::Unknown,
            Message::new("device-approved-group").with("group", case.entry.group.as_str()),
        )
        .mended_by(Message::new("device-approved-fix")),
        Some(until) if until <= case.latest => Found::new(
            Outcome::Unknown,
            Message::new("device-approved-clock").with("until", until.to_string()),
        )
        .mended_by(Message::new("remedy-clock")),
        Some(until) => {
            let cause = Message::new("device-approved-until").with("until", until.to_string());
            let found = Found::new(Outcome::Pass, cause);
            if until.since(case.now) > TOLD_BEFORE {
                found
            } else {
                found.mended_by(Message::new("device-approved-until-fix"))
            }
        }
        None => Found::new(Outcome::Pass, Message::new("device-approved-ok")),
    }
}

fn fail(cause: Message) -> Found {
    Found::new(Outcome::Fail, cause).mended_by(Message::new("device-approved-fix"))
}

fn seen(case: &Case<'_>) -> Vec<Evidence> {
    let entry = case.entry;
    let mut seen = vec![Evidence::new(
        "register: registration",
        entry.registration.map_or("not told", Registration::name),
    )];
    if let Some(until) = entry.approved_until {
        seen.push(Evidence::new("register: approved until", until.to_string()));
    }
    if entry.cloned {
        seen.push(Evidence::new("register: cloned", "true"));
    }
    if !entry.group.is_empty() {
        seen.push(Evidence::new("register: group", entry.group.as_str()));
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::register::Entry;
    use crate::rules::testing::{NOW, approved, case, check};
    use crate::time::Timestamp;

    #[track_caller]
    fn examine(entry: &Entry, outcome: Outcome, says: &str) {
        let facts = Facts::not_asked();
        check(&Parameters.examine(&case(&facts, entry)), outcome, says);
    }

    fn until(until: Timestamp) -> Entry {
        Entry {
            approved_until: Some(until),
            ..approved()
        }
    }

    fn registered(registration: Registration) -> Entry {
        Entry {
            registration: Some(registration),
            ..approved()
        }
    }

    #[test]
    fn the_user_is_told_in_the_week_before_the_approval_ends() {
        let facts = Facts::not_asked();
        for (days, told) in [(8, false), (7, true), (1, true)] {
            let entry = until(NOW.after(Span::from_days(days)));
            let found = Parameters.examine(&case(&facts, &entry));
            assert_eq!(found.outcome, Outcome::Pass);
            assert_eq!(found.remedy.is_some(), told, "{days} days before");
        }
    }

    #[test]
    fn only_an_approved_device_within_its_time_passes() {
        examine(&approved(), Outcome::Pass, "has approved this device.");
        let for_long = until(NOW.after(Span::from_days(30)));
        examine(&for_long, Outcome::Pass, "until 2026-12-22T20:33:32Z");
        examine(&until(NOW), Outcome::Fail, "ended at 2026-11-22T20:33:32Z");
        let pending = registered(Registration::Pending);
        examine(&pending, Outcome::Fail, "nobody has approved it yet");
        let suspended = registered(Registration::Suspended);
        examine(&suspended, Outcome::Fail, "is suspended");
        examine(
            &registered(Registration::Retired),
            Outcome::Fail,
            "out of use",
        );
        examine(
            &registered(Registration::Lost),
            Outcome::Fail,
            "lost or stolen",
        );
    }

    #[test]
    fn a_cloned_device_fails_whatever_its_state() {
        for registration in [Registration::Approved, Registration::Pending] {
            let cloned = Entry {
                cloned: true,
                ..registered(registration)
            };
            examine(
                &cloned,
                Outcome::Fail,
                "Two machines claim to be this device",
            );
        }
    }

    #[test]
    fn a_device_the_register_has_not_spoken_of_is_unknown() {
        examine(&Entry::unknown(), Outcome::Unknown, "it is not enrolled");
    }

    #[test]
    fn an_approval_with_an_end_is_no_pass_by_a_clock_that_is_wrong() {
        let facts = Facts::not_asked();
        let by_wrong_clock = |entry: &Entry| {
            let case = Case {
                latest: NOW.after(Span::from_days(2)),
                ..case(&facts, entry)
            };
            Parameters.examine(&case)
        };
        let ends = by_wrong_clock(&until(NOW.after(Span::from_days(1))));
        check(&ends, Outcome::Unknown, "clock");
        let ended = by_wrong_clock(&until(NOW));
        check(&ended, Outcome::Fail, "ended");
        let lasts = by_wrong_clock(&until(NOW.after(Span::from_days(30))));
        check(&lasts, Outcome::Pass, "");
        check(&by_wrong_clock(&approved()), Outcome::Pass, "");
    }

    #[test]
    fn a_group_that_the_policy_does_not_know_is_no_pass() {
        let entry = Entry {
            group: "suppliers".to_owned(),
            ..approved()
        };
        let facts = Facts::not_asked();
        let case = Case {
            group_known: false,
            ..case(&facts, &entry)
        };
        check(&Parameters.examine(&case), Outcome::Unknown, "“suppliers”");
    }
}
