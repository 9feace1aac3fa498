//! How findings add up over time.
//!
//! Touches nothing. Must never test what one rule finds.

mod exceptions;

use super::*;
use crate::facts::{
    AntivirusProduct, Detection, DetectionState, Facts, Platform, SecureBoot, Software,
};
use crate::finding::Severity;
use crate::id::Sequence;
use crate::reading::{Reading, Why};
use crate::register::Registration;
use crate::rules::testing::{NOW, approved, encrypted, plain};

const POLICY: &str = "format = 1\n\
    [rules.device-approved]\n\
    [rules.disk-encrypted]\ngrace_hours = 24\nseverity = \"critical\"\n";

fn policy(text: &str) -> Policy {
    Policy::parse(text).expect("a policy")
}

fn report(volumes: Reading<Vec<crate::facts::Volume>>) -> Report {
    Report {
        sequence: Sequence(7),
        taken_at: NOW,
        facts: Facts {
            volumes,
            ..Facts::not_asked()
        },
    }
}

fn good() -> Report {
    report(Reading::Known(vec![encrypted("/")]))
}

fn bad() -> Report {
    report(Reading::Known(vec![plain("/")]))
}

fn dark() -> Report {
    report(Reading::Unknown(Why::TimedOut("10 s".to_owned())))
}

fn at(hours: i64) -> Timestamp {
    NOW.after(Span::from_hours(hours))
}

#[test]
fn a_broken_rule_is_in_grace_and_then_a_violation() {
    let policy = policy(POLICY);
    let first = judge(&bad(), &approved(), None, &policy, NOW);
    assert_eq!(first.standing, Standing::Grace);
    assert_eq!(first.policy, policy.fingerprint());
    assert_eq!(first.sequence, Sequence(7));
    let finding = &first.findings[1];
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(finding.first_failed_at, Some(NOW));
    assert_eq!(finding.due_at, Some(at(24)));
    let later = judge(&bad(), &approved(), Some(&first), &policy, at(23));
    assert_eq!(later.standing, Standing::Grace);
    assert_eq!(later.findings[1].first_failed_at, Some(NOW));
    let due = judge(&bad(), &approved(), Some(&later), &policy, at(24));
    assert_eq!(due.standing, Standing::Violation);
}

#[test]
fn a_rule_that_concerns_the_laptop_no_more_ends_its_finding() {
    let policy = policy("format = 1\n[rules.secure-boot]\ngrace_hours = 24\n");
    let firmware = |secure_boot| {
        let mut report = good();
        report.facts.platform = Reading::Known(Platform {
            secure_boot,
            ..Platform::not_asked()
        });
        report
    };
    let off = firmware(Reading::Known(SecureBoot {
        enabled: false,
        evidence: vec![],
    }));
    let broken = judge(&off, &approved(), None, &policy, NOW);
    assert_eq!(broken.findings[0].first_failed_at, Some(NOW));
    let bios = firmware(Reading::Absent);
    let gone = judge(&bios, &approved(), Some(&broken), &policy, at(1));
    assert_eq!(gone.findings[0].outcome, Outcome::NotApplicable);
    assert_eq!(gone.findings[0].first_failed_at, None);
}

#[test]
fn a_rule_that_was_kept_again_begins_a_new_grace() {
    let policy = policy(POLICY);
    let broken = judge(&bad(), &approved(), None, &policy, NOW);
    let mended = judge(&good(), &approved(), Some(&broken), &policy, at(1));
    assert_eq!(mended.standing, Standing::Compliant);
    assert_eq!(mended.findings[1].first_failed_at, None);
    let again = judge(&bad(), &approved(), Some(&mended), &policy, at(30));
    assert_eq!(again.standing, Standing::Grace);
    assert_eq!(again.findings[1].first_failed_at, Some(at(30)));
}

#[test]
fn not_telling_does_not_stop_a_grace_that_runs() {
    let policy = policy(POLICY);
    let broken = judge(&bad(), &approved(), None, &policy, NOW);
    let hidden = judge(&dark(), &approved(), Some(&broken), &policy, at(23));
    assert_eq!(hidden.standing, Standing::Grace);
    let due = judge(&bad(), &approved(), Some(&hidden), &policy, at(25));
    assert_eq!(due.standing, Standing::Violation);
    assert_eq!(due.findings[1].first_failed_at, Some(NOW));
}

#[test]
fn an_unknown_that_is_only_reported_leaves_the_device_undecided() {
    let lenient = policy(&POLICY.replace("grace_hours = 24", "unknown = \"report\""));
    let verdict = judge(&dark(), &approved(), None, &lenient, NOW);
    assert_eq!(verdict.standing, Standing::Undecided);
    assert!(!verdict.findings[1].counts);
    assert_eq!(verdict.findings[1].due_at, None);
}

#[test]
fn an_unknown_that_is_only_reported_gives_no_new_grace() {
    let grace = "grace_hours = 24\nunknown = \"report\"";
    let lenient = policy(&POLICY.replace("grace_hours = 24", grace));
    let broken = judge(&bad(), &approved(), None, &lenient, NOW);
    let hidden = judge(&dark(), &approved(), Some(&broken), &lenient, at(10));
    assert_eq!(hidden.standing, Standing::Undecided);
    assert_eq!(hidden.findings[1].due_at, None, "it does not count");
    let still = judge(&dark(), &approved(), Some(&hidden), &lenient, at(20));
    let due = judge(&bad(), &approved(), Some(&still), &lenient, at(25));
    assert_eq!(due.standing, Standing::Violation);
    assert_eq!(due.findings[1].first_failed_at, Some(NOW));
}

fn defended(antivirus: Reading<Vec<AntivirusProduct>>) -> Report {
    let mut report = good();
    report.facts.antivirus = antivirus;
    report
}

fn finds(detections: Reading<Vec<Detection>>) -> Report {
    defended(Reading::Known(vec![AntivirusProduct {
        detections,
        ..AntivirusProduct::named("Defender", "Microsoft")
    }]))
}

#[test]
fn malware_that_was_found_counts_though_the_antivirus_is_silenced_or_removed() {
    let policy = policy(
        "format = 1\n[rules.device-approved]\n\
         [rules.no-active-malware]\ngrace_hours = 0\nunknown = \"report\"\n",
    );
    let trojan = Detection {
        name: "Trojan".to_owned(),
        at: Reading::Known(NOW),
        state: Reading::Known(DetectionState::Active),
    };
    let silent = || finds(Reading::Unknown(Why::NotPermitted("mdatp".to_owned())));
    let other = || {
        let clamav = AntivirusProduct::named("ClamAV", "Cisco");
        defended(Reading::Known(vec![clamav]))
    };
    let broken = judge(
        &finds(Reading::Known(vec![trojan])),
        &approved(),
        None,
        &policy,
        NOW,
    );
    assert_eq!(broken.standing, Standing::Violation);
    let mut standing = broken;
    for (hours, report) in [
        (1, silent()),
        (2, other()),
        (3, defended(Reading::Absent)),
        (4, silent()),
    ] {
        standing = judge(&report, &approved(), Some(&standing), &policy, at(hours));
        assert_eq!(standing.standing, Standing::Violation, "{hours}");
        let finding = &standing.findings[1];
        assert_eq!(finding.outcome, Outcome::Unknown, "{hours}");
        assert_eq!(finding.first_failed_at, Some(NOW), "{hours}");
        assert!(finding.remedy.is_some(), "{hours}");
    }
    let clean = finds(Reading::Known(vec![]));
    let mended = judge(&clean, &approved(), Some(&standing), &policy, at(5));
    assert_eq!(mended.standing, Standing::Compliant);
    // Where nothing was found, silence is no outbreak.
    let quiet = judge(&silent(), &approved(), None, &policy, NOW);
    assert_eq!(quiet.standing, Standing::Undecided);
    let quiet = judge(&other(), &approved(), Some(&quiet), &policy, at(1));
    assert_eq!(quiet.standing, Standing::Compliant);
}

#[test]
fn a_policy_that_asks_nothing_finds_nobody_compliant() {
    let empty = policy("format = 1\n");
    let verdict = judge(&good(), &approved(), None, &empty, NOW);
    assert_eq!(verdict.standing, Standing::Undecided);
    let nothing = policy("format = 1\n[rules.software-allowed]\n");
    let verdict = judge(&good(), &approved(), None, &nothing, NOW);
    assert_eq!(verdict.findings[0].outcome, Outcome::NotApplicable);
    assert_eq!(verdict.standing, Standing::Undecided);
}

#[test]
fn a_device_is_judged_by_its_own_group() {
    let policy = policy(
        "format = 1\n[rules.device-approved]\n[rules.disk-encrypted]\ngrace_hours = 24\n\
         [groups.suppliers.rules.disk-encrypted]\ngrace_hours = 0\n",
    );
    let mut entry = approved();
    entry.group = "suppliers".to_owned();
    let verdict = judge(&bad(), &entry, None, &policy, NOW);
    assert_eq!(verdict.standing, Standing::Violation);
    entry.group = "nobody".to_owned();
    let verdict = judge(&good(), &entry, None, &policy, NOW);
    assert_eq!(verdict.findings[0].outcome, Outcome::Unknown);
    assert_eq!(verdict.standing, Standing::Violation);
}

#[test]
fn a_device_whose_group_is_gone_is_not_compliant_even_where_nothing_else_says_so() {
    let policy = policy("format = 1\n[rules.disk-encrypted]\n");
    let mut entry = approved();
    let standing = |entry: &Entry| judge(&good(), entry, None, &policy, NOW).standing;
    assert_eq!(standing(&entry), Standing::Compliant);
    entry.group = "gone".to_owned();
    assert_eq!(standing(&entry), Standing::Undecided);
}

#[test]
fn the_register_outranks_the_class_of_the_group() {
    let policy = policy(&POLICY.replace("grace_hours = 24", "from_class = \"confidential\""));
    let mut entry = approved();
    let outcome = |entry: &Entry| judge(&bad(), entry, None, &policy, NOW).findings[1].outcome;
    assert_eq!(outcome(&entry), Outcome::Fail);
    entry.data_class = Some(crate::register::DataClass::Public);
    assert_eq!(outcome(&entry), Outcome::NotApplicable);
}

#[test]
fn a_clock_that_is_off_is_said_in_the_evidence_and_moves_no_first_time_ahead() {
    let policy = policy(POLICY);
    let ahead = judge(&bad(), &approved(), None, &policy, at(24 * 365));
    let verdict = judge(&bad(), &approved(), Some(&ahead), &policy, at(2));
    assert_eq!(verdict.findings[1].first_failed_at, Some(at(2)));
    let last = verdict.findings[1].evidence.last().expect("evidence");
    assert_eq!(last.source, "report: taken at");
    assert_eq!(
        last.value,
        "2026-11-22T20:33:32Z, judged at 2026-11-22T22:33:32Z"
    );
    let near = judge(&bad(), &approved(), None, &policy, at(1));
    let sources: Vec<&str> = near.findings[1]
        .evidence
        .iter()
        .map(|line| &*line.source)
        .collect();
    assert!(!sources.contains(&"report: taken at"));
}

#[test]
fn a_registration_that_ends_counts_at_once() {
    let policy = policy(POLICY);
    let mut entry = approved();
    entry.registration = Some(Registration::Lost);
    let mut report = good();
    report.facts.software = Reading::Known(Software::default());
    let verdict = judge(&report, &entry, None, &policy, NOW);
    assert_eq!(verdict.standing, Standing::Violation);
    assert_eq!(verdict.findings.len(), 2);
}

/// A rule of the company's own.
fn own(name: &str, expression: &str) -> String {
    format!(
        "[company-rules.{name}]\ntitle = {{ en = 'a', ja = 'a' }}\n\
         remedy = {{ en = 'a', ja = 'a' }}\nexpression = \"{expression}\"\n"
    )
}

#[test]
fn what_is_remembered_changes_no_judgement() {
    let software_rule = |name: &str| {
        format!(
            "[rules.software-allowed]\ndeny = [\"{name}\"]\n\
             [groups.suppliers.rules.software-allowed]\ndeny = [\"browser\"]\n"
        )
    };
    let rules = |name: &str| {
        let both = format!("volumes.all(v, v.encrypted) && packages.exists(p, p.name != '{name}')");
        [
            "[rules.disk-encrypted]\n".to_owned(),
            software_rule(name),
            own("a", &both),
            own(
                "b",
                "packages.exists(p, p.name == 'editor') && device.group == ''",
            ),
        ]
    };
    let read = |rules: &[String]| policy(&format!("format = 1\n{}", rules.concat()));
    let all = ["torrent", "browser"].map(rules);
    let software = ["torrent", "browser", "editor"].map(|name| software(&[name]));
    let mut report = good();
    let mut entry = approved();
    let mut memory = Memory::default();
    let mut outcomes = std::collections::BTreeSet::new();
    for step in 0..144 {
        if step % 3 == 0 {
            report.facts.software = software[step / 3 % 3].clone();
            memory.forget(crate::facts::SectionKind::Software);
        }
        report.facts.volumes = if step % 5 == 0 { bad() } else { good() }.facts.volumes;
        memory.forget(crate::facts::SectionKind::Volumes);
        entry.group = ["", "suppliers", "nobody"][step / 9 % 3].to_owned();
        let rules = &all[step / 7 % 2];
        let now = at(i64::try_from(step).expect("a small number"));
        let again = judge_again(&report, &entry, None, &read(rules), now, &mut memory);
        // Alone a rule can be given nothing that another has found.
        let alone: Vec<_> = rules
            .iter()
            .flat_map(|rule| {
                let policy = read(std::slice::from_ref(rule));
                judge(&report, &entry, None, &policy, now).findings
            })
            .collect();
        assert_eq!(again.findings.len(), alone.len());
        for finding in again.findings {
            assert!(alone.contains(&finding), "step {step}: {finding:?}");
            outcomes.insert((finding.rule.0, finding.outcome));
        }
    }
    for rule in [
        "company.a",
        "company.b",
        "disk-encrypted",
        "software-allowed",
    ] {
        for outcome in [Outcome::Pass, Outcome::Fail] {
            assert!(
                outcomes.contains(&(rule.to_owned(), outcome)),
                "{rule} {outcome:?}"
            );
        }
    }
}

#[test]
fn unchanged_software_is_not_gone_through_again() {
    let policy = policy("format = 1\n[rules.software-allowed]\ndeny = [\"torrent\"]\n");
    let mut report = good();
    report.facts.software = software(&["editor"]);
    let mut memory = Memory::default();
    let mut outcome = |report: &Report| {
        let verdict = judge_again(report, &approved(), None, &policy, NOW, &mut memory);
        verdict.findings[0].outcome
    };
    assert_eq!(outcome(&report), Outcome::Pass);
    // Nobody says that it changed, and so it is not looked at.
    report.facts.software = software(&["torrent"]);
    assert_eq!(outcome(&report), Outcome::Pass);
    memory.forget(crate::facts::SectionKind::Software);
    let verdict = judge_again(&report, &approved(), None, &policy, NOW, &mut memory);
    assert_eq!(verdict.findings[0].outcome, Outcome::Fail);
}

fn software(names: &[&str]) -> Reading<Software> {
    use crate::facts::{Package, PackageScope, PackageSource, PackageState};
    let package = |name: &&str| Package {
        source: PackageSource::Dpkg,
        name: (*name).to_owned(),
        architecture: "amd64".to_owned(),
        version: "1".to_owned(),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    };
    Reading::Known(Software {
        sources: vec![(PackageSource::Dpkg, Reading::Known(1))],
        packages: names.iter().map(package).collect(),
    })
}

#[test]
fn whoever_logs_out_gets_no_new_grace_for_the_lock() {
    use crate::facts::{Desktop, Platform, ScreenLock};
    let policy =
        policy("format = 1\n[rules.device-approved]\n[rules.screen-locks]\ngrace_hours = 24\n");
    let at_screen = |locks: &[Reading<u32>]| {
        let lock = |locks_after_secs: &Reading<u32>| ScreenLock {
            user: "aiko".to_owned(),
            desktop: Desktop::Gnome,
            locks_after_secs: locks_after_secs.clone(),
            evidence: vec![],
        };
        let mut report = good();
        report.facts.platform = Reading::Known(Platform {
            screen_locks: Reading::Known(locks.iter().map(lock).collect()),
            ..Platform::not_asked()
        });
        report
    };
    let (never, good) = ([Reading::Absent], [Reading::Known(300)]);
    let first = judge(&at_screen(&never), &approved(), None, &policy, NOW);
    assert_eq!(first.standing, Standing::Grace);
    let out = judge(&at_screen(&[]), &approved(), Some(&first), &policy, at(12));
    assert_eq!(out.findings[1].outcome, Outcome::NotApplicable);
    assert_eq!(out.standing, Standing::Compliant);
    let back = judge(&at_screen(&never), &approved(), Some(&out), &policy, at(25));
    assert_eq!(back.findings[1].first_failed_at, Some(NOW));
    assert_eq!(back.standing, Standing::Violation);
    let mended = judge(&at_screen(&good), &approved(), Some(&out), &policy, at(25));
    let out = judge(&at_screen(&[]), &approved(), Some(&mended), &policy, at(26));
    let again = judge(&at_screen(&never), &approved(), Some(&out), &policy, at(27));
    assert_eq!(again.findings[1].first_failed_at, Some(at(27)));
}
