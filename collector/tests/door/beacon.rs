//! Whom the beacon answers, and what it shows: asked over real TLS on loopback.
//!
//! Touches a collector on loopback. Must never take the product's own laptop for the asker: what is held here is
//! held against any.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, NamedGroup, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use sekisho_collector::clock;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::register::Registration;
use sekisho_policy::time::Span;
use sekisho_proto::beacon::{ALPN, Answer, Nonce};

use crate::world::{Device, PATIENCE, World};

const QUESTION: Nonce = [3; 32];

/// Believes the key that it was told, and any certificate around it.
#[derive(Debug)]
struct Pinned(Fingerprint);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = ParsedCertificate::try_from(shown)?.subject_public_key_info();
        if Fingerprint::of(&key) == self.0 {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General("another key".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let known = provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, shown, signed, &known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn client(world: &World, identity: Option<&Device>, pin: Fingerprint, by: &[u8]) -> ClientConfig {
    let mut config = world.client(identity);
    config.alpn_protocols = vec![by.to_vec()];
    let mut dangerous = config.dangerous();
    dangerous.set_certificate_verifier(Arc::new(Pinned(pin)));
    config
}

fn pins(world: &World) -> [Fingerprint; 2] {
    let told = world.collector.beacon.told();
    told.pins.try_into().unwrap()
}

async fn connect(
    world: &World,
    config: ClientConfig,
    from: Ipv4Addr,
) -> std::io::Result<TlsStream<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.into(), 0))?;
    let socket = socket.connect(world.beacon).await?;
    let name = ServerName::IpAddress(world.beacon.ip().into());
    TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
}

/// What comes back to a question: all of it, until the connection ends.
async fn asked(stream: &mut TlsStream<TcpStream>) -> Vec<u8> {
    let mut answer = Vec::new();
    let exchange = async {
        stream.write_all(&QUESTION).await?;
        stream.read_to_end(&mut answer).await
    };
    // A refusal is an alert, which is no answer either.
    drop(
        timeout(PATIENCE, exchange)
            .await
            .expect("the beacon holds on"),
    );
    answer
}

/// What a device hears that asks as it should, from the address.
async fn answer_to(world: &World, device: &Device, from: Ipv4Addr) -> Vec<u8> {
    let config = client(world, Some(device), pins(world)[0], ALPN);
    match connect(world, config, from).await {
        Ok(mut stream) => asked(&mut stream).await,
        Err(_) => Vec::new(),
    }
}

const HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

#[tokio::test]
async fn a_device_is_told_the_time_and_the_address_it_was_seen_at() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let config = client(&world, Some(&device), pins(&world)[0], ALPN);
    let mut stream = connect(&world, config, HERE).await.unwrap();
    let (_, session) = stream.get_ref();
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, NamedGroup::X25519MLKEM768);
    let answer = Answer::read(&asked(&mut stream).await, &QUESTION).unwrap();
    assert_eq!(answer.seen, HERE);
    assert!(clock::now().since(answer.at).length() < Span::from_secs(60));
}

#[tokio::test]
async fn a_laptop_is_told_of_the_beacon_as_it_attaches() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let (_talk, welcome) = world.attach(&device, b"").await;
    let told = welcome.beacons.unwrap();
    assert_eq!(told.addresses.len(), 1);
    assert_eq!(told.pins.len(), 2);
    assert_eq!(told.pins[0].as_ref(), pins(&world)[0].as_bytes());
}

#[tokio::test]
async fn who_has_no_certificate_or_speaks_another_protocol_is_not_answered() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let pin = pins(&world)[0];
    for (identity, by) in [
        (None, ALPN),
        (Some(&device), b"h2".as_slice()),
        (Some(&device), b"".as_slice()),
    ] {
        let mut config = client(&world, identity, pin, by);
        config.alpn_protocols.retain(|one| !one.is_empty());
        let answer = match connect(&world, config, HERE).await {
            Ok(mut stream) => asked(&mut stream).await,
            Err(_) => Vec::new(),
        };
        assert_eq!(answer, b"", "{:?} by {by:?}", identity.is_some());
    }
    world.audited_soon("handshake.refused").await;
    assert_eq!(answer_to(&world, &device, HERE).await.len(), 56);
}

#[tokio::test]
async fn a_device_that_may_not_connect_is_not_answered_and_that_is_on_record() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    for registration in [
        Registration::Suspended,
        Registration::Retired,
        Registration::Lost,
    ] {
        let mut row = world.row(&device).await;
        row.registration = registration;
        world.store().device_change(row, vec![]).await.unwrap();
        assert_eq!(answer_to(&world, &device, HERE).await, b"");
    }
    assert_eq!(world.audited("beacon.refused").await, 3);
}

#[tokio::test]
async fn a_certificate_that_was_revoked_or_has_ended_is_not_answered() {
    let ago = clock::now().after(Span::from_days(-200));
    let world = World::made_at(ago).await;
    let mut device = world.device("aiko").await;
    assert_eq!(answer_to(&world, &device, HERE).await.len(), 56);
    let good = device.chain.clone();
    let key = sekisho_collector::authority::DeviceKey::from_point(&device.laptop.key.point());
    let authority = &world.collector.keys.authority;
    let ended = authority
        .issue_device(device.id, &key.unwrap(), ago)
        .unwrap();
    device.chain = vec![ended.certificate];
    assert_eq!(answer_to(&world, &device, HERE).await, b"", "it has ended");
    device.chain = good;
    let mut row = world.row(&device).await;
    row.certificates.clear();
    world.store().device_change(row, vec![]).await.unwrap();
    assert_eq!(answer_to(&world, &device, HERE).await, b"", "it is revoked");
}

#[tokio::test]
async fn who_says_nothing_keeps_nobody_else_from_an_answer() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let mut silent = Vec::new();
    for number in 0..300_u16 {
        let [high, low] = number.to_be_bytes();
        let socket = TcpSocket::new_v4().unwrap();
        let from = Ipv4Addr::new(127, 1, high, low.max(1));
        socket.bind(SocketAddr::new(from.into(), 0)).unwrap();
        silent.push(socket.connect(world.beacon).await.unwrap());
    }
    assert_eq!(answer_to(&world, &device, HERE).await.len(), 56);
    // As many again, all from one address, which has few places.
    for _ in 0..300 {
        silent.push(TcpStream::connect(world.beacon).await.unwrap());
    }
    assert_eq!(answer_to(&world, &device, HERE).await.len(), 56);
}

#[tokio::test]
async fn after_a_rotation_the_key_is_shown_that_was_told_before() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let [first, second] = pins(&world);
    world.collector.beacon.keys().unwrap().rotate().unwrap();
    let by_old = client(&world, Some(&device), first, ALPN);
    assert!(connect(&world, by_old, HERE).await.is_err());
    let by_next = client(&world, Some(&device), second, ALPN);
    let mut stream = connect(&world, by_next, HERE).await.unwrap();
    assert_eq!(asked(&mut stream).await.len(), 56);
    assert_eq!(pins(&world)[0], second);
}
