//! What is refused of a message, by name.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use crate::limits::{CHUNK_BYTES_MAX, INLINE_BYTES_MAX, SECTIONS_MAX};
use crate::wire::from_agent::Body;

use super::*;

fn report(sections: Vec<wire::SectionRef>) -> Body {
    Body::Report(wire::Report {
        sequence: 5,
        taken_at_ms: 0,
        sections,
        folded_from: 0,
    })
}

fn every_section() -> Vec<wire::SectionRef> {
    SectionKind::ALL
        .map(|kind| wire::SectionRef {
            kind: wire::SectionKind::from(kind).into(),
            digest: vec![0; 32].into(),
            body: vec![].into(),
        })
        .to_vec()
}

#[track_caller]
fn check_refused(body: Option<Body>, said: &str) {
    let refusal = FromAgent::try_from(wire::FromAgent { at_ms: 0, body }).unwrap_err();
    assert_eq!(refusal.to_string(), said);
}

#[test]
fn a_report_must_name_every_section_once() {
    let mut sections = every_section();
    let [.., last] = SectionKind::FIRST;
    sections.truncate(SectionKind::FIRST.len() - 1);
    let missing = format!("{} is missing", last.name());
    check_refused(Some(report(sections.clone())), &missing);
    sections.push(sections[0].clone());
    let twice = "antivirus: 2 items, at most 1 are taken";
    check_refused(Some(report(sections)), twice);
    let many = vec![every_section(); 4].concat();
    check_refused(
        Some(report(many)),
        &format!(
            "sections of a report: {} items, at most {SECTIONS_MAX} are taken",
            4 * SectionKind::ALL.len(),
        ),
    );
}

#[test]
fn a_section_that_only_a_newer_agent_knows_is_left_out() {
    let mut sections = every_section();
    sections.push(wire::SectionRef {
        kind: 4_000,
        digest: vec![].into(),
        body: vec![].into(),
    });
    let body = Some(report(sections));
    let told = FromAgent::try_from(wire::FromAgent { at_ms: 0, body }).unwrap();
    let FromAgentBody::Report(head) = told.body else {
        panic!("{told:?}");
    };
    assert_eq!(head.sections.len(), SectionKind::ALL.len());
}

#[test]
fn a_report_of_the_first_release_has_the_sections_of_the_first_release() {
    let sections = every_section().into_iter().take(SectionKind::FIRST.len());
    let body = Some(report(sections.collect()));
    let taken = FromAgent::try_from(wire::FromAgent { at_ms: 0, body });
    assert!(taken.is_ok(), "{taken:?}");
}

#[test]
fn a_section_too_large_to_stand_in_its_report_is_refused() {
    let mut sections = every_section();
    sections[2].body = vec![0; INLINE_BYTES_MAX + 1].into();
    check_refused(
        Some(report(sections)),
        "body of a section in a report: 262145 bytes, at most 262144 are taken",
    );
}

#[test]
fn a_report_cannot_stand_for_itself_or_a_later_one() {
    let folded = |first| {
        Some(Body::Report(wire::Report {
            sequence: 5,
            taken_at_ms: 0,
            sections: every_section(),
            folded_from: first,
        }))
    };
    check_refused(folded(5), "first report folded into this one: 5 is above 4");
    check_refused(folded(9), "first report folded into this one: 9 is above 4");
}

#[test]
fn a_chunk_has_its_place_among_the_chunks() {
    let chunk = |index, count, bytes| {
        Some(Body::Chunk(wire::SectionChunk {
            digest: vec![0; 32].into(),
            index,
            count,
            data: vec![0; bytes].into(),
        }))
    };
    check_refused(chunk(0, 0, 1), "count of a section's chunks is missing");
    check_refused(chunk(2, 2, 1), "index of a section's chunk: 2 is above 1");
    check_refused(
        chunk(0, 33, 1),
        "count of a section's chunks: 33 is above 32",
    );
    check_refused(
        chunk(0, 1, CHUNK_BYTES_MAX + 1),
        "a section's chunk: 262145 bytes, at most 262144 are taken",
    );
}

#[test]
fn a_hello_names_a_device_by_sixteen_bytes() {
    let hello = wire::Hello {
        device_id: vec![1; 15].into(),
        ..wire::Hello::default()
    };
    check_refused(
        Some(Body::Hello(hello)),
        "device id of a hello: 15 bytes, and it has 16",
    );
}
