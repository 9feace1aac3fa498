//! Codes as people exchange them, and what a guesser gets.
//!
//! Touches nothing. Must never depend on one run's random bytes.

use proptest::prelude::*;

use super::*;
use crate::time::{Span, Timestamp};

const MASTER: [u8; 32] = [7; 32];

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
    let secret = device_secret(&MASTER, device(1));
    let challenge = challenge(&[3; 32], device(1), Generation(4));
    for hours in 1..=HOURS_MAX {
        let response = response(&secret, &challenge, hours);
        assert_eq!(verify(&secret, &challenge, &response), Some(hours));
    }
    assert_eq!(respond(&secret, &challenge, 0).err(), Some(InvalidHours(0)));
    assert_eq!(
        respond(&secret, &challenge, 25).err(),
        Some(InvalidHours(25))
    );
}

#[test]
fn a_response_for_another_device_challenge_or_order_is_refused() {
    let secret = device_secret(&MASTER, device(1));
    let shown = challenge(&[3; 32], device(1), Generation(4));
    let others = [
        challenge(&[4; 32], device(1), Generation(4)),
        challenge(&[3; 32], device(2), Generation(4)),
        challenge(&[3; 32], device(1), Generation(5)),
    ];
    for other in &others {
        assert_ne!(other, &shown);
        let response = response(&secret, other, 4);
        assert_eq!(verify(&secret, &shown, &response), None);
    }
    let stranger = response(&device_secret(&MASTER, device(2)), &shown, 4);
    assert_eq!(verify(&secret, &shown, &stranger), None);
    let elsewhere = response(&device_secret(&[8; 32], device(1)), &shown, 4);
    assert_eq!(verify(&secret, &shown, &elsewhere), None);
}

/// Both sides may be of different releases: these bytes are the contract. Computed apart from this
/// code, by another HMAC.
#[test]
fn codes_stay_what_they_are_from_release_to_release() {
    let secret = device_secret(&MASTER, device(1));
    let challenge = challenge(&[3; 32], device(1), Generation(4));
    assert_eq!(challenge.to_string(), "CZ6J-YYCN");
    assert_eq!(response(&secret, &challenge, 4).to_string(), "0RHE-QMHJ");
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

/// A limiter after five tries at one time.
fn locked(at: Timestamp) -> Limiter {
    let mut limiter = Limiter::default();
    for _ in 0..5 {
        limiter.begin(at).expect("a try");
    }
    limiter
}

#[test]
fn after_five_tries_the_lock_holds_fifteen_minutes() {
    let start = Timestamp::from_secs(1_000_000);
    let mut limiter = locked(start);
    let held = limiter.begin(start.after(Span::from_secs(60)));
    let held = held.expect_err("a lock");
    assert_eq!(held, Locked(Span::from_secs(14 * 60)));
    assert_eq!(
        held.to_string(),
        "too many wrong codes; try again in 14 minutes"
    );
    let last = start.after(Span(15 * 60 * 1000 - 1));
    assert_eq!(limiter.begin(last), Err(Locked(Span(1))));
    assert_eq!(limiter.begin(start.after(Span::from_secs(15 * 60))), Ok(()));
    assert_eq!((limiter.failed, limiter.locked_at), (1, None));
}

#[test]
fn a_clock_set_back_neither_opens_the_lock_nor_holds_it_for_a_year() {
    let start = Timestamp::from_secs(1_000_000_000);
    let mut limiter = locked(start);
    let before = start.after(Span::from_days(-365));
    assert_eq!(limiter.begin(before), Err(Locked(Span::from_secs(15 * 60))));
    assert_eq!(
        limiter.begin(before.after(Span::from_secs(15 * 60))),
        Ok(())
    );
}

#[test]
fn a_right_code_clears_the_count() {
    let start = Timestamp::from_secs(1_000_000);
    let mut limiter = locked(start);
    limiter.succeed();
    assert_eq!(limiter.begin(start), Ok(()));
    assert_eq!(limiter.failed, 1);
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

    #[test]
    fn no_more_than_five_tries_fall_into_any_quarter_of_an_hour(
        steps in prop::collection::vec(0_i64..600_000, 1..200),
    ) {
        let mut limiter = Limiter::default();
        let mut now = Timestamp::from_secs(1_000_000);
        let mut tries = vec![];
        for step in steps {
            now = now.after(Span(step));
            if limiter.begin(now).is_ok() {
                tries.push(now);
            }
        }
        for window in tries.windows(6) {
            prop_assert!(window[5].since(window[0]) >= Span::from_secs(15 * 60));
        }
    }
}
