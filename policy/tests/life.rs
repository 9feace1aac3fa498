//! The life of a finding: it begins, its grace ends, it is mended, it comes back.
//!
//! Touches the judgement alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use sekisho_policy::document::Policy;
use sekisho_policy::facts::Facts;
use sekisho_policy::finding::{Finding, Standing, Verdict};
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge;
use sekisho_policy::limits::RETURNS_WITHIN;
use sekisho_policy::register::{Entry, Registration};
use sekisho_policy::report::Report;
use sekisho_policy::time::{Span, Timestamp};

const NOON: Timestamp = Timestamp::from_secs(1_795_379_612);
const GRACE: Span = Span::from_hours(2);

/// A device that is approved or waits for it, judged again and again by a rule with a grace.
struct Device {
    policy: Policy,
    verdict: Option<Verdict>,
}

impl Device {
    fn new() -> Self {
        let text = "format = 1\n[rules.device-approved]\ngrace_hours = 2\n";
        Self {
            policy: Policy::parse(text).unwrap(),
            verdict: None,
        }
    }

    fn judged(&mut self, approved: bool, at: Timestamp) -> Finding {
        let report = Report {
            sequence: Sequence(1),
            taken_at: at,
            facts: Facts::not_asked(),
        };
        let registration = if approved {
            Registration::Approved
        } else {
            Registration::Pending
        };
        let entry = Entry {
            registration: Some(registration),
            ..Entry::unknown()
        };
        let verdict = judge(&report, &entry, self.verdict.as_ref(), &self.policy, at);
        let finding = verdict.findings.first().unwrap().clone();
        self.verdict = Some(verdict);
        finding
    }

    fn standing(&self) -> Standing {
        self.verdict.as_ref().unwrap().standing
    }
}

fn at(minutes: i64) -> Timestamp {
    NOON.after(Span::from_secs(minutes * 60))
}

#[test]
fn what_is_switched_to_and_fro_gains_no_grace() {
    let mut device = Device::new();
    let began = device.judged(false, at(0));
    assert_eq!(began.first_failed_at, Some(at(0)));
    for round in 1..=6 {
        let mended = device.judged(true, at(round * 20 - 10));
        assert_eq!((mended.first_failed_at, mended.due_at), (None, None));
        assert_eq!(device.standing(), Standing::Compliant);
        let past = mended.past.mended.unwrap();
        assert_eq!(
            (past.first_failed_at, past.at),
            (at(0), at(round * 20 - 10))
        );
        let back = device.judged(false, at(round * 20));
        assert_eq!(back.due_at, Some(at(0).after(GRACE)), "round {round}");
        assert_eq!(i64::from(back.past.returns), round);
        assert_eq!(back.past.mended, None);
    }
    assert_eq!(device.standing(), Standing::Violation, "two hours are over");
}

#[test]
fn what_was_mended_for_an_hour_begins_anew() {
    for (kept, anew) in [(Span(RETURNS_WITHIN.0 - 1), false), (RETURNS_WITHIN, true)] {
        let mut device = Device::new();
        device.judged(false, at(0));
        device.judged(true, at(10));
        // Looked at in between, which changes nothing.
        device.judged(true, at(20));
        let again = at(10).after(kept);
        let back = device.judged(false, again);
        let first = if anew { again } else { at(0) };
        assert_eq!(back.first_failed_at, Some(first));
        assert_eq!(back.past.returns, u32::from(!anew));
    }
}

#[test]
fn a_clock_that_is_set_back_makes_no_new_finding() {
    let mut device = Device::new();
    device.judged(false, at(0));
    device.judged(true, at(600));
    let back = device.judged(false, at(300));
    assert_eq!(back.first_failed_at, Some(at(0)));
    let lasts = device.judged(false, at(-300));
    assert_eq!(lasts.first_failed_at, Some(at(-300)), "none lies ahead");
}
