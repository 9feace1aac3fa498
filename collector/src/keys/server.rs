//! The server's certificate with its key: kept on disk, replaced well before its end, and taken up by
//! whoever looks again.
//!
//! Touches two files of the keys' directory, and two more while they are replaced. Must never leave a
//! certificate on disk without the key that belongs to it.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::{Span, Timestamp};

use super::{KeysError, files};
use crate::authority::{Authority, AuthorityError};
use crate::config::SERVER_NAME;

const CERTIFICATE: &str = "server.der";
const KEY: &str = "server.key";
const NEXT_CERTIFICATE: &str = "server.der.next";
const NEXT_KEY: &str = "server.key.next";

/// A certificate is replaced when less than this is left of it: a collector that is switched off for half
/// a year comes back with one that is still good.
pub const RENEWED_BEFORE_END: Span = Span::from_days(180);

/// A certificate for the server, with its key.
#[derive(Debug)]
pub struct ServerCertificate {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its private key.
    pub key: PrivatePkcs8KeyDer<'static>,
    /// The names it is good for beside the fixed one, host names and addresses.
    pub names: Vec<String>,
    /// When its validity begins.
    pub not_before: Timestamp,
    /// When its validity ends.
    pub not_after: Timestamp,
}

/// The certificate that the server shows. Whoever holds this sees each that replaces it.
#[derive(Debug)]
pub struct ServerIdentity {
    dir: PathBuf,
    shown: RwLock<Arc<ServerCertificate>>,
}

impl ServerCertificate {
    /// Makes one for the fixed name and `names`.
    ///
    /// # Errors
    /// [`KeysError::Authority`] when a name is not one or no key can be drawn.
    pub fn issue(
        authority: &Authority,
        names: &[String],
        now: Timestamp,
    ) -> Result<Self, KeysError> {
        let (certificate, key) = authority.issue_server(names, now)?;
        Self::read(certificate, key).ok_or(KeysError::Authority(AuthorityError::Damaged(
            rcgen::Error::CouldNotParseCertificate,
        )))
    }

    /// SHA-256 of the certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// Takes a certificate and a key that belong together. `None` when they do not.
    fn read(
        certificate: CertificateDer<'static>,
        key: PrivatePkcs8KeyDer<'static>,
    ) -> Option<Self> {
        let (rest, read) = X509Certificate::from_der(&certificate).ok()?;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).ok()?;
        if !rest.is_empty() || pair.der_bytes() != read.public_key().subject_public_key.as_ref() {
            return None;
        }
        let said = read.subject_alternative_name().ok()??;
        let names = said.value.general_names.iter().filter_map(name);
        Some(Self {
            names: names.filter(|name| name != SERVER_NAME).collect(),
            not_before: Timestamp::from_secs(read.validity().not_before.timestamp()),
            not_after: Timestamp::from_secs(read.validity().not_after.timestamp()),
            certificate,
            key,
        })
    }
}

impl ServerIdentity {
    /// Writes the first certificate into the directory.
    ///
    /// # Errors
    /// [`KeysError::Write`] when the system refuses or there is one already.
    pub(super) fn create(dir: &Path, first: &ServerCertificate) -> Result<(), KeysError> {
        files::file_write(&dir.join(CERTIFICATE), &first.certificate)?;
        files::file_write(&dir.join(KEY), first.key.secret_pkcs8_der())
    }

    /// Loads the certificate of the directory, and ends a replacement that was broken off.
    ///
    /// # Errors
    /// [`KeysError`] when a file is missing, open to others, or they do not belong together.
    pub(super) fn load(dir: &Path) -> Result<Self, KeysError> {
        let read = |name: &str| files::secret_read(&dir.join(name));
        let certificate = CertificateDer::from(read(CERTIFICATE)?);
        let with =
            |key| ServerCertificate::read(certificate.clone(), PrivatePkcs8KeyDer::from(key));
        let shown = match with(read(KEY)?) {
            Some(shown) => shown,
            // The certificate was replaced and its key was about to be.
            None => match read(NEXT_KEY).ok().and_then(with) {
                Some(shown) => {
                    rename(dir, NEXT_KEY, KEY)?;
                    shown
                }
                None => {
                    return Err(KeysError::Damaged {
                        path: dir.join(CERTIFICATE),
                        what: "the certificate that belongs to server.key",
                    });
                }
            },
        };
        Ok(Self {
            dir: dir.to_owned(),
            shown: RwLock::new(Arc::new(shown)),
        })
    }

    /// The certificate that is shown at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<ServerCertificate> {
        // What is behind the lock is replaced whole.
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A certificate to take the place of the present one, if that one is near its end, or has not begun:
    /// it was made while the clock ran ahead.
    ///
    /// # Errors
    /// [`KeysError::Authority`] when none can be made.
    pub fn due(
        &self,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<Option<ServerCertificate>, KeysError> {
        let current = self.current();
        if current.not_before <= now && current.not_after.since(now) > RENEWED_BEFORE_END {
            return Ok(None);
        }
        ServerCertificate::issue(authority, &current.names, now).map(Some)
    }

    /// Puts a certificate in the place of the present one, on disk and then before everybody.
    ///
    /// # Errors
    /// [`KeysError::Write`] when the system refuses; the present one is then shown as before.
    pub fn replace(&self, next: ServerCertificate) -> Result<(), KeysError> {
        // One that was broken off may have left its key where the next is about to be written.
        drop(Self::load(&self.dir)?);
        for (name, bytes) in [
            (NEXT_KEY, next.key.secret_pkcs8_der()),
            (NEXT_CERTIFICATE, next.certificate.as_ref()),
        ] {
            let path = self.dir.join(name);
            // What a replacement that was broken off left behind.
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(KeysError::Write { path, cause });
                }
                Ok(()) | Err(_) => files::file_write(&path, bytes)?,
            }
        }
        rename(&self.dir, NEXT_CERTIFICATE, CERTIFICATE)?;
        rename(&self.dir, NEXT_KEY, KEY)?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

fn rename(dir: &Path, from: &str, to: &str) -> Result<(), KeysError> {
    let path = dir.join(to);
    fs::rename(dir.join(from), &path)
        .and_then(|()| fs::File::open(dir)?.sync_all())
        .map_err(|cause| KeysError::Write { path, cause })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    if let GeneralName::DNSName(name) = name {
        return Some((*name).to_owned());
    }
    let GeneralName::IPAddress(bytes) = name else {
        return None;
    };
    let short = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
    let long = <[u8; 16]>::try_from(*bytes).map(IpAddr::from);
    short.or(long).ok().map(|address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Keys;
    use super::*;

    const MADE: Timestamp = Timestamp::from_secs(1_795_379_612);

    fn made(names: &[&str]) -> (tempfile::TempDir, Keys) {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let keys = Keys::create(&dir.path().join("keys"), &names, MADE).unwrap();
        (dir, keys)
    }

    fn later(days: i64) -> Timestamp {
        MADE.after(Span::from_days(days))
    }

    fn due(keys: &Keys, now: Timestamp) -> Option<ServerCertificate> {
        keys.server.due(&keys.authority, now).unwrap()
    }

    #[test]
    fn a_certificate_is_replaced_half_a_year_before_its_end_and_keeps_its_names() {
        let (dir, keys) = made(&["sekisho.example.co.jp", "192.0.2.10", "2001:db8::1"]);
        assert!(due(&keys, later(549)).is_none());
        let next = due(&keys, later(551)).unwrap();
        assert_eq!(next.not_after, later(551 + 730));
        let fingerprint = next.fingerprint();
        keys.server.replace(next).unwrap();
        let again = Keys::load(&dir.path().join("keys")).unwrap();
        for identity in [&keys.server, &again.server] {
            let shown = identity.current();
            assert_eq!(shown.fingerprint(), fingerprint);
            assert_eq!(
                shown.names,
                ["sekisho.example.co.jp", "192.0.2.10", "2001:db8::1"]
            );
        }
        assert!(due(&keys, later(551)).is_none());
        let left: Vec<_> = fs::read_dir(dir.path().join("keys"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("next") || name.contains("new"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn what_was_made_while_the_clock_ran_ahead_is_good_when_it_is_set_right() {
        let (_dir, keys) = made(&[]);
        let next = due(&keys, later(700)).unwrap();
        assert!(next.not_before <= MADE, "{}", next.not_before);
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::create(&dir.path().join("keys"), &[], later(700)).unwrap();
        assert!(due(&keys, later(700)).is_none());
        assert!(due(&keys, MADE).is_some(), "what is shown is not yet good");
    }

    #[test]
    fn a_replacement_that_a_power_cut_broke_off_at_any_step_leaves_a_whole_certificate() {
        for step in 0..3 {
            let (dir, keys) = made(&[]);
            let dir = dir.path().join("keys");
            let (old, next) = (keys.server.current(), due(&keys, later(600)).unwrap());
            files::file_write(&dir.join(NEXT_KEY), next.key.secret_pkcs8_der()).unwrap();
            if step > 0 {
                files::file_write(&dir.join(NEXT_CERTIFICATE), &next.certificate).unwrap();
            }
            if step > 1 {
                rename(&dir, NEXT_CERTIFICATE, CERTIFICATE).unwrap();
            }
            let again = Keys::load(&dir).unwrap();
            let expected = if step > 1 { &next } else { &*old };
            let shown = again.server.current();
            assert_eq!(shown.fingerprint(), expected.fingerprint(), "step {step}");
            // What was left behind is in nobody's way.
            let third = due(&again, later(1300)).unwrap();
            let fingerprint = third.fingerprint();
            again.server.replace(third).unwrap();
            let last = Keys::load(&dir).unwrap().server.current();
            assert_eq!(last.fingerprint(), fingerprint, "step {step}");
        }
    }

    #[test]
    fn a_replacement_that_fails_twice_still_leaves_a_whole_certificate() {
        let (dir, keys) = made(&[]);
        let dir = dir.path().join("keys");
        let next = due(&keys, later(600)).unwrap();
        // As the first leaves it when the second of its renames fails.
        files::file_write(&dir.join(NEXT_KEY), next.key.secret_pkcs8_der()).unwrap();
        files::file_write(&dir.join(NEXT_CERTIFICATE), &next.certificate).unwrap();
        rename(&dir, NEXT_CERTIFICATE, CERTIFICATE).unwrap();
        // Whoever runs as root may write anywhere, but not over a directory.
        fs::create_dir(dir.join(NEXT_CERTIFICATE)).unwrap();
        let third = due(&keys, later(601)).unwrap();
        keys.server.replace(third).unwrap_err();
        let shown = Keys::load(&dir).unwrap().server.current();
        assert_eq!(shown.fingerprint(), next.fingerprint());
    }

    #[test]
    fn a_key_that_belongs_to_another_certificate_is_named() {
        let (dir, _) = made(&[]);
        let (other, _) = made(&[]);
        let key = |dir: &tempfile::TempDir| dir.path().join("keys").join(KEY);
        fs::copy(key(&other), key(&dir)).unwrap();
        let error = Keys::load(&dir.path().join("keys")).unwrap_err();
        assert!(error.to_string().contains("server.der"), "{error}");
    }
}
