//! Certificate requests (PKCS #10, RFC 2986) and the signatures that prove a key.
//!
//! Touches bytes in memory. Must never take anything from a request but its public key.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use thiserror::Error;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::oid_registry::{
    OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256,
};
use x509_parser::prelude::FromDer;

use crate::authority::DeviceKey;

/// What a proof at enrolment is made over, before the nonce.
pub const ENROL_LABEL: &[u8] = b"sekisho enrol v1\0";
/// What a proof at late renewal is made over, before the nonce and the request.
pub const RENEW_LABEL: &[u8] = b"sekisho renew v1\0";

/// Why a certificate request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The bytes are no PKCS #10 in DER.
    #[error("the certificate request cannot be read")]
    Malformed,
    /// The key is of another kind. Some TPMs cannot sign for TLS 1.3 with RSA, so it is never taken.
    #[error("the key of the certificate request is not ECDSA P-256")]
    OtherKey,
    /// The request is not signed by its own key.
    #[error("the certificate request is not signed by its own key")]
    NotSigned,
}

/// Reads a request and checks that it was signed by the key it is for.
///
/// # Errors
/// [`RequestError`].
pub fn request_key(der: &[u8]) -> Result<DeviceKey, RequestError> {
    let (rest, request) =
        X509CertificationRequest::from_der(der).map_err(|_| RequestError::Malformed)?;
    if !rest.is_empty() {
        return Err(RequestError::Malformed);
    }
    let info = &request.certification_request_info;
    let spki = &info.subject_pki;
    let curve = spki
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok());
    if spki.algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY || curve != Some(OID_EC_P256) {
        return Err(RequestError::OtherKey);
    }
    let key =
        DeviceKey::from_point(spki.subject_public_key.as_ref()).ok_or(RequestError::OtherKey)?;
    let signed = request.signature_algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256
        && proves(&key, &[info.raw], request.signature_value.as_ref());
    if signed {
        Ok(key)
    } else {
        Err(RequestError::NotSigned)
    }
}

/// Whether the key's holder signed these parts, joined.
#[must_use]
pub(super) fn proves(key: &DeviceKey, parts: &[&[u8]], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.point())
        .verify(&parts.concat(), signature)
        .is_ok()
}
