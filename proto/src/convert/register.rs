//! What the register says of a device.
//!
//! Touches nothing. Must never approve what the wire does not call approved, nor let a word that only a newer collector
//! knows cost a laptop its orders.

use sekisho_policy::limits::EXCEPTIONS_MAX;
use sekisho_policy::register::{DataClass, Entry, TakeOut};
use sekisho_policy::time::Timestamp;

use super::{InvalidMessage, at_most, cut, enums, text};
use crate::wire;

impl From<&Entry> for wire::RegisterEntry {
    fn from(entry: &Entry) -> Self {
        let Entry {
            registration,
            group,
            data_class,
            approved_until,
            take_out,
            cloned,
            exceptions,
            // Counted by the collector, for its own judgement.
            silent: _,
        } = entry;
        Self {
            registration: registration
                .map_or(wire::Registration::Unspecified, Into::into)
                .into(),
            group: cut(group),
            data_class: data_class
                .map_or(wire::DataClass::Unspecified, Into::into)
                .into(),
            approved_until_ms: approved_until.map(|at| at.0),
            cloned: *cloned,
            exceptions: exceptions
                .iter()
                .take(EXCEPTIONS_MAX)
                .map(Into::into)
                .collect(),
            take_out: take_out.as_ref().map(Into::into),
        }
    }
}

impl From<&TakeOut> for wire::TakeOut {
    fn from(leave: &TakeOut) -> Self {
        let TakeOut {
            from,
            until,
            approved_by,
            purpose,
        } = leave;
        Self {
            from_ms: from.0,
            until_ms: until.0,
            approved_by: cut(approved_by),
            purpose: cut(purpose),
        }
    }
}

impl TryFrom<wire::TakeOut> for TakeOut {
    type Error = InvalidMessage;

    fn try_from(leave: wire::TakeOut) -> Result<Self, Self::Error> {
        let wire::TakeOut {
            from_ms,
            until_ms,
            approved_by,
            purpose,
        } = leave;
        Ok(Self {
            from: Timestamp(from_ms),
            until: Timestamp(until_ms),
            approved_by: text(approved_by, "who gave leave to take out")?,
            purpose: text(purpose, "purpose of a take-out")?,
        })
    }
}

impl TryFrom<wire::RegisterEntry> for Entry {
    type Error = InvalidMessage;

    fn try_from(entry: wire::RegisterEntry) -> Result<Self, Self::Error> {
        let wire::RegisterEntry {
            registration,
            group,
            data_class,
            approved_until_ms,
            cloned,
            exceptions,
            take_out,
        } = entry;
        Ok(Self {
            // A state that is not known is none that permits anything.
            registration: enums::optional::<wire::Registration, _>(registration, "registration")
                .unwrap_or_default(),
            group: text(group, "group")?,
            // One that is not known asks for no less than the strictest that is.
            data_class: enums::optional::<wire::DataClass, _>(data_class, "data class")
                .unwrap_or(Some(DataClass::Secret)),
            approved_until: approved_until_ms.map(Timestamp),
            take_out: take_out.map(TryInto::try_into).transpose()?,
            cloned,
            exceptions: at_most(exceptions, "exceptions", EXCEPTIONS_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, InvalidMessage>>()?,
            silent: None,
        })
    }
}
