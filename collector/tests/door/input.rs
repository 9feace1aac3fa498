//! What a device can send that is too much, cut, or not of this world.
//!
//! Touches a collector on loopback. Must never take a refusal for good without seeing that the collector
//! still serves others.

use prost::Message;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_proto::section;
use sekisho_proto::wire::{self, from_agent, from_collector};
use tonic::Code;

use crate::message::{message, report, with_section};
use crate::world::World;

/// Sends one message after the hello and sees it refused, with this in the reason, and put down, while
/// nothing else changes and another device is served.
#[track_caller]
fn refused(body: from_agent::Body, code: Code, said: &'static str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async move {
        let (world, bad, mut talk) = World::with_device().await;
        let row = world.row(&bad).await;
        talk.say(body).await;
        let status = talk.ended().await;
        assert_eq!(status.code(), code, "{status}");
        assert!(status.message().contains(said), "{status}");
        world.unharmed_by(&bad).await;
        assert_eq!(world.row(&bad).await, row);
    });
}

/// A report whose software section is this frame, announced by this digest.
fn with_software(digest: Fingerprint, body: &[u8]) -> from_agent::Body {
    let report = with_section(report(1, true), SectionKind::Software, digest, body);
    from_agent::Body::Report(report)
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let bomb = vec![0_u8; 64 * 1024 * 1024];
    let frame = section::compress(&bomb).unwrap();
    assert!(frame.len() < 64 * 1024);
    refused(
        with_software(Fingerprint::of(&bomb), &frame),
        Code::InvalidArgument,
        "33554432",
    );
}

#[test]
fn a_million_packages_are_refused_before_they_are_read() {
    let package = wire::Package {
        name: "a".to_owned(),
        ..wire::Package::default()
    };
    let software = wire::Software {
        sources: vec![],
        packages: vec![package; 1_000_000],
    };
    let section = wire::Section {
        body: Some(wire::section::Body::Software(software)),
    };
    let bytes = section.encode_to_vec();
    let frame = section::compress(&bytes).unwrap();
    refused(
        with_software(Fingerprint::of(&bytes), &frame),
        Code::InvalidArgument,
        "100000",
    );
}

#[test]
fn a_section_that_is_not_what_it_was_announced_as_is_refused() {
    let frame = section::compress(b"something").unwrap();
    let body = with_software(Fingerprint::of(b"else"), &frame);
    refused(body, Code::InvalidArgument, "announced as");
}

#[test]
fn a_section_cut_short_is_refused() {
    let encoded = section::encode(
        &sekisho_policy::facts::Facts::not_asked(),
        SectionKind::Software,
    );
    let mut frame = section::compress(&encoded.bytes).unwrap();
    frame.pop();
    refused(
        with_software(encoded.digest, &frame),
        Code::InvalidArgument,
        "zstd frame",
    );
}

#[test]
fn a_report_without_a_section_is_refused_by_its_name() {
    let mut report = report(1, true);
    report.sections.remove(0);
    refused(
        from_agent::Body::Report(report),
        Code::InvalidArgument,
        "missing",
    );
}

#[test]
fn a_report_without_a_place_in_the_row_is_not_acknowledged() {
    let body = from_agent::Body::Report(report(0, true));
    refused(body, Code::InvalidArgument, "counted from 1");
}

#[test]
fn chunks_out_of_order_are_refused() {
    let chunk = wire::SectionChunk {
        digest: vec![1; 32].into(),
        index: 3,
        count: 8,
        data: vec![0; 10].into(),
    };
    refused(
        from_agent::Body::Chunk(chunk),
        Code::InvalidArgument,
        "chunk 3 of 8",
    );
}

#[test]
fn a_message_beyond_the_limit_is_refused() {
    let chunk = wire::SectionChunk {
        digest: vec![1; 32].into(),
        index: 0,
        count: 1,
        data: vec![0; 3 * 1024 * 1024].into(),
    };
    refused(from_agent::Body::Chunk(chunk), Code::OutOfRange, "2097152");
}

#[test]
fn a_message_without_a_body_that_is_known_is_passed_over() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        let device = world.device("bad").await;
        let (mut talk, _) = world.attach(&device, b"").await;
        // So is what a newer agent says read here.
        let mut empty = message(from_agent::Body::Pulse(wire::Pulse { number: 1 }));
        empty.body = None;
        talk.say.send(empty).await.unwrap();
        let pulse = wire::Pulse { number: 2 };
        talk.say(from_agent::Body::Pulse(pulse)).await;
        let heard = talk.heard().await;
        assert!(
            matches!(&heard, from_collector::Body::Pulse(pulse) if pulse.number == 2),
            "{heard:?}"
        );
    });
}

#[test]
fn a_second_hello_is_refused() {
    let hello = wire::Hello {
        protocol: 1,
        device_id: vec![1; 16].into(),
        marks: Some(wire::Marks::default()),
        ..wire::Hello::default()
    };
    refused(from_agent::Body::Hello(hello), Code::InvalidArgument, "");
}
