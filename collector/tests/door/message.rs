//! What laptops say, as it travels.
//!
//! Touches nothing. Must never be made by the product's own conversions where a test is about them.

use sekisho_collector::clock;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;
use sekisho_proto::section;
use sekisho_proto::wire::{self, from_agent};

/// A message by this machine's clock.
pub(crate) fn message(body: from_agent::Body) -> wire::FromAgent {
    wire::FromAgent {
        at_ms: clock::now().0,
        body: Some(body),
    }
}

/// A report of facts that nobody has asked for, with the sections' bodies if `whole`.
pub(crate) fn report(sequence: u64, whole: bool) -> wire::Report {
    let sections = SectionKind::ALL.map(|kind| {
        let encoded = section::encode(&Facts::not_asked(), kind);
        wire::SectionRef {
            kind: wire::SectionKind::from(kind).into(),
            digest: encoded.digest.as_bytes().to_vec().into(),
            body: if whole {
                section::compress(&encoded.bytes).unwrap().into()
            } else {
                vec![].into()
            },
        }
    });
    wire::Report {
        sequence,
        taken_at_ms: Timestamp(clock::now().0).0,
        sections: sections.to_vec(),
        folded_from: 0,
    }
}

/// The report with another section in the place of the one of this kind.
pub(crate) fn with_section(
    mut report: wire::Report,
    kind: SectionKind,
    digest: Fingerprint,
    body: &[u8],
) -> wire::Report {
    let kind = i32::from(wire::SectionKind::from(kind));
    let mut sections = report.sections.iter_mut();
    let at = sections.find(|section| section.kind == kind).unwrap();
    at.digest = digest.as_bytes().to_vec().into();
    at.body = body.to_vec().into();
    report
}
