//! One entry of the audit log as bytes: what is hashed into the tree, kept and exported.
//!
//! Touches nothing. Must never encode the same event in two ways: fields stand in the order of their
//! numbers, details in the order they were given, and a decoded entry encodes to the same bytes.

use prost::Message;
use thiserror::Error;

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::Timestamp;

use crate::record::{Actor, AuditEvent};

/// An entry read back from the log. Unlike an event it may come from a program of another version, so
/// its words are whatever that program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When it was done, by the clock of the collector that did it. Entries stand in the order they
    /// were written, and their times may go back when that clock did.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What was done, as a dotted name.
    pub action: String,
    /// To which device, if to one.
    pub device: Option<DeviceId>,
    /// The particulars, by name.
    pub details: Vec<(String, String)>,
}

/// Bytes that are no entry of the audit log.
#[derive(Debug, Error)]
pub enum EntryError {
    /// They are not the encoding of any entry.
    #[error("not an audit entry")]
    Encoding(#[source] prost::DecodeError),
    /// A part that every entry has is missing or malformed.
    #[error("an audit entry without a proper {0}")]
    Field(&'static str),
}

/// Encodes an event as it is hashed and kept.
#[must_use]
pub fn encode(event: &AuditEvent) -> Vec<u8> {
    EntryRow {
        at_ms: event.at.0,
        actor: Some(ActorRow::of(&event.actor)),
        action: event.action.to_owned(),
        device: event.device.map(|id| id.as_bytes().to_vec()),
        details: event
            .details
            .iter()
            .map(|(name, value)| DetailRow {
                name: (*name).to_owned(),
                value: value.clone(),
            })
            .collect(),
    }
    .encode_to_vec()
}

/// Reads an entry back.
///
/// # Errors
/// [`EntryError`] when the bytes are no entry.
pub fn decode(bytes: &[u8]) -> Result<AuditEntry, EntryError> {
    let row = EntryRow::decode(bytes).map_err(EntryError::Encoding)?;
    Ok(AuditEntry {
        at: Timestamp(row.at_ms),
        actor: row.actor.ok_or(EntryError::Field("actor"))?.actor()?,
        action: row.action,
        device: row.device.map(|id| device_id(&id)).transpose()?,
        details: row.details.into_iter().map(|d| (d.name, d.value)).collect(),
    })
}

fn device_id(bytes: &[u8]) -> Result<DeviceId, EntryError> {
    <[u8; 16]>::try_from(bytes)
        .map(DeviceId::from_bytes)
        .map_err(|_| EntryError::Field("device"))
}

#[derive(Clone, PartialEq, prost::Message)]
struct EntryRow {
    #[prost(int64, tag = "1")]
    at_ms: i64,
    #[prost(message, optional, tag = "2")]
    actor: Option<ActorRow>,
    #[prost(string, tag = "3")]
    action: String,
    #[prost(bytes = "vec", optional, tag = "4")]
    device: Option<Vec<u8>>,
    #[prost(message, repeated, tag = "5")]
    details: Vec<DetailRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct DetailRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ActorRow {
    #[prost(oneof = "ActorKind", tags = "1, 2, 3, 4")]
    kind: Option<ActorKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum ActorKind {
    #[prost(string, tag = "1")]
    Admin(String),
    #[prost(bytes, tag = "2")]
    Device(Vec<u8>),
    #[prost(string, tag = "3")]
    Stranger(String),
    #[prost(bool, tag = "4")]
    Collector(bool),
}

impl ActorRow {
    fn of(actor: &Actor) -> Self {
        Self {
            kind: Some(match actor {
                Actor::Admin(name) => ActorKind::Admin(name.clone()),
                Actor::Device(id) => ActorKind::Device(id.as_bytes().to_vec()),
                Actor::Stranger(address) => ActorKind::Stranger(address.clone()),
                Actor::Collector => ActorKind::Collector(true),
            }),
        }
    }

    fn actor(self) -> Result<Actor, EntryError> {
        Ok(match self.kind.ok_or(EntryError::Field("actor"))? {
            ActorKind::Admin(name) => Actor::Admin(name),
            ActorKind::Device(id) => Actor::Device(device_id(&id)?),
            ActorKind::Stranger(address) => Actor::Stranger(address),
            ActorKind::Collector(_) => Actor::Collector,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_as_the_event_that_was_written() {
        let device = DeviceId::from_bytes([7; 16]);
        for actor in [
            Actor::Admin("hanako".to_owned()),
            Actor::Device(device),
            Actor::Stranger("192.0.2.1:443".to_owned()),
            Actor::Collector,
        ] {
            let event = AuditEvent {
                at: Timestamp(-5),
                actor: actor.clone(),
                action: "device.enrolled",
                device: Some(device),
                details: vec![("b", "2".to_owned()), ("a", "1".to_owned())],
            };
            let entry = decode(&encode(&event)).unwrap();
            assert_eq!(entry.at, event.at);
            assert_eq!(entry.actor, actor);
            assert_eq!(entry.action, "device.enrolled");
            assert_eq!(entry.device, Some(device));
            assert_eq!(entry.details[0], ("b".to_owned(), "2".to_owned()));
            assert_eq!(entry.details[1], ("a".to_owned(), "1".to_owned()));
        }
    }

    #[test]
    fn bytes_that_are_no_entry_are_refused() {
        assert!(matches!(decode(b"\xff"), Err(EntryError::Encoding(_))));
        assert!(matches!(decode(b""), Err(EntryError::Field("actor"))));
    }
}
