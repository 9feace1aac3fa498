//! What the cycle knows, for the people of this machine.
//!
//! Touches nothing. Must never hold anything that the user of the laptop may not see.

use sekisho_policy::facts::NetworkPlace;
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{DeviceId, Sequence};
use sekisho_policy::order::{Access, Enforcement, Order};
use sekisho_policy::reading::Reading;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Moment, Span, Timestamp};
use sekisho_proto::wire;

use super::{Cycle, Desire, Now};
use crate::identity::Validity;

/// The state of an agent at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The device.
    pub device: DeviceId,
    /// Whether the collector is attached.
    pub attached: bool,
    /// Why it is not; empty when it is, or was never tried.
    pub why_not: String,
    /// When it is tried again, by this laptop's clock.
    pub retry_at: Option<Timestamp>,
    /// What the register says.
    pub register: Entry,
    /// What this laptop makes of itself; `None` when it has no policy or has not read its facts yet.
    pub own_standing: Option<Standing>,
    /// The last report the collector acknowledged.
    pub last_acknowledged: Option<Acknowledged>,
    /// Reports the collector does not have yet.
    pub waiting: usize,
    /// Why the collector does not take them, in its words; empty when it has not said.
    pub waiting_because: String,
    /// Why reports cannot be kept, when they cannot.
    pub outbox_trouble: Option<String>,
    /// The order held.
    pub order: Option<Order>,
    /// The access it asks for at this moment.
    pub access: Access,
    /// Where the laptop is.
    pub place: Reading<NetworkPlace>,
    /// The end of a break-glass release in force.
    pub lifted_until: Option<Timestamp>,
    /// The last account of enforcement.
    pub enforcement: Option<Enforcement>,
    /// How far this laptop's clock is ahead of the collector's.
    pub skew: Option<Span>,
    /// Whether that is too much.
    pub clock_off: bool,
    /// When the certificate holds.
    pub certificate: Validity,
}

/// A report that the collector has, with its judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The report.
    pub sequence: Sequence,
    /// The judgement; `None` when the report was not judged.
    pub standing: Option<Standing>,
    /// When, by the collector's clock.
    pub at: Timestamp,
}

impl Cycle {
    /// What the register says of this device.
    #[must_use]
    pub const fn register(&self) -> &Entry {
        &self.register
    }

    /// What time it can be, to judge by.
    #[must_use]
    pub fn moment(&self, now: Now) -> Moment {
        self.clock.moment(now)
    }

    /// Whether the order held asks for less than full access.
    #[must_use]
    pub fn limits_access(&self) -> bool {
        self.orders
            .order()
            .is_some_and(|order| order.access != Access::Full)
    }

    /// The access asked for at this moment.
    #[must_use]
    pub fn access(&self, now: Now) -> Access {
        match self.orders.desire(now, &self.clock) {
            Some(desire) if !desire.ended && desire.lifted_until.is_none() => {
                desire.order.map_or(Access::Full, |order| order.access)
            }
            Some(_) | None => Access::Full,
        }
    }

    /// What the firewall shall be held against; `None` while the order cannot be read.
    #[must_use]
    pub fn desire(&self, now: Now) -> Option<Desire> {
        self.orders.desire(now, &self.clock)
    }

    /// What this cycle knows.
    #[must_use]
    pub fn view(&self, now: Now) -> View {
        let at_wall = |boot: Span| {
            now.wall
                .after(Span(boot.0.saturating_sub(now.boot.0).max(0)))
        };
        View {
            device: self.device,
            attached: self.attach.is_attached(),
            why_not: self.attach.why().to_owned(),
            retry_at: self.attach.retry_at().map(at_wall),
            register: self.register.clone(),
            own_standing: self.standing,
            last_acknowledged: self.verdict.as_ref().map(|verdict| Acknowledged {
                sequence: Sequence(verdict.sequence),
                standing: standing(verdict.standing),
                at: Timestamp(verdict.heard_at_ms),
            }),
            waiting: self.waiting,
            waiting_because: self.attach.pause_why().to_owned(),
            outbox_trouble: self.outbox_trouble.clone(),
            order: self.orders.order().cloned(),
            access: self.access(now),
            place: self.place(now),
            lifted_until: self.orders.lifted_until(),
            enforcement: self.enforcement.clone(),
            skew: self.clock.skew(),
            clock_off: self.clock.off().is_some(),
            certificate: self.validity,
        }
    }
}

/// Reads a remembered standing back.
fn standing(number: i32) -> Option<Standing> {
    match wire::Standing::try_from(number).ok()? {
        wire::Standing::Unspecified => None,
        wire::Standing::Compliant => Some(Standing::Compliant),
        wire::Standing::Undecided => Some(Standing::Undecided),
        wire::Standing::Grace => Some(Standing::Grace),
        wire::Standing::Violation => Some(Standing::Violation),
    }
}
