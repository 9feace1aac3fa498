//! The device's key and certificate: made, kept, renewed.
//!
//! Touches the state folder. Must never let a private key leave its [`key::DeviceKey`], and never
//! replace a working identity by one that is not whole.

pub mod key;
pub mod tls;
pub mod token;

use std::path::PathBuf;
use std::sync::Arc;

use prost::Message;
use rustls_pki_types::CertificateDer;
use thiserror::Error;
use x509_parser::prelude::{FromDer, X509Certificate};

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::time::{Span, Timestamp};

use crate::limits::{CERTIFICATE_BYTES_MAX, CHAIN_MAX, KEY_BYTES_MAX, MEMORY_BYTES_MAX, ROOTS_MAX};
use crate::memory::record::IdentityRecord;
use crate::memory::{seal, unseal};
use crate::paths::{self, PathError, Paths};
use key::{DeviceKey, FileKey, KeyError};

/// The name every collector's certificate carries, so that a collector can move without its agents
/// enrolling anew. The host in the configuration says only where to connect to.
pub const SERVER_NAME: &str = "collector.sekisho.internal";
/// Name of the identity's file, and part of its checksum.
const FILE_NAME: &str = "identity";

/// Who this device is, who its collector is, and how each proves it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The device.
    pub device: DeviceId,
    /// The device's certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// Certificates that the collector's chain must end in.
    pub roots: Vec<CertificateDer<'static>>,
    /// Ed25519 keys that may sign orders.
    pub order_keys: Vec<[u8; 32]>,
    /// For break-glass codes.
    pub break_glass_secret: Secret,
    /// Where the collector is.
    pub collector: Collector,
    /// The device's key.
    pub key: Arc<dyn DeviceKey>,
    /// Name of the key's file.
    pub key_name: String,
}

/// Thirty-two bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a collector is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collector {
    /// Host name or address.
    pub host: String,
    /// Port of the enrolment listener.
    pub enrol_port: u16,
    /// Port of the agents' listener.
    pub agent_port: u16,
}

/// When a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Validity {
    /// When to renew: at two thirds of the lifetime, and up to a twelfth of it later, so that devices
    /// enrolled together do not renew together. `jitter` is from 0 to `u32::MAX`.
    #[must_use]
    pub const fn renewal_at(self, jitter: u32) -> Timestamp {
        let life = self.until.since(self.from).0;
        let drawn = (life / 12 / 0x1_0000) * (jitter >> 16) as i64;
        let late = Span(life / 3 * 2 + drawn);
        self.from.after(late)
    }
}

/// An identity that cannot be used.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The device is not enrolled.
    #[error(
        "this device is not enrolled; run: sekisho-agent enroll --collector HOST:PORT --token …"
    )]
    NotEnrolled,
    /// A file cannot be read or written.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The file is damaged. The device must be enrolled anew.
    #[error("{path} is damaged: {what}; enrol this device anew with --again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A certificate is not for this key, or is none.
    #[error("the collector gave a certificate that cannot be used: {0}")]
    Certificate(&'static str),
}

impl Identity {
    /// Loads the identity and its key.
    ///
    /// # Errors
    /// [`IdentityError::NotEnrolled`] when there is none.
    pub fn load(paths: &Paths) -> Result<Self, IdentityError> {
        let path = paths.identity_path();
        let bytes =
            paths::read_small(&path, MEMORY_BYTES_MAX)?.ok_or(IdentityError::NotEnrolled)?;
        let damaged = |what: String| IdentityError::Damaged {
            path: path.clone(),
            what,
        };
        let (device, body) = unseal(FILE_NAME, &bytes).map_err(|what| damaged(what.to_owned()))?;
        let record = IdentityRecord::decode(body).map_err(|error| damaged(error.to_string()))?;
        let IdentityRecord {
            chain,
            roots,
            order_keys,
            break_glass_secret,
            host,
            enrol_port,
            agent_port,
            key,
        } = record;
        let port =
            |port| u16::try_from(port).map_err(|_| damaged("a port is too large".to_owned()));
        let key_path = paths.keys_dir().join(&key);
        let pkcs8 = paths::read_small(&key_path, KEY_BYTES_MAX)?
            .ok_or_else(|| damaged(format!("its private key {} is missing", key_path.display())))?;
        let order_keys: Result<_, _> = order_keys.into_iter().map(<[u8; 32]>::try_from).collect();
        Ok(Self {
            device,
            chain: chain.into_iter().map(CertificateDer::from).collect(),
            roots: roots.into_iter().map(CertificateDer::from).collect(),
            order_keys: order_keys.map_err(|_| damaged("an order key".to_owned()))?,
            break_glass_secret: break_glass_secret
                .try_into()
                .map(Secret)
                .map_err(|_| damaged("the break-glass secret".to_owned()))?,
            collector: Collector {
                host,
                enrol_port: port(enrol_port)?,
                agent_port: port(agent_port)?,
            },
            key: Arc::new(FileKey::from_pkcs8(&pkcs8)?),
            key_name: key,
        })
    }

    /// Whether this identity is the one that is on disk, with its present certificate: the agent's own
    /// renewal is announced like a new enrolment.
    #[must_use]
    pub fn is_on_disk(&self, paths: &Paths) -> bool {
        Self::load(paths).is_ok_and(|kept| {
            (kept.device, &kept.chain, &kept.collector)
                == (self.device, &self.chain, &self.collector)
        })
    }

    /// Writes the identity; it is on disk, through a power cut, when this returns, and the one before
    /// it holds until then. Its key must be on disk already.
    ///
    /// # Errors
    /// [`IdentityError::Path`]; the identity before still holds.
    pub fn store(&self, paths: &Paths) -> Result<(), IdentityError> {
        let list = |list: &[CertificateDer<'_>]| list.iter().map(|der| der.to_vec()).collect();
        let record = IdentityRecord {
            chain: list(&self.chain),
            roots: list(&self.roots),
            order_keys: self.order_keys.iter().map(|key| key.to_vec()).collect(),
            break_glass_secret: self.break_glass_secret.0.to_vec(),
            host: self.collector.host.clone(),
            enrol_port: self.collector.enrol_port.into(),
            agent_port: self.collector.agent_port.into(),
            key: self.key_name.clone(),
        };
        let bytes = seal(FILE_NAME, self.device, &record.encode_to_vec());
        Ok(paths::write_small(&paths.identity_path(), &bytes)?)
    }

    /// When the device's certificate holds.
    ///
    /// # Errors
    /// [`IdentityError::Certificate`] when it is none.
    pub fn validity(&self) -> Result<Validity, IdentityError> {
        let own = self.chain.first();
        let own = own.ok_or(IdentityError::Certificate("the chain is empty"))?;
        let (_, parsed) = parse(own)?;
        let validity = parsed.validity();
        Ok(Validity {
            from: Timestamp::from_secs(validity.not_before.timestamp()),
            until: Timestamp::from_secs(validity.not_after.timestamp()),
        })
    }

    /// Takes a chain the collector gave, if it is for this device's key.
    ///
    /// # Errors
    /// [`IdentityError::Certificate`]; the chain before still holds.
    pub fn take_chain(&mut self, chain: Vec<Vec<u8>>) -> Result<(), IdentityError> {
        self.chain = checked_chain(chain, self.key.public())?;
        Ok(())
    }
}

/// Certificates for a key, if they are.
///
/// # Errors
/// [`IdentityError::Certificate`] saying what does not fit.
pub fn checked_chain(
    chain: Vec<Vec<u8>>,
    public: &[u8],
) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let refuse = |why| Err(IdentityError::Certificate(why));
    if chain.len() > CHAIN_MAX || chain.iter().any(|der| der.len() > CERTIFICATE_BYTES_MAX) {
        return refuse("the chain is too long");
    }
    let Some(own) = chain.first() else {
        return refuse("the chain is empty");
    };
    let (_, parsed) = parse(own)?;
    if parsed.public_key().subject_public_key.data.as_ref() != public {
        return refuse("it is for another key");
    }
    Ok(chain.into_iter().map(CertificateDer::from).collect())
}

/// Roots the collector gave, if the one that was pinned is among them.
///
/// # Errors
/// [`IdentityError::Certificate`] saying what does not fit.
pub fn checked_roots(
    roots: Vec<Vec<u8>>,
    pinned: Fingerprint,
) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    if roots.len() > ROOTS_MAX || roots.iter().any(|der| der.len() > CERTIFICATE_BYTES_MAX) {
        return Err(IdentityError::Certificate("too many roots"));
    }
    if !roots.iter().any(|root| Fingerprint::of(root) == pinned) {
        return Err(IdentityError::Certificate(
            "the root that the token names is not among the roots",
        ));
    }
    Ok(roots.into_iter().map(CertificateDer::from).collect())
}

fn parse(der: &[u8]) -> Result<(&[u8], X509Certificate<'_>), IdentityError> {
    X509Certificate::from_der(der).map_err(|_| IdentityError::Certificate("it is no certificate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agents_own_renewal_is_no_new_enrolment() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path());
        paths.create().unwrap();
        let (key, key_name) = FileKey::make(&paths).unwrap();
        let mut identity = Identity {
            device: DeviceId::from_bytes([7; 16]),
            chain: vec![CertificateDer::from(vec![1])],
            roots: Vec::new(),
            order_keys: Vec::new(),
            break_glass_secret: Secret([0; 32]),
            collector: Collector {
                host: "collector".to_owned(),
                enrol_port: 1,
                agent_port: 2,
            },
            key: Arc::new(key),
            key_name,
        };
        identity.store(&paths).unwrap();
        assert!(identity.is_on_disk(&paths));
        identity.chain = vec![CertificateDer::from(vec![2])];
        assert!(!identity.is_on_disk(&paths), "another enrolled it anew");
        identity.store(&paths).unwrap();
        assert!(identity.is_on_disk(&paths), "it was renewed");
        std::fs::remove_file(paths.identity_path()).unwrap();
        assert!(!identity.is_on_disk(&paths));
    }

    #[test]
    fn a_certificate_of_90_days_is_renewed_between_day_60_and_day_67() {
        let validity = Validity {
            from: Timestamp(0),
            until: Timestamp(0).after(Span::from_days(90)),
        };
        let day = |jitter| validity.renewal_at(jitter).secs() / 86_400;
        assert_eq!(day(0), 60);
        assert_eq!(day(u32::MAX), 67);
        assert!(day(u32::MAX / 2) > 60);
    }
}
