//! The place in the cycle: what keeps it from being asked for, and what follows from another one.
//!
//! Touches nothing. Must never let a reading of the facts wait longer than an answer may take, nor take the time
//! from a beacon: its key says where a laptop is, and orders and certificates hang on the time.

use sekisho_policy::facts::NetworkPlace;
use sekisho_policy::order::Access;
use sekisho_policy::reading::Reading;
use sekisho_policy::time::Timestamp;

use super::place::{Barred, Sighting};
use super::{Action, Cycle, Now};
use crate::topics::Topics;

impl Cycle {
    /// Where the laptop is.
    #[must_use]
    pub fn place(&self, now: Now) -> Reading<NetworkPlace> {
        self.whereabouts.place(now.boot)
    }

    /// Whether there is a beacon to ask.
    #[must_use]
    pub const fn knows_beacons(&self) -> bool {
        !self.whereabouts.beacons().is_none()
    }

    pub(super) fn barred(&self, now: Now) -> Option<Barred> {
        // What an order said that cannot be read may be in force all the same.
        let is_unread = self.orders.desire(now, &self.clock).is_none();
        if is_unread || self.access(now) != Access::Full {
            Some(Barred::Ordered)
        } else if self.clock.estimate(now) >= self.validity.until {
            Some(Barred::CertificateEnded)
        } else {
            None
        }
    }

    /// Takes the time that the collector told.
    pub(super) fn hear_time(&mut self, at: Timestamp, now: Now, actions: &mut Vec<Action>) {
        let was_off = self.clock.off().is_some();
        self.clock.heard(at, now, actions);
        if was_off != self.clock.off().is_some() {
            // What rests on the time is judged anew, and the collector puts the clock down with a report.
            self.schedule.demand(now.boot);
        }
    }

    pub(super) fn sighted(&mut self, number: u64, sighting: Sighting, now: Now) {
        let random = &mut self.random;
        if self.whereabouts.sighted(number, sighting, now.boot, random) {
            // The links that led there were announced by themselves.
            self.schedule.changed(Topics::NONE, now.boot);
        }
    }

    pub(super) fn follow_place(&mut self, now: Now, actions: &mut Vec<Action>) {
        let barred = self.barred(now);
        self.whereabouts
            .follow(barred, now.boot, &mut self.random, actions);
    }
}
