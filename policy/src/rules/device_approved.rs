//! M1: only devices the company has approved may be used.
//!
//! Touches the register's entry, never the laptop's own word. Must never pass a device of which the
//! register has not been heard.

use super::{Case, Found, Rule};
use crate::facts::Evidence;
use crate::finding::{Clause, Message, Outcome};
use crate::register::Registration;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "device-approved",
    clause: Clause {
        promise: "M1",
        edition_2013: "A.6.2.1(1)",
        edition_2022: "8.1",
    },
};

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
        Some(until) => Found::new(
            Outcome::Pass,
            Message::new("device-approved-until").with("until", until.to_string()),
        ),
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
