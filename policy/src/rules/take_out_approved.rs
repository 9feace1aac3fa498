//! M1: a device is outside the company's premises only with leave, and while it lasts.
//!
//! Touches the register's entry, and the place that was proved. Must never take a place that could not be told for
//! the company's own.

use super::{Case, Found, Rule, remedy_for};
use crate::facts::{Evidence, NetworkPlace};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::Reading;
use crate::register::{DataClass, TakeOut, TakeOutState};
use crate::time::Span;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "take-out-approved",
    clause: Clause {
        promise: "M1",
        edition_2013: "A.6.2.1(1)",
        edition_2022: "8.1",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// The class of data from which on a device may be outside only with leave.
    pub from_class: DataClass,
    /// How long before the leave ends the user is told.
    pub warn_before: Span,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            from_class: DataClass::Public,
            warn_before: Span::from_hours(24),
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        self.examine_at(&inside(case), case)
    }

    /// What it finds on a device of which it is told whether it is on the company's own network; absent where the
    /// company has set up nothing that would prove it.
    fn examine_at(&self, inside: &Reading<bool>, case: &Case<'_>) -> Found {
        let class = case.data_class;
        if class < self.from_class {
            let cause = Message::new("take-out-approved-below").with("class", class.name());
            return Found::new(Outcome::NotApplicable, cause);
        }
        let found = match inside {
            Reading::Absent => Found::new(
                Outcome::NotApplicable,
                Message::new("take-out-approved-no-proof"),
            )
            .for_now(),
            Reading::Known(true) => Found::new(
                Outcome::NotApplicable,
                Message::new("take-out-approved-inside"),
            ),
            Reading::Known(false) => self.outside(case),
            // With leave it does not matter where the device is.
            Reading::Unknown(why) => match self.outside(case) {
                found if found.outcome == Outcome::Pass => found,
                _ => {
                    let cause = Message::new("take-out-approved-unknown").because(why);
                    Found::new(Outcome::Unknown, cause).mended_by(remedy_for(why))
                }
            },
        };
        found.resting_on(seen(inside, case))
    }

    fn outside(&self, case: &Case<'_>) -> Found {
        let (earliest, latest) = (case.now, case.latest);
        let Some(leave) = &case.entry.take_out else {
            return fail(Message::new("take-out-approved-none"));
        };
        let until = leave.until.to_string();
        match (leave.state(earliest), leave.state(latest)) {
            (TakeOutState::InForce, TakeOutState::InForce) => self.with_leave(leave, case),
            (TakeOutState::Ended, _) => {
                fail(Message::new("take-out-approved-ended").with("until", until))
            }
            (TakeOutState::ToCome, TakeOutState::ToCome) => {
                let from = leave.from.to_string();
                fail(Message::new("take-out-approved-to-come").with("until", from))
            }
            (TakeOutState::ToCome | TakeOutState::InForce, _) => {
                let cause = Message::new("take-out-approved-clock").with("until", until);
                Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-clock"))
            }
        }
    }

    fn with_leave(&self, leave: &TakeOut, case: &Case<'_>) -> Found {
        let cause = Message::new("take-out-approved-ok").with("until", leave.until.to_string());
        let found = Found::new(Outcome::Pass, cause);
        if leave.until.since(case.now) > self.warn_before {
            found
        } else {
            found.mended_by(Message::new("take-out-approved-soon-fix"))
        }
    }
}

/// Whether the device is on the company's own network; absent where nothing is there that could be asked to prove it.
fn inside(case: &Case<'_>) -> Reading<bool> {
    match case.facts.network.fact(|network| &network.place) {
        Reading::Known(place) => Reading::Known(*place == NetworkPlace::Inside),
        Reading::Absent => Reading::Absent,
        // No reason excuses from leave: each of them can be had outside.
        Reading::Unknown(why) => Reading::Unknown(why),
    }
}

fn fail(cause: Message) -> Found {
    Found::new(Outcome::Fail, cause).mended_by(Message::new("take-out-approved-fix"))
}

fn seen(inside: &Reading<bool>, case: &Case<'_>) -> Vec<Evidence> {
    let place = match inside {
        Reading::Known(true) => "inside".to_owned(),
        Reading::Known(false) => "outside".to_owned(),
        Reading::Absent => "no beacon is set up".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    };
    let mut seen = vec![Evidence::new("place", place)];
    if let Some(leave) = &case.entry.take_out {
        let TakeOut {
            from,
            until,
            approved_by,
            purpose,
        } = leave;
        let said = format!("{from} to {until}, by {approved_by}: {purpose}");
        seen.push(Evidence::new("register: take-out", said));
    }
    seen
}

#[cfg(test)]
mod tests;
