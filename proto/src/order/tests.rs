//! What is refused of an order, and that it is refused before it is read.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use prost::Message as _;

use super::*;
use crate::wire::order_terms::Body;

const KEY: KeyId = [1; 8];

fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

fn request(kind: i32) -> wire::OrderTerms {
    wire::OrderTerms {
        body: Some(Body::Request(wire::Request {
            request_id: vec![8; 16].into(),
            kind,
        })),
        ..wire::OrderTerms::default()
    }
}

fn isolation() -> wire::OrderTerms {
    wire::OrderTerms {
        reason: "worm".to_owned(),
        body: Some(Body::State(wire::DesiredState {
            access: wire::Access::Isolated.into(),
            allow: Vec::new(),
        })),
        ..wire::OrderTerms::default()
    }
}

fn to(terms: &wire::OrderTerms, devices: u8, generation: u64) -> Unsigned {
    let recipients = (1..=devices).map(|number| (device(number), Generation(generation)));
    Unsigned::new(terms.encode_to_vec(), recipients.collect())
}

/// The order of a command for one device.
fn alone(terms: &wire::OrderTerms) -> wire::SignedOrder {
    let command = to(terms, 1, 0);
    command.orders(&sealed(&command)).next().unwrap()
}

fn sealed(command: &Unsigned) -> wire::Command {
    command.seal(KEY, &[0; 64])
}

fn all(command: &Unsigned) -> Vec<wire::SignedOrder> {
    command.orders(&sealed(command)).collect()
}

/// Opens an order whose signature is good for the command and for nothing else.
fn opened(order: &wire::SignedOrder, command: &Unsigned) -> Result<OrderBody, InvalidOrder> {
    open(order, |key, message, _| {
        *key == KEY && message == command.signed_bytes()
    })
}

#[track_caller]
fn check_refused(order: &wire::SignedOrder, said: &str) {
    let refusal = open(order, |_, _, _| true).unwrap_err();
    let source = std::error::Error::source(&refusal).map(ToString::to_string);
    let chain = source.map_or(refusal.to_string(), |source| format!("{refusal}: {source}"));
    assert_eq!(chain, said);
}

#[track_caller]
fn check_forged(order: &wire::SignedOrder, command: &Unsigned) {
    let refusal = opened(order, command).unwrap_err();
    assert_eq!(refusal.why(), WhyRefused::NotTrusted, "{refusal}");
}

#[test]
fn an_order_is_not_read_unless_its_signature_is_good() {
    let command = Unsigned::new(b"no terms".to_vec(), vec![(device(1), Generation(1))]);
    let order = all(&command).remove(0);
    let refusal = open(&order, |_, _, _| false).unwrap_err();
    assert!(matches!(refusal, InvalidOrder::NotTrusted(_)), "{refusal}");
}

#[test]
fn the_signature_covers_the_purpose_the_size_and_the_root() {
    let mut expected = b"sekisho order v1\0".to_vec();
    expected.extend_from_slice(&[0, 0, 0, 0, 0, 0, 1, 2]);
    expected.extend_from_slice(&[7; 32]);
    assert_eq!(signed_bytes(0x0102, &[7; 32]), expected);
}

#[test]
fn every_order_of_a_command_opens_for_its_own_device() {
    for devices in [1, 2, 3, 64, 65, 70] {
        let command = to(&isolation(), devices, 3);
        for (number, order) in (1..).zip(all(&command)) {
            let OrderBody::State(order) = opened(&order, &command).unwrap() else {
                panic!("no state");
            };
            assert_eq!(
                (order.device, order.generation),
                (device(number), Generation(3))
            );
        }
    }
}

#[test]
fn whatever_is_altered_the_signature_is_no_longer_good() {
    let command = to(&isolation(), 5, 3);
    let orders = all(&command);
    let alter = |change: &dyn Fn(&mut wire::SignedOrder)| {
        let mut order = orders[2].clone();
        change(&mut order);
        check_forged(&order, &command);
    };
    alter(&|order| order.device_id = orders[1].device_id.clone());
    alter(&|order| order.generation = 4);
    alter(&|order| order.index = 1);
    alter(&|order| order.path = orders[1].path.clone());
    let terms = |order: &mut wire::SignedOrder, terms: Vec<u8>| {
        order.command.as_mut().unwrap().terms = terms.into();
    };
    let mut wider = isolation();
    wider.until_ms = Some(1);
    alter(&|order| terms(order, wider.encode_to_vec()));
    // The same place of another command, under this one's signature.
    let other = all(&to(&wider, 5, 3));
    check_forged(&other[2], &command);
    let mut joined = other[2].clone();
    joined.path = orders[2].path.clone();
    check_forged(&joined, &command);
    // A smaller tree whose root would be a node of the signed one.
    alter(&|order| {
        order.command.as_mut().unwrap().size = 4;
        order.path = orders[2].path.slice(..64);
    });
}

#[test]
fn a_node_of_the_tree_does_not_pass_for_an_order() {
    let command = to(&isolation(), 4, 3);
    let mut order = all(&command).remove(0);
    order.path = order.path.slice(32..);
    order.command.as_mut().unwrap().size = 2;
    check_forged(&order, &command);
}

#[test]
fn a_path_of_another_length_than_its_place_demands_is_refused() {
    let mut order = all(&to(&isolation(), 5, 3)).remove(1);
    let whole = order.path.clone();
    order.path = whole.slice(..64);
    check_refused(
        &order,
        "the order is malformed: order 1 of 5 has not a path of 2 hashes to their root",
    );
    order.path = whole.slice(..95);
    check_refused(
        &order,
        "the order is malformed: the path of an order: 95 bytes, and it has 64",
    );
    order.path = vec![0; (ORDER_PATH_MAX + 1) * 32].into();
    check_refused(
        &order,
        "the order is malformed: the path of an order: 544 bytes, at most 512 are taken",
    );
    order.path = whole;
    order.index = 5;
    check_refused(
        &order,
        "the order is malformed: order 5 of 5 has not a path of 3 hashes to their root",
    );
}

#[test]
fn a_command_without_orders_or_of_too_many_is_refused() {
    let mut order = alone(&isolation());
    order.command.as_mut().unwrap().size = 0;
    check_refused(
        &order,
        "the order is malformed: order 0 of 0 has not a path of 0 hashes to their root",
    );
    order.command.as_mut().unwrap().size = 65_537;
    check_refused(
        &order,
        "the order is malformed: orders of a command: 65537 items, at most 65536 are taken",
    );
    order.command = None;
    check_refused(
        &order,
        "the order is malformed: command of an order is missing",
    );
}

#[test]
fn a_request_of_tomorrow_is_refused_and_nothing_is_done() {
    assert!(open(&alone(&request(1)), |_, _, _| true).is_ok());
    check_refused(
        &alone(&request(2)),
        "the order asks for what this version does not know; update the agent",
    );
}

#[test]
fn a_request_with_a_generation_is_refused() {
    let mut order = alone(&request(1));
    order.generation = 1;
    check_refused(
        &order,
        "the order is malformed: generation of a request: 1 is above 0",
    );
}

#[test]
fn an_envelope_beyond_a_limit_is_refused_before_its_signature_is_looked_at() {
    let large = Unsigned::new(
        vec![0; ORDER_BYTES_MAX + 1],
        vec![(device(1), Generation(1))],
    );
    let refusal = open(&all(&large)[0], |_, _, _| unreachable!("it was verified")).unwrap_err();
    assert!(matches!(
        refusal,
        InvalidOrder::Malformed(InvalidMessage::TooLong { .. })
    ));
    let mut crowded = alone(&request(1));
    crowded.command.as_mut().unwrap().approvals =
        vec![wire::Approval::default(); APPROVALS_MAX + 1];
    check_refused(
        &crowded,
        "the order is malformed: approvals of a command: 9 items, at most 8 are taken",
    );
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let mut order = alone(&request(1));
    order.command.as_mut().unwrap().signature = vec![0; 63].into();
    check_refused(
        &order,
        "the order is malformed: an order's signature: 63 bytes, and it has 64",
    );
}

#[test]
fn a_reason_longer_than_the_limit_is_refused() {
    let mut terms = request(1);
    terms.reason = "長".repeat(REASON_CHARS_MAX + 1);
    check_refused(
        &alone(&terms),
        "the order's reason has 501 characters, at most 500 are taken",
    );
}
