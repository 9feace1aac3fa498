//! What a device's certificate says.
//!
//! Touches bytes in memory. Must never judge whether it is genuine: the handshake has done that, or the
//! caller does.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::time::Timestamp;

use super::Refusal;
use crate::authority::DeviceKey;

/// The part of a device's name in a certificate before its id (RFC 9562, section 4).
const URN_UUID: &str = "urn:uuid:";

/// A certificate that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// SHA-256 of it.
    pub fingerprint: Fingerprint,
    /// The device it names.
    pub device: DeviceId,
    /// When its validity ends.
    pub not_after: Timestamp,
    /// The key it is for.
    pub key: DeviceKey,
}

impl Presented {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`Refusal::NamesNoDevice`] when it is not of the form in which this collector makes them.
    pub fn read(der: &[u8]) -> Result<Self, Refusal> {
        Self::parse(der).ok_or(Refusal::NamesNoDevice)
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let names = certificate.subject_alternative_name().ok()??;
        let [GeneralName::URI(uri)] = names.value.general_names.as_slice() else {
            return None;
        };
        Some(Self {
            fingerprint: Fingerprint::of(der),
            device: uri.strip_prefix(URN_UUID)?.parse().ok()?,
            not_after: Timestamp::from_secs(certificate.validity().not_after.timestamp()),
            key: DeviceKey::from_point(certificate.public_key().subject_public_key.as_ref())?,
        })
    }
}
