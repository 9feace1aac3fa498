//! The collector's keys: making them once, and loading them at each start.
//!
//! Touches the files of one directory, through `keys/files.rs`. Must never print a key, nor let one
//! leave but as a signature or as a device's own derived secret.

mod beacon;
mod files;
mod server;
mod signer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::Timestamp;

use crate::authority::{Authority, AuthorityError};

pub use beacon::{BeaconKey, BeaconKeys, BeaconPair};
pub use files::{directory_create, file_write};
pub use server::{RENEWED_BEFORE_END, ServerCertificate, ServerIdentity};
pub use signer::{Signer, verify};

const ROOT_CERTIFICATE: &str = "root.der";
const ROOT_KEY: &str = "root.key";
const ORDER_KEY: &str = "order.key";
const AUDIT_KEY: &str = "audit.key";
const BREAK_GLASS_SECRET: &str = "break-glass.secret";

/// Parts the secrets of devices from any other use of the master secret.
const BREAK_GLASS_LABEL: &[u8] = b"sekisho break-glass v1\0";

/// Everything the collector proves itself with.
#[derive(Debug)]
pub struct Keys {
    /// Issues certificates.
    pub authority: Authority,
    /// What the server shows.
    pub server: ServerIdentity,
    /// Signs orders.
    pub orders: Signer,
    /// Signs heads of the audit log.
    pub audit: Arc<Signer>,
    break_glass: hmac::Key,
}

/// Why there are no keys to work with.
#[derive(Debug, Error)]
pub enum KeysError {
    /// A key file cannot be read.
    #[error("cannot read the key file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// A key file or its directory cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// Others than the owner may read a key file.
    #[error("{} can be read by others; `chmod 600` it, and ask who has had a copy", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A key file does not hold what its name says.
    #[error("{} does not hold {what}; restore it from a backup", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The authority cannot be made or loaded.
    #[error("the certificate authority cannot be used")]
    Authority(#[from] AuthorityError),
    /// The system gives no random bytes, so that no key can be made.
    #[error("the system gives no random bytes")]
    Random,
}

impl Keys {
    /// Makes all keys new in the directory `dir`, which must not hold any. The server's certificate
    /// is good for [`SERVER_NAME`](crate::config::SERVER_NAME) and `names`, host names or addresses.
    ///
    /// # Errors
    /// [`KeysError`] when a key cannot be made or written, or a name is not one.
    pub fn create(dir: &Path, names: &[String], now: Timestamp) -> Result<Self, KeysError> {
        let (authority, root_key) = Authority::create(now)?;
        let server = ServerCertificate::issue(&authority, names, now)?;
        let mut secret = [0_u8; 32];
        SystemRandom::new()
            .fill(&mut secret)
            .map_err(|_| KeysError::Random)?;
        directory_create(dir)?;
        for (name, bytes) in [
            (ROOT_CERTIFICATE, authority.root().as_ref()),
            (ROOT_KEY, root_key.secret_pkcs8_der()),
            (ORDER_KEY, &Signer::generate().ok_or(KeysError::Random)?),
            (AUDIT_KEY, &Signer::generate().ok_or(KeysError::Random)?),
            (BREAK_GLASS_SECRET, &secret),
        ] {
            file_write(&dir.join(name), bytes)?;
        }
        ServerIdentity::create(dir, &server)?;
        Self::load(dir)
    }

    /// Loads the keys of the directory `dir`.
    ///
    /// # Errors
    /// [`KeysError`] when one is missing, damaged, or open to others.
    pub fn load(dir: &Path) -> Result<Self, KeysError> {
        let read = |name: &str| files::secret_read(&dir.join(name));
        let damaged = |name: &str, what| KeysError::Damaged {
            path: dir.join(name),
            what,
        };
        let root = CertificateDer::from(read(ROOT_CERTIFICATE)?);
        let authority = Authority::load(root, &PrivatePkcs8KeyDer::from(read(ROOT_KEY)?))?;
        let signer = |name| {
            Signer::load(&read(name)?).ok_or_else(|| damaged(name, "an Ed25519 key in PKCS #8"))
        };
        let secret = read(BREAK_GLASS_SECRET)?;
        if secret.len() != 32 {
            return Err(damaged(BREAK_GLASS_SECRET, "32 bytes"));
        }
        Ok(Self {
            server: ServerIdentity::load(dir)?,
            orders: signer(ORDER_KEY)?,
            audit: Arc::new(signer(AUDIT_KEY)?),
            break_glass: hmac::Key::new(hmac::HMAC_SHA256, &secret),
            authority,
        })
    }

    /// The device's own secret for break-glass codes: derived, so that none need be stored and a
    /// device that gives its own away gives away no other's.
    #[must_use]
    pub fn device_secret(&self, device: DeviceId) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.break_glass);
        context.update(BREAK_GLASS_LABEL);
        context.update(device.as_bytes());
        let mut secret = [0; 32];
        for (to, from) in secret.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        secret
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

    fn made() -> (tempfile::TempDir, Keys) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::create(&dir.path().join("keys"), &[], NOW).unwrap();
        (dir, keys)
    }

    #[test]
    fn only_the_owner_can_read_the_keys() {
        let (dir, _) = made();
        let keys_dir = dir.path().join("keys");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&keys_dir), 0o700);
        for entry in fs::read_dir(&keys_dir).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_not_used() {
        let (dir, _) = made();
        let path = dir.path().join("keys").join(ORDER_KEY);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Keys::load(&dir.path().join("keys")).unwrap_err();
        assert!(
            matches!(error, KeysError::Exposed { path: ref at } if *at == path),
            "{error}"
        );
    }

    #[test]
    fn a_damaged_key_is_named() {
        let (dir, _) = made();
        fs::write(dir.path().join("keys").join(AUDIT_KEY), b"no key").unwrap();
        let error = Keys::load(&dir.path().join("keys"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("audit.key"), "{error}");
    }

    #[test]
    fn each_device_has_a_secret_of_its_own_that_survives_a_restart() {
        let (dir, keys) = made();
        let one = DeviceId::from_bytes([1; 16]);
        let other = DeviceId::from_bytes([2; 16]);
        assert_ne!(keys.device_secret(one), keys.device_secret(other));
        let again = Keys::load(&dir.path().join("keys")).unwrap();
        assert_eq!(keys.device_secret(one), again.device_secret(one));
        assert_eq!(keys.orders.key_id(), again.orders.key_id());
    }
}
