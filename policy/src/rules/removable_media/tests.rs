//! Sticks, cards and discs, as companies allow them or not.
//!
//! Touches nothing. Must never test how a medium is found: that is the sensor's.

use super::*;
use crate::facts::Facts;
use crate::finding::Outcome::{Fail, NotApplicable, Pass, Unknown};
use crate::rules::testing::{approved, case, check, encrypted, plain};

fn stick(volume: Volume) -> Volume {
    Volume {
        source: "/dev/sdb1".to_owned(),
        removable: Reading::Known(true),
        ..volume
    }
}

fn disc() -> Volume {
    Volume {
        exemption: Some(Exemption::ReadOnlyImage),
        ..stick(plain("/media/aiko/disc"))
    }
}

fn examine_by(parameters: &Parameters, volumes: Reading<Vec<Volume>>) -> Found {
    let facts = Facts {
        volumes,
        ..Facts::not_asked()
    };
    parameters.examine(&case(&facts, &approved()))
}

fn examine(media: Media, attached: Vec<Volume>) -> Found {
    let parameters = Parameters {
        media,
        ..Parameters::default()
    };
    let volumes = [vec![encrypted("/"), plain("/srv")], attached].concat();
    examine_by(&parameters, Reading::Known(volumes))
}

#[test]
fn a_plain_stick_fails_and_an_encrypted_one_passes() {
    let only = Media::EncryptedOnly;
    let found = examine(only, vec![stick(plain("/media/aiko/usb"))]);
    check(&found, Fail, "/media/aiko/usb (/dev/sdb1)");
    check(&found, Fail, "Unplug");
    check(
        &examine(only, vec![stick(encrypted("/media/aiko/usb"))]),
        Pass,
        "The one removable medium",
    );
    check(&examine(only, vec![]), Pass, "No removable medium");
    check(&examine(only, vec![disc()]), Pass, "");
    let both = vec![
        stick(encrypted("/media/aiko/a")),
        stick(plain("/media/aiko/b")),
    ];
    check(&examine(only, both), Fail, "/media/aiko/b");
}

#[test]
fn a_stick_whose_encryption_is_not_accepted_or_not_told_does_not_pass() {
    let weak = Volume {
        encryption: Reading::Known(Encryption::Encrypted(EncryptionKind::PlainDmCrypt)),
        ..stick(encrypted("/media/aiko/usb"))
    };
    check(&examine(Media::EncryptedOnly, vec![weak]), Fail, "luks2");
    let hidden = Volume {
        encryption: Reading::Unknown(Why::NotPermitted("/dev/sdb1".to_owned())),
        place: Place::Unmounted("sdb1".to_owned()),
        ..stick(encrypted("/media/aiko/usb"))
    };
    check(
        &examine(Media::EncryptedOnly, vec![hidden]),
        Unknown,
        "/dev/sdb1",
    );
}

#[test]
fn where_none_is_allowed_even_an_encrypted_one_or_a_disc_fails() {
    let refuse = Media::Refuse;
    check(
        &examine(refuse, vec![stick(encrypted("/media/aiko/usb"))]),
        Fail,
        "Unplug",
    );
    check(&examine(refuse, vec![disc()]), Fail, "disc");
    check(&examine(refuse, vec![]), Pass, "");
    let system = |volume| vec![stick(volume)];
    check(&examine(refuse, system(encrypted("/"))), Pass, "");
    check(&examine(refuse, system(plain("/"))), Fail, "not encrypted");
}

#[test]
fn a_stick_that_is_typed_as_an_efi_partition_is_a_stick() {
    let typed = |path| Volume {
        exemption: Some(Exemption::EfiSystem),
        ..stick(plain(path))
    };
    let only = Media::EncryptedOnly;
    let found = examine(only, vec![typed("/media/aiko/usb")]);
    check(&found, Fail, "/media/aiko/usb");
    check(&examine(only, vec![typed("/boot/efi")]), Pass, "");
}

#[test]
fn a_system_on_usb_is_told_to_unplug_other_media_alone() {
    let boot = || Volume {
        exemption: Some(Exemption::Boot),
        ..stick(plain("/boot"))
    };
    let swap = || Volume {
        place: Place::Swap("/dev/dm-1".to_owned()),
        ..stick(encrypted("/"))
    };
    let system = || vec![stick(encrypted("/")), boot(), swap()];
    for media in [Media::EncryptedOnly, Media::Refuse] {
        check(&examine(media, system()), Pass, "");
        let other = [system(), vec![stick(plain("/media/aiko/usb"))]].concat();
        let found = examine(media, other);
        check(&found, Fail, "/media/aiko/usb");
        assert!(
            found
                .remedy
                .is_some_and(|fix| !fix.args["volume"].contains("/boot"))
        );
    }
}

#[test]
fn where_any_is_allowed_or_the_data_is_public_the_rule_does_not_apply() {
    let plain = || vec![stick(plain("/media/aiko/usb"))];
    check(&examine(Media::Allow, plain()), NotApplicable, "");
    let secret = Parameters {
        from_class: DataClass::Secret,
        ..Parameters::default()
    };
    check(
        &examine_by(&secret, Reading::Known(plain())),
        NotApplicable,
        "confidential",
    );
}

#[test]
fn volumes_that_were_not_told_do_not_pass() {
    let parameters = Parameters::default();
    check(
        &examine_by(&parameters, Reading::Known(vec![])),
        Unknown,
        "",
    );
    check(&examine_by(&parameters, Reading::Absent), Unknown, "");
    let why = Reading::Unknown(Why::TimedOut("15 s".to_owned()));
    check(&examine_by(&parameters, why), Unknown, "15 s");
}
