//! The certificate authority: one root of our own, and the certificates it gives to the server and
//! to devices.
//!
//! Touches randomness for serial numbers and keys. Must never take anything from a request but its
//! public key, and never issue to a device a certificate that can issue others.

use std::net::IpAddr;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber,
    SignatureAlgorithm,
};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use thiserror::Error;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::time::{Span, Timestamp};

use crate::config::SERVER_NAME;

/// How long the root is good. Its end strands every laptop that sleeps through it, so it outlives
/// the laptops.
const ROOT_DAYS: i64 = 20 * 365;
/// How long the server's certificate is good.
const SERVER_DAYS: i64 = 2 * 365;
/// How long a device's certificate is good. Refusing to renew is a revocation that needs no list, so
/// it should not take long to bite.
const DEVICE_DAYS: i64 = 90;
/// From the moment a device's certificate is made to its end.
pub const DEVICE_VALIDITY: Span = Span::from_days(DEVICE_DAYS);
/// The root starts this long before it is made. No certificate under it starts later than it does: one made
/// while the collector's clock ran ahead must be good when the clock is set right.
const BACKDATED: Span = Span::from_hours(1);
/// The server's starts at least this long before it is made: a laptop whose clock is some days behind must
/// be able to connect to be told so.
const SERVER_BACKDATED: Span = Span::from_days(30);

/// A root certificate with its private key.
#[derive(Debug)]
pub struct Authority {
    root: CertificateDer<'static>,
    not_before: Timestamp,
    not_after: Timestamp,
    issuer: Issuer<'static, KeyPair>,
}

/// The public half of an ECDSA P-256 key, as an uncompressed point of 65 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceKey([u8; 65]);

/// A certificate made for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// When its validity ends.
    pub not_after: Timestamp,
}

/// Why no certificate was made.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// A name for the server is neither a DNS name nor an address.
    #[error("{name:?} is neither a host name nor an address")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        #[source]
        cause: rcgen::Error,
    },
    /// A time lies outside what a certificate can say. The clock is wrong.
    #[error("{0} is no time for a certificate; set the clock")]
    Time(Timestamp),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The root's files do not belong together or are damaged.
    #[error("the root certificate or its key is damaged; restore both from a backup")]
    Damaged(#[source] rcgen::Error),
    /// The signing failed.
    #[error("the certificate could not be signed")]
    Sign(#[source] rcgen::Error),
}

impl Authority {
    /// Makes a new root. Gives its private key as well, to be stored.
    ///
    /// # Errors
    /// [`AuthorityError`] when no key can be drawn.
    pub fn create(now: Timestamp) -> Result<(Self, PrivatePkcs8KeyDer<'static>), AuthorityError> {
        let key = key_pair()?;
        let start = now.after(Span(-BACKDATED.0));
        let mut params = params("Sekisho root", start, now, ROOT_DAYS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = params.self_signed(&key).map_err(AuthorityError::Sign)?;
        let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok((Self::load(root.into(), &secret)?, secret))
    }

    /// Takes a root that was made before.
    ///
    /// # Errors
    /// [`AuthorityError::Damaged`] when certificate or key are not what they should be.
    pub fn load(
        root: CertificateDer<'static>,
        key: &PrivatePkcs8KeyDer<'_>,
    ) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pkcs8_der_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256)
            .map_err(AuthorityError::Damaged)?;
        let (not_before, not_after) = validity(&root).ok_or(AuthorityError::Damaged(
            rcgen::Error::CouldNotParseCertificate,
        ))?;
        let issuer = Issuer::from_ca_cert_der(&root, key).map_err(AuthorityError::Damaged)?;
        Ok(Self {
            root,
            not_before,
            not_after,
            issuer,
        })
    }

    /// The root certificate.
    #[must_use]
    pub const fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// When the root's validity ends.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of the root certificate: what a token pins.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.root)
    }

    /// Makes a certificate with a new key for the server, good for
    /// [`SERVER_NAME`] and `names`, each a DNS name or an address.
    ///
    /// # Errors
    /// [`AuthorityError`] when a name is not one or no key can be drawn.
    pub fn issue_server(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), AuthorityError> {
        let key = key_pair()?;
        let start = self.not_before.min(now.after(Span(-SERVER_BACKDATED.0)));
        let mut params = params("Sekisho collector", start, now, SERVER_DAYS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names.push(server_name(SERVER_NAME)?);
        for name in names {
            params.subject_alt_names.push(server_name(name)?);
        }
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(AuthorityError::Sign)?;
        Ok((
            certificate.into(),
            PrivatePkcs8KeyDer::from(key.serialize_der()),
        ))
    }

    /// Makes a certificate that names `device` and nothing else.
    ///
    /// # Errors
    /// [`AuthorityError`] when the clock is out of range or the signing fails.
    pub fn issue_device(
        &self,
        device: DeviceId,
        key: &DeviceKey,
        now: Timestamp,
    ) -> Result<Issued, AuthorityError> {
        let start = self.not_before.min(now.after(Span(-BACKDATED.0)));
        let mut params = params(&device.to_string(), start, now, DEVICE_DAYS)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let uri = format!("urn:uuid:{device}");
        let uri = uri.try_into().map_err(AuthorityError::Sign)?;
        params.subject_alt_names = vec![SanType::URI(uri)];
        let not_after = Timestamp::from_secs(params.not_after.unix_timestamp());
        let certificate = params
            .signed_by(key, &self.issuer)
            .map_err(AuthorityError::Sign)?;
        Ok(Issued {
            certificate: certificate.into(),
            not_after,
        })
    }
}

impl DeviceKey {
    /// Takes an uncompressed point (SEC 1, section 2.3.3). `None` when the bytes are no such point; that
    /// it lies on the curve is seen when a signature by it is checked.
    #[must_use]
    pub fn from_point(bytes: &[u8]) -> Option<Self> {
        let point: [u8; 65] = bytes.try_into().ok()?;
        (point.first() == Some(&4)).then_some(Self(point))
    }

    /// The point.
    #[must_use]
    pub const fn point(&self) -> &[u8; 65] {
        &self.0
    }

    /// SHA-256 of the key as a SubjectPublicKeyInfo.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.subject_public_key_info())
    }
}

impl PublicKeyData for DeviceKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

fn key_pair() -> Result<KeyPair, AuthorityError> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| AuthorityError::Random)
}

fn params(
    name: &str,
    start: Timestamp,
    now: Timestamp,
    days: i64,
) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.not_before = date(start)?;
    params.not_after = date(now.after(Span::from_days(days)))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let mut serial = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut serial)
        .map_err(|_| AuthorityError::Random)?;
    // A serial number is a positive integer (RFC 5280, section 4.1.2.2).
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(params)
}

/// When a certificate's validity begins and ends.
fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, read) = X509Certificate::from_der(certificate).ok()?;
    let (begin, end) = (read.validity().not_before, read.validity().not_after);
    let at = |time: ASN1Time| Timestamp::from_secs(time.timestamp());
    Some((at(begin), at(end)))
}

fn date(at: Timestamp) -> Result<OffsetDateTime, AuthorityError> {
    OffsetDateTime::from_unix_timestamp(at.secs()).map_err(|_| AuthorityError::Time(at))
}

fn server_name(name: &str) -> Result<SanType, AuthorityError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    // A certificate with an empty name or one with blanks would be made, and match nothing.
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let refuse = |cause| AuthorityError::Name {
        name: name.chars().take(255).collect(),
        cause,
    };
    if name.is_empty() || !plain {
        return Err(refuse(rcgen::Error::InvalidNameType));
    }
    name.try_into().map(SanType::DnsName).map_err(refuse)
}
