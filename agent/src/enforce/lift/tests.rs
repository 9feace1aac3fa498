//! Break-glass on the laptop: once, for some hours, with few tries, across restarts.

use super::*;

const USER: u32 = 1000;
const FIFTH: Generation = Generation(5);
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn up(secs: i64) -> Uptime {
    Uptime {
        boot: "first".to_owned(),
        span: Span::from_secs(secs),
    }
}

fn challenged() -> Lift {
    let mut lift = Lift::default();
    lift.challenge("AAAA-BBBB".to_owned(), FIFTH, NOW, up(0));
    lift
}

fn grants(hours: u8) -> impl FnOnce(&str) -> Option<u8> {
    move |challenge| (challenge == "AAAA-BBBB").then_some(hours)
}

fn wrong(_: &str) -> Option<u8> {
    None
}

#[test]
fn the_right_response_lifts_until_its_hours_have_passed() {
    let mut lift = challenged();
    let until = lift.respond(USER, FIFTH, NOW, &up(60), grants(4)).unwrap();
    assert_eq!(until, NOW.after(Span::from_hours(4)));
    assert_eq!(lift.lifted_until(), Some(until));
    lift.advance(until, &up(60 + 4 * 3600));
    assert_eq!(lift.lifted_until(), None);
}

#[test]
fn a_release_is_looked_at_when_it_ends_by_either_clock_and_written_down_before() {
    let mut lift = challenged();
    assert_eq!(lift.due_in(NOW, &up(0)), None);
    let until = lift.respond(USER, FIFTH, NOW, &up(0), grants(1)).unwrap();
    assert_eq!(lift.due_in(NOW, &up(0)), Some(WRITE_DOWN_EVERY));
    assert_eq!(lift.due_in(NOW, &up(3600)), Some(Span(0)));
    let early = until.after(Span::from_secs(-7));
    assert_eq!(lift.due_in(early, &up(0)), Some(Span::from_secs(7)));
    lift.advance(NOW, &up(3590));
    assert_eq!(lift.due_in(NOW, &up(3590)), Some(Span::from_secs(10)));
}

#[test]
fn a_response_is_taken_once() {
    let mut lift = challenged();
    lift.respond(USER, FIFTH, NOW, &up(60), grants(4)).unwrap();
    let again = lift.respond(USER, FIFTH, NOW, &up(61), grants(4));
    assert_eq!(again, Err(NotLifted::NoChallenge));
}

#[test]
fn a_clock_set_back_keeps_no_release_alive() {
    let mut lift = challenged();
    lift.respond(USER, FIFTH, NOW, &up(0), grants(4)).unwrap();
    lift.advance(NOW.after(Span::from_secs(1)), &up(4 * 3600));
    assert_eq!(
        lift.lifted_until(),
        None,
        "the system was up for four hours"
    );
}

#[test]
fn the_fifth_wrong_response_pauses_and_no_new_challenge_helps() {
    let mut lift = challenged();
    for left in (1..TRIES_MAX).rev() {
        assert_eq!(
            lift.respond(USER, FIFTH, NOW, &up(0), wrong),
            Err(NotLifted::Wrong { left })
        );
    }
    let until = NOW.after(PAUSE);
    assert_eq!(
        lift.respond(USER, FIFTH, NOW, &up(0), wrong),
        Err(NotLifted::Paused { until })
    );
    lift.challenge("AAAA-BBBB".to_owned(), FIFTH, NOW, up(1));
    let next_year = NOW.after(Span::from_days(365));
    let later = NOW.after(Span::from_secs(1));
    assert_eq!(
        lift.respond(USER, FIFTH, later, &up(1), grants(4)),
        Err(NotLifted::Paused { until })
    );
    let until = next_year.after(Span(PAUSE.0 - 2000));
    assert_eq!(
        lift.respond(USER, FIFTH, next_year, &up(2), grants(4)),
        Err(NotLifted::Paused { until }),
        "however the clock is set"
    );
    lift.challenge("AAAA-BBBB".to_owned(), FIFTH, NOW, up(PAUSE.secs()));
    assert!(
        lift.respond(USER, FIFTH, NOW, &up(PAUSE.secs()), grants(4))
            .is_ok()
    );
}

#[test]
fn a_restart_gives_back_no_tries_and_ends_no_release() {
    let mut lift = challenged();
    let first = lift.respond(USER, FIFTH, NOW, &up(0), wrong);
    assert_eq!(first, Err(NotLifted::Wrong { left: 4 }));
    let mut lift = Lift::decode(&lift.encode()).unwrap();
    assert_eq!(
        lift.respond(USER, FIFTH, NOW, &up(0), wrong),
        Err(NotLifted::Wrong { left: 3 })
    );
    let until = lift.respond(USER, FIFTH, NOW, &up(0), grants(4)).unwrap();
    let kept = Lift::decode(&lift.encode()).unwrap();
    assert_eq!((kept.lifted_until(), &kept), (Some(until), &lift));
}

#[test]
fn damaged_bytes_are_not_a_fresh_state() {
    let whole = challenged().encode();
    assert!(Lift::decode(&whole[..whole.len() - 1]).is_err());
    assert!(Lift::decode(b"").is_err());
}

#[test]
fn a_challenge_shown_under_one_order_does_not_lift_the_next() {
    let mut lift = challenged();
    let answered = lift.respond(USER, Generation(6), NOW, &up(0), grants(4));
    assert_eq!(answered, Err(NotLifted::NoChallenge));
    assert_eq!(lift.lifted_until(), None);
}

#[test]
fn a_release_of_one_order_that_is_still_on_disk_does_not_lift_the_next() {
    let mut lift = challenged();
    let until = lift.respond(USER, FIFTH, NOW, &up(0), grants(4)).unwrap();
    let mut kept = Lift::decode(&lift.encode()).unwrap();
    kept.keep_to(FIFTH);
    assert_eq!(kept.lifted_until(), Some(until));
    kept.keep_to(Generation(6));
    assert_eq!(kept.lifted_until(), None);
}

#[test]
fn a_state_that_was_lost_gives_no_fresh_tries() {
    let mut lift = Lift::lost(NOW, up(0));
    lift.challenge("AAAA-BBBB".to_owned(), FIFTH, NOW, up(0));
    let until = NOW.after(PAUSE);
    let paused = Err(NotLifted::Paused { until });
    let later = NOW.after(Span::from_secs(1));
    assert_eq!(lift.respond(USER, FIFTH, later, &up(1), grants(4)), paused);
    assert!(
        lift.respond(USER, FIFTH, NOW, &up(PAUSE.secs()), grants(4))
            .is_ok()
    );
}

#[test]
fn restarting_cuts_no_pause_short() {
    let mut lift = Lift::lost(NOW, up(0));
    for start in 0..12 {
        lift.challenge("AAAA-BBBB".to_owned(), FIFTH, NOW, up(0));
        let uptime = Uptime {
            boot: start.to_string(),
            span: Span::from_secs(1),
        };
        let tried = lift.respond(USER, FIFTH, NOW, &uptime, grants(4));
        assert!(matches!(tried, Err(NotLifted::Paused { .. })), "{start}");
    }
}

#[test]
fn after_a_restart_the_pause_is_told_by_what_is_left_of_it() {
    let mut lift = Lift::lost(NOW, up(0));
    lift.advance(NOW.after(Span::from_secs(60)), &up(60));
    // The laptop was off for a day, and that takes nothing off.
    let tomorrow = NOW.after(Span::from_days(1));
    let uptime = Uptime {
        boot: "second".to_owned(),
        span: Span::from_secs(40),
    };
    let until = tomorrow.after(Span(PAUSE.0 - 100_000));
    assert_eq!(
        lift.respond(USER, FIFTH, tomorrow, &uptime, grants(4)),
        Err(NotLifted::Paused { until })
    );
}

#[test]
fn an_open_challenge_is_shown_again_until_it_is_nearly_over_or_used() {
    let mut lift = challenged();
    assert_eq!(lift.open_challenge(NOW, &up(0)), Some("AAAA-BBBB"));
    let late = CHALLENGE_LASTS.secs() - CHALLENGE_LEFT_MIN.secs();
    assert_eq!(lift.open_challenge(NOW, &up(late)), Some("AAAA-BBBB"));
    assert_eq!(lift.open_challenge(NOW, &up(late + 1)), None);
    lift.respond(USER, FIFTH, NOW, &up(1), grants(4)).unwrap();
    assert_eq!(lift.open_challenge(NOW, &up(1)), None);
}

#[test]
fn a_program_that_uses_up_its_tries_keeps_no_other_user_from_the_right_response() {
    let mut lift = challenged();
    for _ in 0..TRIES_MAX {
        assert!(lift.respond(33, FIFTH, NOW, &up(0), wrong).is_err());
    }
    let mut lift = Lift::decode(&lift.encode()).unwrap();
    let paused = lift.respond(33, FIFTH, NOW, &up(1), grants(4));
    assert!(matches!(paused, Err(NotLifted::Paused { .. })));
    assert!(lift.respond(USER, FIFTH, NOW, &up(1), grants(4)).is_ok());
}

#[test]
fn a_program_that_is_many_users_gets_few_tries_and_keeps_root_from_nothing() {
    let mut lift = challenged();
    let mut taken = 0_usize;
    for user in 100_000..100_200 {
        for _ in 0..TRIES_MAX {
            let tried = lift.respond(user, FIFTH, NOW, &up(0), wrong);
            let pauses = matches!(tried, Err(NotLifted::Paused { .. }));
            taken += usize::from(!pauses);
        }
    }
    // The last try of each is told as the pause that it brings.
    assert_eq!(taken, (USERS_MAX + 1) * usize::from(TRIES_MAX - 1));
    let kept = lift.encode().len();
    assert!(kept < 8192, "{kept} bytes");
    assert!(lift.respond(0, FIFTH, NOW, &up(1), grants(4)).is_ok());
}
