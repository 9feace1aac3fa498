//! An Ed25519 key that signs (RFC 8032), and the check of what it signed.
//!
//! Touches memory alone. Must never sign what does not begin with a label of its use: one key's
//! signature must not pass for another's.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use sekisho_policy::id::Fingerprint;

use crate::audit::{HeadSigner, LogPublicKey};

/// A private key that signs for one use.
pub struct Signer {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl Signer {
    /// Draws a new key, in PKCS #8 (RFC 5958). `None` when the system gives no random bytes.
    #[must_use]
    pub fn generate() -> Option<Vec<u8>> {
        Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .ok()
            .map(|document| document.as_ref().to_vec())
    }

    /// Takes a key from PKCS #8. `None` when the bytes are no Ed25519 key.
    #[must_use]
    pub fn load(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { pair, public })
    }

    /// Signs the bytes, which begin with the label of their use.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        for (to, from) in signature.iter_mut().zip(self.pair.sign(message).as_ref()) {
            *to = *from;
        }
        signature
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.public
    }

    /// Names the key: the first eight bytes of the SHA-256 of the public key.
    #[must_use]
    pub fn key_id(&self) -> [u8; 8] {
        let [a, b, c, d, e, f, g, h, ..] = *Fingerprint::of(&self.public).as_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

impl HeadSigner for Signer {
    fn public_key(&self) -> LogPublicKey {
        LogPublicKey(self.public)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.sign(message)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("public", &Fingerprint::from_bytes(self.public))
            .finish_non_exhaustive()
    }
}

/// Whether the holder of the public key signed the bytes.
#[must_use]
pub fn verify(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_message_and_no_other() {
        let signer = Signer::load(&Signer::generate().unwrap()).unwrap();
        let signature = signer.sign(b"label\0message");
        assert!(verify(signer.public_key(), b"label\0message", &signature));
        assert!(!verify(signer.public_key(), b"label\0massage", &signature));
    }

    #[test]
    fn what_is_printed_of_a_key_is_public() {
        let pkcs8 = Signer::generate().unwrap();
        let signer = Signer::load(&pkcs8).unwrap();
        let printed = format!("{signer:?}");
        let secret: String = pkcs8[16..48]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert!(!printed.contains(&secret));
    }
}
