//! What a laptop makes of beacons, and of what stands in their place: asked over real TLS on the loopback link.
//!
//! Touches loopback sockets. Must never stand in for the collector's own beacon: the story has that.

use std::future::pending;
use std::net::Ipv4Addr;

use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::time::Timestamp;
use sekisho_proto::beacon::{ALPN, Answer, Nonce};

use super::*;
use crate::identity::key::FileKey;
use crate::identity::tls::towards_beacons;
use crate::identity::{Collector, Identity, Secret};
use crate::netlink::policies::Policy;

const AT: Timestamp = Timestamp(1_795_379_612_345);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

/// A certificate that ended long ago: nobody asks for its dates.
fn certificate(key: &KeyPair) -> CertificateDer<'static> {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    params.self_signed(key).unwrap().into()
}

fn pin(key: &KeyPair) -> Fingerprint {
    Fingerprint::of(&key.subject_public_key_info())
}

fn laptop() -> Identity {
    let key = new_key();
    Identity {
        device: DeviceId::from_bytes([7; 16]),
        chain: vec![certificate(&key)],
        roots: Vec::new(),
        order_keys: Vec::new(),
        break_glass_secret: Secret([0; 32]),
        collector: Collector {
            host: "collector.invalid".to_owned(),
            enrol_port: 7444,
            agent_port: 7443,
        },
        key: Arc::new(FileKey::from_pkcs8(&key.serialize_der()).unwrap()),
        key_name: String::new(),
    }
}

/// Shows a certificate, and signs with whatever key it has.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        assert_eq!(hello.server_name(), None, "the network may read a name");
        Some(Arc::clone(&self.0))
    }
}

fn server(certificate_of: &KeyPair, signs_with: &KeyPair, protocols: &[&[u8]]) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let key = PrivateKeyDer::Pkcs8(signs_with.serialize_der().into());
    let key = provider.key_provider.load_private_key(key).unwrap();
    let shown = CertifiedKey::new(vec![certificate(certificate_of)], key);
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shows(Arc::new(shown))));
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn question(stream: &mut TlsStream<TcpStream>) -> Nonce {
    let mut question = Nonce::default();
    stream.read_exact(&mut question).await.unwrap();
    question
}

/// What the laptop makes of a server that does `then` after the handshake.
async fn made_of<F: Future<Output = ()> + Send + 'static>(
    pins: &[Fingerprint],
    server: TlsAcceptor,
    then: impl FnOnce(TlsStream<TcpStream>) -> F + Send + 'static,
) -> Result<(), NoAnswer> {
    let listener = TcpListener::bind((HERE, 0)).await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        if let Ok(stream) = server.accept(socket).await {
            then(stream).await;
        }
    });
    asked(pins, at, "lo").await
}

fn link_named(name: &str) -> AskedLink {
    AskedLink {
        index: 1,
        name: name.to_owned(),
    }
}

async fn asked(pins: &[Fingerprint], at: SocketAddr, link: &str) -> Result<(), NoAnswer> {
    let tls = towards_beacons(&laptop(), pins).unwrap();
    let links = vec![link_named(link)];
    // Whoever runs this may not read the machine's own policies.
    let answers = over(&links, &[at], &tls).await;
    let mut answers = weighed(links, &[at], answers, &[Ok(vec![])]);
    answers.pop().unwrap().answer
}

async fn answers(mut stream: TlsStream<TcpStream>, seen: IpAddr) {
    let question = question(&mut stream).await;
    let answer = Answer { at: AT, seen };
    stream.write_all(&answer.to(&question)).await.unwrap();
    stream.shutdown().await.unwrap();
}

fn is_not_there(answer: &Result<(), NoAnswer>) -> bool {
    matches!(answer, Err(NoAnswer::NotThere(_)))
}

fn is_unknown(answer: &Result<(), NoAnswer>) -> bool {
    matches!(answer, Err(NoAnswer::Unknown(_)))
}

#[tokio::test]
async fn either_of_the_pinned_keys_proves_it_whatever_the_certificates_dates() {
    let (now, next) = (new_key(), new_key());
    let pins = [pin(&now), pin(&next)];
    for key in [&now, &next] {
        let beacon = server(key, key, &[ALPN]);
        let answer = made_of(&pins, beacon, |stream| answers(stream, HERE)).await;
        assert_eq!(answer, Ok(()));
    }
}

#[tokio::test]
async fn the_right_certificate_with_another_private_key_proves_nothing() {
    let (right, wrong) = (new_key(), new_key());
    let thief = server(&right, &wrong, &[ALPN]);
    let answer = made_of(&[pin(&right)], thief, |stream| answers(stream, HERE)).await;
    assert!(is_not_there(&answer), "{answer:?}");
}

#[tokio::test]
async fn another_key_proves_nothing() {
    let other = new_key();
    let stranger = server(&other, &other, &[ALPN]);
    let answer = made_of(&[pin(&new_key())], stranger, |stream| answers(stream, HERE)).await;
    assert!(is_not_there(&answer), "{answer:?}");
}

#[tokio::test]
async fn another_protocol_is_no_beacons() {
    let key = new_key();
    let other = server(&key, &key, &[b"h2"]);
    let answer = made_of(&[pin(&key)], other, |stream| answers(stream, HERE)).await;
    assert!(is_not_there(&answer), "{answer:?}");
    let none = server(&key, &key, &[]);
    let answer = made_of(&[pin(&key)], none, |stream| answers(stream, HERE)).await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[tokio::test]
async fn a_beacon_that_does_not_take_this_device_tells_nothing_of_the_place() {
    let key = new_key();
    let beacon = server(&key, &key, &[ALPN]);
    let answer = made_of(&[pin(&key)], beacon, |mut stream| async move {
        question(&mut stream).await;
        stream.shutdown().await.unwrap();
    })
    .await;
    let Err(NoAnswer::Unknown(Why::NotPermitted(why))) = answer else {
        panic!("{answer:?}");
    };
    assert!(why.contains("does not answer this device"), "{why}");
}

#[tokio::test]
async fn an_answer_that_was_given_to_another_address_was_passed_on_by_somebody() {
    let key = new_key();
    let beacon = server(&key, &key, &[ALPN]);
    let relay = Ipv4Addr::new(10, 1, 2, 9).into();
    let answer = made_of(&[pin(&key)], beacon, move |stream| answers(stream, relay)).await;
    let Err(NoAnswer::Unknown(Why::Unreadable(why))) = answer else {
        panic!("{answer:?}");
    };
    assert!(
        why.contains("10.1.2.9") && why.contains("127.0.0.1"),
        "{why}"
    );
}

#[tokio::test]
async fn an_answer_that_was_recorded_is_none() {
    let key = new_key();
    let beacon = server(&key, &key, &[ALPN]);
    let answer = made_of(&[pin(&key)], beacon, |mut stream| async move {
        question(&mut stream).await;
        let of_yesterday = Answer { at: AT, seen: HERE };
        stream.write_all(&of_yesterday.to(&[9; 32])).await.unwrap();
    })
    .await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[tokio::test]
async fn silence_counts_as_absence_only_before_the_proof() {
    let key = new_key();
    let beacon = server(&key, &key, &[ALPN]);
    let holds = |stream| async move {
        let _held = stream;
        pending().await
    };
    let answer = made_of(&[pin(&key)], beacon, holds).await;
    let late = matches!(answer, Err(NoAnswer::Unknown(Why::TimedOut(_))));
    assert!(late, "{answer:?}");
    let silent = TcpListener::bind((HERE, 0)).await.unwrap();
    let answer = asked(&[pin(&key)], silent.local_addr().unwrap(), "lo").await;
    assert!(is_not_there(&answer), "{answer:?}");
}

#[tokio::test]
async fn where_nothing_listens_no_beacon_is_there_and_over_no_link_nothing_is_known() {
    let closed = TcpListener::bind((HERE, 0)).await.unwrap();
    let at = closed.local_addr().unwrap();
    drop(closed);
    let answer = asked(&[pin(&new_key())], at, "lo").await;
    assert!(is_not_there(&answer), "{answer:?}");
    let answer = asked(&[pin(&new_key())], at, "gone0").await;
    assert!(is_unknown(&answer), "{answer:?}");
}

#[test]
fn an_answer_by_way_of_ipsec_proves_no_place_and_neither_does_one_under_policies_that_were_not_read()
 {
    let at: SocketAddr = "10.1.2.3:7445".parse().unwrap();
    let own: IpAddr = "10.9.0.4".parse().unwrap();
    let made_of = |moments: &[Policies]| {
        let links = vec![link_named("wlan0")];
        weighed(links, &[at], vec![vec![Ok(own)]], moments)[0]
            .answer
            .clone()
    };
    let none = || Ok(vec![]);
    let tunnel = || Ok(vec![Policy::tunnel_to("10.0.0.0/8", "203.0.113.5")]);
    let refused = Why::NotPermitted("policies".to_owned());
    assert_eq!(made_of(&[none(), none()]), Ok(()));
    for moments in [[tunnel(), tunnel()], [none(), tunnel()], [tunnel(), none()]] {
        let Err(NoAnswer::Unknown(Why::Unreadable(why))) = made_of(&moments) else {
            panic!("{moments:?}");
        };
        assert!(why.contains("203.0.113.5"), "{why}");
    }
    for moments in [
        [none(), Err(refused.clone())],
        [Err(refused.clone()), none()],
    ] {
        assert_eq!(made_of(&moments), Err(NoAnswer::Unknown(refused.clone())));
    }
    let elsewhere = Ok(vec![Policy::tunnel_to("10.2.0.0/16", "203.0.113.5")]);
    assert_eq!(made_of(&[elsewhere, none()]), Ok(()));
}

#[test]
fn one_beacon_that_answers_is_enough_and_one_that_is_unclear_keeps_silence_from_counting() {
    let not_there = || Err(NoAnswer::NotThere("refused".to_owned()));
    let unclear = || Err(NoAnswer::Unknown(Why::TimedOut("2 s".to_owned())));
    assert_eq!(best(vec![not_there(), unclear(), Ok(())]), Ok(()));
    assert_eq!(best(vec![not_there(), unclear()]), unclear());
    assert_eq!(best(vec![unclear(), not_there()]), unclear());
    assert_eq!(best(vec![not_there(), not_there()]), not_there());
}
