//! The device register (端末台帳): what the company has decided about a device, as opposed to what
//! the device says of itself.
//!
//! Touches nothing. Must never let a device change its own entry.

use thiserror::Error;

use crate::exception::Exception;
use crate::time::{Span, Timestamp};

/// The state of a device's registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registration {
    /// Enrolled, and nobody has approved it yet.
    Pending,
    /// Approved for use.
    Approved,
    /// Use is suspended, as during an incident; may be approved again.
    Suspended,
    /// Out of use for good.
    Retired,
    /// Lost or stolen; its certificate is revoked.
    Lost,
}

/// What an administrator does with a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationAction {
    /// Approve the device for use.
    Approve,
    /// Suspend it.
    Suspend,
    /// Retire it.
    Retire,
    /// Mark it as lost.
    Lose,
}

/// An action that the present state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a {} device cannot become {}: {why}", from.name(), to.name())]
pub struct RefusedTransition {
    /// The state the device is in.
    pub from: Registration,
    /// The state that was asked for.
    pub to: Registration,
    /// Why not, and what to do instead.
    pub why: &'static str,
}

impl Registration {
    /// The name of the state in policy documents and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
            Self::Lost => "lost",
        }
    }

    /// Whether a device in this state may hold a connection to the collector. A suspended device
    /// may not, nor may a retired or lost one.
    #[must_use]
    pub const fn may_attach(self) -> bool {
        matches!(self, Self::Pending | Self::Approved)
    }

    /// The state after the action.
    ///
    /// # Errors
    /// [`RefusedTransition`] when the device is out of use for good, or is in that state already.
    pub const fn apply(self, action: RegistrationAction) -> Result<Self, RefusedTransition> {
        let to = match action {
            RegistrationAction::Approve => Self::Approved,
            RegistrationAction::Suspend => Self::Suspended,
            RegistrationAction::Retire => Self::Retired,
            RegistrationAction::Lose => Self::Lost,
        };
        let why = match (self, to) {
            (Self::Pending, Self::Pending)
            | (Self::Approved, Self::Approved)
            | (Self::Suspended, Self::Suspended)
            | (Self::Retired, Self::Retired)
            | (Self::Lost, Self::Lost) => "it is so already",
            (Self::Retired, _) => "it is out of use for good; enrol it anew",
            (Self::Lost, Self::Approved | Self::Suspended) => {
                "its certificate is revoked; enrol it anew when it is found"
            }
            _ => return Ok(to),
        };
        Err(RefusedTransition {
            from: self,
            to,
            why,
        })
    }
}

/// The class of the data a device may hold, from the company's classification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataClass {
    /// 公開: may be known by anyone.
    Public,
    /// 社内: for the company.
    Internal,
    /// 部外秘: for the department.
    Confidential,
    /// 極秘: for named persons.
    Secret,
}

impl DataClass {
    /// The name of the class in policy documents and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Secret => "secret",
        }
    }
}

/// Leave to take a device out of the company's premises, for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOut {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// Who gave it.
    pub approved_by: String,
    /// What for; empty where nobody said.
    pub purpose: String,
}

/// Where a leave is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TakeOutState {
    /// It begins later.
    ToCome,
    /// It holds.
    InForce,
    /// Its end has come.
    Ended,
}

impl TakeOut {
    /// Where it is in its life.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> TakeOutState {
        if self.until <= now {
            TakeOutState::Ended
        } else if now < self.from {
            TakeOutState::ToCome
        } else {
            TakeOutState::InForce
        }
    }
}

impl TakeOutState {
    /// The name of the state in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ToCome => "to_come",
            Self::InForce => "in_force",
            Self::Ended => "ended",
        }
    }
}

/// What the register says of a device, as far as the rules ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The state of the registration. `None` on a laptop that has not been told yet.
    pub registration: Option<Registration>,
    /// The policy group; empty for the default one.
    pub group: String,
    /// The class of the data on the device; `None` takes the group's.
    pub data_class: Option<DataClass>,
    /// The end of the approval, if it has one.
    pub approved_until: Option<Timestamp>,
    /// Leave to take the device out, if there is one.
    pub take_out: Option<TakeOut>,
    /// Two machines claim to be this device, and nobody has decided which one is.
    pub cloned: bool,
    /// Exceptions from rules that were approved for the device, or for its group.
    pub exceptions: Vec<Exception>,
    /// How long the collector has listened and heard nothing of the device, by the collector's clock. `None` on
    /// a laptop, which cannot tell.
    pub silent: Option<Span>,
}

impl Entry {
    /// The entry of a laptop that is not enrolled or has heard nothing yet.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            registration: None,
            group: String::new(),
            data_class: None,
            approved_until: None,
            take_out: None,
            cloned: false,
            exceptions: Vec::new(),
            silent: None,
        }
    }

    /// When it says something else for the time alone: at the end of the approval, and as an exception or the
    /// leave to take the device out begins or ends.
    #[must_use]
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let exceptions = self.exceptions.iter();
        exceptions
            .flat_map(|exception| [exception.from, exception.until])
            .chain(self.approved_until)
            .chain(
                self.take_out
                    .iter()
                    .flat_map(|leave| [leave.from, leave.until]),
            )
            .filter(|at| *at > after)
            .min()
    }
}
