//! A collector that serves on loopback, and laptops that speak to it.
//!
//! Touches loopback sockets and a temporary folder. Must never stand in for a part of the product.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_stream::wrappers::ReceiverStream;
use tonic::codegen::http;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};
use tower::ServiceExt;

use sekisho_collector::clock;
use sekisho_collector::config::{Config, SERVER_NAME};
use sekisho_collector::enrol::{ENROL_LABEL, TokenSecret};
use sekisho_collector::keys::Keys;
use sekisho_collector::record::{self, Posture, Token};
use sekisho_collector::serve::{Collector, Listeners, serve};
use sekisho_collector::store::Store;
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::wire::agent_client::AgentClient;
use sekisho_proto::wire::enrolment_client::EnrolmentClient;
use sekisho_proto::wire::{self, from_agent, from_collector};

use crate::message::{message, report};

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A collector that serves.
pub(crate) struct World {
    pub(crate) collector: Arc<Collector>,
    pub(crate) agents: SocketAddr,
    pub(crate) enrolment: SocketAddr,
    _stop: watch::Sender<bool>,
    dir: TempDir,
}

/// A machine with a key.
pub(crate) struct Laptop {
    pub(crate) key: Key,
    pub(crate) hostname: String,
    pub(crate) serial: String,
}

/// A laptop that is a device.
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) laptop: Laptop,
}

/// An ECDSA P-256 key.
pub(crate) struct Key {
    pkcs8: Vec<u8>,
}

/// One open stream.
pub(crate) struct Talk {
    pub(crate) say: mpsc::Sender<wire::FromAgent>,
    pub(crate) hear: Streaming<wire::FromCollector>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::made_at(clock::now()).await
    }

    /// A collector whose keys were made at another time.
    pub(crate) async fn made_at(at: Timestamp) -> Self {
        Self::under(clock::now, at, |store| store).await
    }

    /// A collector by another clock, whose keys were made at `at`, over what `through` makes of its store.
    pub(crate) async fn under(
        clock: fn() -> Timestamp,
        at: Timestamp,
        through: impl FnOnce(Arc<dyn Store>) -> Arc<dyn Store>,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::usual(dir.path());
        let keys = Arc::new(Keys::create(&config.keys_dir(), &[], at).unwrap());
        let store =
            SqliteStore::make(&config.store_dir(), Arc::clone(&keys.audit) as Arc<_>).unwrap();
        let collector = Collector::under(clock, config, keys, through(Arc::new(store)))
            .await
            .unwrap();
        let listeners = Listeners {
            agents: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            enrolment: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            admin: None,
        };
        let agents = listeners.agents.local_addr().unwrap();
        let enrolment = listeners.enrolment.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let serving = Arc::clone(&collector);
        tokio::spawn(async move { serve(serving, listeners, stopped).await.unwrap() });
        Self {
            collector,
            agents,
            enrolment,
            _stop: stop,
            dir,
        }
    }

    /// A collector, and a device of it that is attached for the first time.
    pub(crate) async fn with_device() -> (Self, Device, Talk) {
        let world = Self::new().await;
        let device = world.device("aiko").await;
        let (talk, _) = world.attach(&device, b"").await;
        (world, device, talk)
    }

    /// Where the collector keeps what it keeps.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.collector.store.as_ref()
    }

    /// The device's row of the register.
    pub(crate) async fn row(&self, device: &Device) -> record::Device {
        let row = self.store().device_fetch(device.id).await.unwrap();
        row.expect("it is a device")
    }

    /// What was last seen of the device.
    pub(crate) async fn posture(&self, device: &Device) -> Posture {
        let posture = self.store().posture_fetch(device.id).await.unwrap();
        posture.expect("it was attached")
    }

    /// A token that is good, unless `change` makes it otherwise.
    pub(crate) async fn token(&self, change: impl FnOnce(&mut Token)) -> TokenSecret {
        let secret = TokenSecret::draw().unwrap();
        let mut token = Token {
            id: secret.id(),
            digest: secret.digest(),
            note: String::new(),
            group: String::new(),
            approves: true,
            uses_left: 10,
            created_at: clock::now(),
            expires_at: clock::now().after(Span::from_hours(1)),
            withdrawn: false,
        };
        change(&mut token);
        self.store().token_add(token, vec![]).await.unwrap();
        secret
    }

    pub(crate) async fn device(&self, name: &str) -> Device {
        let token = self.token(|_| {}).await;
        let laptop = Laptop::new(name);
        let request = self.request(&laptop, token.bytes()).await;
        laptop.enrolled(self.enrol(request).await.unwrap())
    }

    /// An enrolment request with a fresh nonce and proof.
    pub(crate) async fn request(&self, laptop: &Laptop, token: &[u8]) -> wire::EnrolRequest {
        let begun = self
            .desk()
            .await
            .begin(wire::BeginRequest {})
            .await
            .unwrap();
        let nonce = begun.into_inner().nonce;
        wire::EnrolRequest {
            proof: laptop.key.sign(&[ENROL_LABEL, &nonce].concat()).into(),
            nonce,
            token: token.to_vec().into(),
            csr: laptop.key.csr().into(),
            marks: Some(laptop.marks()),
        }
    }

    pub(crate) async fn enrol(
        &self,
        request: wire::EnrolRequest,
    ) -> Result<wire::EnrolResponse, Status> {
        let answer = self.desk().await.enrol(request).await?;
        Ok(answer.into_inner())
    }

    pub(crate) async fn desk(&self) -> EnrolmentClient<Channel> {
        EnrolmentClient::new(channel(self.enrolment, self.client(None)).await.unwrap())
    }

    /// A client that trusts this collector and shows a certificate.
    pub(crate) fn client(&self, identity: Option<&Device>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(self.collector.keys.authority.root().clone())
            .unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::aws_lc_rs::default_provider(),
        ))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
        let mut config = match identity {
            Some(device) => config
                .with_client_auth_cert(device.chain.clone(), device.laptop.key.der())
                .unwrap(),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    pub(crate) async fn agent(&self, device: &Device) -> AgentClient<Channel> {
        let channel = channel(self.agents, self.client(Some(device)))
            .await
            .unwrap();
        AgentClient::new(channel).max_encoding_message_size(64 * 1024 * 1024)
    }

    /// Opens a stream and says `first`.
    pub(crate) async fn open(
        &self,
        device: &Device,
        first: wire::FromAgent,
    ) -> Result<Talk, Status> {
        let (say, said) = mpsc::channel(64);
        say.send(first).await.unwrap();
        let answer = self
            .agent(device)
            .await
            .attach(ReceiverStream::new(said))
            .await?;
        Ok(Talk {
            say,
            hear: answer.into_inner(),
        })
    }

    /// Opens a stream with a hello that brings `thread`; gives what the welcome says.
    pub(crate) async fn attach(&self, device: &Device, thread: &[u8]) -> (Talk, wire::Welcome) {
        let mut talk = self.open(device, device.hello(thread)).await.unwrap();
        let from_collector::Body::Welcome(welcome) = talk.heard().await else {
            panic!("the first answer is no welcome");
        };
        (talk, welcome)
    }

    /// Makes one call with these bytes as all that is sent. Gives the status it ends with.
    pub(crate) async fn raw(&self, device: &Device, path: &str, body: Vec<u8>) -> Status {
        let channel = channel(self.agents, self.client(Some(device)))
            .await
            .unwrap();
        let body = tonic::body::Body::new(Full::new(Bytes::from(body)));
        let request = http::Request::post(format!("http://collector.invalid{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(body);
        let response = channel.oneshot(request.unwrap()).await.unwrap();
        if let Some(status) = Status::from_header_map(response.headers()) {
            return status;
        }
        let answered = timeout(PATIENCE, response.into_body().collect()).await;
        let answered = answered.expect("no end").unwrap();
        Status::from_header_map(answered.trailers().unwrap()).unwrap()
    }

    /// Sees that nothing was recorded of a device but that it was there, that the refusal was put down, and
    /// that another device is served.
    pub(crate) async fn unharmed_by(&self, device: &Device) {
        let posture = self.posture(device).await;
        assert_eq!((posture.sequence.0, posture.sections.len()), (0, 0));
        assert_eq!(self.audited("message.refused").await, 1);
        let good = self.device("good").await;
        let (mut talk, _) = self.attach(&good, b"").await;
        talk.say(from_agent::Body::Report(report(1, true))).await;
        assert_eq!(talk.acknowledged().await, 1);
    }

    /// How many entries of the audit log have this action.
    pub(crate) async fn audited(&self, action: &str) -> usize {
        let entries = self.store().audit_entries(0, 1000).await.unwrap();
        let holds = |entry: &&Vec<u8>| {
            entry
                .windows(action.len())
                .any(|part| part == action.as_bytes())
        };
        entries.iter().filter(holds).count()
    }

    /// Waits until the audit log has an entry with this action.
    pub(crate) async fn audited_soon(&self, action: &str) {
        let seen = timeout(PATIENCE, async {
            while self.audited(action).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        assert!(seen.await.is_ok(), "no {action} in the audit log");
    }
}

impl Laptop {
    pub(crate) fn new(hostname: &str) -> Self {
        Self {
            key: Key::new(),
            hostname: hostname.to_owned(),
            serial: format!("serial of {hostname}"),
        }
    }

    pub(crate) fn marks(&self) -> wire::Marks {
        let known = |text: &str| {
            Some(wire::TextReading {
                reading: Some(wire::text_reading::Reading::Known(text.to_owned())),
            })
        };
        wire::Marks {
            hostname: self.hostname.clone(),
            product_uuid: known("a0000000-0000-4000-8000-000000000001"),
            serial: known(&self.serial),
            machine_mark: known("mark"),
            boot_id: known("boot"),
        }
    }

    pub(crate) fn enrolled(self, response: wire::EnrolResponse) -> Device {
        Device {
            id: DeviceId::from_bytes(response.device_id.as_ref().try_into().unwrap()),
            chain: response
                .chain
                .iter()
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect(),
            laptop: self,
        }
    }
}

impl Device {
    pub(crate) fn hello(&self, thread: &[u8]) -> wire::FromAgent {
        message(from_agent::Body::Hello(wire::Hello {
            protocol: 1,
            agent_version: "0.1.0".to_owned(),
            device_id: self.id.as_bytes().to_vec().into(),
            marks: Some(self.laptop.marks()),
            thread: thread.to_vec().into(),
            policy_digest: vec![].into(),
            generation: 0,
        }))
    }
}

impl Key {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        Self {
            pkcs8: key.serialize_der(),
        }
    }

    pub(crate) fn csr(&self) -> Vec<u8> {
        let key = KeyPair::from_pkcs8_der_and_sign_algo(
            &PrivatePkcs8KeyDer::from(self.pkcs8.as_slice()),
            &PKCS_ECDSA_P256_SHA256,
        );
        let request = CertificateParams::default().serialize_request(&key.unwrap());
        request.unwrap().der().to_vec()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        let signature = key.sign(&SystemRandom::new(), message).unwrap();
        signature.as_ref().to_vec()
    }

    pub(crate) fn copy(&self) -> Self {
        Self {
            pkcs8: self.pkcs8.clone(),
        }
    }

    pub(crate) fn point(&self) -> Vec<u8> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).unwrap();
        key.public_key().as_ref().to_vec()
    }

    pub(crate) fn der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.pkcs8.clone().into())
    }
}

impl Talk {
    pub(crate) async fn say(&self, body: from_agent::Body) {
        self.say.send(message(body)).await.unwrap();
    }

    /// The next answer that is no policy document.
    pub(crate) async fn heard(&mut self) -> from_collector::Body {
        loop {
            let answer = timeout(PATIENCE, self.hear.message())
                .await
                .expect("no answer");
            let body = answer.unwrap().expect("the stream ended").body.unwrap();
            if !matches!(body, from_collector::Body::Policy(_)) {
                return body;
            }
        }
    }

    /// The status that the stream ends with; answers before it are passed over.
    pub(crate) async fn ended(&mut self) -> Status {
        loop {
            match timeout(PATIENCE, self.hear.message())
                .await
                .expect("no end")
            {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without a status"),
                Err(status) => return status,
            }
        }
    }

    /// The sequence that is acknowledged next.
    pub(crate) async fn acknowledged(&mut self) -> u64 {
        match self.heard().await {
            from_collector::Body::Ack(ack) => ack.sequence,
            other => panic!("no acknowledgement: {other:?}"),
        }
    }
}

/// Connects over TLS, by the collector's name, wherever it is.
pub(crate) async fn channel(
    address: SocketAddr,
    config: ClientConfig,
) -> Result<Channel, tonic::transport::Error> {
    let connector = TlsConnector::from(Arc::new(config));
    Endpoint::from_static("http://collector.invalid")
        .connect_with_connector(tower::service_fn(move |_| {
            let connector = connector.clone();
            async move {
                let socket = TcpStream::connect(address).await?;
                let name = ServerName::try_from(SERVER_NAME).unwrap();
                let stream = connector.connect(name, socket).await?;
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        }))
        .await
}
