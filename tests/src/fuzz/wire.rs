//! What comes over the network or is typed by a person.
//!
//! Touches bytes in memory. Must never panic but to report a fault.

use prost::Message;
use sekisho_agent::identity::token::PrintedToken;
use sekisho_agent::shell::{Answer, Question};
use sekisho_collector::enrol::request_key;
use sekisho_policy::break_glass::{Challenge, Response};
use sekisho_policy::document::{Policy, differences, summary};
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::{DeviceId, Generation};
use sekisho_proto::beacon::{self, Nonce, QUESTION_BYTES};
use sekisho_proto::message::{FromAgent, FromCollector};
use sekisho_proto::{convert, order, section, wire};

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
    same_again::<wire::FromAgent, FromAgent>(bytes);
}

pub(super) fn from_collector(bytes: &[u8]) {
    same_again::<wire::FromCollector, FromCollector>(bytes);
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

/// The first byte says how many devices a command is for, the rest are its terms: what each is sent, and
/// what a part that was kept gives again, opens to the same, for it alone.
pub(super) fn order_batch(bytes: &[u8]) {
    let Some((count, terms)) = bytes.split_first() else {
        return;
    };
    let device = |number: u8| {
        let generation = Generation(u64::from(number) + 1);
        (DeviceId::from_bytes([number; 16]), generation)
    };
    let command = order::Unsigned::new(terms.to_vec(), (0..=*count).map(device).collect());
    let sealed = command.seal([0; 8], &[0; 64]);
    let open = |sent: &wire::SignedOrder| {
        order::open(sent, |_, message, _| message == command.signed_bytes())
    };
    let kept = command.parts().flat_map(|part| {
        let orders = (0..part.recipients.len()).map(|place| part.order(&sealed, place));
        orders.collect::<Vec<_>>()
    });
    for ((sent, kept), (device, _)) in command.orders(&sealed).zip(kept).zip(command.recipients()) {
        assert_eq!(Some(&sent), kept.as_ref(), "a part gives another order");
        if let Ok(order::OrderBody::State(state)) = open(&sent) {
            assert_eq!(state.device, *device, "an order is for another device");
        }
        let mut moved = sent;
        moved.index = moved.index.wrapping_add(1);
        assert!(
            *count == 0 || open(&moved).is_err(),
            "an order fits another place"
        );
    }
}

/// What a beacon answers, or whatever stands in its place: to the question that it names, and to another.
pub(super) fn beacon_answer(bytes: &[u8]) {
    let Some((question, _)) = bytes.split_first_chunk::<QUESTION_BYTES>() else {
        assert!(beacon::Answer::read(bytes, &Nonce::default()).is_err());
        return;
    };
    if let Ok(answer) = beacon::Answer::read(bytes, question) {
        let again = beacon::Answer::read(&answer.to(question), question);
        assert_eq!(again, Ok(answer), "an answer changed on its way");
        let other = question.map(|byte| !byte);
        assert!(
            beacon::Answer::read(bytes, &other).is_err(),
            "it answers anything"
        );
    }
}

/// What a stranger says to the enrolment listener, and what it is answered.
pub(super) fn enrolment(bytes: &[u8]) {
    same_again::<wire::EnrolRequest, convert::EnrolRequest>(bytes);
    same_again::<wire::EnrolResponse, convert::EnrolResponse>(bytes);
    drop(read::<
        wire::RenewExpiredRequest,
        convert::RenewExpiredRequest,
    >(bytes));
    let _ = request_key(bytes);
    if let Ok(request) = wire::EnrolRequest::decode(bytes) {
        let _ = request_key(&request.csr);
    }
}

/// What any user of the laptop writes to the agent's socket, and what they are answered.
pub(super) fn local_socket(bytes: &[u8]) {
    if let Ok(question) = serde_json::from_slice::<Question>(bytes) {
        let again = serde_json::to_vec(&question).unwrap_or_default();
        assert_eq!(
            serde_json::from_slice::<Question>(&again).ok(),
            Some(question)
        );
    }
    if let Ok(Answer::Basis(basis)) = serde_json::from_slice::<Answer>(bytes) {
        drop((basis.entry(), basis.since(), basis.moment(), basis.place()));
    }
}

pub(super) fn policy_document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match Policy::parse(text) {
        Ok(_) => {
            let told = differences(Policy::shipped_text(), text);
            let told = told.map(|told| summary(&told));
            assert!(
                told.is_ok(),
                "what is judged by cannot be compared: {told:?}"
            );
        }
        Err(error) => assert!(!error.to_string().is_empty(), "a refusal without a word"),
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

/// What is understood must be written as it was read.
fn same_again<W: Message + Default + From<D>, D: TryFrom<W> + Clone + PartialEq>(bytes: &[u8]) {
    let Some(said) = read::<W, D>(bytes) else {
        return;
    };
    let sent = W::from(said.clone()).encode_to_vec();
    let is_same = read::<W, D>(&sent) == Some(said);
    assert!(is_same, "a message changed on its way");
}

fn read<W: Message + Default, D: TryFrom<W>>(bytes: &[u8]) -> Option<D> {
    W::decode(bytes).ok()?.try_into().ok()
}
