//! Tests of the admission.
//!
//! Touches memory alone. Must never wait for time to pass.

use sekisho_policy::id::Fingerprint;
use sekisho_policy::reading::Reading;
use sekisho_policy::time::Span;

use super::*;
use crate::authority::{Authority, DeviceKey};
use crate::record::{Certificate, Marks, TokenId};

const START: Timestamp = Timestamp::from_secs(1_795_379_612);
const AIKO: DeviceId = DeviceId::from_bytes([1; 16]);

/// A device as it enrolled, with the certificate it shows.
fn enrolled() -> (Presented, Device) {
    let (authority, _) = Authority::create(START).unwrap();
    let key = DeviceKey::from_point(&[4; 65]).unwrap();
    let issued = authority.issue_device(AIKO, &key, START).unwrap();
    let presented = Presented::read(&issued.certificate).unwrap();
    let device = Device {
        id: AIKO,
        revision: 1,
        name: "aiko".to_owned(),
        registration: Registration::Approved,
        group: String::new(),
        data_class: None,
        owner: String::new(),
        asset_number: String::new(),
        enrolled_at: START,
        approved_until: None,
        take_out: None,
        token: TokenId([0; 8]),
        key: key.fingerprint(),
        certificates: vec![Certificate {
            fingerprint: Fingerprint::of(&issued.certificate),
            not_after: issued.not_after,
        }],
        marks: Marks {
            hostname: "aiko".to_owned(),
            product_uuid: Reading::Absent,
            serial: Reading::Absent,
            machine_mark: Reading::Absent,
            boot_id: Reading::Absent,
        },
        clones: None,
    };
    (presented, device)
}

#[test]
fn a_certificate_says_the_device_its_key_and_its_end_and_nothing_else() {
    let (presented, device) = enrolled();
    assert_eq!(presented.device, AIKO);
    assert_eq!(presented.key.fingerprint(), device.key);
    assert_eq!(presented.not_after, START.after(Span::from_days(90)));
}

#[test]
fn a_certificate_is_good_until_its_end_and_not_at_it() {
    let (presented, device) = enrolled();
    let end = presented.not_after;
    assert_eq!(decide(&presented, &device, end.after(Span(-1))), Ok(()));
    let ended = Refusal::Expired {
        device: AIKO,
        ended: end,
    };
    assert_eq!(decide(&presented, &device, end), Err(ended));
}

#[test]
fn only_pending_and_approved_devices_are_let_in() {
    let (presented, mut device) = enrolled();
    for (registration, is_let_in) in [
        (Registration::Pending, true),
        (Registration::Approved, true),
        (Registration::Suspended, false),
        (Registration::Retired, false),
        (Registration::Lost, false),
    ] {
        device.registration = registration;
        let decided = decide(&presented, &device, START);
        assert_eq!(decided.is_ok(), is_let_in, "{}", registration.name());
    }
}

#[test]
fn certificates_that_name_no_device_are_told_from_those_that_do() {
    let (authority, _) = Authority::create(START).unwrap();
    let (server, _) = authority.issue_server(&[], START).unwrap();
    assert_eq!(Presented::read(&server), Err(Refusal::NamesNoDevice));
    assert_eq!(
        Presented::read(authority.root()),
        Err(Refusal::NamesNoDevice)
    );
    assert_eq!(Presented::read(b"alien"), Err(Refusal::NamesNoDevice));
}
