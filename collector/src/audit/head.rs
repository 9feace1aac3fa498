//! Signed heads: the log at one size, put under the log key's signature.
//!
//! Touches nothing. Must never sign anything but heads and the digests of backups: every signature starts
//! with a context that no other signature of Sekisho has.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use prost::Message;
use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;

use crate::store::AuditRoot;

/// What every signature over a head starts with.
const CONTEXT: &[u8] = b"sekisho audit head v1\0";
/// What every signature over a backup starts with.
const BACKUP_CONTEXT: &[u8] = b"sekisho backup v1\0";

/// The log at one size, signed: whoever holds it can tell if anything before it was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHead {
    /// Size and root.
    pub root: AuditRoot,
    /// The time of the last entry written when it was signed.
    pub at: Timestamp,
    /// The first eight bytes of the SHA-256 of the log key.
    pub key_id: [u8; 8],
    /// Ed25519 (RFC 8032) over the context, size, root and time.
    pub signature: [u8; 64],
}

/// Signs heads. One key signs one log: its heads, and the backups of the store that holds it.
pub trait HeadSigner: Send + Sync + 'static {
    /// The key that its signatures are verified by.
    fn public_key(&self) -> LogPublicKey;
    /// The signature over a message that is already under a context.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// The public half of a log key: all that an auditor needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPublicKey(pub [u8; 32]);

/// A log key held in memory.
#[derive(Debug)]
pub struct LogKey(Ed25519KeyPair);

/// What is wrong with a key or a head.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadError {
    /// The bytes are no Ed25519 key in PKCS #8.
    #[error("the log key is not an Ed25519 key in PKCS #8")]
    Key,
    /// The bytes are no head.
    #[error("not an audit head: {0}")]
    Encoding(String),
    /// Another key signed it. Ask for the public key of this very log.
    #[error("the head of size {size} is signed by key {by}, and not by the key given, {wanted}")]
    OtherKey {
        /// The head's size.
        size: u64,
        /// The key that signed, in hexadecimal.
        by: String,
        /// The key given, in hexadecimal.
        wanted: String,
    },
    /// The signature does not fit: the head was altered.
    #[error("the signature on the head of size {0} does not fit; the head was altered")]
    Signature(u64),
}

impl LogKey {
    /// Reads a key from PKCS #8 in DER.
    ///
    /// # Errors
    /// [`HeadError::Key`] when it is none.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, HeadError> {
        Ed25519KeyPair::from_pkcs8(der)
            .map(Self)
            .map_err(|_| HeadError::Key)
    }

    /// Makes a key from its 32-byte seed (RFC 8032, section 5.1.5).
    ///
    /// # Errors
    /// [`HeadError::Key`] when the seed is not 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, HeadError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(Self)
            .map_err(|_| HeadError::Key)
    }
}

impl HeadSigner for LogKey {
    fn public_key(&self) -> LogPublicKey {
        let mut key = [0; 32];
        for (to, from) in key.iter_mut().zip(self.0.public_key().as_ref()) {
            *to = *from;
        }
        LogPublicKey(key)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        for (to, from) in signature.iter_mut().zip(self.0.sign(message).as_ref()) {
            *to = *from;
        }
        signature
    }
}

impl LogPublicKey {
    /// By what heads name this key.
    #[must_use]
    pub fn id(&self) -> [u8; 8] {
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(Fingerprint::of(&self.0).as_bytes()) {
            *to = *from;
        }
        id
    }
}

impl AuditHead {
    /// Signs the log as it is.
    pub fn sign(root: AuditRoot, at: Timestamp, signer: &dyn HeadSigner) -> Self {
        Self {
            root,
            at,
            key_id: signer.public_key().id(),
            signature: signer.sign(&message(root, at)),
        }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`HeadError::OtherKey`] and [`HeadError::Signature`].
    pub fn verify(&self, key: &LogPublicKey) -> Result<(), HeadError> {
        if self.key_id != key.id() {
            return Err(HeadError::OtherKey {
                size: self.root.size,
                by: hex(&self.key_id),
                wanted: hex(&key.id()),
            });
        }
        UnparsedPublicKey::new(&ED25519, &key.0)
            .verify(&message(self.root, self.at), &self.signature)
            .map_err(|_| HeadError::Signature(self.root.size))
    }

    /// The head as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        HeadRow {
            size: self.root.size,
            root: self.root.root.as_bytes().to_vec(),
            at_ms: self.at.0,
            key_id: self.key_id.to_vec(),
            signature: self.signature.to_vec(),
        }
        .encode_to_vec()
    }

    /// Reads a head back. The signature is not checked.
    ///
    /// # Errors
    /// [`HeadError::Encoding`] when the bytes are no head.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeadError> {
        let row = HeadRow::decode(bytes).map_err(|e| HeadError::Encoding(e.to_string()))?;
        let wrong = |what: &str| HeadError::Encoding(format!("its {what} has the wrong length"));
        Ok(Self {
            root: AuditRoot {
                size: row.size,
                root: Fingerprint::from_bytes(
                    row.root.as_slice().try_into().map_err(|_| wrong("root"))?,
                ),
            },
            at: Timestamp(row.at_ms),
            key_id: row
                .key_id
                .as_slice()
                .try_into()
                .map_err(|_| wrong("key id"))?,
            signature: row
                .signature
                .as_slice()
                .try_into()
                .map_err(|_| wrong("signature"))?,
        })
    }
}

/// Signs the SHA-256 of a backup.
pub fn sign_backup(digest: &[u8; 32], signer: &dyn HeadSigner) -> [u8; 64] {
    signer.sign(&[BACKUP_CONTEXT, digest].concat())
}

/// Whether a backup of this SHA-256 was signed by the key.
#[must_use]
pub fn is_backup_of(key: &LogPublicKey, digest: &[u8; 32], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, &key.0)
        .verify(&[BACKUP_CONTEXT, digest].concat(), signature)
        .is_ok()
}

fn message(root: AuditRoot, at: Timestamp) -> Vec<u8> {
    [
        CONTEXT,
        &root.size.to_be_bytes(),
        root.root.as_bytes(),
        &at.0.to_be_bytes(),
    ]
    .concat()
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[derive(Clone, PartialEq, prost::Message)]
struct HeadRow {
    #[prost(uint64, tag = "1")]
    size: u64,
    #[prost(bytes = "vec", tag = "2")]
    root: Vec<u8>,
    #[prost(int64, tag = "3")]
    at_ms: i64,
    #[prost(bytes = "vec", tag = "4")]
    key_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    signature: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> (LogKey, AuditHead) {
        let key = LogKey::from_seed(&[3; 32]).unwrap();
        let root = AuditRoot {
            size: 7,
            root: Fingerprint::of(b"seven"),
        };
        let head = AuditHead::sign(root, Timestamp(1000), &key);
        (key, head)
    }

    #[test]
    fn a_signed_head_verifies_by_the_public_key_alone() {
        let (key, head) = head();
        assert_eq!(AuditHead::decode(&head.encode()).unwrap(), head);
        head.verify(&key.public_key()).unwrap();
    }

    #[test]
    fn a_head_altered_in_any_part_is_refused() {
        let (key, head) = head();
        let mut larger = head.clone();
        larger.root.size = 8;
        let mut later = head.clone();
        later.at = Timestamp(1001);
        let mut other = head.clone();
        other.root.root = Fingerprint::of(b"eight");
        for altered in [larger, later, other] {
            let size = altered.root.size;
            assert_eq!(
                altered.verify(&key.public_key()),
                Err(HeadError::Signature(size))
            );
        }
        let stranger = LogKey::from_seed(&[4; 32]).unwrap();
        assert!(matches!(
            head.verify(&stranger.public_key()),
            Err(HeadError::OtherKey { .. })
        ));
    }
}
