//! TLS for the beacon's listener: the device's certificate is asked for as on the agents' listener, and what is
//! shown is the beacon's own key.
//!
//! Touches the keys in memory. Must never show the server's certificate here: who may prove that a laptop is
//! inside is another question than who may give it orders.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::PrivateKeyDer;

use sekisho_proto::beacon::ALPN;

use super::{TlsError, devices_only, provider};
use crate::beacon::Beacon;
use crate::keys::{BeaconPair, Keys};

/// TLS for a beacon; `None` when there is none, or it has no keys.
///
/// # Errors
/// [`TlsError`] when the keys do not belong together.
pub fn for_beacon(
    keys: &Keys,
    beacon: &Arc<Beacon>,
) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let Some(own) = beacon.keys() else {
        return Ok(None);
    };
    let pair = own.current();
    let certified = certified(&pair, &provider())?;
    let shown = Shown {
        beacon: Arc::clone(beacon),
        provider: provider(),
        taken: Mutex::new((pair, certified)),
    };
    let mut config = devices_only(keys)?.with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![ALPN.to_vec()];
    // Each question is a proof of its own, so that nothing is resumed and nothing kept for it.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Some(Arc::new(config)))
}

#[derive(Debug)]
struct Shown {
    beacon: Arc<Beacon>,
    provider: CryptoProvider,
    /// The keys that were taken up last, in the form that TLS uses.
    taken: Mutex<(Arc<BeaconPair>, Arc<CertifiedKey>)>,
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.beacon.keys()?.current();
        // What is behind the lock is replaced whole.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&taken.0, &current) {
            match certified(&current, &self.provider) {
                Ok(certified) => *taken = (current, certified),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "the beacon's next key cannot be used");
                }
            }
        }
        Some(Arc::clone(&taken.1))
    }
}

fn certified(pair: &BeaconPair, provider: &CryptoProvider) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = PrivateKeyDer::Pkcs8(pair.current.key.clone_key());
    CertifiedKey::from_der(vec![pair.current.certificate.clone()], key, provider)
        .map(Arc::new)
        .map_err(TlsError::Keys)
}
