//! The register's word on this device: a change of it, and each of its dates that passes, is followed by a
//! report, so that the collector's verdict does not speak of yesterday.
//!
//! Touches nothing. Must never wait for the next reading that comes by itself.

use prost::Message;

use sekisho_policy::register::Entry;
use sekisho_proto::wire;

use super::{Action, Cycle, Now};
use crate::memory::Slot;

impl Cycle {
    /// What the register says is part of what is judged: a change of it is followed by a report, so that
    /// the collector's verdict does not speak of yesterday's registration.
    pub(super) fn take_register(&mut self, entry: Entry, now: Now, actions: &mut Vec<Action>) {
        if entry != self.register {
            self.schedule.demand(now.boot);
            let record = wire::RegisterEntry::from(&entry).encode_to_vec();
            actions.push(Action::Keep(Slot::Register, record));
            self.register = entry;
            self.register_turns = None;
        }
    }

    /// An approval that ends, and an exception that begins or ends, are followed by a report.
    pub(super) fn follow_register(&mut self, now: Now) {
        let time = self.clock.estimate(now);
        if self.register_turns.is_some_and(|at| at <= time) {
            self.schedule.demand(now.boot);
            self.register_turns = None;
        }
        if self.register_turns.is_none() {
            self.register_turns = self.register.next_change(time);
        }
    }
}
