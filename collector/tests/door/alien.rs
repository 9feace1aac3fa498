//! What is no message of ours at all: calls that nobody offers, bytes that cannot be decoded, frames cut
//! short, and other protocols.
//!
//! Touches a collector on loopback. Must never send by the product's own client.

use std::sync::Arc;

use prost::Message;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::Code;

use sekisho_collector::config::SERVER_NAME;
use sekisho_proto::wire::from_agent;

use crate::message::report;
use crate::world::{Device, PATIENCE, World};

const ATTACH: &str = "/sekisho.v1.Agent/Attach";

/// A message as gRPC frames it: not compressed, its length, its bytes.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap();
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}

fn hello(device: &Device) -> Vec<u8> {
    device.hello(b"").encode_to_vec()
}

/// Sends a hello and then these bytes, and sees the stream ended with this in the reason, and nothing else
/// changed.
async fn refused_after_hello(bytes: &[u8], code: Code, said: &str) {
    let world = World::new().await;
    let bad = world.device("bad").await;
    let body = [&framed(&hello(&bad)), bytes].concat();
    let status = world.raw(&bad, ATTACH, body).await;
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(said), "{status}");
    world.unharmed_by(&bad).await;
}

#[tokio::test]
async fn calls_that_nobody_offers_are_refused() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    for path in [
        "/sekisho.v1.Agent/RunScript",
        // Enrolling is for the other listener.
        "/sekisho.v1.Enrolment/Enrol",
        "/grpc.health.v1.Health/Check",
        "/",
    ] {
        let status = world.raw(&device, path, framed(&hello(&device))).await;
        assert_eq!(status.code(), Code::Unimplemented, "{path}: {status}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_end_the_stream_and_are_put_down() {
    refused_after_hello(&framed(&[0xff; 64]), Code::Internal, "decode").await;
}

#[tokio::test]
async fn a_message_cut_short_ends_the_stream_and_is_put_down() {
    let whole = from_agent::Body::Report(report(1, true));
    let whole = crate::message::message(whole).encode_to_vec();
    let cut = framed(&whole[..whole.len() / 2]);
    refused_after_hello(&cut, Code::Internal, "decode").await;
}

#[tokio::test]
async fn a_frame_cut_short_ends_the_stream_and_is_put_down() {
    let mut frame = framed(&[0; 100]);
    frame.truncate(40);
    refused_after_hello(&frame, Code::Internal, "Unexpected EOF").await;
}

#[tokio::test]
async fn a_frame_that_says_it_is_beyond_the_limit_is_refused_before_it_comes() {
    let frame = [0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3];
    refused_after_hello(&frame, Code::OutOfRange, "2097152").await;
}

#[tokio::test]
async fn a_frame_that_says_it_is_compressed_is_refused() {
    let mut frame = framed(&[0; 100]);
    frame[0] = 1;
    refused_after_hello(&frame, Code::Internal, "compressed").await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_refused_and_put_down() {
    let world = World::new().await;
    let bad = world.device("bad").await;
    let mut bytes = hello(&bad);
    let version = b"0.1.0";
    let at = bytes
        .windows(version.len())
        .position(|part| part == version);
    bytes[at.unwrap()] = 0xff;
    let status = world.raw(&bad, ATTACH, framed(&bytes)).await;
    assert_eq!(status.code(), Code::Internal, "{status}");
    assert!(status.message().contains("UTF-8"), "{status}");
    assert_eq!(world.audited("message.refused").await, 1);
    assert_eq!(world.store().posture_fetch(bad.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_connection_that_breaks_in_a_message_is_no_refusal() {
    let (world, device, talk) = World::with_device().await;
    drop(talk);
    let gone = timeout(PATIENCE, async {
        while world.collector.hub.is_online(device.id) {
            tokio::task::yield_now().await;
        }
    });
    gone.await.unwrap();
    assert_eq!(world.audited("message.refused").await, 0);
}

#[tokio::test]
async fn another_protocol_gets_no_answer_and_harms_nobody() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let mut config = world.client(Some(&device));
    config.alpn_protocols.clear();
    let socket = TcpStream::connect(world.agents).await.unwrap();
    let name = ServerName::try_from(SERVER_NAME).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, socket).await.unwrap();
    stream
        .write_all(b"GET /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    let mut heard = Vec::new();
    // The connection may be ended without a farewell.
    let ended = timeout(PATIENCE, stream.read_to_end(&mut heard)).await;
    assert!(ended.is_ok(), "the connection stays open");
    let heard = String::from_utf8_lossy(&heard).into_owned();
    assert!(!heard.contains("200"), "{heard}");
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
}
