//! The register's word on this device: a change of it, and each of its dates that passes, is followed by a
//! report, so that the collector's verdict does not speak of yesterday.
//!
//! Touches nothing. Must never wait for the next reading that comes by itself.

use prost::Message;

use sekisho_policy::register::Entry;
use sekisho_policy::time::Span;
use sekisho_proto::wire;

use super::{Action, Cycle, Now};
use crate::limits::REPORT_SPREAD_SECS;
use crate::memory::Slot;

impl Cycle {
    /// What the register says is part of what is judged: a change of it is followed by a report, so that
    /// the collector's verdict does not speak of yesterday's registration.
    pub(super) fn take_register(&mut self, entry: Entry, now: Now, actions: &mut Vec<Action>) {
        if entry != self.register {
            let only_exceptions = Entry {
                exceptions: self.register.exceptions.clone(),
                ..entry.clone()
            } == self.register;
            let wait = if only_exceptions {
                self.spread()
            } else {
                Span(0)
            };
            self.demand_after(wait, now);
            let record = wire::RegisterEntry::from(&entry).encode_to_vec();
            actions.push(Action::Keep(Slot::Register, record));
            self.register = entry;
            self.register_turns = None;
        }
    }

    /// A wait for what reaches many laptops at once, as a policy or an exception of their group does; their
    /// reports need not come at once.
    pub(super) fn spread(&mut self) -> Span {
        Span(self.random.below(Span::from_secs(REPORT_SPREAD_SECS).0))
    }

    pub(super) fn demand_after(&mut self, wait: Span, now: Now) {
        self.schedule
            .demand(Span(now.boot.0.saturating_add(wait.0)));
    }

    /// An approval that ends, and an exception that begins or ends, are followed by a report.
    pub(super) fn follow_register(&mut self, now: Now) {
        let time = self.clock.estimate(now);
        if self.register_turns.is_some_and(|at| at <= time) {
            let wait = self.spread();
            self.demand_after(wait, now);
            self.register_turns = None;
        }
        if self.register_turns.is_none() {
            self.register_turns = self.register.next_change(time);
        }
    }
}
