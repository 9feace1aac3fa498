//! The device's private key, behind one trait: a file, or a chip that never gives it out.
//!
//! Touches the keys folder and the system's randomness. Must never show a private key in an error,
//! a log or a debug form.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use rcgen::{
    CertificateParams, DistinguishedName, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm as Rcgen,
};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use sekisho_policy::id::Fingerprint;
use thiserror::Error;

use crate::paths::{self, PathError, Paths};

/// A private key of this device, ECDSA on P-256 with SHA-256: what every TPM can do, and what TLS 1.3
/// takes from a TPM without trouble.
pub trait DeviceKey: fmt::Debug + Send + Sync {
    /// The public key as an uncompressed point, 65 bytes.
    fn public(&self) -> &[u8];
    /// Signs a message; the signature is in ASN.1. May take half a second where a chip does it.
    ///
    /// # Errors
    /// [`KeyError::Sign`] when the key does not sign.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// A key that cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system gives no randomness, or no memory.
    #[error("no private key can be made on this machine")]
    Make,
    /// The file holds no such key.
    #[error("the private key is damaged; enrol this device anew with --again")]
    Damaged,
    /// It did not sign.
    #[error("the private key did not sign")]
    Sign,
    /// The certificate request could not be built.
    #[error("the certificate request cannot be made")]
    Request(#[source] rcgen::Error),
    /// The file cannot be written.
    #[error(transparent)]
    Path(#[from] PathError),
}

/// A key in a file that only the agent's user may read.
pub struct FileKey {
    pair: EcdsaKeyPair,
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", Fingerprint::of(self.public()))
    }
}

impl FileKey {
    /// Makes a key and writes it down; gives it with the name of its file.
    ///
    /// # Errors
    /// [`KeyError::Make`], and [`KeyError::Path`] when it cannot be written.
    pub fn make(paths: &Paths) -> Result<(Self, String), KeyError> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(|_| KeyError::Make)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyError::Make)?;
        let name: String = Fingerprint::of(pair.public_key().as_ref())
            .to_string()
            .chars()
            .take(32)
            .collect();
        paths::write_small(&paths.keys_dir().join(&name), pkcs8.as_ref())?;
        Ok((Self { pair }, name))
    }

    /// Reads a key back.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8)
            .map(|pair| Self { pair })
            .map_err(|_| KeyError::Damaged)
    }
}

impl DeviceKey for FileKey {
    fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        Ok(signature.map_err(|_| KeyError::Sign)?.as_ref().to_vec())
    }
}

/// A PKCS #10 request in DER for a key. It names nobody: the collector gives the name.
///
/// # Errors
/// [`KeyError::Request`].
pub fn certificate_request(key: &dyn DeviceKey) -> Result<Vec<u8>, KeyError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let request = params
        .serialize_request(&ForRequest(key))
        .map_err(KeyError::Request)?;
    Ok(request.der().to_vec())
}

struct ForRequest<'a>(&'a dyn DeviceKey);

impl rcgen::PublicKeyData for ForRequest<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public()
    }

    fn algorithm(&self) -> &'static Rcgen {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for ForRequest<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

/// The same key for the client's part of a TLS handshake.
#[derive(Debug)]
pub(super) struct ForTls(pub(super) Arc<dyn DeviceKey>);

impl SigningKey for ForTls {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::ECDSA_NISTP256_SHA256)
            .then(|| Box::new(Self(Arc::clone(&self.0))) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for ForTls {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature = self.0.sign(message);
        signature.map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_key_is_kept_for_its_owner_alone_and_signs_after_it_was_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path());
        paths.create().unwrap();
        let (made, name) = FileKey::make(&paths).unwrap();
        let path = paths.keys_dir().join(name);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = FileKey::from_pkcs8(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(made.public(), read.public());
        let signature = read.sign(b"nonce").unwrap();
        aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1,
            made.public(),
        )
        .verify(b"nonce", &signature)
        .unwrap();
    }
}
