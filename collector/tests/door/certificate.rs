//! The server's certificate is renewed while the collector serves, and nobody has to do anything.
//!
//! Touches a collector on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use sekisho_collector::clock;
use sekisho_collector::config::SERVER_NAME;
use sekisho_collector::serve::renew_certificate;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Span;
use sekisho_proto::wire::from_agent;

use crate::message::report;
use crate::world::{PATIENCE, World};

/// The certificate that a client which trusts the root alone, and the fixed name alone, is shown.
async fn shown(address: SocketAddr, config: ClientConfig) -> Fingerprint {
    let socket = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(SERVER_NAME).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, socket).await.unwrap();
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates().unwrap();
    let fingerprint = Fingerprint::of(chain.first().unwrap());
    // The first bytes of the server show that the handshake is over on both sides.
    stream.read_u8().await.unwrap();
    fingerprint
}

#[tokio::test]
async fn listeners_show_the_renewed_certificate_and_streams_go_on() {
    // A day before its time has come.
    let made = clock::now().after(Span::from_days(-549));
    let world = World::made_at(made).await;
    let former = world.collector.keys.server.current().fingerprint();
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    let agents = || shown(world.agents, world.client(Some(&device)));
    let enrolment = || shown(world.enrolment, world.client(None));
    assert_eq!((agents().await, enrolment().await), (former, former));

    let soon = clock::now().after(Span::from_days(2));
    assert!(renew_certificate(&world.collector, soon).await.unwrap());
    let renewed = world.collector.keys.server.current();
    assert_ne!(renewed.fingerprint(), former);
    assert!(renewed.not_after.since(soon) > Span::from_days(729));
    let renewed = renewed.fingerprint();
    assert_eq!((agents().await, enrolment().await), (renewed, renewed));
    assert_eq!(world.audited("server_certificate.renewed").await, 1);
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1, "the open stream goes on");
    assert!(!renew_certificate(&world.collector, soon).await.unwrap());
}

#[tokio::test]
async fn a_collector_renews_what_is_due_by_itself() {
    let made = clock::now().after(Span::from_days(-600));
    let world = World::made_at(made).await;
    world.audited_soon("server_certificate.renewed").await;
    // It is put down before it is shown.
    let renewed = timeout(PATIENCE, async {
        let until = || world.collector.keys.server.current().not_after;
        while until().since(clock::now()) <= Span::from_days(729) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    renewed.await.unwrap();
}
