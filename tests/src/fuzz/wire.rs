//! What comes over the network or is typed by a person.
//!
//! Touches bytes in memory. Must never panic but to report a fault.

use prost::Message;
use sekisho_agent::identity::token::PrintedToken;
use sekisho_policy::break_glass::{Challenge, Response};
use sekisho_policy::document::Policy;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::{DeviceId, Generation};
use sekisho_proto::message::{FromAgent, FromCollector};
use sekisho_proto::{order, section, wire};

/// The first byte says which section the rest is. What is understood must come back the same.
pub(super) fn section(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    for (number, kind) in (0_u8..).zip(SectionKind::ALL) {
        let mut facts = Facts::not_asked();
        if first % 4 == number && section::decode(kind, rest, &mut facts).is_ok() {
            let mut again = Facts::not_asked();
            let encoded = section::encode(&facts, kind);
            section::decode(kind, &encoded.bytes, &mut again)
                .unwrap_or_else(|refusal| panic!("own section refused: {refusal}"));
            assert_eq!(facts, again, "a section changed on its way");
        }
    }
    // A frame as it comes, unpacked within its limit.
    drop(section::decompress(bytes));
}

pub(super) fn from_agent(bytes: &[u8]) {
    let Some(said) = read::<wire::FromAgent, FromAgent>(bytes) else {
        return;
    };
    let sent = wire::FromAgent::from(said.clone()).encode_to_vec();
    assert_eq!(read::<wire::FromAgent, FromAgent>(&sent), Some(said));
}

pub(super) fn from_collector(bytes: &[u8]) {
    let Some(said) = read::<wire::FromCollector, FromCollector>(bytes) else {
        return;
    };
    let sent = wire::FromCollector::from(said.clone()).encode_to_vec();
    assert_eq!(
        read::<wire::FromCollector, FromCollector>(&sent),
        Some(said)
    );
}

/// The bytes as a sealed order, and as the terms of one whose signature is good.
pub(super) fn signed_order(bytes: &[u8]) {
    if let Ok(sealed) = wire::SignedOrder::decode(bytes) {
        let opened = order::open(&sealed, |_, _, _| false);
        assert!(opened.is_err(), "an order was opened without a signature");
    }
    let generation = Generation(bytes.first().copied().unwrap_or(0).into());
    for generation in [generation, Generation(0)] {
        let Some(body) = said(bytes.to_vec(), generation) else {
            continue;
        };
        let again = said(order::terms(&body), generation);
        assert_eq!(again, Some(body), "an order changed on its way");
    }
}

/// What terms say to the second of three devices.
fn said(terms: Vec<u8>, generation: Generation) -> Option<order::OrderBody> {
    let device = |number| (DeviceId::from_bytes([number; 16]), generation);
    let command = order::Unsigned::new(terms, vec![device(1), device(2), device(3)]);
    let sealed = command.seal([0; 8], &[0; 64]);
    let sent = command.orders(&sealed).nth(1)?;
    order::open(&sent, |_, message, _| message == command.signed_bytes()).ok()
}

pub(super) fn policy_document(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(error) = Policy::parse(text)
    {
        assert!(!error.to_string().is_empty(), "a refusal without a word");
    }
}

/// What a person types: an enrolment token, as a text of any kind.
pub(super) fn token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(refusal) = text.parse::<PrintedToken>() {
        assert!(
            !refusal.to_string().contains(text.trim()) || text.trim().len() < 20,
            "a token is shown"
        );
    }
}

/// What a person types: either half of a break-glass code.
pub(super) fn break_glass(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(challenge) = Challenge::parse(&text) {
        let again = Challenge::parse(&challenge.to_string());
        assert_eq!(
            again.ok(),
            Some(challenge),
            "a challenge changed as it was written down"
        );
    }
    if let Ok(response) = Response::parse(&text) {
        // Responses are secret: they are compared as they are read out.
        let written = response.to_string();
        let again = Response::parse(&written).map(|again| again.to_string());
        assert_eq!(
            again.ok(),
            Some(written),
            "a response changed as it was written down"
        );
    }
}

fn read<W: Message + Default, D: TryFrom<W>>(bytes: &[u8]) -> Option<D> {
    W::decode(bytes).ok()?.try_into().ok()
}
