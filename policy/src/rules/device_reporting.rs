//! M6: what a laptop shows is looked at again and again, so that none is silent for long.
//!
//! Touches the register's entry, never the laptop's own word or clock. Must never take the time in which the
//! collector could not hear anything for a laptop's silence.

use super::{Case, Found, Rule};
use crate::document::{Group, Policy};
use crate::facts::Evidence;
use crate::finding::{Clause, Message, Outcome};
use crate::register::Entry;
use crate::time::Span;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "device-reporting",
    clause: Clause {
        promise: "M6",
        edition_2013: "A.6.2.2(1)①",
        edition_2022: "6.7",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// How long the collector may hear nothing of a device.
    pub max_silence: Span,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_silence: Span::from_days(14),
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let Some(silent) = case.entry.silent else {
            let cause = Message::new("device-reporting-elsewhere");
            return Found::new(Outcome::NotApplicable, cause);
        };
        if case.entry.cloned {
            let cause = Message::new("device-reporting-cloned");
            return Found::new(Outcome::NotApplicable, cause);
        }
        if !must_report(case.entry) {
            let cause = Message::new("device-reporting-out");
            return Found::new(Outcome::NotApplicable, cause);
        }
        if silent <= self.max_silence {
            return Found::new(Outcome::Pass, Message::new("device-reporting-ok"));
        }
        let hours = |span: Span| (span.secs() / 3600).to_string();
        let cause = Message::new("device-reporting-silent")
            .with("days", (silent.secs() / 86_400).to_string())
            .with("limit", hours(self.max_silence));
        let seen = format!("{} h", hours(silent));
        Found::new(Outcome::Fail, cause)
            .mended_by(Message::new("device-reporting-fix"))
            .resting_on([Evidence::new("collector: no report for", seen)])
    }
}

/// Whether the policy calls a device silent for too long, by what the register says of it.
#[must_use]
pub fn is_broken(policy: &Policy, entry: &Entry) -> bool {
    let group = policy.group(&entry.group);
    let limit = group
        .unwrap_or_else(|| policy.default_group())
        .max_silence();
    let (Some(limit), Some(silent)) = (limit, entry.silent) else {
        return false;
    };
    must_report(entry) && silent > limit
}

/// A device that is suspended, out of use or lost may not connect, and of one that two machines claim to be no report
/// is taken: it is not its own silence.
const fn must_report(entry: &Entry) -> bool {
    match entry.registration {
        _ if entry.cloned => false,
        Some(state) => state.may_attach(),
        None => true,
    }
}

/// For how long a time in which no device at all reports counts as silence: a quarter of the shortest that the policy
/// allows any group. Where that much has passed it is the collector that hears nobody, and not all laptops that are
/// silent at once. Seen from two weeks it is a long weekend.
#[must_use]
pub fn nobody_reports_max(policy: &Policy) -> Span {
    let named = policy.group_names().filter_map(|name| policy.group(name));
    let groups = std::iter::once(policy.default_group()).chain(named);
    let shortest = groups.filter_map(Group::max_silence).min();
    let shortest = shortest.unwrap_or_else(|| Parameters::default().max_silence);
    Span(shortest.0.saturating_div(4))
}

impl Group {
    /// How long the collector may hear nothing of a device of the group; `None` where the policy does not say.
    #[must_use]
    pub fn max_silence(&self) -> Option<Span> {
        self.rules.iter().find_map(|rule| {
            if let super::Parameters::DeviceReporting(parameters) = &rule.parameters {
                return Some(parameters.max_silence);
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::register::Registration;
    use crate::rules::testing::{approved, case, check};

    fn silent(registration: Registration, silent: Option<Span>) -> Entry {
        Entry {
            registration: Some(registration),
            silent,
            ..approved()
        }
    }

    #[track_caller]
    fn finds(entry: &Entry, outcome: Outcome, says: &str) {
        let facts = Facts::not_asked();
        let found = Parameters::default().examine(&case(&facts, entry));
        check(&found, outcome, says);
        let policy = Policy::parse("format = 1\n[rules.device-reporting]\n").unwrap();
        assert_eq!(is_broken(&policy, entry), outcome == Outcome::Fail);
    }

    #[test]
    fn a_device_is_silent_past_the_limit_and_not_at_it() {
        let limit = Span::from_days(14);
        let longer = Span(limit.0 + 1);
        for state in [Registration::Approved, Registration::Pending] {
            finds(&silent(state, Some(Span(0))), Outcome::Pass, "");
            finds(&silent(state, Some(limit)), Outcome::Pass, "");
            finds(&silent(state, Some(longer)), Outcome::Fail, "14 days");
        }
    }

    #[test]
    fn of_whom_no_report_is_taken_is_not_silent() {
        let cloned = Entry {
            cloned: true,
            ..silent(Registration::Approved, Some(Span::from_days(400)))
        };
        finds(&cloned, Outcome::NotApplicable, "claim");
    }

    #[test]
    fn a_time_in_which_nobody_reports_counts_for_a_quarter_of_the_shortest_allowed() {
        let quarter = |text: &str| nobody_reports_max(&Policy::parse(text).unwrap());
        assert_eq!(quarter("format = 1\n"), Span::from_hours(84));
        let groups = "format = 1\n[rules.device-reporting]\nmax_silence_hours = 400\n\
                      [groups.sales.rules.device-reporting]\nmax_silence_hours = 40\n";
        assert_eq!(quarter(groups), Span::from_hours(10));
    }

    #[test]
    fn who_may_not_connect_is_not_silent_and_the_laptop_cannot_tell() {
        let long = Some(Span::from_days(400));
        for state in [
            Registration::Suspended,
            Registration::Retired,
            Registration::Lost,
        ] {
            finds(&silent(state, long), Outcome::NotApplicable, "");
        }
        finds(
            &silent(Registration::Approved, None),
            Outcome::NotApplicable,
            "collector",
        );
    }
}
