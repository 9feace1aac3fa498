//! The beacon's keys: the one that it proves itself by, and the one that comes after it, so that laptops know
//! that one before it is used.
//!
//! Touches two files of the keys' directory. Must never stand in the way of the collector's other keys: a
//! laptop whose beacon is silent does not know where it is, one without a collector cannot be told anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use sekisho_policy::id::Fingerprint;

use super::{KeysError, files};
use crate::authority::AuthorityError;

const CURRENT: &str = "beacon.key";
const NEXT: &str = "beacon-next.key";

/// One key of the beacon.
#[derive(Debug)]
pub struct BeaconKey {
    /// A certificate for it that nobody has issued: laptops look at the key alone.
    pub certificate: CertificateDer<'static>,
    /// The private key.
    pub key: PrivatePkcs8KeyDer<'static>,
    /// SHA-256 of the public key (SubjectPublicKeyInfo in DER), by which laptops know it.
    pub pin: Fingerprint,
}

/// Both keys at one moment.
#[derive(Debug)]
pub struct BeaconPair {
    /// The one in use.
    pub current: BeaconKey,
    /// The one that comes after it.
    pub next: BeaconKey,
}

/// The beacon's keys. Whoever holds this sees each rotation.
#[derive(Debug)]
pub struct BeaconKeys {
    dir: PathBuf,
    pair: RwLock<Arc<BeaconPair>>,
}

impl BeaconKeys {
    /// Loads the keys of the directory, and makes those that are missing.
    ///
    /// # Errors
    /// [`KeysError`] when one is damaged or open to others, or cannot be written.
    pub fn open(dir: &Path) -> Result<Self, KeysError> {
        Ok(Self {
            dir: dir.to_owned(),
            pair: RwLock::new(Arc::new(pair(dir)?)),
        })
    }

    /// The keys at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<BeaconPair> {
        // What is behind the lock is replaced whole.
        Arc::clone(&self.pair.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts the next key in use, and makes another to come after it. The one that was in use is gone.
    ///
    /// # Errors
    /// [`KeysError`] when the system refuses. After a power cut in between, opening makes what is missing.
    pub fn rotate(&self) -> Result<Arc<BeaconPair>, KeysError> {
        let mut held = self.pair.write().unwrap_or_else(PoisonError::into_inner);
        let path = self.dir.join(CURRENT);
        fs::rename(self.dir.join(NEXT), &path)
            .and_then(|()| fs::File::open(&self.dir)?.sync_all())
            .map_err(|cause| KeysError::Write { path, cause })?;
        *held = Arc::new(pair(&self.dir)?);
        Ok(Arc::clone(&held))
    }
}

fn pair(dir: &Path) -> Result<BeaconPair, KeysError> {
    Ok(BeaconPair {
        current: load_or_make(&dir.join(CURRENT))?,
        next: load_or_make(&dir.join(NEXT))?,
    })
}

fn load_or_make(path: &Path) -> Result<BeaconKey, KeysError> {
    let made = |cause| KeysError::Authority(AuthorityError::Sign(cause));
    if !path.exists() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(made)?;
        files::file_write(path, &key.serialize_der())?;
    }
    let pkcs8 = PrivatePkcs8KeyDer::from(files::secret_read(path)?);
    let pair =
        KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_ECDSA_P256_SHA256).map_err(|_| {
            KeysError::Damaged {
                path: path.to_owned(),
                what: "an ECDSA P-256 key in PKCS #8",
            }
        })?;
    let mut params = CertificateParams::default();
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "Sekisho beacon");
    let certificate = params.self_signed(&pair).map_err(made)?;
    Ok(BeaconKey {
        certificate: certificate.into(),
        key: pkcs8,
        pin: Fingerprint::of(&pair.subject_public_key_info()),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn pins(keys: &BeaconKeys) -> [Fingerprint; 2] {
        let pair = keys.current();
        [pair.current.pin, pair.next.pin]
    }

    #[test]
    fn a_rotation_uses_the_key_that_was_told_before_and_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let keys = BeaconKeys::open(dir.path()).unwrap();
        let before = pins(&keys);
        assert_ne!(before[0], before[1]);
        assert_eq!(pins(&BeaconKeys::open(dir.path()).unwrap()), before);
        keys.rotate().unwrap();
        let after = pins(&keys);
        assert_eq!(after[0], before[1]);
        assert!(!before.contains(&after[1]));
        assert_eq!(pins(&BeaconKeys::open(dir.path()).unwrap()), after);
    }

    #[test]
    fn a_rotation_that_a_power_cut_broke_off_is_ended_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let before = pins(&BeaconKeys::open(dir.path()).unwrap());
        fs::rename(dir.path().join(NEXT), dir.path().join(CURRENT)).unwrap();
        let after = pins(&BeaconKeys::open(dir.path()).unwrap());
        assert_eq!(after[0], before[1]);
        assert!(!before.contains(&after[1]));
    }

    #[test]
    fn a_key_is_for_its_owner_alone_and_a_damaged_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        drop(BeaconKeys::open(dir.path()).unwrap());
        let path = dir.path().join(CURRENT);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        fs::write(&path, b"no key").unwrap();
        let error = BeaconKeys::open(dir.path()).unwrap_err().to_string();
        assert!(error.contains("beacon.key"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = BeaconKeys::open(dir.path()).unwrap_err();
        assert!(matches!(error, KeysError::Exposed { .. }), "{error}");
    }
}
