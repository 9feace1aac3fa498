//! Codes as people exchange them, and what a guesser gets.
//!
//! Touches nothing. Must never depend on one run's random bytes.

use proptest::prelude::*;

use super::*;

/// The secret of one device.
const SECRET: [u8; 32] = [7; 32];

fn device(last: u8) -> DeviceId {
    let mut bytes = [1; 16];
    bytes[15] = last;
    DeviceId::from_bytes(bytes)
}

fn response(secret: &[u8; 32], challenge: &Challenge, hours: u8) -> Response {
    respond(secret, challenge, hours).expect("hours that are allowed")
}

#[test]
fn a_response_lifts_for_the_hours_it_was_made_for() {
    let challenge = challenge(&[3; 32], device(1), Generation(4));
    for hours in 1..=HOURS_MAX {
        let response = response(&SECRET, &challenge, hours);
        assert_eq!(verify(&SECRET, &challenge, &response), Some(hours));
    }
    assert_eq!(respond(&SECRET, &challenge, 0).err(), Some(InvalidHours(0)));
    assert_eq!(
        respond(&SECRET, &challenge, 25).err(),
        Some(InvalidHours(25))
    );
}

#[test]
fn a_response_for_another_device_challenge_or_order_is_refused() {
    let shown = challenge(&[3; 32], device(1), Generation(4));
    let others = [
        challenge(&[4; 32], device(1), Generation(4)),
        challenge(&[3; 32], device(2), Generation(4)),
        challenge(&[3; 32], device(1), Generation(5)),
    ];
    for other in &others {
        assert_ne!(other, &shown);
        let response = response(&SECRET, other, 4);
        assert_eq!(verify(&SECRET, &shown, &response), None);
    }
    let stranger = response(&[8; 32], &shown, 4);
    assert_eq!(verify(&SECRET, &shown, &stranger), None);
}

/// Both sides may be of different releases: these bytes are the contract. Computed apart from this
/// code, by another HMAC.
#[test]
fn codes_stay_what_they_are_from_release_to_release() {
    let challenge = challenge(&[3; 32], device(1), Generation(4));
    assert_eq!(challenge.to_string(), "CZ6J-YYCN");
    assert_eq!(response(&SECRET, &challenge, 4).to_string(), "PZT4-K6ZC");
}

#[test]
fn codes_are_read_as_people_type_them() {
    let whole = Challenge::parse("0123-ABJ1").expect("a code");
    for typed in [
        "o123abji",
        " 0 1 2 3 - a b j l ",
        "O123–ABJI",
        "\u{ff10}\u{ff11}23\u{30fc}\u{ff41}BJ1",
        "0123\u{3000}ABJ1",
    ] {
        assert_eq!(Challenge::parse(typed), Ok(whole), "{typed}");
    }
    assert_eq!(whole.to_string(), "0123-ABJ1");
    assert_eq!(Challenge::parse(""), Err(InvalidCode::WrongLength(0)));
    assert_eq!(
        Challenge::parse("0123-ABJ"),
        Err(InvalidCode::WrongLength(7))
    );
    assert_eq!(
        Challenge::parse("0123-ABJ11"),
        Err(InvalidCode::WrongLength(9))
    );
    assert_eq!(
        Challenge::parse("0123-ABU1"),
        Err(InvalidCode::NotInAlphabet('U'))
    );
    assert_eq!(
        Challenge::parse("関所"),
        Err(InvalidCode::NotInAlphabet('関'))
    );
}

#[test]
fn a_response_is_not_written_to_logs() {
    let response = Response::parse("0123-ABJ1").expect("a code");
    assert!(!format!("{response:?}").contains("0123"));
}

proptest! {
    #[test]
    fn a_code_survives_being_written_and_read(random in any::<[u8; 32]>(), generation in any::<u64>()) {
        let shown = challenge(&random, device(1), Generation(generation));
        prop_assert_eq!(Challenge::parse(&shown.to_string()), Ok(shown));
        let lower = shown.to_string().to_lowercase().replace('0', "o");
        prop_assert_eq!(Challenge::parse(&lower), Ok(shown));
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = Challenge::parse(&text);
    }
}
