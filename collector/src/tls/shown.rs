//! The certificate that a listener shows: the server's present one, taken up as it is replaced.
//!
//! Touches the keys in memory. Must never go on showing a certificate that has been replaced by one that
//! can be used.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;

use super::TlsError;
use crate::keys::{Keys, ServerCertificate};

/// What one listener shows.
#[derive(Debug)]
pub(super) struct Shown {
    keys: Arc<Keys>,
    provider: CryptoProvider,
    with_root: bool,
    /// The last one that was taken up, in the form that TLS uses.
    taken: Mutex<(Arc<ServerCertificate>, Arc<CertifiedKey>)>,
}

impl Shown {
    /// Shows the server's certificate, followed by the root if `with_root`.
    ///
    /// # Errors
    /// [`TlsError::Keys`] when certificate and key cannot be used.
    pub(super) fn new(
        keys: &Arc<Keys>,
        provider: CryptoProvider,
        with_root: bool,
    ) -> Result<Self, TlsError> {
        let current = keys.server.current();
        let certified = certified(keys, &provider, &current, with_root)?;
        Ok(Self {
            keys: Arc::clone(keys),
            provider,
            with_root,
            taken: Mutex::new((current, certified)),
        })
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.keys.server.current();
        // What is behind the lock is replaced whole.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&taken.0, &current) {
            match certified(&self.keys, &self.provider, &current, self.with_root) {
                Ok(certified) => *taken = (current, certified),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the renewed server certificate cannot be used");
                }
            }
        }
        Some(Arc::clone(&taken.1))
    }
}

fn certified(
    keys: &Keys,
    provider: &CryptoProvider,
    shown: &ServerCertificate,
    with_root: bool,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let mut chain = vec![shown.certificate.clone()];
    if with_root {
        chain.push(keys.authority.root().clone());
    }
    let key = PrivateKeyDer::Pkcs8(shown.key.clone_key());
    CertifiedKey::from_der(chain, key, provider)
        .map(Arc::new)
        .map_err(TlsError::Keys)
}
