//! Break-glass: the challenge this device shows, and the code that lifts its isolation for some hours.
//!
//! Touches the memory and the system's randomness. Must never take a code twice, and never let a
//! restart give new tries: what was tried is on disk before the answer is given.

use aws_lc_rs::rand;

use sekisho_policy::break_glass::{Response, challenge, verify};
use sekisho_policy::id::Generation;
use sekisho_policy::order::Access;
use sekisho_policy::time::Span;
use sekisho_proto::json::Time;

use super::local::Answer;
use super::{Shell, chain, now};
use crate::cycle::Event;
use crate::enforce::boot_id;
use crate::enforce::lift::Lift;
use crate::enforce::term::Uptime;
use crate::memory::{Memory, Slot};

const NOT_CUT_OFF: &str = "nothing is to be released: this device is not cut off";
const UNREADABLE: &str = "the order that this device remembers cannot be read, and no code fits it: if it cuts this \
    device off, the collector gives it again when the agent reaches it, and a restart of the device takes \
    its rules away";

/// What was remembered of break-glass, as far as it belongs to the order of this generation. What cannot
/// be read grants nothing, and its tries are all used up for a while.
pub(super) fn recall(memory: &Memory, generation: Generation) -> Lift {
    let kept = match memory.recall(Slot::BreakGlass) {
        Ok(None) => return Lift::default(),
        Ok(Some(bytes)) => Lift::decode(&bytes).map_err(|error| chain(&error)),
        Err(error) => Err(chain(&error)),
    };
    let mut lift = kept.unwrap_or_else(|error| {
        tracing::error!(
            error,
            "the break-glass state is lost; releases it held are ended"
        );
        let lost = Lift::lost(now().wall, uptime());
        // Else the pause would begin anew with each start.
        if let Err(error) = memory.keep(Slot::BreakGlass, &lost.encode()) {
            tracing::warn!(
                error = chain(&error),
                "the break-glass state cannot be kept"
            );
        }
        lost
    });
    lift.keep_to(generation);
    lift.advance(now().wall, &uptime());
    lift
}

impl Shell {
    /// Shows a challenge for the order in force: the one that is open, if there is one.
    pub(super) fn challenge(&mut self) -> Answer {
        let generation = match self.isolated_by() {
            Ok(generation) => generation,
            Err(why) => return refused(why),
        };
        let mut lift = self.lift.clone();
        lift.keep_to(generation);
        lift.advance(now().wall, &uptime());
        if let Some(open) = lift.open_challenge(now().wall, &uptime()) {
            let challenge = open.to_owned();
            return Answer::Challenge { challenge };
        }
        let mut random = [0; 32];
        if rand::fill(&mut random).is_err() {
            return refused("the system gives no randomness");
        }
        let challenge = challenge(&random, self.identity.device, generation).to_string();
        lift.challenge(challenge.clone(), generation, now().wall, uptime());
        match self.keep_lift(lift) {
            Ok(()) => Answer::Challenge { challenge },
            Err(why) => refused(&why),
        }
    }

    /// Takes a code that the user with this number typed; the event lifts the isolation when it is right.
    pub(super) fn release(&mut self, user: u32, code: &str) -> (Answer, Option<Event>) {
        let response = match Response::parse(code) {
            Ok(response) => response,
            Err(error) => return (refused(&error.to_string()), None),
        };
        let generation = match self.isolated_by() {
            Ok(generation) => generation,
            Err(why) => return (refused(why), None),
        };
        let secret = self.identity.break_glass_secret.0;
        let mut lift = self.lift.clone();
        let done = lift.respond(user, generation, now().wall, &uptime(), |shown| {
            let shown = sekisho_policy::break_glass::Challenge::parse(shown).ok()?;
            verify(&secret, &shown, &response)
        });
        // A code that could not be written down as used would be good again after a restart.
        if let Err(why) = self.keep_lift(lift) {
            return (refused(&why), None);
        }
        match done {
            Ok(until) => {
                tracing::warn!(%until, "a break-glass code has lifted the isolation");
                let answer = Answer::Released { until: Time(until) };
                (answer, Some(Event::Lifted(Some(until))))
            }
            Err(error) => {
                tracing::warn!(%error, "a break-glass code was not taken");
                (refused(&error.to_string()), None)
            }
        }
    }

    /// Lets a release end when either clock says so, and by a newer order.
    pub(super) fn advance_lift(&mut self) -> Option<Event> {
        self.lift.lifted_until()?;
        let mut lift = self.lift.clone();
        if self.cycle.view(now()).lifted_until.is_none() {
            lift.end_release();
        }
        lift.advance(now().wall, &uptime());
        if lift == self.lift {
            return None;
        }
        let ended = lift.lifted_until().is_none();
        if let Err(why) = self.keep_lift(lift.clone()) {
            tracing::warn!(why, "the break-glass state cannot be kept");
            // A release ends on a full disk too.
            self.lift = lift;
        }
        ended.then_some(Event::Lifted(None))
    }

    /// How long until [`Self::advance_lift`] is called.
    pub(super) fn lift_due_in(&self) -> Option<Span> {
        // Asked at every turn of the loop; the clocks are read only for a release.
        self.lift.lifted_until()?;
        self.lift.due_in(now().wall, &uptime())
    }

    fn keep_lift(&mut self, lift: Lift) -> Result<(), String> {
        let kept = self.memory.keep(Slot::BreakGlass, &lift.encode());
        kept.map_err(|error| chain(&error))?;
        self.lift = lift;
        Ok(())
    }

    /// The order that a code would lift; why there is none otherwise.
    fn isolated_by(&self) -> Result<Generation, &'static str> {
        let desire = self.cycle.desire(now()).ok_or(UNREADABLE)?;
        let order = desire.order.filter(|order| order.access != Access::Full);
        order.map(|order| order.generation).ok_or(NOT_CUT_OFF)
    }
}

fn uptime() -> Uptime {
    Uptime {
        boot: boot_id(),
        span: now().boot,
    }
}

fn refused(why: &str) -> Answer {
    Answer::Refused {
        why: why.to_owned(),
    }
}
