//! What generous judges of disk encryption let through, and this one does not.
//!
//! Touches nothing. Must never test how a stack is walked: that is the sensor's.

use super::*;
use crate::facts::{Encryption, Exemption, Facts, Place, PlainReason};
use crate::finding::Outcome::{Fail, NotApplicable, Pass, Unknown};
use crate::limits::EVIDENCE_MAX;
use crate::reading::Why;
use crate::rules::testing::{approved, case, check, encrypted, plain};

fn examine_with(parameters: &Parameters, volumes: Reading<Vec<Volume>>, class: DataClass) -> Found {
    let facts = Facts {
        volumes,
        ..Facts::not_asked()
    };
    let entry = approved();
    let case = Case {
        data_class: class,
        ..case(&facts, &entry)
    };
    parameters.examine(&case)
}

fn examine(volumes: Vec<Volume>) -> Found {
    examine_with(
        &Parameters::default(),
        Reading::Known(volumes),
        DataClass::Confidential,
    )
}

fn with(volume: Volume, encryption: Encryption) -> Volume {
    Volume {
        encryption: Reading::Known(encryption),
        ..volume
    }
}

fn exempt(volume: Volume, exemption: Exemption) -> Volume {
    Volume {
        exemption: Some(exemption),
        ..volume
    }
}

fn swap(volume: Volume) -> Volume {
    Volume {
        place: Place::Swap("/dev/sda3".to_owned()),
        filesystem: "swap".to_owned(),
        ..volume
    }
}

fn usb(volume: Volume) -> Volume {
    Volume {
        removable: Reading::Known(true),
        ..volume
    }
}

fn unmounted(volume: Volume, size_bytes: Option<u64>) -> Volume {
    Volume {
        place: Place::Unmounted("sda4".to_owned()),
        size_bytes,
        ..volume
    }
}

#[test]
fn a_laptop_with_all_volumes_encrypted_passes_with_the_stack_as_evidence() {
    let found = examine(vec![
        encrypted("/"),
        exempt(plain("/boot"), Exemption::Boot),
        exempt(plain("/boot/efi"), Exemption::EfiSystem),
        exempt(swap(plain("")), Exemption::Memory),
    ]);
    check(
        &found,
        Pass,
        "The one volume that must be encrypted is encrypted. 3 more need not be.",
    );
    let sources: Vec<&str> = found.evidence.iter().map(|line| &*line.source).collect();
    assert!(
        sources.contains(&"/sys/dev/block/253:0/dm/uuid"),
        "{sources:?}"
    );
}

#[test]
fn an_encrypted_usb_stick_does_not_speak_for_a_plain_disk() {
    let found = examine(vec![usb(encrypted("/media/stick")), plain("/")]);
    check(&found, Fail, "/ (/dev/sda2) is not encrypted.");
    assert_eq!(found.evidence[0].value, "plain: no_encryption");
}

#[test]
fn plain_swap_beside_an_encrypted_root_fails() {
    let found = examine(vec![encrypted("/"), swap(plain(""))]);
    check(
        &found,
        Fail,
        "The swap area /dev/sda3 (/dev/sda2) is not encrypted",
    );
}

#[test]
fn swap_under_a_random_key_passes_and_a_root_so_made_does_not() {
    let kind = Encryption::Encrypted(EncryptionKind::PlainDmCrypt);
    let found = examine(vec![encrypted("/"), swap(with(plain(""), kind.clone()))]);
    check(
        &found,
        Pass,
        "All 2 volumes that must be encrypted are encrypted.",
    );
    let found = examine(vec![with(plain("/"), kind)]);
    check(&found, Fail, "dm-crypt without a header");
}

#[test]
fn what_only_looks_encrypted_fails() {
    let leg = Encryption::Plain(PlainReason::PlainLeg("sdb1".to_owned()));
    check(
        &examine(vec![with(plain("/"), leg)]),
        Fail,
        "sdb1 is not encrypted",
    );
    let null = Encryption::Plain(PlainReason::CipherNull);
    check(
        &examine(vec![with(plain("/"), null)]),
        Fail,
        "its cipher is “null”",
    );
    let verity = Encryption::Plain(PlainReason::IntegrityOnly);
    check(
        &examine(vec![with(plain("/"), verity)]),
        Fail,
        "only guarded against changes",
    );
    let under_way = Encryption::Plain(PlainReason::UnderWay);
    check(
        &examine(vec![with(plain("/"), under_way)]),
        Fail,
        "still being encrypted",
    );
    let absent = Volume {
        encryption: Reading::Absent,
        ..plain("/")
    };
    check(
        &examine(vec![encrypted("/home"), absent]),
        Fail,
        "is not encrypted",
    );
}

#[test]
fn what_could_not_be_told_is_unknown_and_never_a_pass() {
    let hidden = Volume {
        encryption: Reading::Unknown(Why::NotPermitted("/dev/mapper/control".to_owned())),
        ..encrypted("/home")
    };
    let found = examine(vec![encrypted("/"), hidden.clone()]);
    check(
        &found,
        Unknown,
        "no permission to read it (/dev/mapper/control)",
    );
    check(
        &examine(vec![hidden, plain("/")]),
        Fail,
        "/ (/dev/sda2) is not encrypted",
    );
    let class = DataClass::Confidential;
    let late = Reading::Unknown(Why::TimedOut("10 s".to_owned()));
    check(
        &examine_with(&Parameters::default(), late, class),
        Unknown,
        "no answer in time",
    );
    let absent = examine_with(&Parameters::default(), Reading::Absent, class);
    check(&absent, Unknown, "No volume that can hold data was found");
}

#[test]
fn a_list_with_nothing_to_encrypt_is_no_evidence() {
    check(
        &examine(vec![]),
        Unknown,
        "No volume that can hold data was found",
    );
    let found = examine(vec![
        exempt(plain("/mnt/server"), Exemption::Network),
        exempt(plain("/snap/core/1"), Exemption::ReadOnlyImage),
    ]);
    check(&found, Unknown, "No volume that can hold data was found");
    assert_eq!(found.evidence[0].value, "not asked: network");
}

#[test]
fn removable_media_are_judged_as_the_policy_says() {
    let volumes = vec![encrypted("/"), usb(plain("/media/stick"))];
    check(
        &examine(volumes.clone()),
        Fail,
        "The removable medium /media/stick",
    );
    let reports = Parameters {
        removable: Demand::Report,
        ..Parameters::default()
    };
    let class = DataClass::Confidential;
    let found = examine_with(&reports, Reading::Known(volumes), class);
    check(&found, Pass, "One more need not be.");
    let untold = Volume {
        removable: Reading::Unknown(Why::NotAsked),
        ..plain("/media/stick")
    };
    let found = examine_with(
        &reports,
        Reading::Known(vec![encrypted("/"), untold]),
        class,
    );
    check(&found, Fail, "/media/stick");
}

#[test]
fn a_plain_partition_that_nobody_mounted_fails_unless_it_is_small() {
    let gib = 1024 * 1024 * 1024;
    let found = examine(vec![encrypted("/"), unmounted(plain(""), Some(gib))]);
    check(&found, Fail, "not mounted and not encrypted");
    let found = examine(vec![encrypted("/"), unmounted(plain(""), Some(gib - 1))]);
    check(&found, Pass, "One more need not be.");
    let found = examine(vec![encrypted("/"), unmounted(plain(""), None)]);
    check(&found, Fail, "not mounted and not encrypted");
    let reports = Parameters {
        unmounted: Demand::Report,
        ..Parameters::default()
    };
    let volumes = vec![encrypted("/"), unmounted(plain(""), None)];
    let found = examine_with(&reports, Reading::Known(volumes), DataClass::Confidential);
    check(&found, Pass, "One more need not be.");
}

#[test]
fn the_boot_partition_is_asked_for_where_the_policy_says() {
    let volumes = vec![encrypted("/"), exempt(plain("/boot"), Exemption::Boot)];
    check(&examine(volumes.clone()), Pass, "The one volume");
    let strict = Parameters {
        boot: Demand::Require,
        ..Parameters::default()
    };
    let found = examine_with(&strict, Reading::Known(volumes), DataClass::Confidential);
    check(&found, Fail, "/boot");
}

#[test]
fn the_class_of_the_data_says_how_strictly() {
    let luks1 = Encryption::Encrypted(EncryptionKind::Luks1);
    let volumes = || Reading::Known(vec![with(encrypted("/"), luks1.clone())]);
    let parameters = Parameters {
        from_class: DataClass::Internal,
        ..Parameters::default()
    };
    let found = examine_with(
        &parameters,
        Reading::Known(vec![plain("/")]),
        DataClass::Public,
    );
    check(
        &found,
        NotApplicable,
        "Data of the class “public” need not be encrypted.",
    );
    let found = examine_with(&parameters, volumes(), DataClass::Confidential);
    check(&found, Pass, "The one volume");
    let found = examine_with(&parameters, volumes(), DataClass::Secret);
    check(
        &found,
        Fail,
        "LUKS1, which the policy does not accept for data of the class “secret”",
    );
    check(&found, Fail, "in a way that is accepted: luks2, bitlocker");
}

#[test]
fn every_broken_volume_is_named_and_the_evidence_stays_bounded() {
    let mut volumes = vec![encrypted("/")];
    volumes.extend((0..200).map(|number| plain(&format!("/data/{number}"))));
    let found = examine(volumes);
    check(
        &found,
        Fail,
        "/data/0 (/dev/sda2) is not encrypted. 199 more like it: /data/1",
    );
    assert_eq!(found.evidence.len(), EVIDENCE_MAX);
    let last = &found.evidence[EVIDENCE_MAX - 1];
    assert_eq!(last.source, "more evidence left out");
    assert_eq!(last.value, (201 * 2 - 63).to_string());
}

#[test]
fn file_encryption_counts_only_where_the_policy_accepts_it() {
    let home = with(
        encrypted("/home"),
        Encryption::Encrypted(EncryptionKind::Fscrypt),
    );
    check(
        &examine(vec![home.clone()]),
        Fail,
        "file encryption (fscrypt)",
    );
    let parameters = Parameters {
        accept: BTreeSet::from([EncryptionKind::Fscrypt]),
        ..Parameters::default()
    };
    let found = examine_with(
        &parameters,
        Reading::Known(vec![home]),
        DataClass::Confidential,
    );
    check(&found, Pass, "The one volume");
}
