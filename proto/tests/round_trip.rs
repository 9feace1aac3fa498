//! Everything that can be said comes back from the wire as it went in, and no bytes whatever bring
//! a decoder down.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

#[path = "round_trip/any.rs"]
mod any_value;

use any_value as any;
use proptest::prelude::*;
use prost::Message;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Generation, Sequence};
use sekisho_policy::order::Enforcement;
use sekisho_policy::register::Entry;
use sekisho_proto::convert::{EnrolRequest, EnrolResponse, Marks, RenewExpiredRequest};
use sekisho_proto::message::*;
use sekisho_proto::{order, section, wire};

/// Through the encoder, the bytes and the decoder.
fn carried<M: Message + Default>(message: &M) -> M {
    let bytes = message.encode_to_vec();
    M::decode(bytes.as_slice()).unwrap_or_else(|refusal| unreachable!("{refusal}"))
}

fn marks() -> impl Strategy<Value = Marks> {
    let reading = || any::reading(any::text());
    (any::text(), reading(), reading(), reading(), reading()).prop_map(
        |(hostname, product_uuid, serial, machine_mark, boot_id)| Marks {
            hostname,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        },
    )
}

fn from_agent() -> impl Strategy<Value = FromAgentBody> {
    let hello = (
        any::device(),
        any::text(),
        marks(),
        proptest::collection::vec(proptest::num::u8::ANY, 0..64),
        proptest::option::of(any::digest()),
        proptest::num::u64::ANY,
    )
        .prop_map(
            |(device, agent_version, marks, thread, policy, generation)| {
                FromAgentBody::Hello(Hello {
                    protocol: PROTOCOL,
                    agent_version,
                    device,
                    marks,
                    thread,
                    policy,
                    generation: Generation(generation),
                })
            },
        );
    let chunk = (any::digest(), 0..32_u32).prop_map(|(digest, index)| {
        FromAgentBody::Chunk(Chunk {
            digest,
            index,
            count: 32,
            data: vec![7; 100].into(),
        })
    });
    let report =
        (2..u64::MAX, any::time(), any::digest()).prop_map(|(sequence, taken_at, digest)| {
            FromAgentBody::Report(ReportHead {
                sequence: Sequence(sequence),
                taken_at,
                sections: SectionKind::ALL
                    .map(|kind| SectionRef {
                        kind,
                        digest,
                        body: vec![1; 10].into(),
                    })
                    .to_vec(),
                folded_from: (sequence % 2 == 0).then_some(Sequence(sequence - 1)),
            })
        });
    prop_oneof![
        hello,
        chunk,
        report,
        proptest::num::u64::ANY.prop_map(FromAgentBody::Pulse),
        any::enforcement().prop_map(FromAgentBody::Enforcement),
    ]
}

fn from_collector() -> impl Strategy<Value = FromCollectorBody> {
    let held =
        || any::digest().prop_map(|digest| SectionKind::ALL.map(|kind| (kind, digest)).to_vec());
    let number = proptest::num::u64::ANY;
    prop_oneof![
        (any::entry(), number, held(), any::beacons()).prop_map(
            |(register, last, sections, beacons)| {
                FromCollectorBody::Welcome(Welcome {
                    thread: vec![9; 32],
                    register,
                    last_sequence: Sequence(last),
                    sections,
                    pulse_secs: 60,
                    beacons,
                })
            }
        ),
        (number, proptest::option::of(any::standing())).prop_map(|(sequence, standing)| {
            FromCollectorBody::Ack(Ack {
                sequence: Sequence(sequence),
                standing,
            })
        }),
        (number, held()).prop_map(|(sequence, sections)| {
            FromCollectorBody::Need(Need {
                sequence: Sequence(sequence),
                sections,
            })
        }),
        (number, any::text()).prop_map(|(sequence, reason)| {
            FromCollectorBody::Busy(Busy {
                sequence: Sequence(sequence),
                retry_after_ms: 7,
                reason,
            })
        }),
        any::text().prop_map(FromCollectorBody::Policy),
        number.prop_map(FromCollectorBody::Pulse),
        any::entry().prop_map(FromCollectorBody::Register),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn facts_come_back_as_they_were(facts in any::facts()) {
        let mut received = Facts::not_asked();
        for kind in SectionKind::ALL {
            let sent = section::encode(&facts, kind);
            let frame = section::compress(&sent.bytes).unwrap();
            let bytes = section::unseal(&frame, sent.digest).unwrap();
            section::decode(kind, &bytes, &mut received).unwrap();
        }
        prop_assert_eq!(received, facts);
    }

    #[test]
    fn a_verdict_comes_back_as_it_was(verdict in any::verdict()) {
        let received = Verdict::try_from(carried(&wire::Verdict::from(&verdict))).unwrap();
        prop_assert_eq!(received, verdict);
    }

    #[test]
    fn a_register_entry_comes_back_as_it_was(entry in any::entry()) {
        let received = Entry::try_from(carried(&wire::RegisterEntry::from(&entry))).unwrap();
        prop_assert_eq!(received, entry);
    }

    #[test]
    fn an_account_of_enforcement_comes_back_as_it_was(account in any::enforcement()) {
        let received = Enforcement::try_from(carried(&wire::Enforcement::from(&account))).unwrap();
        prop_assert_eq!(received, account);
    }

    #[test]
    fn what_an_agent_says_comes_back_as_it_was(at in any::time(), body in from_agent()) {
        let said = FromAgent { at, body };
        let received = FromAgent::try_from(carried(&wire::FromAgent::from(said.clone()))).unwrap();
        prop_assert_eq!(received, said);
    }

    #[test]
    fn what_a_collector_says_comes_back_as_it_was(at in any::time(), body in from_collector()) {
        let said = FromCollector { at, body };
        let sent = carried(&wire::FromCollector::from(said.clone()));
        prop_assert_eq!(FromCollector::try_from(sent).unwrap(), said);
    }

    #[test]
    fn an_enrolment_comes_back_as_it_was(marks in marks(), register in any::entry(), device in any::device()) {
        let request = EnrolRequest {
            nonce: vec![1; 32].into(),
            token: vec![2; 32].into(),
            csr: vec![3; 300].into(),
            proof: vec![4; 72].into(),
            marks,
        };
        let sent = carried(&wire::EnrolRequest::from(request.clone()));
        prop_assert!(EnrolRequest::try_from(sent).unwrap() == request);
        let response = EnrolResponse {
            device,
            chain: vec![vec![5; 500].into()],
            roots: vec![vec![6; 500].into()],
            order_keys: vec![[7; 32]],
            break_glass_secret: [8; 32],
            register,
            agent_port: 7443,
        };
        let sent = carried(&wire::EnrolResponse::from(response.clone()));
        prop_assert!(EnrolResponse::try_from(sent).unwrap() == response);
    }

    #[test]
    fn an_order_comes_back_as_it_was(given in any::order(), others in 0_u8..70, place in 0_usize..70) {
        let place = place.min(usize::from(others));
        let mut recipients: Vec<_> = (0..others)
            .map(|number| (DeviceId::from_bytes([number; 16]), Generation(number.into())))
            .collect();
        recipients.insert(place, (given.device, given.generation));
        let body = order::OrderBody::State(given);
        let command = order::Unsigned::new(order::terms(&body), recipients);
        let sealed = command.seal([1; 8], &[2; 64]);
        let sent = command.orders(&sealed).nth(place).unwrap();
        let opened = order::open(&carried(&sent), |key, message, signature| {
            *key == [1; 8] && message == command.signed_bytes() && signature == [2; 64]
        });
        prop_assert_eq!(opened.unwrap(), body);
        let part = command.parts().nth(place / 64).unwrap();
        prop_assert_eq!(part.order(&sealed, place % 64), Some(sent));
    }

    #[test]
    fn no_bytes_bring_a_decoder_down(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        let mut facts = Facts::not_asked();
        for kind in SectionKind::ALL {
            let _ = section::decode(kind, &bytes, &mut facts);
        }
        let _ = section::decompress(&bytes);
        let _ = wire::FromAgent::decode(bytes.as_slice()).map(FromAgent::try_from);
        let _ = wire::FromCollector::decode(bytes.as_slice()).map(FromCollector::try_from);
        let _ = wire::EnrolRequest::decode(bytes.as_slice()).map(EnrolRequest::try_from);
        let _ = wire::RenewExpiredRequest::decode(bytes.as_slice()).map(RenewExpiredRequest::try_from);
        let _ = wire::SignedOrder::decode(bytes.as_slice()).map(|sealed| order::open(&sealed, |_, _, _| true));
        let command = order::Unsigned::new(bytes, vec![(DeviceId::from_bytes([1; 16]), Generation(1))]);
        for sealed in command.orders(&command.seal([0; 8], &[0; 64])) {
            let _ = order::open(&sealed, |_, _, _| true);
        }
    }

    #[test]
    fn a_damaged_section_is_refused_or_read_and_never_brings_a_decoder_down(
        facts in any::facts(),
        place in proptest::num::usize::ANY,
        bit in 0_u32..8,
    ) {
        for kind in SectionKind::ALL {
            let mut bytes = section::encode(&facts, kind).bytes;
            let place = place % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1_u8 << bit;
            }
            let _ = section::decode(kind, &bytes, &mut Facts::not_asked());
        }
    }
}
