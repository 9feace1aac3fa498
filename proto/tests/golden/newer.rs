//! Messages of a side that is newer than this one: fields, values, messages and orders that are not known here.
//!
//! Touches `proto/testdata`. Must never let what is not known be taken for kept, nor cost a laptop its connection.

use prost::Message;
use sekisho_policy::document::Policy;
use sekisho_policy::facts::*;
use sekisho_policy::finding::{Outcome, Standing, Verdict};
use sekisho_policy::id::{Generation, Sequence};
use sekisho_policy::judge::judge;
use sekisho_policy::order::{Access, Enforcement, GapKind, Order, WhyRefused};
use sekisho_policy::reading::Reading;
use sekisho_policy::register::{DataClass, Entry, Registration};
use sekisho_policy::report::Report;
use sekisho_proto::message::*;
use sekisho_proto::order::{InvalidOrder, OrderBody, Unsigned, open, terms};
use sekisho_proto::{section, wire};

use super::{AT, DEVICE, DIGEST, entry, facts, golden, marks};

/// A value that no enumeration has yet.
const NEW: i32 = 99;

/// The bytes of a message to which a newer side has added a number, a text and a message within.
fn grown(message: &impl Message) -> Vec<u8> {
    let mut bytes = message.encode_to_vec();
    for number in [1990, 1991] {
        prost::encoding::string::encode(number, &"later".to_owned(), &mut bytes);
    }
    prost::encoding::uint64::encode(1992, &7, &mut bytes);
    prost::encoding::fixed32::encode(1993, &7, &mut bytes);
    bytes
}

/// The facts, one section of which came from a newer agent.
#[track_caller]
fn told(name: &str, kind: SectionKind, body: Option<wire::section::Body>) -> Facts {
    let bytes = golden(&format!("newer-{name}.bin"), grown(&wire::Section { body }));
    let mut facts = facts();
    section::decode(kind, &bytes, &mut facts).unwrap();
    facts
}

fn verdict(facts: Facts, entry: &Entry) -> Verdict {
    let report = Report {
        sequence: Sequence(1),
        taken_at: AT,
        facts,
    };
    let policy = Policy::parse(Policy::shipped_text()).unwrap();
    judge(&report, entry, None, &policy, AT)
}

#[track_caller]
fn is_unknown(facts: Facts, rule: &str) {
    let mut entry = entry();
    entry.group = String::new();
    let verdict = verdict(facts, &entry);
    let found = verdict.findings.iter().find(|found| found.rule.0 == rule);
    assert_eq!(found.unwrap().outcome, Outcome::Unknown, "{rule}");
    assert_ne!(verdict.standing, Standing::Compliant);
}

#[test]
fn a_section_of_a_kind_of_fact_that_a_newer_agent_tells_otherwise_is_unknown() {
    let facts = told("section-alien", SectionKind::Volumes, None);
    assert!(matches!(facts.volumes, Reading::Unknown(_)));
    is_unknown(facts, "disk-encrypted");
}

#[test]
fn fields_that_a_newer_agent_adds_are_passed_over() {
    let body = wire::section::Body::Host(facts().host.known().unwrap().into());
    let told = told("section-grown", SectionKind::Host, Some(body));
    assert_eq!(told, facts());
}

#[test]
fn a_place_or_an_encryption_that_only_a_newer_agent_knows_is_no_encrypted_disk() {
    let volumes = || wire::Volumes::from(facts().volumes.known().unwrap().as_slice());
    let mut elsewhere = volumes();
    elsewhere.volumes[0].place = NEW;
    let body = wire::section::Body::Volumes(elsewhere);
    let facts = told("volume-place", SectionKind::Volumes, Some(body));
    assert!(matches!(facts.volumes, Reading::Unknown(_)));
    is_unknown(facts, "disk-encrypted");

    let mut ciphered = volumes();
    let volume = &mut ciphered.volumes[0];
    volume.exemption = 0;
    volume.encryption = Some(wire::EncryptionReading {
        reading: Some(wire::encryption_reading::Reading::Known(wire::Encryption {
            state: Some(wire::encryption::State::Encrypted(NEW)),
            plain_leg: String::new(),
        })),
    });
    let body = wire::section::Body::Volumes(ciphered);
    let facts = told("volume-encryption", SectionKind::Volumes, Some(body));
    let volumes = facts.volumes.known().unwrap();
    assert!(matches!(volumes[0].encryption, Reading::Unknown(_)));
    is_unknown(facts, "disk-encrypted");
}

#[test]
fn a_kind_of_definitions_that_only_a_newer_agent_knows_is_no_protection() {
    let mut products = wire::Antivirus::from(facts().antivirus.known().unwrap().as_slice());
    products.products[0].definitions_kind = NEW;
    let body = wire::section::Body::Antivirus(products);
    let facts = told("antivirus", SectionKind::Antivirus, Some(body));
    assert!(matches!(facts.antivirus, Reading::Unknown(_)));
    is_unknown(facts, "definitions-current");
}

#[test]
fn a_source_of_packages_that_only_a_newer_agent_knows_hides_no_package() {
    let mut software = wire::Software::from(facts().software.known().unwrap());
    software.packages[0].source = NEW;
    let body = wire::section::Body::Software(software);
    let facts = told("software", SectionKind::Software, Some(body));
    assert!(matches!(facts.software, Reading::Unknown(_)));
}

#[test]
fn what_only_a_newer_agent_knows_of_updates_leaves_the_rest_of_the_platform_known() {
    let mut platform = wire::Platform::from(facts().platform.known().unwrap());
    let updates = platform.updates.as_mut().unwrap();
    let Some(wire::updates_reading::Reading::Known(known)) = &mut updates.reading else {
        panic!("{updates:?}");
    };
    known.source = NEW;
    let body = wire::section::Body::Platform(platform);
    let told = told("platform", SectionKind::Platform, Some(body));
    let platform = told.platform.known().unwrap();
    assert!(matches!(platform.updates, Reading::Unknown(_)));
    assert_eq!(
        &platform.release,
        &facts().platform.known().unwrap().release
    );
    is_unknown(told, "updates-pending");
}

/// What the collector reads of a newer agent's message.
#[track_caller]
fn from_agent(name: &str, message: Vec<u8>) -> FromAgentBody {
    let bytes = golden(&format!("newer-{name}.bin"), message);
    let message = wire::FromAgent::decode(bytes.as_slice()).unwrap();
    FromAgent::try_from(message).unwrap().body
}

#[test]
fn a_newer_agent_says_hello_and_what_is_not_known_of_the_rest_is_passed_over() {
    let hello = Hello {
        protocol: PROTOCOL,
        agent_version: "9.0.0".to_owned(),
        device: DEVICE,
        marks: marks(),
        thread: vec![0x17; 32],
        policy: Some(DIGEST),
        generation: Generation(3),
    };
    let body = FromAgentBody::Hello(hello);
    let said = wire::FromAgent::from(FromAgent {
        at: AT,
        body: body.clone(),
    });
    assert_eq!(from_agent("agent-hello", grown(&said)), body);
    let alien = wire::FromAgent {
        at_ms: AT.0,
        body: None,
    };
    let alien = from_agent("agent-alien", grown(&alien));
    assert_eq!(alien, FromAgentBody::NotKnown);
}

#[test]
fn a_newer_agents_account_keeps_its_gap_and_its_refusal() {
    let account = wire::Enforcement {
        desired_generation: 4,
        desired: wire::Access::Isolated.into(),
        applied: Some(wire::AccessReading {
            reading: Some(wire::access_reading::Reading::Known(NEW)),
        }),
        refused: 3,
        last_refused: Some(wire::RefusedOrder {
            why: NEW,
            ..wire::RefusedOrder::default()
        }),
        gaps: vec![wire::Gap {
            kind: NEW,
            detail: "a driver".to_owned(),
        }],
        ..wire::Enforcement::default()
    };
    let body = Some(wire::from_agent::Body::Enforcement(account));
    let said = wire::FromAgent { at_ms: AT.0, body };
    let FromAgentBody::Enforcement(Enforcement {
        applied,
        gaps,
        refused,
        last_refused,
        ..
    }) = from_agent("agent-enforcement", grown(&said))
    else {
        panic!("no account");
    };
    assert!(matches!(applied, Reading::Unknown(_)));
    assert_eq!((gaps[0].kind, refused), (GapKind::Other, 3));
    assert_eq!(last_refused.unwrap().why, WhyRefused::Other);
}

/// What the agent reads of a newer collector's message.
#[track_caller]
fn from_collector(name: &str, body: Option<wire::from_collector::Body>) -> FromCollectorBody {
    let said = wire::FromCollector { at_ms: AT.0, body };
    let bytes = golden(&format!("newer-{name}.bin"), grown(&said));
    let message = wire::FromCollector::decode(bytes.as_slice()).unwrap();
    FromCollector::try_from(message).unwrap().body
}

#[test]
fn what_only_a_newer_collector_says_is_passed_over() {
    let alien = from_collector("collector-alien", None);
    assert_eq!(alien, FromCollectorBody::NotKnown);
}

#[test]
fn a_standing_that_only_a_newer_collector_knows_is_no_verdict() {
    let ack = wire::Ack {
        sequence: 42,
        standing: NEW,
    };
    let body = Some(wire::from_collector::Body::Ack(ack));
    let FromCollectorBody::Ack(ack) = from_collector("collector-ack", body) else {
        panic!("no acknowledgement");
    };
    assert_eq!((ack.sequence, ack.standing), (Sequence(42), None));
}

#[test]
fn a_newer_collectors_welcome_lets_an_older_agent_in_and_permits_it_nothing_new() {
    let mut register = wire::RegisterEntry::from(&entry());
    register.registration = NEW;
    register.data_class = NEW;
    register.group = String::new();
    let held = |kind| wire::SectionDigest {
        kind,
        digest: DIGEST.as_bytes().to_vec().into(),
    };
    let body = wire::from_collector::Body::Welcome(wire::Welcome {
        thread: vec![0x18; 32].into(),
        register: Some(register),
        sections: vec![held(wire::SectionKind::Host.into()), held(NEW)],
        ..wire::Welcome::default()
    });
    let FromCollectorBody::Welcome(welcome) = from_collector("collector-welcome", Some(body))
    else {
        panic!("no welcome");
    };
    assert_eq!(welcome.sections, [(SectionKind::Host, DIGEST)]);
    let Entry {
        registration,
        data_class,
        ..
    } = &welcome.register;
    assert_eq!(
        (*registration, *data_class),
        (None, Some(DataClass::Secret))
    );
    let approved = Entry {
        registration: Some(Registration::Approved),
        cloned: false,
        approved_until: None,
        ..welcome.register.clone()
    };
    let outcome = |entry: &Entry| {
        let findings = verdict(facts(), entry).findings;
        let found = findings.iter().find(|one| one.rule.0 == "device-approved");
        found.unwrap().outcome
    };
    assert_eq!(outcome(&approved), Outcome::Pass);
    assert_ne!(outcome(&welcome.register), Outcome::Pass);
}

/// What comes of an order that a newer collector has signed.
#[track_caller]
fn opened(name: &str, terms: Vec<u8>, generation: Generation) -> Result<OrderBody, InvalidOrder> {
    let command = Unsigned::new(terms, vec![(DEVICE, generation)]);
    let sealed = command.seal([9; 8], &[3; 64]);
    let order = command.orders(&sealed).next().unwrap();
    let bytes = golden(&format!("newer-{name}.bin"), grown(&order));
    let order = wire::SignedOrder::decode(bytes.as_slice()).unwrap();
    open(&order, |key, message, _| {
        *key == [9; 8] && message == command.signed_bytes()
    })
}

#[test]
fn an_order_for_what_only_a_newer_agent_knows_is_refused_in_words() {
    use wire::order_terms::Body;
    let state = |access, transport| {
        Body::State(wire::DesiredState {
            access,
            allow: vec![wire::Endpoint {
                address: vec![192, 0, 2, 7].into(),
                port: 443,
                transport,
            }],
        })
    };
    let request = Body::Request(wire::Request {
        request_id: vec![1; 16].into(),
        kind: NEW,
    });
    let isolated = wire::Access::Isolated.into();
    for (name, generation, body) in [
        ("order-access", 4, Some(state(NEW, 0))),
        ("order-transport", 4, Some(state(isolated, NEW))),
        ("order-request", 0, Some(request)),
        ("order-alien", 4, None),
    ] {
        let terms = wire::OrderTerms {
            issued_at_ms: AT.0,
            body,
            ..wire::OrderTerms::default()
        };
        let refused = opened(name, grown(&terms), Generation(generation)).unwrap_err();
        assert_eq!(refused.why(), WhyRefused::NotKnown, "{name}");
        assert!(refused.to_string().contains("update the agent"), "{name}");
    }
}

#[test]
fn what_a_newer_collector_adds_to_an_order_does_not_keep_it_from_being_taken_up() {
    let order = OrderBody::State(Order {
        device: DEVICE,
        generation: Generation(4),
        access: Access::Isolated,
        reason: "マルウェア検出".to_owned(),
        issued_at: AT,
        until: None,
        incident: None,
        allow: Vec::new(),
    });
    let terms = wire::OrderTerms::decode(terms(&order).as_slice()).unwrap();
    let taken = opened("order-grown", grown(&terms), Generation(4));
    assert_eq!(taken.unwrap(), order);
}
