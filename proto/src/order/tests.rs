//! What is refused of an order, and that it is refused before it is read.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use super::*;

fn sealed(payload: &wire::OrderPayload) -> wire::SignedOrder {
    seal(payload.encode_to_vec(), [1; 8], vec![0; 64])
}

fn request(kind: i32) -> wire::OrderPayload {
    wire::OrderPayload {
        device_id: vec![7; 16].into(),
        body: Some(Body::Request(wire::Request {
            request_id: vec![8; 16].into(),
            kind,
        })),
        ..wire::OrderPayload::default()
    }
}

#[track_caller]
fn check_refused(order: &wire::SignedOrder, said: &str) {
    let refusal = open(order, |_, _, _| true).unwrap_err();
    let source = std::error::Error::source(&refusal).map(ToString::to_string);
    let chain = source.map_or(refusal.to_string(), |source| format!("{refusal}: {source}"));
    assert_eq!(chain, said);
}

#[test]
fn an_order_is_not_read_unless_its_signature_is_good() {
    let order = seal(b"not even a payload".to_vec(), [1; 8], vec![0; 64]);
    let refusal = open(&order, |_, _, _| false).unwrap_err();
    assert!(matches!(refusal, InvalidOrder::NotTrusted(_)), "{refusal}");
}

#[test]
fn the_signature_covers_the_purpose_and_every_byte() {
    assert_eq!(signed_bytes(b"\x01\x02"), b"sekisho order v1\0\x01\x02");
}

#[test]
fn a_request_of_tomorrow_is_refused_and_nothing_is_done() {
    assert!(open(&sealed(&request(1)), |_, _, _| true).is_ok());
    check_refused(
        &sealed(&request(2)),
        "the order asks for what this version does not know; update the agent",
    );
}

#[test]
fn an_envelope_beyond_a_limit_is_refused_before_its_signature_is_looked_at() {
    let large = seal(vec![0; ORDER_BYTES_MAX + 1], [1; 8], vec![0; 64]);
    let refusal = open(&large, |_, _, _| unreachable!("it was verified")).unwrap_err();
    assert!(matches!(
        refusal,
        InvalidOrder::Malformed(InvalidMessage::TooLong { .. })
    ));
    let mut crowded = sealed(&request(1));
    crowded.approvals = vec![wire::Approval::default(); APPROVALS_MAX + 1];
    check_refused(
        &crowded,
        "the order is malformed: an order's approvals: 9 items, at most 8 are taken",
    );
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let order = seal(request(1).encode_to_vec(), [1; 8], vec![0; 63]);
    check_refused(
        &order,
        "the order is malformed: an order's signature: 63 bytes, and it has 64",
    );
}

#[test]
fn a_reason_longer_than_the_limit_is_refused() {
    let mut order = request(1);
    order.reason = "長".repeat(REASON_CHARS_MAX + 1);
    check_refused(
        &sealed(&order),
        "the order's reason has 501 characters, at most 500 are taken",
    );
}
