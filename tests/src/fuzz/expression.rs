//! What an administrator writes as a rule of the company's own.
//!
//! Touches bytes in memory. Must never panic but to report a fault.

use sekisho_policy::facts::{
    AntivirusProduct, Encryption, EncryptionKind, Facts, Package, PackageScope, PackageSource,
    PackageState, Place, Software, Volume,
};
use sekisho_policy::finding::{Outcome, OwnRule, Wording};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{DataClass, Entry};
use sekisho_policy::rules::Case;
use sekisho_policy::rules::company::{Budget, Expression, Parameters};
use sekisho_policy::time::Timestamp;

/// Any text is an expression or is refused at a place in it; what is told of a laptop of which nothing is
/// known holds of every laptop.
pub(super) fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(text.get(error.at..).is_some(), "no place in the text");
            return;
        }
    };
    let words = || Wording {
        en: "a".to_owned(),
        ja: "a".to_owned(),
    };
    let rule = Parameters {
        id: "company.a".to_owned(),
        named: OwnRule {
            title: words(),
            edition_2013: String::new(),
            edition_2022: String::new(),
        },
        remedy: words(),
        expression,
    };
    let found = |facts: &Facts| {
        let case = Case {
            facts,
            entry: &Entry::unknown(),
            group_known: true,
            data_class: DataClass::Internal,
            now: Timestamp(0),
            latest: Timestamp(0),
        };
        rule.examine(&case, &mut Budget::default()).outcome
    };
    let (dark, light) = (found(&Facts::not_asked()), found(&laptop()));
    let bare = Facts {
        volumes: Reading::Absent,
        software: Reading::Absent,
        ..laptop()
    };
    let unread = Facts {
        volumes: Reading::Unknown(Why::NotAsked),
        software: Reading::Unknown(Why::NotAsked),
        ..laptop()
    };
    assert!(
        found(&bare) == found(&unread),
        "decided by a list of which nothing was found"
    );
    assert!(
        dark == Outcome::Unknown || dark == light,
        "decided by what is not known"
    );
}

fn laptop() -> Facts {
    Facts {
        host: Reading::Absent,
        volumes: Reading::Known(vec![Volume {
            place: Place::Mounted("/".to_owned()),
            device: "8:1".to_owned(),
            source: "/dev/sda1".to_owned(),
            filesystem: "ext4".to_owned(),
            size_bytes: None,
            removable: Reading::Known(false),
            exemption: None,
            encryption: Reading::Known(Encryption::Encrypted(EncryptionKind::Luks2)),
            evidence: vec![],
        }]),
        antivirus: Reading::Known(vec![AntivirusProduct {
            running: Reading::Known(true),
            realtime: Reading::Unknown(Why::NotAsked),
            ..AntivirusProduct::named("ClamAV", "")
        }]),
        software: Reading::Known(Software {
            sources: vec![(PackageSource::Dpkg, Reading::Known(1))],
            packages: vec![Package {
                source: PackageSource::Dpkg,
                name: "bash".to_owned(),
                architecture: "amd64".to_owned(),
                version: "5.2-1".to_owned(),
                vendor: String::new(),
                origin: None,
                state: PackageState::Installed,
                scope: PackageScope::Machine,
            }],
        }),
        platform: Reading::Absent,
        network: Reading::Absent,
    }
}
