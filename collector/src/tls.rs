//! TLS 1.3 for each listener, with post-quantum key exchange preferred, and the loop that accepts
//! connections within bounds.
//!
//! Touches the keys in memory. Must never accept an older version, and never take an agent's connection
//! without a certificate of our own authority.

mod accept;
mod beacon;
mod connection;
mod idle;
mod shown;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use thiserror::Error;

use crate::keys::Keys;

pub use accept::{Bounds, Failure, accept};
pub use beacon::for_beacon;
pub use connection::{Connection, Peer};
pub use idle::{Connections, Idle};
use shown::Shown;

/// Why a listener cannot speak TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The certificate, the key or the root does not fit the others.
    #[error("the server's certificate or key cannot be used; restore the keys from a backup")]
    Keys(#[source] rustls::Error),
    /// The root certificate cannot vouch for clients.
    #[error("the root certificate cannot vouch for agents; restore it from a backup")]
    Root(#[source] rustls::server::VerifierBuilderError),
}

/// TLS for the agents' listener: the client must show a certificate of our authority.
///
/// # Errors
/// [`TlsError`] when the keys do not belong together.
pub fn for_agents(keys: &Arc<Keys>) -> Result<Arc<ServerConfig>, TlsError> {
    finish(devices_only(keys)?, Shown::new(keys, provider(), false)?)
}

/// TLS for who shows a certificate of our authority and proves its key.
fn devices_only(
    keys: &Keys,
) -> Result<rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots
        .add(keys.authority.root().clone())
        .map_err(TlsError::Keys)?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider()))
            .build()
            .map_err(TlsError::Root)?;
    Ok(ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Keys)?
        .with_client_cert_verifier(verifier))
}

/// TLS for the enrolment listener: a machine that enrols has no certificate yet.
///
/// # Errors
/// [`TlsError`] when the keys do not belong together.
pub fn for_enrolment(keys: &Arc<Keys>) -> Result<Arc<ServerConfig>, TlsError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Keys)?
        .with_no_client_auth();
    // A machine that enrols knows the root by its fingerprint alone, so it is shown as well.
    finish(builder, Shown::new(keys, provider(), true)?)
}

/// The key exchanges offered, the best first: X25519MLKEM768
/// (draft-ietf-tls-ecdhe-mlkem) keeps today's recordings closed to tomorrow's quantum computers.
fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
        ],
        ..aws_lc_rs::default_provider()
    }
}

fn finish(
    builder: rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>,
    shown: Shown,
) -> Result<Arc<ServerConfig>, TlsError> {
    let mut config = builder.with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A reconnecting agent resumes with one ticket; the admission is checked again on each connection.
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Keys)?;
    config.send_tls13_tickets = 1;
    Ok(Arc::new(config))
}
