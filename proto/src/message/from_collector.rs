//! What a collector says.
//!
//! Touches nothing. Must never open an order: it is carried on with its signature.

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_policy::register::Entry;
use sekisho_policy::time::Timestamp;

use super::{digests_from, digests_to};
use crate::beacon::Beacons;
use crate::convert::{InvalidMessage, cut, standing, text, within};
use crate::limits::THREAD_BYTES_MAX;
use crate::wire;
use crate::wire::from_collector::Body;

/// One message of the collector.
#[derive(Debug, Clone, PartialEq)]
pub struct FromCollector {
    /// The collector's clock as it was sent.
    pub at: Timestamp,
    /// What it says.
    pub body: FromCollectorBody,
}

/// What a collector can say.
#[derive(Debug, Clone, PartialEq)]
pub enum FromCollectorBody {
    /// The answer to a hello.
    Welcome(Welcome),
    /// A report is on disk.
    Ack(Ack),
    /// A report named sections that are not held.
    Need(Need),
    /// An order, still sealed.
    Order(wire::SignedOrder),
    /// The text of the policy document in force.
    Policy(String),
    /// A sign of life, with its number.
    Pulse(u64),
    /// A report cannot be taken now.
    Busy(Busy),
    /// What the register says of the device has changed.
    Register(Entry),
    /// Something that only a newer collector has words for, or nothing. It is passed over.
    NotKnown,
}

/// The answer to a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// To be kept on disk before anything else is said.
    pub thread: Vec<u8>,
    /// What the register says of the device.
    pub register: Entry,
    /// The last report of the device on disk; 0 when there is none.
    pub last_sequence: Sequence,
    /// The sections that a report may name by digest alone.
    pub sections: Vec<(SectionKind, Fingerprint)>,
    /// Seconds between signs of life.
    pub pulse_secs: u32,
    /// What tells the internal network from any other.
    pub beacons: Beacons,
}

/// A report is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// The report.
    pub sequence: Sequence,
    /// What its findings add up to; `None` when it was not judged.
    pub standing: Option<Standing>,
}

/// Sections to be sent before the report is sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The report.
    pub sequence: Sequence,
    /// The sections.
    pub sections: Vec<(SectionKind, Fingerprint)>,
}

/// A report cannot be taken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// The report.
    pub sequence: Sequence,
    /// When to send it again, in milliseconds, before jitter.
    pub retry_after_ms: u32,
    /// Why, for the log.
    pub reason: String,
}

impl TryFrom<wire::FromCollector> for FromCollector {
    type Error = InvalidMessage;

    fn try_from(message: wire::FromCollector) -> Result<Self, Self::Error> {
        let wire::FromCollector { at_ms, body } = message;
        let at = Timestamp(at_ms);
        let Some(body) = body else {
            let body = FromCollectorBody::NotKnown;
            return Ok(Self { at, body });
        };
        Ok(Self {
            at,
            body: match body {
                Body::Welcome(welcome) => FromCollectorBody::Welcome(welcome.try_into()?),
                Body::Ack(wire::Ack {
                    sequence,
                    standing: value,
                }) => FromCollectorBody::Ack(Ack {
                    sequence: Sequence(sequence),
                    // A standing that is not known is no verdict.
                    standing: standing(value).unwrap_or_default(),
                }),
                Body::Need(wire::Need { sequence, sections }) => FromCollectorBody::Need(Need {
                    sequence: Sequence(sequence),
                    sections: digests_from(sections, "sections needed")?,
                }),
                Body::Order(order) => FromCollectorBody::Order(order),
                Body::Policy(wire::PolicyDocument { text }) => {
                    FromCollectorBody::Policy(within(text, "policy document", POLICY_BYTES_MAX)?)
                }
                Body::Pulse(wire::Pulse { number }) => FromCollectorBody::Pulse(number),
                Body::Busy(wire::Busy {
                    sequence,
                    retry_after_ms,
                    reason,
                }) => FromCollectorBody::Busy(Busy {
                    sequence: Sequence(sequence),
                    retry_after_ms,
                    reason: text(reason, "reason of being busy")?,
                }),
                Body::Register(entry) => FromCollectorBody::Register(entry.try_into()?),
            },
        })
    }
}

impl From<FromCollector> for wire::FromCollector {
    fn from(FromCollector { at, body }: FromCollector) -> Self {
        Self {
            at_ms: at.0,
            body: Some(match body {
                FromCollectorBody::NotKnown => {
                    let body = None;
                    return Self { at_ms: at.0, body };
                }
                FromCollectorBody::Welcome(welcome) => Body::Welcome(welcome.into()),
                FromCollectorBody::Ack(Ack { sequence, standing }) => Body::Ack(wire::Ack {
                    sequence: sequence.0,
                    standing: standing
                        .map_or(wire::Standing::Unspecified, Into::into)
                        .into(),
                }),
                FromCollectorBody::Need(Need { sequence, sections }) => Body::Need(wire::Need {
                    sequence: sequence.0,
                    sections: digests_to(&sections),
                }),
                FromCollectorBody::Order(order) => Body::Order(order),
                FromCollectorBody::Policy(text) => Body::Policy(wire::PolicyDocument { text }),
                FromCollectorBody::Pulse(number) => Body::Pulse(wire::Pulse { number }),
                FromCollectorBody::Busy(Busy {
                    sequence,
                    retry_after_ms,
                    reason,
                }) => Body::Busy(wire::Busy {
                    sequence: sequence.0,
                    retry_after_ms,
                    reason: cut(&reason),
                }),
                FromCollectorBody::Register(entry) => Body::Register((&entry).into()),
            }),
        }
    }
}

impl TryFrom<wire::Welcome> for Welcome {
    type Error = InvalidMessage;

    fn try_from(welcome: wire::Welcome) -> Result<Self, Self::Error> {
        let wire::Welcome {
            thread,
            register,
            last_sequence,
            sections,
            pulse_secs,
            beacons,
        } = welcome;
        Ok(Self {
            thread: within(thread, "thread of a welcome", THREAD_BYTES_MAX)?.into(),
            register: register
                .ok_or(InvalidMessage::Missing("register entry of a welcome"))?
                .try_into()?,
            last_sequence: Sequence(last_sequence),
            sections: digests_from(sections, "sections held")?,
            pulse_secs,
            beacons: beacons.map(Into::into).unwrap_or_default(),
        })
    }
}

impl From<Welcome> for wire::Welcome {
    fn from(welcome: Welcome) -> Self {
        let Welcome {
            thread,
            register,
            last_sequence,
            sections,
            pulse_secs,
            beacons,
        } = welcome;
        Self {
            thread: thread.into(),
            register: Some((&register).into()),
            last_sequence: last_sequence.0,
            sections: digests_to(&sections),
            pulse_secs,
            beacons: (beacons != Beacons::default()).then(|| (&beacons).into()),
        }
    }
}
