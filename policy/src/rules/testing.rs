//! Small laptops for the tests of the rules.
//!
//! Touches nothing. Must never be compiled into a program.

use super::{Case, Found};
use crate::facts::{Encryption, EncryptionKind, Evidence, Place, PlainReason};
use crate::facts::{Facts, Volume};
use crate::finding::Outcome;
use crate::reading::Reading;
use crate::register::{DataClass, Entry, Registration};
use crate::time::Timestamp;
use crate::words::{Language, say};

/// The time at which everything is judged: 2026-11-22T20:33:32Z.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

/// The register's entry of an approved laptop in the default group.
pub(crate) fn approved() -> Entry {
    Entry {
        registration: Some(Registration::Approved),
        ..Entry::unknown()
    }
}

/// A case about these facts on an approved laptop with confidential data.
pub(crate) fn case<'a>(facts: &'a Facts, entry: &'a Entry) -> Case<'a> {
    Case {
        facts,
        entry,
        group_known: true,
        data_class: DataClass::Confidential,
        now: NOW,
        latest: NOW,
    }
}

/// A mounted volume on LUKS2.
pub(crate) fn encrypted(path: &str) -> Volume {
    Volume {
        place: Place::Mounted(path.to_owned()),
        device: "253:0".to_owned(),
        source: "/dev/mapper/crypt".to_owned(),
        filesystem: "ext4".to_owned(),
        size_bytes: Some(500_000_000_000),
        removable: Reading::Known(false),
        exemption: None,
        encryption: Reading::Known(Encryption::Encrypted(EncryptionKind::Luks2)),
        evidence: vec![Evidence::new("/sys/dev/block/253:0/dm/uuid", "CRYPT-LUKS2")],
    }
}

/// A mounted volume with nothing between it and the disk.
pub(crate) fn plain(path: &str) -> Volume {
    Volume {
        source: "/dev/sda2".to_owned(),
        encryption: Reading::Known(Encryption::Plain(PlainReason::NoEncryption)),
        evidence: vec![Evidence::new("/sys/class/block/sda2", "no holder encrypts")],
        ..encrypted(path)
    }
}

/// Says both sentences of what was found in both languages, and refuses those that show a key or a
/// variable nobody filled in.
#[track_caller]
pub(crate) fn spoken(found: &Found) -> String {
    let mut english = String::new();
    for language in Language::ALL {
        for message in std::iter::once(&found.cause).chain(&found.remedy) {
            let said = say(language, message);
            assert_ne!(said, message.key, "not in the catalogue");
            assert!(!said.contains("{$"), "not filled in: {said}");
            assert!(!said.contains("  "), "two spaces: {said}");
            if language == Language::En {
                english.push_str(&said);
                english.push('\n');
            }
        }
    }
    english
}

/// Checks the outcome and that the English sentences hold `says`.
#[track_caller]
pub(crate) fn check(found: &Found, outcome: Outcome, says: &str) {
    let said = spoken(found);
    assert_eq!(found.outcome, outcome, "{said}");
    assert!(said.contains(says), "{said:?} does not hold {says:?}");
    assert_eq!(
        found.remedy.is_none(),
        outcome == Outcome::Pass || outcome == Outcome::NotApplicable,
        "{said}"
    );
    assert!(found.evidence.len() <= crate::limits::EVIDENCE_MAX);
}
