//! What is said at enrolment and renewal.
//!
//! Touches nothing. Must never show a token or a secret in an error.

use bytes::Bytes;

use sekisho_policy::register::Entry;

use sekisho_policy::id::DeviceId;

use super::{InvalidMessage, Marks, at_most, device_id, fixed, within};
use crate::limits::{
    CERTIFICATE_BYTES_MAX, CHAIN_MAX, CSR_BYTES_MAX, NONCE_BYTES_MAX, ORDER_KEYS_MAX,
    PROOF_BYTES_MAX, TOKEN_BYTES_MAX,
};
use crate::wire;

/// A laptop asks for its first certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolRequest {
    /// The nonce of `Begin`.
    pub nonce: Bytes,
    /// The secret part of the token.
    pub token: Bytes,
    /// PKCS #10 in DER.
    pub csr: Bytes,
    /// Signature of the CSR's key over the nonce.
    pub proof: Bytes,
    /// The machine that asks.
    pub marks: Marks,
}

/// What a laptop is given as it becomes a device.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolResponse {
    /// Who it is from now on.
    pub device: DeviceId,
    /// X.509 in DER, the device's own certificate first.
    pub chain: Vec<Bytes>,
    /// Root certificates of the collector, in DER.
    pub roots: Vec<Bytes>,
    /// Ed25519 public keys that may sign orders.
    pub order_keys: Vec<[u8; 32]>,
    /// The device's own secret for break-glass codes.
    pub break_glass_secret: [u8; 32],
    /// What the register says of it.
    pub register: Entry,
    /// Port of the agents' listener on the same host.
    pub agent_port: u16,
}

/// A device asks for a new certificate after its own has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewExpiredRequest {
    /// The nonce of `Begin`.
    pub nonce: Bytes,
    /// The certificate that has ended, in DER.
    pub certificate: Bytes,
    /// PKCS #10 in DER.
    pub csr: Bytes,
    /// Signature of the old certificate's key over the nonce and the CSR.
    pub proof: Bytes,
}

impl TryFrom<wire::EnrolRequest> for EnrolRequest {
    type Error = InvalidMessage;

    fn try_from(request: wire::EnrolRequest) -> Result<Self, Self::Error> {
        let wire::EnrolRequest {
            nonce,
            token,
            csr,
            proof,
            marks,
        } = request;
        Ok(Self {
            nonce: within(nonce, "nonce", NONCE_BYTES_MAX)?,
            token: within(token, "token", TOKEN_BYTES_MAX)?,
            csr: within(csr, "certificate request", CSR_BYTES_MAX)?,
            proof: within(proof, "proof", PROOF_BYTES_MAX)?,
            marks: marks
                .ok_or(InvalidMessage::Missing("marks of an enrolment"))?
                .try_into()?,
        })
    }
}

impl From<EnrolRequest> for wire::EnrolRequest {
    fn from(request: EnrolRequest) -> Self {
        let EnrolRequest {
            nonce,
            token,
            csr,
            proof,
            marks,
        } = request;
        Self {
            nonce,
            token,
            csr,
            proof,
            marks: Some((&marks).into()),
        }
    }
}

impl TryFrom<wire::EnrolResponse> for EnrolResponse {
    type Error = InvalidMessage;

    fn try_from(response: wire::EnrolResponse) -> Result<Self, Self::Error> {
        let wire::EnrolResponse {
            device_id: device,
            chain,
            roots,
            order_keys,
            break_glass_secret,
            register,
            agent_port,
        } = response;
        Ok(Self {
            device: device_id(&device, "device id given")?,
            chain: certificates(chain, "certificate chain")?,
            roots: certificates(roots, "root certificates")?,
            order_keys: at_most(order_keys, "order keys", ORDER_KEYS_MAX)?
                .iter()
                .map(|key| fixed(key, "order key"))
                .collect::<Result<_, _>>()?,
            break_glass_secret: fixed(&break_glass_secret, "break-glass secret")?,
            register: register
                .ok_or(InvalidMessage::Missing("register entry of an enrolment"))?
                .try_into()?,
            agent_port: u16::try_from(agent_port).map_err(|_| InvalidMessage::OutOfRange {
                what: "port of the agents' listener",
                value: agent_port.into(),
                max: u16::MAX.into(),
            })?,
        })
    }
}

impl From<EnrolResponse> for wire::EnrolResponse {
    fn from(response: EnrolResponse) -> Self {
        let EnrolResponse {
            device,
            chain,
            roots,
            order_keys,
            break_glass_secret,
            register,
            agent_port,
        } = response;
        Self {
            device_id: device.as_bytes().to_vec().into(),
            chain,
            roots,
            order_keys: order_keys.iter().map(|key| key.to_vec().into()).collect(),
            break_glass_secret: break_glass_secret.to_vec().into(),
            register: Some((&register).into()),
            agent_port: agent_port.into(),
        }
    }
}

impl TryFrom<wire::RenewExpiredRequest> for RenewExpiredRequest {
    type Error = InvalidMessage;

    fn try_from(request: wire::RenewExpiredRequest) -> Result<Self, Self::Error> {
        let wire::RenewExpiredRequest {
            nonce,
            certificate,
            csr,
            proof,
        } = request;
        Ok(Self {
            nonce: within(nonce, "nonce", NONCE_BYTES_MAX)?,
            certificate: within(certificate, "ended certificate", CERTIFICATE_BYTES_MAX)?,
            csr: within(csr, "certificate request", CSR_BYTES_MAX)?,
            proof: within(proof, "proof", PROOF_BYTES_MAX)?,
        })
    }
}

/// Reads a certificate request on its own, as in a renewal.
///
/// # Errors
/// [`InvalidMessage::TooLong`].
pub fn certificate_request(request: wire::RenewRequest) -> Result<Bytes, InvalidMessage> {
    let wire::RenewRequest { csr } = request;
    within(csr, "certificate request", CSR_BYTES_MAX)
}

/// Reads a list of certificates of at least one.
///
/// # Errors
/// [`InvalidMessage`] when it is empty, too long, or one of them is.
pub fn certificates(list: Vec<Bytes>, what: &'static str) -> Result<Vec<Bytes>, InvalidMessage> {
    if list.is_empty() {
        return Err(InvalidMessage::Missing(what));
    }
    at_most(list, what, CHAIN_MAX)?
        .into_iter()
        .map(|certificate| within(certificate, what, CERTIFICATE_BYTES_MAX))
        .collect()
}
