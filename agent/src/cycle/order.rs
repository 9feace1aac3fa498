//! The order held: taken up, at its end, lifted; and requests, each carried out once.
//!
//! Touches nothing. Must never take up an order for another device, an older one, or one that does not
//! open; never act on one before it was written down or found impossible to write; and never end
//! one by a clock that the laptop's user can set alone.

use std::collections::VecDeque;
use std::net::IpAddr;

use prost::Message;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::order::{Acceptance, Access, Enforcement, Order, Refusal, WhyRefused};
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::order::{Request, RequestKind};

use super::clock::Clock;
use super::refused::NotTakenUp;
use super::{Action, Desire, Now};
use crate::limits::{
    ELAPSED_KEEP_SECS, RECONCILE_RETRY_SECS, RECONCILE_SECS, RECONCILE_UNORDERED_SECS,
    REQUESTS_REMEMBERED_MAX,
};
use crate::memory::Slot;
use crate::memory::record::{AddressesRecord, OrderRecord, RequestsRecord};

/// The order a device remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// There never was one.
    Nothing,
    /// This one.
    Order(Box<HeldOrder>),
    /// There was one, and what it said cannot be read. The firewall is left as it is until the
    /// collector repeats itself.
    Damaged(String),
}

impl Held {
    /// The generation of the order; 0 when there is none that can be read.
    #[must_use]
    pub fn generation(&self) -> Generation {
        match self {
            Self::Order(held) => held.order.generation,
            Self::Nothing | Self::Damaged(_) => Generation(0),
        }
    }
}

/// An order with what is needed to keep it and to end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOrder {
    /// What it says.
    pub order: Order,
    /// The encoded `SignedOrder`.
    pub signed: Vec<u8>,
    /// From taking it up to its end, by the collector's clock; `None` when it has no end.
    pub remaining: Option<Span>,
    /// Running time since it was taken up, at the last note.
    pub elapsed: Span,
    /// Where the collector was met, as it was noted with the order.
    pub met_at: Vec<IpAddr>,
    /// Whether its end had come when that was last looked at. It is what a restart goes by: times that the
    /// collector told do not outlive the agent as one number, since its clock may have been set back.
    pub ended: bool,
}

/// The orders of one agent.
#[derive(Debug, Clone)]
pub struct Orders {
    held: Held,
    /// Boot time to which `elapsed` belongs.
    noted_at: Span,
    requests: VecDeque<[u8; 16]>,
    check_wanted: bool,
    /// Where the collector was met, the last place first.
    known: Vec<IpAddr>,
    /// To be shown, and compared with no time: that it is over is told.
    lifted_until: Option<Timestamp>,
    /// Written down, or found impossible to write.
    settled: bool,
    wanted: bool,
    reconciling: bool,
    reconciled_at: Span,
    /// Passes in a row after which the firewall was not, or not known to be, as desired.
    failures: u32,
    last: Option<Desire>,
}

impl Orders {
    pub(super) fn new(
        held: Held,
        requests: Vec<[u8; 16]>,
        lifted_until: Option<Timestamp>,
        known: Vec<IpAddr>,
    ) -> Self {
        Self {
            held,
            noted_at: Span(0),
            requests: requests.into(),
            check_wanted: false,
            known,
            lifted_until,
            settled: true,
            wanted: false,
            reconciling: false,
            reconciled_at: Span(0),
            failures: 0,
            last: None,
        }
    }

    pub(super) fn begin(&mut self, boot: Span) {
        self.noted_at = boot;
        self.wanted = true;
    }

    /// The order held, if it can be read.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        match &self.held {
            Held::Order(held) => Some(&held.order),
            Held::Nothing | Held::Damaged(_) => None,
        }
    }

    /// Its generation; 0 when there is none that can be read.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.held.generation()
    }

    /// Whether its end has come: by the collector's clock, or by this laptop's clock and its running time
    /// both. Until the collector has told its time, what was found before a restart holds too.
    #[must_use]
    pub fn has_ended(&self, now: Now, clock: &Clock) -> bool {
        let Held::Order(held) = &self.held else {
            return false;
        };
        let (Some(until), Some(remaining)) = (held.order.until, held.remaining) else {
            return false;
        };
        let told = clock.told(now).map_or(held.ended, |told| told >= until);
        let ran = self.elapsed(held, now.boot) >= remaining;
        told || (ran && now.wall >= until)
    }

    /// What the firewall shall be held against; `None` while the order cannot be read.
    #[must_use]
    pub fn desire(&self, now: Now, clock: &Clock) -> Option<Desire> {
        if matches!(self.held, Held::Damaged(_)) {
            return None;
        }
        Some(Desire {
            order: self.order().cloned(),
            ended: self.has_ended(now, clock),
            lifted_until: self.lifted_until,
        })
    }

    pub(super) fn names_resolve(&self, now: Now, clock: &Clock) -> bool {
        match self.desire(now, clock) {
            None => false,
            Some(desire) => {
                let full = desire
                    .order
                    .is_none_or(|order| order.access == Access::Full);
                full || desire.ended || desire.lifted_until.is_some()
            }
        }
    }

    pub(super) fn offered(
        &mut self,
        order: Order,
        signed: Vec<u8>,
        own: DeviceId,
        trusted: Timestamp,
        boot: Span,
        actions: &mut Vec<Action>,
    ) -> Result<(), NotTakenUp> {
        match order.accept(own, self.order(), trusted) {
            Ok(Acceptance::AlreadyHeld) => Ok(()),
            Ok(Acceptance::TakeUp) => {
                self.take_up(order, signed, trusted, boot, actions);
                Ok(())
            }
            // The firewall stays as it is until it is known what was remembered. This is it, and its end
            // has come: refused, it would keep the laptop cut off for ever.
            Err(Refusal::Ended(_)) if matches!(self.held, Held::Damaged(_)) => {
                self.take_up(order, signed, trusted, boot, actions);
                Ok(())
            }
            Err(refusal) => Err(NotTakenUp {
                why: refusal.why(),
                generation: Some(order.generation),
                detail: refusal.to_string(),
            }),
        }
    }

    fn take_up(
        &mut self,
        order: Order,
        signed: Vec<u8>,
        trusted: Timestamp,
        boot: Span,
        actions: &mut Vec<Action>,
    ) {
        // A new generation ends a break-glass release: whoever gave it knew better.
        self.lifted_until = None;
        self.held = Held::Order(Box::new(HeldOrder {
            remaining: order.until.map(|until| until.since(trusted)),
            ended: order.has_ended(trusted),
            order,
            signed,
            elapsed: Span(0),
            met_at: self.known.clone(),
        }));
        self.noted_at = boot;
        self.settled = false;
        let record = self.record(boot);
        actions.extend(record.map(|body| Action::Keep(Slot::Order, body)));
    }

    pub(super) fn requested(
        &mut self,
        request: &Request,
        own: DeviceId,
        trusted: Timestamp,
        actions: &mut Vec<Action>,
    ) -> Result<(), NotTakenUp> {
        let refused = |why, detail| NotTakenUp {
            why,
            generation: None,
            detail,
        };
        if request.device != own {
            let detail = format!("the request is for device {}", request.device);
            return Err(refused(WhyRefused::OtherDevice, detail));
        }
        if self.requests.contains(&request.id) {
            return Ok(());
        }
        if let Some(until) = request.until.filter(|until| *until <= trusted) {
            let detail = format!("the request ended at {until}");
            return Err(refused(WhyRefused::Ended, detail));
        }
        match request.kind {
            RequestKind::CheckNow => self.check_wanted = true,
        }
        self.requests.push_back(request.id);
        while self.requests.len() > REQUESTS_REMEMBERED_MAX {
            self.requests.pop_front();
        }
        let ids = self.requests.iter().map(|id| id.to_vec()).collect();
        let record = RequestsRecord { ids }.encode_to_vec();
        actions.push(Action::Keep(Slot::Requests, record));
        Ok(())
    }

    /// The collector was met elsewhere than before. While access is limited the way to it is laid anew,
    /// and noted with the order.
    pub(super) fn met(&mut self, known: Vec<IpAddr>, boot: Span, actions: &mut Vec<Action>) {
        actions.push(Action::Keep(
            Slot::Addresses,
            AddressesRecord::of(&known).encode_to_vec(),
        ));
        self.known.clone_from(&known);
        let Held::Order(held) = &mut self.held else {
            return;
        };
        if held.order.access == Access::Full {
            return;
        }
        held.met_at = known;
        self.wanted = true;
        let record = self.record(boot);
        actions.extend(record.map(|body| Action::Keep(Slot::Order, body)));
    }

    /// Where the collector was met.
    pub(super) fn known(&self) -> &[IpAddr] {
        &self.known
    }

    pub(super) const fn take_check_request(&mut self) -> bool {
        std::mem::replace(&mut self.check_wanted, false)
    }

    pub(super) fn drop_check_request(&mut self) {
        self.check_wanted = false;
        self.requests.pop_back();
    }

    pub(super) const fn settled(&mut self) {
        self.settled = true;
    }

    pub(super) const fn demand_reconciliation(&mut self) {
        self.wanted = true;
    }

    pub(super) fn reconciled(&mut self, account: &Enforcement, boot: Span) {
        self.reconciling = false;
        self.reconciled_at = boot;
        self.failures = if account.is_in_force() {
            0
        } else {
            self.failures.saturating_add(1)
        };
    }

    pub(super) const fn lifted(&mut self, until: Option<Timestamp>) {
        self.lifted_until = until;
    }

    /// The end of a break-glass release.
    #[must_use]
    pub const fn lifted_until(&self) -> Option<Timestamp> {
        self.lifted_until
    }

    pub(super) fn follow(&mut self, now: Now, clock: &Clock, actions: &mut Vec<Action>) {
        let due = self.notes_at().is_some_and(|at| at <= now.boot);
        if self.note_end(now, clock) || due {
            actions.extend(
                self.record(now.boot)
                    .map(|body| Action::Keep(Slot::Order, body)),
            );
            self.note(now.boot);
        }
        if self.reconciling || !self.settled {
            return;
        }
        let Some(desire) = self.desire(now, clock) else {
            return;
        };
        let late = self.looks_again_at().is_some_and(|at| at <= now.boot);
        if self.wanted || late || self.last.as_ref() != Some(&desire) {
            self.wanted = false;
            self.reconciling = true;
            self.last = Some(desire.clone());
            actions.push(Action::Reconcile(desire));
        }
    }

    pub(super) fn due(&self, now: Now, clock: &Clock) -> Option<Span> {
        let after = |span: i64| Span(now.boot.0.saturating_add(span.max(0)));
        let mut due = Vec::new();
        if let Held::Order(held) = &self.held
            && let (Some(until), Some(remaining)) = (held.order.until, held.remaining)
            && !self.has_ended(now, clock)
        {
            let left = remaining.0.saturating_sub(self.elapsed(held, now.boot).0);
            let end = match clock.told(now) {
                Some(told) => until.since(told).0,
                None => until.since(now.wall).0.max(left),
            };
            due.push(after(end.max(1)));
            due.extend(self.notes_at());
        }
        due.extend(self.looks_again_at().filter(|_| !self.reconciling));
        due.into_iter().min()
    }

    /// When the firewall is held against what is desired again though nothing has happened: soon after it
    /// was refused, and now and then while there are rules to lose. A release that was refused is as
    /// little done as an isolation.
    fn looks_again_at(&self) -> Option<Span> {
        let order = self.order();
        let pause = if self.failures > 0 {
            let doublings = self.failures.saturating_sub(1).min(16);
            let wait = RECONCILE_RETRY_SECS.saturating_mul(1_i64 << doublings);
            let longest = order.map_or(RECONCILE_UNORDERED_SECS, |_| RECONCILE_SECS);
            Some(wait.min(longest))
        } else {
            order
                .filter(|order| order.access != Access::Full)
                .map(|_| RECONCILE_SECS)
        };
        pause.map(|pause| {
            Span(
                self.reconciled_at
                    .0
                    .saturating_add(Span::from_secs(pause).0),
            )
        })
    }

    /// The bytes to remember it by.
    pub(super) fn record(&self, boot: Span) -> Option<Vec<u8>> {
        let Held::Order(held) = &self.held else {
            return None;
        };
        let record = OrderRecord {
            signed: held.signed.clone(),
            remaining_ms: held.remaining.map(|span| span.0),
            elapsed_ms: self.elapsed(held, boot).0,
            met_at: AddressesRecord::of(&held.met_at).addresses,
            ended: held.ended,
        };
        Some(record.encode_to_vec())
    }

    fn elapsed(&self, held: &HeldOrder, boot: Span) -> Span {
        let ran = boot.0.saturating_sub(self.noted_at.0).max(0);
        Span(held.elapsed.0.saturating_add(ran))
    }

    /// When it is noted on disk next how long the order has been in force; `None` when that has no end,
    /// or is longer than its term already.
    fn notes_at(&self) -> Option<Span> {
        let Held::Order(held) = &self.held else {
            return None;
        };
        let pause = Span::from_secs(ELAPSED_KEEP_SECS).0;
        held.remaining
            .filter(|remaining| held.elapsed < *remaining)
            .map(|_| Span(self.noted_at.0.saturating_add(pause)))
    }

    /// Whether the order has come to its end since that was last noted, or a collector whose clock was set
    /// back says that it has not.
    fn note_end(&mut self, now: Now, clock: &Clock) -> bool {
        let ended = self.has_ended(now, clock);
        match &mut self.held {
            Held::Order(held) => std::mem::replace(&mut held.ended, ended) != ended,
            Held::Nothing | Held::Damaged(_) => false,
        }
    }

    fn note(&mut self, boot: Span) {
        let noted_at = self.noted_at.0;
        if let Held::Order(held) = &mut self.held {
            let ran = boot.0.saturating_sub(noted_at).max(0);
            held.elapsed = Span(held.elapsed.0.saturating_add(ran));
        }
        self.noted_at = boot;
    }
}
