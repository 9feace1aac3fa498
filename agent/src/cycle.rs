//! The agent's decisions, without IO: `handle(Event, now) -> Vec<Action>`.
//!
//! Touches nothing. Must never do IO, read a clock or draw randomness by itself: time comes with each
//! event, and randomness from a seed, so that a fleet of cycles can be run in a test as it would
//! run on laptops.
//!
//! The actions of one answer are carried out in their order; each that can fail is answered by an
//! event, and what depends on its success waits for that.

pub mod attach;
pub mod clock;
mod event;
mod inside;
pub mod order;
pub mod place;
pub mod random;
mod refused;
mod register;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod view;

use std::collections::BTreeMap;

use prost::Message;

use sekisho_policy::finding::Standing;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::order::Enforcement;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::message::Ack;
use sekisho_proto::order::OrderBody;
use sekisho_proto::wire;

use crate::identity::Validity;
use crate::limits::{KEEP_RETRY_SECS, SLEEP_MAX_SECS};
use crate::memory::Slot;
use crate::memory::record::{AddressesRecord, VerdictRecord};
use crate::outbox::Pending;
use crate::topics::Topics;
use attach::Attach;
use clock::Clock;
pub use event::{Action, Desire, Event, Gathered, Greeting, Heard, Now, Start};
use order::Orders;
use place::Whereabouts;
use random::Random;
pub use refused::NotTakenUp;
use refused::Refused;
use schedule::Schedule;

/// The decisions of one agent.
#[derive(Debug)]
pub struct Cycle {
    device: DeviceId,
    random: Random,
    attach: Attach,
    schedule: Schedule,
    orders: Orders,
    whereabouts: Whereabouts,
    clock: Clock,
    register: Entry,
    /// When the register says something else for the time alone.
    register_turns: Option<Timestamp>,
    policy: Option<Fingerprint>,
    verdict: Option<VerdictRecord>,
    standing: Option<Standing>,
    first: Option<Pending>,
    waiting: usize,
    lost_body: Option<Sequence>,
    enforcement: Option<Enforcement>,
    enforcement_sent: Option<Enforcement>,
    refused: Refused,
    validity: Validity,
    renewal_at: Timestamp,
    renewing: bool,
    renewal_not_before: Span,
    /// When what could not be written is tried again.
    troubles: BTreeMap<Slot, Span>,
    outbox_trouble: Option<String>,
    appending: bool,
}

impl Cycle {
    /// A cycle that has remembered.
    #[must_use]
    pub fn new(start: Start) -> Self {
        let mut random = Random::new(start.seed);
        let renewal_at = start.validity.renewal_at(random.word());
        Self {
            device: start.device,
            attach: Attach::new(start.thread),
            schedule: Schedule::new(start.check_interval_secs),
            orders: Orders::new(start.order, start.requests, start.lifted_until, start.known),
            whereabouts: Whereabouts::new(start.beacons),
            clock: Clock::new(start.floor.max(start.validity.from), start.skew),
            register: start.register,
            register_turns: None,
            policy: start.policy,
            verdict: start.verdict,
            standing: None,
            first: None,
            waiting: 0,
            lost_body: None,
            enforcement: None,
            enforcement_sent: None,
            refused: Refused::default(),
            validity: start.validity,
            renewal_at,
            renewing: false,
            renewal_not_before: Span(i64::MIN),
            troubles: BTreeMap::new(),
            outbox_trouble: None,
            appending: false,
            random,
        }
    }

    /// Answers an event.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Action> {
        let mut actions = Vec::new();
        self.take(event, now, &mut actions);
        self.follow(now, &mut actions);
        actions
    }

    /// When to wake the cycle if nothing happens before, by the time since boot.
    #[must_use]
    pub fn next_wake(&self, now: Now) -> Span {
        let left = self.renewal_at.since(self.clock.estimate(now)).0.max(0);
        let renewal = (!self.renewing)
            .then(|| Span(now.boot.0.saturating_add(left)).max(self.renewal_not_before))
            .filter(|_| self.attach.is_attached());
        let retries = self.troubles.values().copied();
        let turns = self.register_turns.map(|at| {
            let left = at.since(self.clock.estimate(now)).0.max(0);
            Span(now.boot.0.saturating_add(left))
        });
        [
            Some(Span(
                now.boot.0.saturating_add(Span::from_secs(SLEEP_MAX_SECS).0),
            )),
            // A reading that waits for a beacon begins when that is answered, or given up.
            self.schedule
                .due()
                .filter(|_| !self.whereabouts.is_awaited(now.boot)),
            // Nothing is said before the facts were read once, so nothing is waited for either.
            self.attach.due().filter(|_| self.schedule.has_read()),
            self.orders.due(now, &self.clock),
            self.whereabouts.due(),
            renewal,
            turns,
        ]
        .into_iter()
        .flatten()
        .chain(retries)
        .min()
        .unwrap_or(now.boot)
    }

    fn take(&mut self, event: Event, now: Now, actions: &mut Vec<Action>) {
        match event {
            Event::Started => self.start(now, actions),
            Event::Woke => {}
            Event::Changed(touched) => self.schedule.changed(touched, now.boot),
            Event::LinksTouched => self.whereabouts.touched(now.boot, &mut self.random),
            Event::Sighted { number, sighting } => self.sighted(number, sighting, now),
            Event::SameNetworks { number } => self.whereabouts.same(number, now.boot),
            Event::Gathered(gathered) => self.gathered(gathered, now, actions),
            Event::GatherFailed(why) => {
                self.schedule.failed(now.boot);
                actions.push(Action::Warn(format!("the facts could not be read: {why}")));
            }
            Event::Outbox { first, waiting } => {
                // Dropping a report works on a full disk; only keeping one shows that there is room.
                if std::mem::take(&mut self.appending) && self.outbox_trouble.take().is_some() {
                    self.troubles.values_mut().for_each(|at| *at = now.boot);
                }
                self.first = first;
                self.waiting = waiting;
            }
            Event::OutboxFailed(why) => self.outbox_failed(why, now, actions),
            Event::BodyLost(sequence) => {
                self.lost_body = Some(sequence);
                self.attach.not_sent();
                self.schedule.demand(now.boot);
            }
            Event::Heard { at, what } => self.heard(at, what, now, actions),
            Event::Broken { why, retry_after } => {
                self.attach
                    .broken(why, retry_after, now.boot, &mut self.random);
            }
            Event::Kept(slot) => self.kept(slot, now, actions),
            Event::KeepFailed(slot, why) => self.keep_failed(slot, why, now, actions),
            Event::Met(known) => self.orders.met(known, now.boot, actions),
            Event::Reconciled(account) => {
                self.orders.reconciled(&account, now.boot);
                self.enforcement = Some(account);
            }
            Event::Disturbed => self.orders.demand_reconciliation(),
            Event::Lifted(until) => self.orders.lifted(until),
            Event::CertificateEnded => self.attach.ended(),
            Event::Renewed(validity) => self.renewed(validity, actions),
            Event::RenewalFailed(why) => self.renewal_failed(&why, now, actions),
        }
    }

    /// What follows from the state, whatever the event was.
    fn follow(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.retry_keeping(now, actions);
        self.orders.follow(now, &self.clock, actions);
        self.follow_register(now);
        self.follow_place(now, actions);
        if !self.whereabouts.is_awaited(now.boot) {
            actions.extend(self.schedule.begin(now.boot).map(Action::Gather));
        }
        if self.attach.wants_connection(now.boot) && self.schedule.has_read() {
            self.connect(now, actions);
        }
        self.attach.keep_alive(now.boot, &mut self.random, actions);
        if !self.attach.is_attached() {
            // Whatever was on its way when the link went may not have arrived.
            self.enforcement_sent = None;
            return;
        }
        self.send_first(now, actions);
        self.send_enforcement(actions);
        let due = self.clock.estimate(now) >= self.renewal_at;
        if due && !self.renewing && now.boot >= self.renewal_not_before {
            self.renewing = true;
            actions.push(Action::Renew { expired: false });
        }
    }

    fn start(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.orders.begin(now.boot);
        self.schedule.demand(now.boot);
        actions.push(Action::RaiseFloor(self.clock.floor()));
    }

    fn gathered(&mut self, gathered: Gathered, now: Now, actions: &mut Vec<Action>) {
        self.standing = gathered.standing;
        let trouble = self.outbox_trouble.is_some() || self.lost_body.is_some();
        if self.schedule.read(&gathered, now.boot) || trouble {
            let sending = self.attach.sending();
            self.appending = true;
            actions.push(Action::Append { gathered, sending });
        }
    }

    fn outbox_failed(&mut self, why: String, now: Now, actions: &mut Vec<Action>) {
        // Told once: a disk stays full for hours.
        if self.outbox_trouble.as_ref() != Some(&why) {
            actions.push(Action::Warn(format!(
                "reports cannot be kept, and are judged on this laptop alone: {why}"
            )));
        }
        self.appending = false;
        self.outbox_trouble = Some(why);
        self.attach.outbox_failed(now.boot);
        self.schedule.not_kept(now.boot);
    }

    fn connect(&mut self, now: Now, actions: &mut Vec<Action>) {
        let ended = self.clock.estimate(now) >= self.validity.until;
        if self.attach.wants_renewal(ended) {
            self.attach.renewing_expired();
            self.renewing = true;
            actions.push(Action::Renew { expired: true });
            return;
        }
        let greeting = Greeting {
            thread: self.attach.thread().to_owned(),
            policy: self.policy,
            generation: self.orders.generation(),
            resolve: self.orders.names_resolve(now, &self.clock),
        };
        self.attach.connecting();
        actions.push(Action::Connect(greeting));
    }

    fn heard(&mut self, at: Timestamp, what: Heard, now: Now, actions: &mut Vec<Action>) {
        self.hear_time(at, now, actions);
        self.attach.heard();
        match what {
            Heard::Welcome(welcome) => {
                self.take_register(welcome.register.clone(), now, actions);
                let beacons = welcome.beacons.clone();
                self.whereabouts
                    .told(beacons, now.boot, &mut self.random, actions);
                self.attach.welcomed(welcome, now.boot, actions);
            }
            Heard::Ack(ack) => self.acknowledged(ack, at, actions),
            Heard::Need(need) => self
                .attach
                .needed(&need, now.boot, &mut self.random, actions),
            Heard::Busy(busy) => self.attach.busy(&busy, now.boot, &mut self.random),
            Heard::Order { signed, opened } => self.ordered(signed, opened, now, actions),
            Heard::Policy(text) => {
                if self.policy.is_some() {
                    let wait = self.spread();
                    self.demand_after(wait, now);
                }
                self.policy = Some(Fingerprint::of(text.as_bytes()));
                actions.push(Action::AdoptPolicy(text));
                self.schedule.changed(Topics::ALL, now.boot);
            }
            // Any word is a sign of life.
            Heard::Pulse(_) => {}
            Heard::Register(entry) => self.take_register(entry, now, actions),
        }
    }

    fn acknowledged(&mut self, ack: Ack, at: Timestamp, actions: &mut Vec<Action>) {
        if !self.attach.acknowledged(ack.sequence) {
            return;
        }
        let standing = ack.standing.map_or(wire::Standing::Unspecified, Into::into);
        let record = VerdictRecord {
            sequence: ack.sequence.0,
            standing: standing.into(),
            heard_at_ms: at.0,
        };
        actions.push(Action::Acknowledge(ack.sequence));
        actions.push(Action::Keep(Slot::Verdict, record.encode_to_vec()));
        self.verdict = Some(record);
    }

    fn ordered(
        &mut self,
        signed: Vec<u8>,
        opened: Result<OrderBody, NotTakenUp>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let trusted = self.clock.estimate(now);
        let taken = match opened {
            Ok(OrderBody::State(order)) => {
                self.enforcement_sent = None;
                self.orders
                    .offered(order, signed, self.device, trusted, now.boot, actions)
            }
            Ok(OrderBody::Request(request)) => {
                self.orders
                    .requested(&request, self.device, trusted, actions)
            }
            Err(refused) => Err(refused),
        };
        if let Err(refused) = taken {
            self.refused.note(refused, now.wall, actions);
        }
    }

    fn kept(&mut self, slot: Slot, now: Now, actions: &mut Vec<Action>) {
        self.troubles.remove(&slot);
        match slot {
            Slot::Thread => self.attach.thread_kept(now.boot, actions),
            Slot::Order => self.order_settled(),
            Slot::Requests => {
                if self.orders.take_check_request() {
                    self.schedule.demand(now.boot);
                }
            }
            Slot::Addresses
            | Slot::Beacons
            | Slot::BreakGlass
            | Slot::Clock
            | Slot::Policy
            | Slot::Register
            | Slot::Since
            | Slot::Verdict => {}
        }
    }

    fn keep_failed(&mut self, slot: Slot, why: String, now: Now, actions: &mut Vec<Action>) {
        if !self.troubles.contains_key(&slot) {
            let name = slot.name();
            actions.push(Action::Warn(format!("{name} cannot be kept: {why}")));
        }
        match slot {
            // The thread must be on disk before anything else is said; so nothing is said. Orders are
            // heard all the same.
            Slot::Thread => self.attach.thread_not_kept(why),
            // An outbreak does not wait for a disk to be mended. A release that is lost with the power
            // is given again by the collector.
            Slot::Order => self.order_settled(),
            // Not remembered is not done: a request could be done twice.
            Slot::Requests => {
                self.orders.drop_check_request();
                return;
            }
            Slot::Addresses
            | Slot::Beacons
            | Slot::BreakGlass
            | Slot::Clock
            | Slot::Policy
            | Slot::Register
            | Slot::Since
            | Slot::Verdict => {}
        }
        let retry = Span(
            now.boot
                .0
                .saturating_add(Span::from_secs(KEEP_RETRY_SECS).0),
        );
        if self.body_of(slot, now).is_some() {
            self.troubles.insert(slot, retry);
        }
    }

    const fn order_settled(&mut self) {
        self.orders.settled();
        self.orders.demand_reconciliation();
    }

    fn retry_keeping(&mut self, now: Now, actions: &mut Vec<Action>) {
        let due = self.troubles.extract_if(.., |_, at| *at <= now.boot);
        let due: Vec<Slot> = due.map(|(slot, _)| slot).collect();
        let pause = Span::from_secs(KEEP_RETRY_SECS).0;
        for slot in due {
            // As it is by now: what failed may be older than what was written since, in this very turn.
            if let Some(body) = self.body_of(slot, now) {
                let at = Span(now.boot.0.saturating_add(pause));
                self.troubles.insert(slot, at);
                actions.push(Action::Keep(slot, body));
            }
        }
    }

    /// What to write again; `None` for what comes again by itself.
    fn body_of(&self, slot: Slot, now: Now) -> Option<Vec<u8>> {
        match slot {
            Slot::Addresses => Some(AddressesRecord::of(self.orders.known()).encode_to_vec()),
            Slot::Beacons => Some(self.whereabouts.record()),
            Slot::Order => self.orders.record(now.boot),
            Slot::Register => Some(wire::RegisterEntry::from(&self.register).encode_to_vec()),
            // What a link gave is of no use on the next, and would look like a copy's.
            Slot::Thread => self.attach.thread_to_keep().map(<[u8]>::to_vec),
            Slot::BreakGlass
            | Slot::Clock
            | Slot::Policy
            | Slot::Requests
            | Slot::Since
            | Slot::Verdict => None,
        }
    }

    fn send_first(&mut self, now: Now, actions: &mut Vec<Action>) {
        let Some(first) = &self.first else { return };
        if self.lost_body == Some(first.sequence) {
            if self.waiting > 1 {
                self.lost_body = None;
                self.first = None;
                actions.push(Action::FoldFirst);
            }
            return;
        }
        self.attach.send(first, now.boot, actions);
    }

    fn send_enforcement(&mut self, actions: &mut Vec<Action>) {
        let Some(account) = &self.enforcement else {
            return;
        };
        let account = self.refused.told(account);
        let same = |sent: &Enforcement| {
            let observed_at = account.observed_at;
            account
                == Enforcement {
                    observed_at,
                    ..sent.clone()
                }
        };
        if self.enforcement_sent.as_ref().is_some_and(same) {
            return;
        }
        actions.push(Action::SendEnforcement(account.clone()));
        self.enforcement_sent = Some(account);
    }

    fn renewed(&mut self, validity: Validity, actions: &mut Vec<Action>) {
        self.renewing = false;
        self.validity = validity;
        self.renewal_at = validity.renewal_at(self.random.word());
        self.attach.renewed(actions);
    }

    fn renewal_failed(&mut self, why: &str, now: Now, actions: &mut Vec<Action>) {
        self.renewing = false;
        let wait = self.random.below(Span::from_secs(3600).0);
        self.renewal_not_before = Span(now.boot.0.saturating_add(wait));
        self.attach.renewal_failed(why, now.boot, &mut self.random);
        actions.push(Action::Warn(format!(
            "the certificate could not be renewed: {why}"
        )));
    }
}
