//! What a section survives, and what is refused of one.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use super::*;

#[test]
fn a_section_comes_back_as_the_fact_it_was() {
    let mut facts = Facts::not_asked();
    facts.antivirus = Reading::Absent;
    let sent = encode(&facts, SectionKind::Antivirus);
    let frame = compress(&sent.bytes).unwrap();
    let bytes = unseal(&frame, sent.digest).unwrap();
    let mut received = Facts::not_asked();
    decode(SectionKind::Antivirus, &bytes, &mut received).unwrap();
    assert_eq!(received, facts);
}
