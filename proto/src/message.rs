//! What a laptop and its collector say to each other on the stream, parsed once at the door.
//!
//! Touches nothing. Must never let a message through whose parts are not of the right size and
//! number; whether it comes at the right time is for the reader to say.

mod from_agent;
mod from_collector;
#[cfg(test)]
mod tests;

pub use from_agent::{Chunk, FromAgent, FromAgentBody, Hello, ReportHead, SectionRef};
pub use from_collector::{Ack, Busy, FromCollector, FromCollectorBody, Need, Welcome};

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;

use crate::convert::{InvalidMessage, at_most, fingerprint, section_kind};
use crate::limits::SECTIONS_MAX;
use crate::wire;

/// Version of the contract that is spoken here.
pub const PROTOCOL: u32 = 1;

fn digests_from(
    list: Vec<wire::SectionDigest>,
    what: &'static str,
) -> Result<Vec<(SectionKind, Fingerprint)>, InvalidMessage> {
    at_most(list, what, SECTIONS_MAX)?
        .into_iter()
        // A newer agent was here before this one, and the collector holds what it told.
        .filter(|section| wire::SectionKind::try_from(section.kind).is_ok())
        .map(|wire::SectionDigest { kind, digest }| {
            Ok((section_kind(kind)?, fingerprint(&digest, what)?))
        })
        .collect()
}

fn digests_to(list: &[(SectionKind, Fingerprint)]) -> Vec<wire::SectionDigest> {
    list.iter()
        .map(|(kind, digest)| wire::SectionDigest {
            kind: wire::SectionKind::from(*kind).into(),
            digest: digest.as_bytes().to_vec().into(),
        })
        .collect()
}
