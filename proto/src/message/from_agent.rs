//! What a laptop says.
//!
//! Touches nothing. Must never believe: the device id in a hello is a claim, to be held against the
//! certificate.

use bytes::Bytes;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::Enforcement;
use sekisho_policy::time::Timestamp;

use crate::convert::{
    InvalidMessage, Marks, at_most, cut, device_id, fingerprint, section_kind, text, within,
};
use crate::limits::{
    CHUNK_BYTES_MAX, CHUNKS_MAX, INLINE_BYTES_MAX, SECTIONS_MAX, THREAD_BYTES_MAX,
};
use crate::wire;
use crate::wire::from_agent::Body;

/// One message of a laptop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromAgent {
    /// The laptop's clock as it was sent.
    pub at: Timestamp,
    /// What it says.
    pub body: FromAgentBody,
}

/// What a laptop can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromAgentBody {
    /// The first message of a stream.
    Hello(Hello),
    /// A piece of a large section.
    Chunk(Chunk),
    /// A report.
    Report(ReportHead),
    /// A sign of life, with its number.
    Pulse(u64),
    /// An account of the order in force.
    Enforcement(Enforcement),
    /// Something that only a newer agent has words for, or nothing. It is passed over.
    NotKnown,
}

/// The first message of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// Version of the contract.
    pub protocol: u32,
    /// Version of the agent.
    pub agent_version: String,
    /// Which device it says it is.
    pub device: DeviceId,
    /// The machine it runs on.
    pub marks: Marks,
    /// What the last welcome gave; empty the first time.
    pub thread: Vec<u8>,
    /// Digest of the policy document held; `None` when there is none.
    pub policy: Option<Fingerprint>,
    /// Generation of the order held; 0 when there is none.
    pub generation: Generation,
}

/// A piece of the zstd frame of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Digest of the section, before compression.
    pub digest: Fingerprint,
    /// Its place, from 0; below `count`.
    pub index: u32,
    /// How many there are; from 1 to [`CHUNKS_MAX`].
    pub count: u32,
    /// The piece.
    pub data: Bytes,
}

/// A report, its sections still packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportHead {
    /// Its place in the row of the device's reports.
    pub sequence: Sequence,
    /// When its facts were read, by the laptop's clock.
    pub taken_at: Timestamp,
    /// Every section once, in any order; older laptops do not have those that came later.
    pub sections: Vec<SectionRef>,
    /// The first of the reports that were folded into this one, unsent; `None` when it stands for
    /// itself alone.
    pub folded_from: Option<Sequence>,
}

/// A section in a report: by content, or by digest alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionRef {
    /// Which fact.
    pub kind: SectionKind,
    /// SHA-256 of the encoded section.
    pub digest: Fingerprint,
    /// The encoded section as one zstd frame; empty when the digest stands for it.
    pub body: Bytes,
}

impl ReportHead {
    /// Whether it has a section of this kind, by content or by digest.
    #[must_use]
    pub fn names(&self, kind: SectionKind) -> bool {
        self.sections.iter().any(|section| section.kind == kind)
    }
}

impl TryFrom<wire::FromAgent> for FromAgent {
    type Error = InvalidMessage;

    fn try_from(wire::FromAgent { at_ms, body }: wire::FromAgent) -> Result<Self, Self::Error> {
        let at = Timestamp(at_ms);
        let Some(body) = body else {
            let body = FromAgentBody::NotKnown;
            return Ok(Self { at, body });
        };
        Ok(Self {
            at,
            body: match body {
                Body::Hello(hello) => FromAgentBody::Hello(hello.try_into()?),
                Body::Chunk(chunk) => FromAgentBody::Chunk(chunk.try_into()?),
                Body::Report(report) => FromAgentBody::Report(report.try_into()?),
                Body::Pulse(wire::Pulse { number }) => FromAgentBody::Pulse(number),
                Body::Enforcement(account) => FromAgentBody::Enforcement(account.try_into()?),
            },
        })
    }
}

impl From<FromAgent> for wire::FromAgent {
    fn from(FromAgent { at, body }: FromAgent) -> Self {
        let body = match body {
            FromAgentBody::Hello(hello) => Some(Body::Hello(hello.into())),
            FromAgentBody::Chunk(chunk) => Some(Body::Chunk(chunk.into())),
            FromAgentBody::Report(report) => Some(Body::Report(report.into())),
            FromAgentBody::Pulse(number) => Some(Body::Pulse(wire::Pulse { number })),
            FromAgentBody::Enforcement(account) => Some(Body::Enforcement((&account).into())),
            FromAgentBody::NotKnown => None,
        };
        Self { at_ms: at.0, body }
    }
}

impl TryFrom<wire::Hello> for Hello {
    type Error = InvalidMessage;

    fn try_from(hello: wire::Hello) -> Result<Self, Self::Error> {
        let wire::Hello {
            protocol,
            agent_version,
            device_id: device,
            marks,
            thread,
            policy_digest,
            generation,
        } = hello;
        Ok(Self {
            protocol,
            agent_version: text(agent_version, "agent version")?,
            device: device_id(&device, "device id of a hello")?,
            marks: marks
                .ok_or(InvalidMessage::Missing("marks of a hello"))?
                .try_into()?,
            thread: within(thread, "thread of a hello", THREAD_BYTES_MAX)?.into(),
            policy: (!policy_digest.is_empty())
                .then(|| fingerprint(&policy_digest, "policy digest of a hello"))
                .transpose()?,
            generation: Generation(generation),
        })
    }
}

impl From<Hello> for wire::Hello {
    fn from(hello: Hello) -> Self {
        let Hello {
            protocol,
            agent_version,
            device,
            marks,
            thread,
            policy,
            generation,
        } = hello;
        Self {
            protocol,
            agent_version: cut(&agent_version),
            device_id: device.as_bytes().to_vec().into(),
            marks: Some((&marks).into()),
            thread: thread.into(),
            policy_digest: policy
                .map(|digest| digest.as_bytes().to_vec().into())
                .unwrap_or_default(),
            generation: generation.0,
        }
    }
}

impl TryFrom<wire::SectionChunk> for Chunk {
    type Error = InvalidMessage;

    fn try_from(chunk: wire::SectionChunk) -> Result<Self, Self::Error> {
        let wire::SectionChunk {
            digest,
            index,
            count,
            data,
        } = chunk;
        if count == 0 {
            return Err(InvalidMessage::Missing("count of a section's chunks"));
        }
        below(count, CHUNKS_MAX, "count of a section's chunks")?;
        below(index, count.saturating_sub(1), "index of a section's chunk")?;
        Ok(Self {
            digest: fingerprint(&digest, "digest of a section's chunk")?,
            index,
            count,
            data: within(data, "a section's chunk", CHUNK_BYTES_MAX)?,
        })
    }
}

impl From<Chunk> for wire::SectionChunk {
    fn from(chunk: Chunk) -> Self {
        let Chunk {
            digest,
            index,
            count,
            data,
        } = chunk;
        Self {
            digest: digest.as_bytes().to_vec().into(),
            index,
            count,
            data,
        }
    }
}

impl TryFrom<wire::Report> for ReportHead {
    type Error = InvalidMessage;

    fn try_from(report: wire::Report) -> Result<Self, Self::Error> {
        let wire::Report {
            sequence,
            taken_at_ms,
            sections,
            folded_from,
        } = report;
        if folded_from >= sequence && folded_from != 0 {
            return Err(InvalidMessage::OutOfRange {
                what: "first report folded into this one",
                value: folded_from,
                max: sequence.saturating_sub(1),
            });
        }
        // A newer agent names sections that this collector does not know: they are left out.
        let sections = at_most(sections, "sections of a report", SECTIONS_MAX)?
            .into_iter()
            .filter(|section| wire::SectionKind::try_from(section.kind).is_ok())
            .map(TryInto::try_into)
            .collect::<Result<Vec<SectionRef>, InvalidMessage>>()?;
        for kind in SectionKind::ALL {
            let named = sections.iter().filter(|section| section.kind == kind);
            match named.count() {
                0 if SectionKind::FIRST.contains(&kind) => {
                    return Err(InvalidMessage::Missing(kind.name()));
                }
                0 | 1 => {}
                count => {
                    let (what, max) = (kind.name(), 1);
                    return Err(InvalidMessage::TooMany { what, count, max });
                }
            }
        }
        Ok(Self {
            sequence: Sequence(sequence),
            taken_at: Timestamp(taken_at_ms),
            sections,
            folded_from: (folded_from != 0).then_some(Sequence(folded_from)),
        })
    }
}

impl From<ReportHead> for wire::Report {
    fn from(report: ReportHead) -> Self {
        let ReportHead {
            sequence,
            taken_at,
            sections,
            folded_from,
        } = report;
        Self {
            sequence: sequence.0,
            taken_at_ms: taken_at.0,
            sections: sections.into_iter().map(Into::into).collect(),
            folded_from: folded_from.map_or(0, |first| first.0),
        }
    }
}

impl TryFrom<wire::SectionRef> for SectionRef {
    type Error = InvalidMessage;

    fn try_from(section: wire::SectionRef) -> Result<Self, Self::Error> {
        let wire::SectionRef { kind, digest, body } = section;
        Ok(Self {
            kind: section_kind(kind)?,
            digest: fingerprint(&digest, "digest of a section")?,
            body: within(body, "body of a section in a report", INLINE_BYTES_MAX)?,
        })
    }
}

impl From<SectionRef> for wire::SectionRef {
    fn from(SectionRef { kind, digest, body }: SectionRef) -> Self {
        Self {
            kind: wire::SectionKind::from(kind).into(),
            digest: digest.as_bytes().to_vec().into(),
            body,
        }
    }
}

fn below(value: u32, max: u32, what: &'static str) -> Result<(), InvalidMessage> {
    if value > max {
        return Err(InvalidMessage::OutOfRange {
            what,
            value: value.into(),
            max: max.into(),
        });
    }
    Ok(())
}
