//! Tests of what counts as a change, and of how long a verdict holds.
//!
//! Touches memory alone. Must never wait for time to pass.

use sekisho_policy::document::Policy;
use sekisho_policy::exception::Exception;
use sekisho_policy::facts::Facts;
use sekisho_policy::finding::{
    Finding, Message, Outcome, Past, RuleId, Severity, Standing, Verdict,
};
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::judge::judge;
use sekisho_policy::register::{Entry, Registration, TakeOut};
use sekisho_policy::report::Report;
use sekisho_policy::time::{Span, Timestamp};

use super::anew::is_outdated;
use super::compare::{changes, holds_until, is_same, may_hold, turns};
use crate::in_force::Ruling;
use crate::limits::REJUDGE_SECS;

const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

fn verdict(outcome: Outcome) -> Verdict {
    Verdict {
        sequence: Sequence(1),
        judged_at: NOW,
        policy: Fingerprint::of(b"policy"),
        standing: Standing::Grace,
        findings: vec![Finding {
            rule: RuleId("disk-encrypted".to_owned()),
            own: None,
            exception: None,
            outcome,
            severity: Severity::High,
            counts: outcome == Outcome::Fail,
            cause: Message::new("cause"),
            remedy: None,
            evidence: vec![],
            first_failed_at: None,
            due_at: None,
            past: Past::default(),
        }],
    }
}

#[test]
fn a_verdict_on_another_report_at_another_time_is_the_same_verdict() {
    let mut later = verdict(Outcome::Fail);
    later.sequence = Sequence(2);
    later.judged_at = NOW.after(Span::from_hours(1));
    assert!(is_same(&verdict(Outcome::Fail), &later));
}

#[test]
fn another_outcome_standing_or_policy_is_another_verdict() {
    assert!(!is_same(&verdict(Outcome::Fail), &verdict(Outcome::Pass)));
    let mut later = verdict(Outcome::Fail);
    later.standing = Standing::Violation;
    assert!(!is_same(&verdict(Outcome::Fail), &later));
    let mut later = verdict(Outcome::Fail);
    later.policy = Fingerprint::of(b"another");
    assert!(!is_same(&verdict(Outcome::Fail), &later));
}

#[test]
fn the_log_names_the_rules_that_changed() {
    let said = changes(Some(&verdict(Outcome::Pass)), &verdict(Outcome::Fail));
    assert_eq!(said, "disk-encrypted: pass -> fail");
    assert_eq!(
        changes(None, &verdict(Outcome::Pass)),
        "disk-encrypted: none -> pass"
    );
    assert_eq!(
        changes(Some(&verdict(Outcome::Fail)), &verdict(Outcome::Fail)),
        ""
    );
}

#[test]
fn the_log_tells_of_an_exception_and_of_what_it_hides() {
    let until = NOW.after(Span::from_days(1));
    let mut excepted = verdict(Outcome::Fail);
    excepted.findings[0].exception = Some(Exception {
        rule: excepted.findings[0].rule.clone(),
        owner: String::new(),
        reason: String::new(),
        approver: String::new(),
        from: NOW,
        until,
    });
    let open = verdict(Outcome::Fail);
    let under = format!("fail (excepted until {until})");
    assert_eq!(
        changes(Some(&open), &excepted),
        format!("disk-encrypted: fail -> {under}")
    );
    assert_eq!(
        changes(Some(&excepted), &open),
        format!("disk-encrypted: {under} -> fail")
    );
    assert_eq!(changes(Some(&excepted), &excepted), "");
    let mut other = excepted.clone();
    other.findings[0].cause = Message::new("another");
    assert_eq!(
        changes(Some(&excepted), &other),
        format!("disk-encrypted: {under} -> {under}")
    );
}

#[test]
fn a_verdict_holds_until_a_grace_or_the_approval_ends_and_never_for_long() {
    let usual = NOW.after(Span::from_secs(REJUDGE_SECS));
    let soon = NOW.after(Span::from_secs(5));
    let mut graced = verdict(Outcome::Fail);
    let mut entry = Entry::unknown();
    assert_eq!(holds_until(&graced, &entry, NOW), usual);
    graced.findings[0].due_at = Some(soon);
    assert_eq!(holds_until(&graced, &entry, NOW), soon);
    graced.findings[0].due_at = Some(NOW);
    assert_eq!(
        holds_until(&graced, &entry, NOW),
        usual,
        "what has passed changes nothing more"
    );
    entry.approved_until = Some(soon);
    assert_eq!(holds_until(&graced, &entry, NOW), soon);
}

fn shipped() -> Ruling {
    Ruling {
        version: 1,
        text: String::new(),
        policy: Policy::parse(Policy::shipped_text()).unwrap(),
        applied_at: None,
        applied_by: String::new(),
        reverts: None,
        summary: String::new(),
    }
}

#[test]
fn leave_to_take_a_laptop_out_that_begins_or_ends_makes_a_verdict_old() {
    let at = |hours| NOW.after(Span::from_hours(hours));
    let ruling = shipped();
    let verdict = Verdict {
        policy: ruling.policy.fingerprint(),
        ..verdict(Outcome::Pass)
    };
    let entry = Entry {
        take_out: Some(TakeOut {
            from: at(1),
            until: at(3),
            approved_by: String::new(),
            purpose: String::new(),
        }),
        ..Entry::unknown()
    };
    let is_old = |verdict: &Verdict, hours| is_outdated(verdict, &entry, &ruling, at(hours));
    assert!(!is_old(&verdict, 0), "it has not begun");
    assert!(is_old(&verdict, 1), "it has begun");
    let while_out = Verdict {
        judged_at: at(2),
        ..verdict
    };
    assert!(!is_old(&while_out, 2), "nothing has changed since");
    assert!(is_old(&while_out, 3), "it has ended");
}

/// The verdict on a device that is approved or not, by a rule with a grace of two hours.
fn judged(before: Option<&Verdict>, approved: bool, minutes: i64) -> Verdict {
    let text = "format = 1\n[rules.device-approved]\ngrace_hours = 2\n";
    let registration = if approved {
        Registration::Approved
    } else {
        Registration::Pending
    };
    let entry = Entry {
        registration: Some(registration),
        ..Entry::unknown()
    };
    let at = NOW.after(Span::from_secs(minutes * 60));
    let report = Report {
        sequence: Sequence(1),
        taken_at: at,
        facts: Facts::not_asked(),
    };
    judge(&report, &entry, before, &Policy::parse(text).unwrap(), at)
}

#[test]
fn each_turn_of_a_finding_is_told_once() {
    let mut before = None;
    let mut told = Vec::new();
    for (approved, minutes) in [
        (true, 0),
        (false, 1),
        (false, 60),
        (false, 122),
        (false, 180),
        (true, 200),
        (true, 300),
        (false, 301),
    ] {
        let later = judged(before.as_ref(), approved, minutes);
        let turns = turns(before.as_ref(), &later);
        told.extend(
            turns
                .iter()
                .map(|(turn, rules)| (minutes, *turn, rules.clone())),
        );
        let is_same = before
            .as_ref()
            .is_some_and(|before| is_same(before, &later));
        assert!(!is_same || turns.is_empty(), "a turn would go unrecorded");
        before = Some(later);
    }
    let turn = |minutes, turn| (minutes, turn, "device-approved".to_owned());
    assert_eq!(
        told,
        [
            turn(1, "began"),
            turn(122, "due"),
            turn(200, "mended"),
            turn(301, "began")
        ]
    );
}

#[test]
fn what_breaks_and_is_mended_over_and_over_is_told_less_and_less_often() {
    let mut before = judged(None, false, 0);
    let (mut told, mut last) = (0, "began");
    for minutes in 1..=2000 {
        let approved = minutes % 2 == 1;
        let later = judged(Some(&before), approved, minutes);
        for (turn, _) in turns(Some(&before), &later) {
            told += usize::from(turn != "due");
            last = turn;
        }
        // What lasts as mended is added from the verdict; nothing adds that it is broken.
        assert!(approved || last != "mended", "after {minutes} minutes");
        before = later;
    }
    assert!((10..=24).contains(&told), "told {told} times of 2000");
}

#[test]
fn what_a_clock_that_ran_ahead_has_judged_is_judged_anew() {
    let ruling = shipped();
    let at = |secs: i64| Verdict {
        policy: ruling.policy.fingerprint(),
        judged_at: NOW.after(Span::from_secs(secs)),
        ..verdict(Outcome::Pass)
    };
    let entry = Entry::unknown();
    let year = 365 * 86_400;
    assert!(is_outdated(&at(year), &entry, &ruling, NOW));
    // What was judged while this round was under way is of a later moment.
    assert!(!is_outdated(&at(5), &entry, &ruling, NOW));
    assert!(!is_outdated(&at(-5), &entry, &ruling, NOW));
    let usual = holds_until(&at(0), &entry, NOW);
    assert!(may_hold(usual, NOW));
    assert!(!may_hold(usual, usual));
    assert!(!may_hold(usual.after(Span::from_secs(year)), NOW));
}

#[test]
fn what_no_longer_applies_is_not_told_as_mended() {
    let before = judged(None, false, 0);
    let mut later = judged(Some(&before), true, 10);
    later.findings[0].outcome = Outcome::NotApplicable;
    let told = turns(Some(&before), &later);
    assert_eq!(told, [("ended", "device-approved".to_owned())]);
}
