//! TLS towards the collector: 1.3 only, our own roots only, post-quantum key exchange first.
//!
//! Touches the system clock through its room. Must never accept a system root, and never a
//! certificate without [`SERVER_NAME`].

mod beacon;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;

use super::key::ForTls;
use super::{Identity, SERVER_NAME};
use crate::clock;

pub use beacon::towards_beacons;

/// TLS that cannot be set up: a root or a chain that was kept is none.
#[derive(Debug, Error)]
#[error("TLS cannot be set up; enrol this device anew with --again")]
pub struct TlsError(#[source] rustls::Error);

/// The time certificates are judged by: the system's, or the newest the collector ever told when that is
/// later. A laptop whose clock fell back to 1970 could otherwise never hear that it did.
#[derive(Debug, Default)]
pub struct FloorClock {
    floor_ms: AtomicI64,
}

impl FloorClock {
    /// Raises the floor; it never falls.
    pub fn raise(&self, to: Timestamp) {
        self.floor_ms.fetch_max(to.0, Ordering::Relaxed);
    }
}

impl TimeProvider for FloorClock {
    fn current_time(&self) -> Option<UnixTime> {
        let floor = self.floor_ms.load(Ordering::Relaxed);
        let now = u64::try_from(clock::now().0.max(floor)).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(now)))
    }
}

/// Towards the enrolment listener, for the first time: only a root with this fingerprint is accepted.
/// The second value tells afterwards which roots the server showed instead.
///
/// # Errors
/// [`TlsError`].
pub fn pinned(
    root: Fingerprint,
    floor: Arc<FloorClock>,
) -> Result<(Arc<ClientConfig>, Arc<PinnedRoot>), TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(PinnedRoot {
        root,
        provider: Arc::clone(&provider),
        shown: Mutex::new(Vec::new()),
    });
    let config = ClientConfig::builder_with_details(provider, floor)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    Ok((http2(config), verifier))
}

/// Towards the enrolment listener, for a device whose certificate has ended.
///
/// # Errors
/// [`TlsError`].
pub fn without_certificate(
    identity: &Identity,
    floor: Arc<FloorClock>,
) -> Result<Arc<ClientConfig>, TlsError> {
    Ok(http2(rooted(identity, floor)?.with_no_client_auth()))
}

/// Towards the agents' listener. One such configuration is kept as long as the identity: it holds the
/// tickets that make a reconnection cheap.
///
/// # Errors
/// [`TlsError`].
pub fn with_certificate(
    identity: &Identity,
    floor: Arc<FloorClock>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let key = Arc::new(ForTls(Arc::clone(&identity.key)));
    let certified = Arc::new(CertifiedKey::new(identity.chain.clone(), key));
    let config = rooted(identity, floor)?.with_client_cert_resolver(Arc::new(Own(certified)));
    Ok(http2(config))
}

fn rooted(
    identity: &Identity,
    floor: Arc<FloorClock>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>, TlsError> {
    let mut roots = RootCertStore::empty();
    for root in &identity.roots {
        roots.add(root.clone()).map_err(TlsError)?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_details(provider, floor)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError)?
        .with_root_certificates(roots))
}

fn http2(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesClientCert for Own {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Accepts a server whose chain ends in one root, known by its fingerprint.
#[derive(Debug)]
pub struct PinnedRoot {
    root: Fingerprint,
    provider: Arc<CryptoProvider>,
    shown: Mutex<Vec<Fingerprint>>,
}

impl PinnedRoot {
    /// The fingerprints of the certificates that the last server showed, when the root was not among
    /// them; empty when it was.
    #[must_use]
    pub fn shown_instead(&self) -> Vec<Fingerprint> {
        self.shown
            .lock()
            .map(|shown| shown.clone())
            .unwrap_or_default()
    }
}

impl ServerCertVerifier for PinnedRoot {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = intermediates
            .iter()
            .find(|der| Fingerprint::of(der) == self.root);
        if let Ok(mut shown) = self.shown.lock() {
            let all = intermediates.iter().chain([end_entity]);
            *shown = match found {
                Some(_) => Vec::new(),
                None => all.map(|der| Fingerprint::of(der)).collect(),
            };
        }
        let root = found.ok_or(rustls::Error::InvalidCertificate(
            rustls::CertificateError::UnknownIssuer,
        ))?;
        let mut roots = RootCertStore::empty();
        roots.add(root.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2 is not spoken".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The name that every collector's certificate must carry.
///
/// # Errors
/// Never in practice: the name is a constant.
pub fn server_name() -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(SERVER_NAME)
        .map_err(|error| TlsError(rustls::Error::General(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn post_quantum_key_exchange_is_offered_first() {
        let provider = aws_lc_rs::default_provider();
        let first = provider.kx_groups.first().unwrap().name();
        assert_eq!(first, rustls::NamedGroup::X25519MLKEM768);
    }

    #[test]
    fn a_clock_that_fell_back_is_lifted_to_the_newest_time_heard() {
        let floor = FloorClock::default();
        let far = Timestamp::from_secs(10_000_000_000);
        floor.raise(far);
        floor.raise(Timestamp(0));
        let told = floor.current_time().unwrap().as_secs();
        assert_eq!(told, 10_000_000_000);
    }
}
