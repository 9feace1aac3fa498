//! Exceptions: what they cover, for how long, and what they do not.
//!
//! Touches nothing.

use super::*;

/// An exception from the encryption of disks between two hours.
fn exception(from: i64, until: i64) -> Exception {
    Exception {
        rule: RuleId("disk-encrypted".to_owned()),
        expression: None,
        owner: "Aiko".to_owned(),
        reason: "a new laptop comes".to_owned(),
        approver: "Kenji".to_owned(),
        from: at(from),
        until: at(until),
    }
}

fn excepted(exceptions: Vec<Exception>) -> Entry {
    Entry {
        exceptions,
        ..approved()
    }
}

#[test]
fn a_broken_rule_under_an_exception_stays_broken_and_does_not_count() {
    let policy = policy(POLICY);
    let entry = excepted(vec![exception(0, 48), exception(0, 72)]);
    for (report, outcome) in [(bad(), Outcome::Fail), (dark(), Outcome::Unknown)] {
        let verdict = judge(&report, &entry, None, &policy, NOW);
        assert_eq!(verdict.standing, Standing::Compliant);
        let finding = &verdict.findings[1];
        assert_eq!(finding.outcome, outcome);
        assert!(!finding.counts);
        assert_eq!(finding.due_at, None);
        assert_eq!(finding.exception, Some(exception(0, 72)));
    }
    let verdict = judge(&good(), &entry, None, &policy, NOW);
    assert_eq!(verdict.findings[1].exception, None);
}

#[test]
fn an_exception_begins_and_ends_by_itself_and_gives_no_new_grace() {
    let policy = policy(POLICY);
    let entry = excepted(vec![exception(10, 50)]);
    let mut standing = None;
    let mut stands = |hours: i64| {
        let verdict = judge(&bad(), &entry, standing.as_ref(), &policy, at(hours));
        let now = verdict.standing;
        assert_eq!(verdict.findings[1].first_failed_at, Some(NOW));
        standing = Some(verdict);
        now
    };
    assert_eq!(stands(0), Standing::Grace);
    assert_eq!(stands(10), Standing::Compliant);
    assert_eq!(stands(49), Standing::Compliant);
    // The grace of 24 hours ran out meanwhile.
    assert_eq!(stands(50), Standing::Violation);
}

#[test]
fn an_exception_is_from_one_rule_and_not_by_a_clock_that_is_wrong() {
    let policy = policy(POLICY);
    let other = Exception {
        rule: RuleId("device-approved".to_owned()),
        ..exception(0, 48)
    };
    let verdict = judge(&bad(), &excepted(vec![other]), None, &policy, NOW);
    assert_eq!(verdict.standing, Standing::Grace);
    let entry = excepted(vec![exception(0, 48)]);
    for (moment, counts) in [
        (Moment::at(at(47)), false),
        (Moment::between(at(40), at(60)), true),
        (Moment::between(at(-1), at(1)), true),
        (Moment::not_before(at(1)), true),
    ] {
        let verdict = judge_since(&bad(), &entry, |_| None, &policy, moment);
        assert_eq!(verdict.findings[1].counts, counts, "{moment:?}");
    }
}

#[test]
fn no_exception_stands_in_for_the_approval_of_a_device() {
    let policy = policy("format = 1\n[rules.device-approved]\n");
    let lost = Entry {
        registration: Some(Registration::Lost),
        ..excepted(vec![Exception {
            rule: RuleId("device-approved".to_owned()),
            ..exception(0, 48)
        }])
    };
    let verdict = judge(&good(), &lost, None, &policy, NOW);
    assert_eq!(verdict.standing, Standing::Violation);
    assert_eq!(verdict.findings[0].exception, None);
}

#[test]
fn nothing_but_exceptions_is_not_compliant() {
    let policy = policy("format = 1\n[rules.disk-encrypted]\n");
    let entry = excepted(vec![exception(0, 48)]);
    let verdict = judge(&bad(), &entry, None, &policy, NOW);
    assert_eq!(verdict.standing, Standing::Undecided);
}

const OWN: &str = "format = 1
[rules.device-approved]
[company-rules.own]
title = { en = \"Own\", ja = \"独自\" }
remedy = { en = \"Mend it.\", ja = \"直してください。\" }
severity = \"high\"
grace_hours = 0
unknown = \"fail\"
expression = \"\"\"
  volumes.exists(v, v.path == '/never') ||
  volumes.exists(v, v.path == '/ever')
\"\"\"
";

#[test]
fn an_exception_is_from_what_the_companys_rule_asked_and_not_from_its_name() {
    let (own, broken_otherwise) = (policy(OWN), OWN.replace("/ever", "/nowhere"));
    let asks = own
        .default_group()
        .rule("company.own")
        .unwrap()
        .parameters
        .asks();
    let named = |expression| Exception {
        rule: RuleId("company.own".to_owned()),
        expression,
        ..exception(0, 48)
    };
    let counts = |text: &str, expression| {
        let entry = excepted(vec![named(expression)]);
        let verdict = judge(&good(), &entry, None, &policy(text), NOW);
        let own = verdict
            .findings
            .iter()
            .find(|one| one.rule.0 == "company.own");
        let own = own.unwrap();
        let told = own.evidence.iter().any(|line| line.source == "exception");
        assert_eq!(told, own.counts, "{own:?}");
        own.counts
    };
    assert!(!counts(OWN, asks));
    assert!(counts(&broken_otherwise, asks));
    // Otherwise written is not otherwise asked, and an exception of before goes by the name.
    let reformatted = OWN.replace("\n  volumes", "\n volumes");
    assert_ne!(reformatted, OWN);
    assert!(!counts(&reformatted, asks));
    assert!(!counts(&broken_otherwise, None));
    // Nothing is said of it where the rule is kept.
    let kept = OWN.replace("/ever", "/");
    assert!(!counts(&kept, asks));
}
