//! What the register says of a device.
//!
//! Touches nothing. Must never approve what the wire does not call approved.

use sekisho_policy::limits::EXCEPTIONS_MAX;
use sekisho_policy::register::Entry;
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
        }
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
        } = entry;
        Ok(Self {
            registration: enums::optional::<wire::Registration, _>(registration, "registration")?,
            group: text(group, "group")?,
            data_class: enums::optional::<wire::DataClass, _>(data_class, "data class")?,
            approved_until: approved_until_ms.map(Timestamp),
            cloned,
            exceptions: at_most(exceptions, "exceptions", EXCEPTIONS_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, InvalidMessage>>()?,
            silent: None,
        })
    }
}
