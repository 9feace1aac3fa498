//! Orders: the access a device shall have, as a desired state with a generation, and whether a
//! device may take one up.
//!
//! Touches nothing. Must never check a signature (the caller has) and never widen what can be
//! ordered: the set is closed, and nothing in it runs anything.

mod account;
mod endpoint;

use thiserror::Error;

pub use account::{Enforcement, Gap, GapKind, Probe, RefusedOrder, WhyRefused};
pub use endpoint::{Endpoint, InvalidEndpoint, Transport};

use crate::id::{DeviceId, Generation};
use crate::time::Timestamp;

/// How much of the network a device may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// All of it.
    Full,
    /// The collector and what policy lists, until the pre-connection check is passed.
    Restricted,
    /// The collector and what the order lists, and nothing else.
    Isolated,
}

/// The state one device shall be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The device it is for, and no other.
    pub device: DeviceId,
    /// Its place in the row of orders for this device.
    pub generation: Generation,
    /// The access to have.
    pub access: Access,
    /// Why, in the words of who ordered it.
    pub reason: String,
    /// When it was given, by the collector's clock.
    pub issued_at: Timestamp,
    /// When it ends and [`Access::Full`] returns; `None` when only another order ends it.
    pub until: Option<Timestamp>,
    /// The incident it belongs to.
    pub incident: Option<String>,
    /// What stays reachable beside the collector.
    pub allow: Vec<Endpoint>,
}

/// What taking up an order comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It is newer than what the device holds; hold it from now on.
    TakeUp,
    /// The device holds this very order.
    AlreadyHeld,
}

/// Why a device does not take up an order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It names another device. Whoever sent it mixed up devices or replays.
    #[error("the order is for device {named}, and this is device {own}")]
    OtherDevice {
        /// The device the order names.
        named: DeviceId,
        /// The device that was asked to take it up.
        own: DeviceId,
    },
    /// A newer one is held. A replay, or a collector restored from an old backup.
    #[error("order generation {offered} is older than generation {held}, which is in force")]
    Older {
        /// The generation in force.
        held: Generation,
        /// The generation offered.
        offered: Generation,
    },
    /// Another order of the same generation is held. Two collectors gave orders without knowing of
    /// each other.
    #[error("another order of generation {0} is in force; a newer generation must be ordered")]
    Conflicting(Generation),
    /// Its end has passed, and there is nothing that it ends.
    #[error("the order ended at {0}")]
    Ended(Timestamp),
}

impl Refusal {
    /// What the account of enforcement says of it.
    #[must_use]
    pub const fn why(&self) -> WhyRefused {
        match self {
            Self::OtherDevice { .. } => WhyRefused::OtherDevice,
            Self::Older { .. } => WhyRefused::Older,
            Self::Conflicting(_) => WhyRefused::Conflicting,
            Self::Ended(_) => WhyRefused::Ended,
        }
    }
}

impl Order {
    /// Whether its end has passed.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// The access that holds at `now` under this order.
    #[must_use]
    pub fn access_at(&self, now: Timestamp) -> Access {
        if self.has_ended(now) {
            Access::Full
        } else {
            self.access
        }
    }

    /// Decides whether device `own`, which holds `held`, takes up this order. One whose end has passed is
    /// taken up where it took the place of a narrower one: that one would hold for ever otherwise,
    /// though it is not in force any more.
    ///
    /// # Errors
    /// [`Refusal`] when it is for another device, older than the one held, in conflict with it, or
    /// at its end with nothing to end.
    pub fn accept(
        &self,
        own: DeviceId,
        held: Option<&Self>,
        now: Timestamp,
    ) -> Result<Acceptance, Refusal> {
        if self.device != own {
            return Err(Refusal::OtherDevice {
                named: self.device,
                own,
            });
        }
        if let Some(held) = held {
            if held.generation > self.generation {
                return Err(Refusal::Older {
                    held: held.generation,
                    offered: self.generation,
                });
            }
            if held == self {
                return Ok(Acceptance::AlreadyHeld);
            }
            if held.generation == self.generation {
                return Err(Refusal::Conflicting(self.generation));
            }
        }
        let ends_another = held.is_some_and(|held| held.access != Access::Full);
        match self.until {
            Some(until) if until <= now && !ends_another => Err(Refusal::Ended(until)),
            Some(_) | None => Ok(Acceptance::TakeUp),
        }
    }
}

impl Access {
    /// The name of the access in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Restricted => "restricted",
            Self::Isolated => "isolated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn order(generation: u64, access: Access, until: Option<Timestamp>) -> Order {
        Order {
            device: DEVICE,
            generation: Generation(generation),
            access,
            reason: "malware".to_owned(),
            issued_at: NOW,
            until,
            incident: None,
            allow: Vec::new(),
        }
    }

    #[test]
    fn an_ended_order_ends_the_narrower_one_before_it_and_is_refused_where_there_is_none() {
        let ended = order(5, Access::Isolated, Some(NOW));
        let isolated = order(4, Access::Isolated, None);
        let released = order(4, Access::Full, None);
        let accept = |held| ended.accept(DEVICE, held, NOW);
        assert_eq!(accept(Some(&isolated)), Ok(Acceptance::TakeUp));
        assert_eq!(ended.access_at(NOW), Access::Full);
        assert_eq!(accept(Some(&released)), Err(Refusal::Ended(NOW)));
        assert_eq!(accept(None), Err(Refusal::Ended(NOW)));
        let later = order(6, Access::Isolated, None);
        let older = Refusal::Older {
            held: Generation(6),
            offered: Generation(5),
        };
        assert_eq!(accept(Some(&later)), Err(older));
    }
}
