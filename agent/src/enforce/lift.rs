//! The laptop's side of break-glass: a challenge shown, a response tried, an isolation lifted for
//! some hours.
//!
//! Touches nothing: randomness, clocks and the check of the response are handed in, and the caller
//! keeps what [`Lift::encode`] gives, before it acts. Must never accept a response twice, and never
//! let a restart give back tries.

mod file;

use std::collections::BTreeMap;

use sekisho_policy::id::Generation;
use sekisho_policy::time::{Span, Timestamp};
use thiserror::Error;

use super::term::{Term, Uptime, WRITE_DOWN_EVERY};

pub use file::UnreadableLift;

/// Wrong responses of one user before a pause. Forty bits cannot be guessed in five tries; a person mistypes
/// twice.
pub const TRIES_MAX: u8 = 5;
/// Users of the laptop whose tries are counted apart, root beside them. All others share one count.
pub const USERS_MAX: usize = 16;
/// Stands for those: no user has this number, `(uid_t) -1`.
const OTHERS: u32 = u32::MAX;
/// The pause after them.
pub const PAUSE: Span = Span::from_secs(15 * 60);
/// How long a challenge may be answered. Longer than a call to the help desk.
pub const CHALLENGE_LASTS: Span = Span::from_hours(1);
/// The time that a challenge must have left to be shown again instead of a new one.
pub const CHALLENGE_LEFT_MIN: Span = Span::from_secs(15 * 60);

/// Everything break-glass must remember across a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lift {
    /// The challenge that waits for its response, the order it was shown under, and the time it has.
    challenge: Option<(String, Generation, Term)>,
    /// What each user of the laptop has tried, by number: else any program could keep the right response
    /// of a person from being taken.
    tries: BTreeMap<u32, Tries>,
    /// No response of anybody is taken during this term.
    pause: Option<Term>,
    /// The release in force, and the order it lifts.
    release: Option<(Generation, Term)>,
}

/// What one user has tried.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Tries {
    /// Wrong responses since the last pause or success.
    wrong: u8,
    /// No response of this user is taken during this term.
    pause: Option<Term>,
}

/// Why a response does not lift the isolation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotLifted {
    /// None was asked for, or its time has passed, or it was used.
    #[error("no challenge waits for a response; ask for a new challenge first")]
    NoChallenge,
    /// The response is not the one to this challenge, or it grants no hours.
    #[error("the response does not fit the challenge; {left} tries are left")]
    Wrong {
        /// Tries until the pause.
        left: u8,
    },
    /// Too many wrong responses.
    #[error("too many wrong responses; the next is taken at {until}")]
    Paused {
        /// The end of the pause by the wall clock, if the system stays up until then.
        until: Timestamp,
    },
}

impl Lift {
    /// The state of which it is not known what it was: nothing is lifted, and the tries are used up.
    #[must_use]
    pub fn lost(now: Timestamp, uptime: Uptime) -> Self {
        Self {
            pause: Some(Term::begin(now, uptime, PAUSE)),
            ..Self::default()
        }
    }

    /// Drops what belongs to another order than the one of this generation: whoever gave the new one
    /// knew better.
    pub fn keep_to(&mut self, generation: Generation) {
        self.challenge.take_if(|(_, of, _)| *of != generation);
        self.release.take_if(|(of, _)| *of != generation);
    }

    /// Takes up a challenge to show under an order, in place of an older one. Wrong responses to the
    /// older one keep counting.
    pub fn challenge(
        &mut self,
        challenge: String,
        generation: Generation,
        now: Timestamp,
        uptime: Uptime,
    ) {
        let term = Term::begin(now, uptime, CHALLENGE_LASTS);
        self.challenge = Some((challenge, generation, term));
    }

    /// The challenge to show again, as long as it can be answered in peace: a second one in its place would
    /// make worthless what somebody is reading out.
    #[must_use]
    pub fn open_challenge(&self, now: Timestamp, uptime: &Uptime) -> Option<&str> {
        let (challenge, _, term) = self.challenge.as_ref()?;
        (term.left(now, uptime) >= CHALLENGE_LEFT_MIN).then_some(challenge)
    }

    /// Tries a response that the user with this number typed to a challenge shown under the order of
    /// `generation`, which it lifts. `hours_granted` tells how many hours it grants as the response to the
    /// challenge, or `None` when it is not one. Gives the end of the release by the wall clock.
    ///
    /// # Errors
    /// [`NotLifted`] when there is no challenge, the response is wrong, or tries are paused.
    pub fn respond(
        &mut self,
        user: u32,
        generation: Generation,
        now: Timestamp,
        uptime: &Uptime,
        hours_granted: impl FnOnce(&str) -> Option<u8>,
    ) -> Result<Timestamp, NotLifted> {
        self.keep_to(generation);
        self.advance(now, uptime);
        let user = self.counted_as(user);
        let own = self.tries.get(&user).and_then(|tries| tries.pause.as_ref());
        if let Some(pause) = self.pause.as_ref().or(own) {
            let until = now.after(pause.left_by_seen());
            return Err(NotLifted::Paused { until });
        }
        let (challenge, _, _) = self.challenge.as_ref().ok_or(NotLifted::NoChallenge)?;
        let Some(hours) = hours_granted(challenge).filter(|hours| *hours > 0) else {
            return Err(self.count_wrong(user, now, uptime));
        };
        let term = Term::begin(now, uptime.clone(), Span::from_hours(i64::from(hours)));
        let until = term.end();
        *self = Self {
            release: Some((generation, term)),
            ..Self::default()
        };
        Ok(until)
    }

    /// Lets time pass: ends what is over. The state is to be kept afterwards when it differs, and at
    /// least every [`super::term::WRITE_DOWN_EVERY`] while a release is in force.
    pub fn advance(&mut self, now: Timestamp, uptime: &Uptime) {
        let challenge_term = self.challenge.as_mut().map(|(_, _, term)| term);
        let release_term = self.release.as_mut().map(|(_, term)| term);
        for term in [challenge_term, release_term].into_iter().flatten() {
            term.advance(uptime);
        }
        self.challenge
            .take_if(|(_, _, term)| term.is_over_by_any_clock(now));
        self.release
            .take_if(|(_, term)| term.is_over_by_any_clock(now));
        // A pause must not be cut short by setting the clock or by restarting, so only the time that the
        // system was seen to be up counts.
        let pauses = self.tries.values_mut().map(|tries| &mut tries.pause);
        for pause in pauses.chain([&mut self.pause]) {
            if let Some(pause) = pause {
                pause.advance_by_seen(uptime);
            }
            pause.take_if(|term| term.used >= term.span);
        }
        self.tries.retain(|_, tries| *tries != Tries::default());
    }

    /// When the release in force ends by the wall clock, as of the last [`Lift::advance`]; `None`
    /// when nothing is lifted.
    #[must_use]
    pub fn lifted_until(&self) -> Option<Timestamp> {
        self.release.as_ref().map(|(_, term)| term.end())
    }

    /// How long until [`Lift::advance`] is to be called and the state kept, for a release to end in time
    /// and to be written down often enough; `None` when nothing is lifted.
    #[must_use]
    pub fn due_in(&self, now: Timestamp, uptime: &Uptime) -> Option<Span> {
        let (_, term) = self.release.as_ref()?;
        let unseen = uptime.span.0.saturating_sub(term.seen.span.0).max(0);
        let note = Span(WRITE_DOWN_EVERY.0.saturating_sub(unseen).max(0));
        Some(term.left(now, uptime).min(note))
    }

    /// Ends a release, as when the collector gives a newer order.
    pub fn end_release(&mut self) {
        self.release = None;
    }

    fn counted_as(&self, user: u32) -> u32 {
        let is_apart = user == 0 || self.tries.contains_key(&user);
        if is_apart || self.tries.len() < USERS_MAX {
            user
        } else {
            OTHERS
        }
    }

    fn count_wrong(&mut self, user: u32, now: Timestamp, uptime: &Uptime) -> NotLifted {
        let tries = self.tries.entry(user).or_default();
        tries.wrong = tries.wrong.saturating_add(1);
        if tries.wrong < TRIES_MAX {
            return NotLifted::Wrong {
                left: TRIES_MAX.saturating_sub(tries.wrong),
            };
        }
        let pause = Term::begin(now, uptime.clone(), PAUSE);
        let until = pause.end();
        *tries = Tries {
            wrong: 0,
            pause: Some(pause),
        };
        NotLifted::Paused { until }
    }
}

#[cfg(test)]
mod tests;
