//! Rules of the company's own over the platform, the networks' Wi-Fi and what antivirus products remember.
//!
//! Touches nothing.

use std::slice::from_ref;

use super::*;
use crate::facts::{
    Administrator, Administrators, Desktop, Detection, DetectionState, Firewall, PendingUpdate,
    Platform, Release, Scan, ScanKind, ScanResult, ScreenLock, SecureBoot, Tpm, Updates,
};
use crate::register::{Entry, TakeOut};
use crate::rules::testing::NOW;
use crate::time::{Moment, Span};

fn release() -> Release {
    Release {
        id: "debian".to_owned(),
        version: Reading::Known("12".to_owned()),
        name: "Debian 12".to_owned(),
        supported_until: Reading::Known(NOW.after(Span::from_days(40))),
        evidence: vec![],
    }
}

fn platform() -> Platform {
    let root = |name: &str, is_root| Administrator {
        name: name.to_owned(),
        is_root,
        groups: vec![],
    };
    Platform {
        release: Reading::Known(release()),
        updates: Reading::Known(Updates {
            source: PackageSource::Dpkg,
            listed_at: NOW.after(Span::from_days(-3)),
            count: 1,
            pending: vec![PendingUpdate {
                name: "openssl".to_owned(),
                architecture: "amd64".to_owned(),
                installed: "3.0.1".to_owned(),
                available: "3.0.2".to_owned(),
            }],
            restart_needed: Reading::Known(true),
            evidence: vec![],
        }),
        screen_locks: Reading::Known(vec![ScreenLock {
            user: "aiko".to_owned(),
            desktop: Desktop::Gnome,
            locks_after_secs: Reading::Known(300),
            evidence: vec![],
        }]),
        firewall: Reading::Known(Firewall {
            ipv4: Reading::Known(true),
            ipv6: Reading::Absent,
            evidence: vec![],
        }),
        secure_boot: Reading::Known(SecureBoot {
            enabled: false,
            evidence: vec![],
        }),
        tpm: Reading::Known(Tpm {
            version: Reading::Known(2),
            evidence: vec![],
        }),
        administrators: Reading::Known(Administrators {
            accounts: vec![root("aiko", false), root("root", true)],
            not_read: vec![],
            evidence: vec![],
        }),
        ..Platform::not_asked()
    }
}

fn on(platform: Reading<Platform>) -> Facts {
    Facts {
        platform,
        ..Facts::not_asked()
    }
}

/// What each asks of the platform above is true.
const TRUE: [&str; 16] = [
    "release.id == 'debian' && release.version == '12' && release.name == 'Debian 12'",
    "release.supported_days_left == 40",
    "updates.missing == 1 && updates.source == 'deb'",
    "updates.list_age_days == 3",
    "updates.restart_needed",
    "missing_updates.exists(u, u.name == 'openssl' && u.architecture == 'amd64')",
    "missing_updates.all(u, u.installed.olderThan(u.available)) && size(missing_updates) == 1",
    "screen_locks.all(s, s.locks_after_secs <= 300)",
    "screen_locks.exists(s, s.user == 'aiko' && s.desktop == 'gnome')",
    "firewall.ipv4",
    "!has(firewall.ipv6)",
    "!secure_boot.enabled",
    "tpm.version >= 2",
    "size(administrators) == 2",
    "administrators.exists(a, a.is_root && a.name == 'root')",
    "administrators.all(a, a.name in ['root', 'aiko'])",
];

#[test]
fn every_fact_of_the_platform_can_be_asked_and_is_unknown_where_it_was_not_told() {
    let known = on(Reading::Known(platform()));
    for asked in TRUE {
        check(&found(asked, &known), Outcome::Pass, "");
        check(&found(&format!("!({asked})"), &known), Outcome::Fail, "");
        let dark = [
            on(Reading::Unknown(Why::TimedOut("10 s".to_owned()))),
            on(Reading::Known(Platform::not_asked())),
        ];
        for facts in dark {
            for either in [asked.to_owned(), format!("!({asked})")] {
                let outcome = found(&either, &facts).outcome;
                assert_eq!(outcome, Outcome::Unknown, "{either}");
            }
        }
    }
}

#[test]
fn a_part_of_a_list_is_not_the_list() {
    let mut more = platform();
    if let Reading::Known(updates) = &mut more.updates {
        updates.count = 900;
    }
    let more = on(Reading::Known(more));
    let clean = "missing_updates.all(u, u.name != 'glibc')";
    check(&found(clean, &more), Outcome::Unknown, "all updates");
    let ours = "missing_updates.all(u, u.name != 'openssl')";
    check(&found(ours, &more), Outcome::Fail, "openssl");
    let mut directory = platform();
    if let Reading::Known(administrators) = &mut directory.administrators {
        administrators.not_read = vec!["sss".to_owned()];
    }
    let directory = on(Reading::Known(directory));
    let few = "size(administrators) <= 2";
    check(&found(few, &directory), Outcome::Unknown, "sss");
}

#[test]
fn a_machine_without_secure_boot_says_so_and_passes_nothing() {
    let bios = on(Reading::Known(Platform {
        secure_boot: Reading::Absent,
        ..platform()
    }));
    check(
        &found("!has(secure_boot.enabled)", &bios),
        Outcome::Pass,
        "",
    );
    for asked in ["secure_boot.enabled", "!secure_boot.enabled"] {
        check(&found(asked, &bios), Outcome::Unknown, "");
    }
    let unlisted = on(Reading::Known(Platform {
        release: Reading::Known(Release {
            version: Reading::Known("99".to_owned()),
            supported_until: Reading::Absent,
            ..release()
        }),
        ..platform()
    }));
    let supported = "release.supported_days_left > 0";
    check(&found(supported, &unlisted), Outcome::Unknown, "debian 99");
}

fn with_antivirus(products: Vec<AntivirusProduct>) -> Facts {
    Facts {
        antivirus: Reading::Known(products),
        ..Facts::not_asked()
    }
}

fn remembers(states: &[Reading<DetectionState>]) -> Facts {
    let detections = states.iter().map(|state| Detection {
        name: "Eicar".to_owned(),
        at: Reading::Known(NOW.after(Span::from_days(-2))),
        state: state.clone(),
    });
    with_antivirus(vec![AntivirusProduct {
        detections: Reading::Known(detections.collect()),
        ..AntivirusProduct::named("Defender", "Microsoft")
    }])
}

#[test]
fn malware_of_which_nobody_knows_what_became_is_neither_active_nor_gone() {
    let gone = Reading::Known(DetectionState::Removed);
    let active = Reading::Known(DetectionState::Active);
    let dark = Reading::Unknown(Why::NotAsked);
    let none = "antivirus.all(a, a.active_malware == 0)";
    let each = "detections.all(d, d.state == 'removed' || d.state == 'quarantined')";
    for asked in [none, each] {
        check(&found(asked, &remembers(&[])), Outcome::Pass, "");
        check(
            &found(asked, &remembers(from_ref(&gone))),
            Outcome::Pass,
            "",
        );
        check(
            &found(asked, &remembers(from_ref(&active))),
            Outcome::Fail,
            "",
        );
        for state in [&dark, &Reading::Absent] {
            let facts = remembers(&[gone.clone(), state.clone()]);
            assert_eq!(found(asked, &facts).outcome, Outcome::Unknown, "{asked}");
        }
    }
    let named = "detections.exists(d, d.name == 'Eicar' && d.age_days == 2)";
    check(&found(named, &remembers(&[gone])), Outcome::Pass, "");
    let mut untold = AntivirusProduct::named("Sophos", "Sophos");
    untold.detections = Reading::Unknown(Why::NotAsked);
    let facts = with_antivirus(vec![untold]);
    assert_eq!(found(each, &facts).outcome, Outcome::Unknown);
}

#[test]
fn a_list_without_any_product_passes_none_and_a_scan_to_come_is_no_scan() {
    let runs = "antivirus.all(a, a.running)";
    let facts = with_antivirus(vec![]);
    assert_eq!(found(runs, &facts).outcome, Outcome::Unknown);
    let scanned = |days| {
        with_antivirus(vec![AntivirusProduct {
            scans: Reading::Known(vec![Scan {
                kind: ScanKind::Full,
                at: NOW.after(Span::from_days(days)),
                result: ScanResult::Clean,
            }]),
            ..AntivirusProduct::named("Defender", "Microsoft")
        }])
    };
    let weekly = "antivirus.all(a, a.full_scan_age_days <= 7)";
    check(&found(weekly, &scanned(-3)), Outcome::Pass, "");
    check(&found(weekly, &scanned(-8)), Outcome::Fail, "");
    check(&found(weekly, &scanned(300)), Outcome::Unknown, "future");
}

#[test]
fn leave_that_may_hold_is_unknown_and_not_missing() {
    let leave = TakeOut {
        from: NOW.after(Span::from_hours(2)),
        until: NOW.after(Span::from_hours(4)),
        approved_by: String::new(),
        purpose: String::new(),
    };
    let entry = Entry {
        take_out: Some(leave),
        ..approved()
    };
    let facts = facts();
    let own = rule("device.take_out_approved");
    let at = |from: i64, to: i64| {
        let moment = Moment::between(
            NOW.after(Span::from_hours(from)),
            NOW.after(Span::from_hours(to)),
        );
        let case = Case {
            now: moment.earliest(),
            latest: moment.latest(),
            ..case(&facts, &entry)
        };
        own.examine(&case, &mut Budget::default()).outcome
    };
    assert_eq!(at(0, 1), Outcome::Fail);
    assert_eq!(at(2, 3), Outcome::Pass);
    assert_eq!(at(4, 9), Outcome::Fail);
    for (from, to) in [(0, 3), (3, 9), (0, 9)] {
        assert_eq!(at(from, to), Outcome::Unknown, "{from} to {to}");
    }
}
