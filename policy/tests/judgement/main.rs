//! What holds of every judgement, whatever the facts, the register, the policy and the time.
//!
//! Touches nothing. Must never build a laptop that the vocabulary cannot say.

mod antivirus;
mod memory;
mod network;

use proptest::prelude::*;
use sekisho_policy::document::Policy;
use sekisho_policy::facts::{
    Administrator, Administrators, Desktop, Encryption, EncryptionKind, Evidence, Exemption, Facts,
    Firewall, Package, PackageScope, PackageSource, PackageState, PendingUpdate, Place,
    PlainReason, Platform, Release, ScreenLock, SecureBoot, Software, Updates, Volume,
};
use sekisho_policy::finding::{Outcome, Standing, Verdict};
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::{judge, judge_since};
use sekisho_policy::limits::{EVIDENCE_MAX, FINDINGS_MAX};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{DataClass, Entry, Registration, TakeOut};
use sekisho_policy::report::Report;
use sekisho_policy::time::{Moment, Span, Timestamp};
use sekisho_policy::words::{Language, say};

fn why() -> impl Strategy<Value = Why> {
    prop_oneof![
        any::<String>().prop_map(Why::NotPermitted),
        any::<String>().prop_map(Why::TimedOut),
        any::<String>().prop_map(Why::Unreadable),
        Just(Why::NotAsked),
    ]
}

fn reading<T: std::fmt::Debug + Clone + 'static>(
    known: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Reading<T>> {
    prop_oneof![
        8 => known.prop_map(Reading::Known),
        1 => Just(Reading::Absent),
        1 => why().prop_map(Reading::Unknown),
    ]
}

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        6 => (1_790_000_000_i64..1_800_000_000).prop_map(Timestamp::from_secs),
        1 => any::<i64>().prop_map(Timestamp),
    ]
}

fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
    prop::collection::vec(
        (any::<String>(), any::<String>()).prop_map(|(source, value)| Evidence { source, value }),
        0..3,
    )
}

fn encryption() -> impl Strategy<Value = Encryption> {
    prop_oneof![
        4 => prop::sample::select(EncryptionKind::ALL.to_vec()).prop_map(Encryption::Encrypted),
        1 => Just(Encryption::Plain(PlainReason::NoEncryption)),
        1 => any::<String>().prop_map(|leg| Encryption::Plain(PlainReason::PlainLeg(leg))),
        1 => Just(Encryption::Plain(PlainReason::CipherNull)),
    ]
}

fn volume() -> impl Strategy<Value = Volume> {
    let exemption = prop::option::weighted(
        0.3,
        prop::sample::select(vec![
            Exemption::EfiSystem,
            Exemption::Boot,
            Exemption::ReadOnlyImage,
            Exemption::Memory,
            Exemption::Network,
        ]),
    );
    let place = prop_oneof![
        4 => any::<String>().prop_map(Place::Mounted),
        1 => any::<String>().prop_map(Place::Swap),
        1 => any::<String>().prop_map(Place::Unmounted),
    ];
    let size = prop::option::of(any::<u64>());
    let removable = reading(any::<bool>());
    (
        place,
        any::<String>(),
        size,
        removable,
        exemption,
        reading(encryption()),
        evidence(),
    )
        .prop_map(
            |(place, source, size_bytes, removable, exemption, encryption, evidence)| Volume {
                place,
                device: "8:1".to_owned(),
                source,
                filesystem: "ext4".to_owned(),
                size_bytes,
                removable,
                exemption,
                encryption,
                evidence,
            },
        )
}

fn package() -> impl Strategy<Value = Package> {
    let name = prop_oneof![
        Just("dropbox".to_owned()),
        Just("bash".to_owned()),
        any::<String>()
    ];
    let source = prop::sample::select(vec![PackageSource::Dpkg, PackageSource::Snap]);
    (source, name, any::<String>()).prop_map(|(source, name, version)| Package {
        source,
        name,
        architecture: String::new(),
        version,
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    })
}

fn software() -> impl Strategy<Value = Software> {
    let source = prop::sample::select(vec![PackageSource::Dpkg, PackageSource::Flatpak]);
    let sources = prop::collection::vec((source, reading(any::<u32>())), 0..3);
    (sources, prop::collection::vec(package(), 0..6))
        .prop_map(|(sources, packages)| Software { sources, packages })
}

fn release() -> impl Strategy<Value = Release> {
    let id = prop::sample::select(vec!["debian", "ubuntu", "arch", "rhel", ""]);
    let version = prop::sample::select(vec!["12", "11", "22.04", "9.4", ""]);
    let version = reading(version.prop_map(str::to_owned));
    (id, version, any::<String>(), reading(time()), evidence()).prop_map(
        |(id, version, name, supported_until, evidence)| Release {
            id: id.to_owned(),
            version,
            name,
            supported_until,
            evidence,
        },
    )
}

fn updates() -> impl Strategy<Value = Updates> {
    let pending =
        any::<[String; 4]>().prop_map(|[name, architecture, installed, available]| PendingUpdate {
            name,
            architecture,
            installed,
            available,
        });
    (
        time(),
        prop_oneof![Just(0), any::<u32>()],
        prop::collection::vec(pending, 0..3),
        reading(any::<bool>()),
        evidence(),
    )
        .prop_map(
            |(listed_at, count, pending, restart_needed, evidence)| Updates {
                source: PackageSource::Dpkg,
                listed_at,
                count,
                pending,
                restart_needed,
                evidence,
            },
        )
}

fn firewall() -> impl Strategy<Value = Firewall> {
    (reading(any::<bool>()), reading(any::<bool>()), evidence()).prop_map(
        |(ipv4, ipv6, evidence)| Firewall {
            ipv4,
            ipv6,
            evidence,
        },
    )
}

fn administrators() -> impl Strategy<Value = Administrators> {
    let group = prop::sample::select(vec!["sudo", "wheel", "libvirt"]).prop_map(str::to_owned);
    let account = (
        any::<String>(),
        any::<bool>(),
        prop::collection::vec(group, 0..3),
    )
        .prop_map(|(name, is_root, groups)| Administrator {
            name,
            is_root,
            groups,
        });
    (
        prop::collection::vec(account, 0..3),
        prop::collection::vec(any::<String>(), 0..2),
        evidence(),
    )
        .prop_map(|(accounts, not_read, evidence)| Administrators {
            accounts,
            not_read,
            evidence,
        })
}

fn screen_locks() -> impl Strategy<Value = Vec<ScreenLock>> {
    let desktop = prop::sample::select(vec![Desktop::Gnome, Desktop::Kde, Desktop::Other]);
    let lock = (any::<String>(), desktop, reading(any::<u32>()), evidence()).prop_map(
        |(user, desktop, locks_after_secs, evidence)| ScreenLock {
            user,
            desktop,
            locks_after_secs,
            evidence,
        },
    );
    prop::collection::vec(lock, 0..3)
}

fn platform() -> impl Strategy<Value = Platform> {
    (
        reading(release()),
        reading(updates()),
        reading(screen_locks()),
        reading(firewall()),
        reading(
            (any::<bool>(), evidence())
                .prop_map(|(enabled, evidence)| SecureBoot { enabled, evidence }),
        ),
        reading(administrators()),
    )
        .prop_map(
            |(release, updates, screen_locks, firewall, secure_boot, administrators)| Platform {
                release,
                updates,
                screen_locks,
                firewall,
                secure_boot,
                tpm: Reading::Absent,
                administrators,
                agent: Reading::Absent,
            },
        )
}

fn facts() -> impl Strategy<Value = Facts> {
    (
        reading(prop::collection::vec(volume(), 0..5)).boxed(),
        reading(prop::collection::vec(antivirus::product(), 0..4)).boxed(),
        reading(software()).boxed(),
        reading(platform()).boxed(),
        reading(network::network()).boxed(),
    )
        .prop_map(|(volumes, antivirus, software, platform, network)| Facts {
            host: Reading::Unknown(Why::NotAsked),
            volumes,
            antivirus,
            software,
            platform,
            network,
        })
}

fn entry() -> impl Strategy<Value = Entry> {
    let registration = prop_oneof![
        6 => Just(Some(Registration::Approved)),
        1 => Just(Some(Registration::Lost)),
        1 => Just(Some(Registration::Pending)),
        1 => Just(None),
    ];
    let group = prop_oneof![
        6 => Just(String::new()),
        2 => Just("suppliers".to_owned()),
        1 => any::<String>(),
    ];
    let class = prop::option::of(prop::sample::select(vec![
        DataClass::Public,
        DataClass::Confidential,
        DataClass::Secret,
    ]));
    let until = prop::option::weighted(0.2, time());
    let leave = prop::option::weighted(0.2, (time(), time(), any::<String>()));
    let cloned = prop::bool::weighted(0.1);
    (registration, group, class, until, leave, cloned).prop_map(
        |(registration, group, data_class, approved_until, leave, cloned)| Entry {
            registration,
            group,
            data_class,
            approved_until,
            take_out: leave.map(|(from, until, purpose)| TakeOut {
                from,
                until,
                approved_by: String::new(),
                purpose,
            }),
            cloned,
            exceptions: vec![],
            silent: None,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    let text = (0..=8760_i64, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(grace, unknown_fails, realtime, every)| {
            let unknown = if unknown_fails { "fail" } else { "report" };
            let which = if every { "every" } else { "any" };
            let common = format!("grace_hours = {grace}\nunknown = \"{unknown}\"\n");
            format!(
                "format = 1\n[rules.device-approved]\n{common}[rules.disk-encrypted]\n{common}\
                 [rules.definitions-current]\n{common}require_realtime = {realtime}\n\
                 which = \"{which}\"\n[rules.software-allowed]\n{common}deny = [\"dropbox*\"]\n\
                 [groups.suppliers.rules.software-allowed]\nallow = [\"b*\"]\n"
            )
        },
    );
    prop_oneof![
        1 => Just(Policy::shipped_text().to_owned()),
        1 => Just("format = 1".to_owned()),
        4 => text,
    ]
    .prop_filter_map("a policy", |text| Policy::parse(&text).ok())
}

fn report() -> impl Strategy<Value = Report> {
    (facts(), time()).prop_map(|(facts, taken_at)| Report {
        sequence: Sequence(1),
        taken_at,
        facts,
    })
}

/// Whether anything the rules look at could not be told.
fn has_unknown(facts: &Facts) -> bool {
    fn is<T>(reading: &Reading<T>) -> bool {
        matches!(reading, Reading::Unknown(_))
    }
    let volumes = facts.volumes.known().into_iter().flatten();
    is(&facts.volumes)
        || is(&facts.antivirus)
        || is(&facts.software)
        || is(&facts.platform.fact(|platform| &platform.release))
        || is(&facts.platform.fact(|platform| &platform.updates))
        || is(&facts.platform.fact(|platform| &platform.screen_locks))
        || is(&facts.platform.fact(|platform| &platform.firewall))
        || is(&facts.platform.fact(|platform| &platform.secure_boot))
        || is(&facts.platform.fact(|platform| &platform.administrators))
        || network::has_unknown(facts)
        || volumes
            .filter(|volume| volume.exemption.is_none())
            .filter(|volume| !matches!(volume.place, Place::Unmounted(_)))
            .any(|volume| is(&volume.encryption))
        || facts
            .software
            .known()
            .is_some_and(|software| software.sources.iter().any(|(_, count)| is(count)))
}

/// Whether a list that must hold something to show anything holds nothing.
fn has_nothing(facts: &Facts) -> bool {
    facts.volumes.known().is_none_or(Vec::is_empty)
        || facts.antivirus.known().is_none_or(Vec::is_empty)
        || facts
            .software
            .known()
            .is_none_or(|software| software.packages.is_empty())
}

fn failed_since(verdict: &Verdict) -> Vec<Option<Timestamp>> {
    let findings = verdict.findings.iter();
    findings.map(|finding| finding.first_failed_at).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn every_case_is_judged_and_always_alike(
        report in report(), entry in entry(), policy in policy(), now in time(),
    ) {
        let verdict = judge(&report, &entry, None, &policy, now);
        prop_assert_eq!(&verdict, &judge(&report, &entry, None, &policy, now));
        let again = judge(&report, &entry, Some(&verdict), &policy, now);
        prop_assert_eq!(failed_since(&again), failed_since(&verdict));
        prop_assert!(verdict.findings.len() <= FINDINGS_MAX);
        prop_assert!(verdict.findings.is_sorted_by_key(|finding| &finding.rule));
        for finding in &verdict.findings {
            prop_assert!(finding.evidence.len() <= EVIDENCE_MAX);
            prop_assert_eq!(finding.counts, finding.first_failed_at.is_some());
            prop_assert_eq!(finding.counts, finding.due_at.is_some());
            prop_assert!(finding.outcome != Outcome::Fail || finding.counts);
            prop_assert!(finding.outcome != Outcome::Fail || finding.remedy.is_some());
        }
    }

    #[test]
    fn what_is_unknown_or_empty_is_never_compliant(
        report in report(), entry in entry(), now in time(),
    ) {
        let policy = Policy::parse(
            "format = 1\n[rules.device-approved]\n[rules.disk-encrypted]\n\
             [rules.definitions-current]\n[rules.software-allowed]\ndeny = [\"dropbox*\"]\n\
             [rules.os-supported]\n[rules.updates-pending]\n[rules.screen-locks]\n\
             [rules.firewall-on]\n[rules.secure-boot]\n[rules.local-administrators]\n",
        ).expect("a policy");
        let standing = judge(&report, &entry, None, &policy, now).standing;
        if has_unknown(&report.facts) || has_nothing(&report.facts) {
            prop_assert_eq!(standing, Standing::Violation);
        }
        if entry.registration != Some(Registration::Approved) || entry.cloned {
            prop_assert_eq!(standing, Standing::Violation);
        }
    }

    #[test]
    fn a_compliant_verdict_has_a_pass_and_nothing_but_passes_and_exceptions(
        report in report(), entry in entry(), policy in policy(), now in time(),
    ) {
        let verdict = judge(&report, &entry, None, &policy, now);
        if verdict.standing == Standing::Compliant {
            let outcomes: Vec<Outcome> =
                verdict.findings.iter().map(|finding| finding.outcome).collect();
            prop_assert!(outcomes.contains(&Outcome::Pass));
            prop_assert!(!outcomes.contains(&Outcome::Unknown));
            prop_assert!(!outcomes.contains(&Outcome::Fail));
        }
    }

    #[test]
    fn what_is_compliant_by_a_clock_that_is_wrong_is_so_at_every_later_time(
        report in report(), entry in entry(), policy in policy(), now in time(),
        later in 0_i64..1_000_000_000_000,
    ) {
        let later = now.after(Span(later));
        let right = judge(&report, &entry, None, &policy, later).standing;
        for moment in [Moment::not_before(now), Moment::between(later, now)] {
            let wrong = judge_since(&report, &entry, |_| None, &policy, moment).standing;
            prop_assert!(wrong != Standing::Compliant || right == Standing::Compliant);
        }
    }

    #[test]
    fn a_grace_that_runs_is_never_begun_anew(
        report in report(), entry in entry(), policy in policy(),
        steps in prop::collection::vec(0_i64..10_000_000, 1..8),
    ) {
        let mut now = Timestamp::from_secs(1_795_000_000);
        let mut previous = judge(&report, &entry, None, &policy, now);
        for step in steps {
            now = now.after(Span(step.saturating_mul(1000)));
            let verdict = judge(&report, &entry, Some(&previous), &policy, now);
            for (before, after) in previous.findings.iter().zip(&verdict.findings) {
                if before.counts && after.counts {
                    prop_assert_eq!(before.first_failed_at, after.first_failed_at);
                    prop_assert_eq!(before.due_at, after.due_at);
                }
            }
            previous = verdict;
        }
    }

    #[test]
    fn every_finding_can_be_said_in_both_languages(
        report in report(), entry in entry(), policy in policy(), now in time(),
    ) {
        let verdict = judge(&report, &entry, None, &policy, now);
        for finding in &verdict.findings {
            for message in std::iter::once(&finding.cause).chain(&finding.remedy) {
                for language in Language::ALL {
                    let said = say(language, message);
                    prop_assert_ne!(&said, &message.key);
                    prop_assert!(!said.chars().any(char::is_control), "{}", said.escape_debug());
                }
            }
        }
    }
}
