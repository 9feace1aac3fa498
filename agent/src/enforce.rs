//! Network isolation: keeps the laptop's firewall at the access it shall have, and tells what holds.
//!
//! Touches the agent's own firewall tables and, to verify them, the network. Must never invent an
//! isolation, never open one because something failed, and never report what it wants as what is.
//!
//! One [`Enforcer`] belongs to the shell. While the access is not full the shell also holds a
//! [`linux::watch::Watch`]; each change it tells is answered with [`Enforcer::holds`], and with
//! [`Enforcer::reconcile`] when that is not `true`.

pub mod boot;
pub mod filters;
#[cfg(target_os = "linux")]
mod gaps;
pub mod guests;
pub mod lift;
#[cfg(target_os = "linux")]
pub mod linux;
pub mod plan;
pub mod probe;
#[cfg(target_os = "linux")]
mod reconcile;
pub mod term;
#[cfg(windows)]
pub mod windows;

use std::collections::BTreeSet;

use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Endpoint, Order};
use sekisho_policy::time::Timestamp;

#[cfg(target_os = "linux")]
pub use linux::{boot_id, own_user, watch};
#[cfg(target_os = "linux")]
pub use reconcile::Enforcer;
#[cfg(windows)]
pub use windows::{Enforcer, boot_id, own_user, watch};

/// The access this device shall have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// The generation of the order it comes from; 0 without an order.
    pub generation: Generation,
    /// The access the order asks for.
    pub access: Access,
    /// What the order lists beside the collector.
    pub allow: BTreeSet<Endpoint>,
    /// A break-glass code lifts it until then.
    pub lifted_until: Option<Timestamp>,
}

impl Desired {
    /// What a held order asks for at `now`. `access` is the order's, or full once its term has
    /// ended by every clock that counts; [`term`] says which do.
    #[must_use]
    pub fn of(order: &Order, access: Access, lifted_until: Option<Timestamp>) -> Self {
        Self {
            generation: order.generation,
            access,
            allow: order.allow.iter().copied().collect(),
            lifted_until,
        }
    }

    /// The desire of a device that never had an order.
    #[must_use]
    pub const fn nothing_ordered() -> Self {
        Self {
            generation: Generation(0),
            access: Access::Full,
            allow: BTreeSet::new(),
            lifted_until: None,
        }
    }

    /// The access to put in force: full while a break-glass code lifts the order.
    #[must_use]
    pub const fn in_force(&self) -> Access {
        match self.lifted_until {
            Some(_) => Access::Full,
            None => self.access,
        }
    }
}
