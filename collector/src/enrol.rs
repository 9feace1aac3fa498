//! Enrolment: a token and a certificate request in, a device and its certificate out.
//!
//! Touches the store and the authority. Must never issue a certificate to anyone who has not proved
//! freshly that the key is theirs, and never change anything when it refuses.

mod nonce;
mod renew;
mod request;
#[cfg(test)]
mod tests;
mod token;

use std::sync::Arc;

use rustls_pki_types::CertificateDer;
use thiserror::Error;
use uuid::{NoContext, Uuid};

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::register::Registration;
use sekisho_policy::time::Timestamp;

use crate::admit::Refusal;
use crate::authority::{AuthorityError, DeviceKey, Issued};
use crate::keys::Keys;
use crate::limits::{FIELD_CHARS_MAX, RENEWAL_MONTHS_MAX};
use crate::record::{Actor, AuditEvent, Certificate, Device, Marks, Token};
use crate::store::{Store, StoreError};

pub use nonce::{NonceError, Nonces};
pub use renew::LateRenewal;
pub use request::{ENROL_LABEL, RENEW_LABEL, RequestError, request_key};
pub use token::{TokenSecret, token_id};

/// The desk at which machines become devices and devices renew.
pub struct Enrolment {
    store: Arc<dyn Store>,
    keys: Arc<Keys>,
    nonces: Nonces,
}

/// A machine asks to become a device.
#[derive(Clone, Copy)]
pub struct Application<'a> {
    /// The nonce it was given.
    pub nonce: &'a [u8],
    /// The secret of its token.
    pub token: &'a [u8],
    /// PKCS #10 in DER.
    pub csr: &'a [u8],
    /// Signature by the request's key over [`ENROL_LABEL`] and the nonce.
    pub proof: &'a [u8],
    /// The machine.
    pub marks: &'a Marks,
    /// Address and port it asks from.
    pub address: &'a str,
}

/// A device with its new certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Its row of the register.
    pub device: Device,
    /// The certificate, in DER.
    pub certificate: CertificateDer<'static>,
}

/// Why no certificate was given.
#[derive(Debug, Error)]
pub enum EnrolError {
    /// The nonce may not be used.
    #[error(transparent)]
    Nonce(#[from] NonceError),
    /// The certificate request is not taken.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The proof was not made by the key, or not over this nonce.
    #[error("the proof does not show that the key is held; a copied request cannot be used")]
    NoProof,
    /// No token has this secret.
    #[error("the token is not known here; ask the administrator for a new one")]
    TokenUnknown,
    /// The token was withdrawn.
    #[error("the token was withdrawn; ask the administrator for a new one")]
    TokenWithdrawn,
    /// The token's time is over.
    #[error("the token ended at {0}; ask the administrator for a new one")]
    TokenEnded(Timestamp),
    /// As many machines have enrolled by it as may.
    #[error("the token is used up; ask the administrator for a new one")]
    TokenUsedUp,
    /// The key belongs to a device already, which did not enrol by this token.
    #[error("the key belongs to device {0} already; make a new key")]
    KeyTaken(DeviceId),
    /// The device may not have a new certificate.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Two machines claim to be the device: a certificate would go to one of them.
    #[error("two machines claim to be device {0}; an administrator must decide which it is")]
    Cloned(DeviceId),
    /// The certificate to be renewed was not made here.
    #[error("the certificate was not issued by this collector")]
    AlienCertificate,
    /// It ended too long ago.
    #[error(
        "the certificate ended at {ended}, more than {RENEWAL_MONTHS_MAX} months ago; enrol the device anew"
    )]
    TooLate {
        /// The device that asked, as its old key proves.
        device: DeviceId,
        /// When its certificate ended.
        ended: Timestamp,
    },
    /// The device has had too many certificates within the hour.
    #[error("too many certificates were issued to this device within an hour")]
    TooOften,
    /// The certificate could not be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The store did not record it, so nothing was given.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Enrolment {
    /// Opens the desk.
    ///
    /// # Errors
    /// [`NonceError::Random`] when the system gives no random bytes.
    pub fn new(store: Arc<dyn Store>, keys: Arc<Keys>) -> Result<Self, NonceError> {
        Ok(Self {
            store,
            keys,
            nonces: Nonces::new()?,
        })
    }

    /// Hands out a nonce.
    ///
    /// # Errors
    /// [`NonceError::Random`] when the system gives no random bytes.
    pub fn begin(&self, now: Timestamp) -> Result<Vec<u8>, NonceError> {
        self.nonces.give(now)
    }

    /// Makes a machine a device. A machine that asks again with the same key and token, because the
    /// answer was lost, gets another certificate as the same device, and takes no second use off the token.
    ///
    /// # Errors
    /// [`EnrolError`]; nothing has changed then, but that the nonce may be used.
    pub async fn enrol(
        &self,
        application: Application<'_>,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        self.nonces.check(application.nonce, now)?;
        let key = request::request_key(application.csr)?;
        if !request::proves(&key, &[ENROL_LABEL, application.nonce], application.proof) {
            return Err(EnrolError::NoProof);
        }
        let token = self.good_token(application.token, now).await?;
        let nonce = application.nonce;
        match self.store.device_by_key(key.fingerprint()).await? {
            Some(device) if device.token != token.id => Err(EnrolError::KeyTaken(device.id)),
            Some(device) => {
                self.reissue(
                    device,
                    &key,
                    Some(nonce),
                    None,
                    "device.enrolled_again",
                    now,
                )
                .await
            }
            None if token.uses_left == 0 => Err(EnrolError::TokenUsedUp),
            None => {
                self.nonces.take(nonce, now)?;
                self.first_issue(&application, &token, &key, now).await
            }
        }
    }

    /// The token that has this secret, if machines may enrol by it as to its time.
    async fn good_token(&self, secret: &[u8], now: Timestamp) -> Result<Token, EnrolError> {
        // Known by its digest alone, so that the time it takes to find tells nothing of the secret.
        let digest = Fingerprint::of(secret);
        let token = self.store.token_by_digest(digest).await?;
        let token = token.ok_or(EnrolError::TokenUnknown)?;
        if token.withdrawn {
            return Err(EnrolError::TokenWithdrawn);
        }
        if token.expires_at <= now {
            return Err(EnrolError::TokenEnded(token.expires_at));
        }
        Ok(token)
    }

    async fn first_issue(
        &self,
        application: &Application<'_>,
        token: &Token,
        key: &DeviceKey,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        let id = device_id(now);
        let issued = self.keys.authority.issue_device(id, key, now)?;
        let device = Device {
            id,
            revision: 0,
            name: application
                .marks
                .hostname
                .chars()
                .take(FIELD_CHARS_MAX)
                .collect(),
            registration: if token.approves {
                Registration::Approved
            } else {
                Registration::Pending
            },
            group: token.group.clone(),
            data_class: None,
            owner: String::new(),
            asset_number: String::new(),
            enrolled_at: now,
            approved_until: None,
            take_out: None,
            token: token.id,
            key: key.fingerprint(),
            certificates: vec![certificate(&issued)],
            marks: application.marks.clone(),
            clones: None,
        };
        let event = AuditEvent {
            at: now,
            actor: Actor::Device(id),
            action: "device.enrolled",
            device: Some(id),
            details: vec![
                ("name", device.name.clone()),
                ("registration", device.registration.name().to_owned()),
                ("group", device.group.clone()),
                ("token", hex(&token.id.0)),
                ("certificate", certificate(&issued).fingerprint.to_string()),
                ("address", application.address.to_owned()),
            ],
        };
        match self.store.device_enrol(device.clone(), vec![event]).await {
            Ok(()) => Ok(Enrolled {
                device,
                certificate: issued.certificate,
            }),
            // Somebody was first: another machine with the last use, this one asking twice, an administrator.
            Err(StoreError::Conflict(why)) => {
                let token = self.good_token(application.token, now).await?;
                match self.store.device_by_key(key.fingerprint()).await? {
                    Some(other) if other.token != token.id => Err(EnrolError::KeyTaken(other.id)),
                    None if token.uses_left == 0 => Err(EnrolError::TokenUsedUp),
                    Some(_) | None => Err(StoreError::Conflict(why).into()),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a device one more certificate; those it has stay good until the new one is seen. The nonce, where
    /// the asker had to be given one, is used up only now: nobody uses them up by being refused.
    async fn reissue(
        &self,
        mut device: Device,
        key: &DeviceKey,
        nonce: Option<&[u8]>,
        presented: Option<Fingerprint>,
        action: &'static str,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        crate::admit::may_connect(&device)?;
        if device.clones.is_some() {
            return Err(EnrolError::Cloned(device.id));
        }
        renew::make_room(&mut device.certificates, presented, now)?;
        if let Some(nonce) = nonce {
            self.nonces.take(nonce, now)?;
        }
        let issued = self.keys.authority.issue_device(device.id, key, now)?;
        let new = certificate(&issued);
        let event = AuditEvent {
            at: now,
            actor: Actor::Device(device.id),
            action,
            device: Some(device.id),
            details: vec![("certificate", new.fingerprint.to_string())],
        };
        device.certificates.push(new);
        device.key = key.fingerprint();
        self.store
            .device_change(device.clone(), vec![event])
            .await?;
        Ok(Enrolled {
            device,
            certificate: issued.certificate,
        })
    }
}

impl EnrolError {
    /// Whether the asker is refused, as opposed to the collector being unable.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Authority(_)
                | Self::Store(_)
                | Self::Nonce(NonceError::Full | NonceError::Random)
        )
    }

    /// What the audit log says of a refusal.
    #[must_use]
    pub fn event(&self, action: &'static str, address: &str, now: Timestamp) -> AuditEvent {
        let device = if let Self::KeyTaken(device)
        | Self::Cloned(device)
        | Self::TooLate { device, .. } = self
        {
            Some(*device)
        } else if let Self::Refused(refusal) = self {
            refusal.device()
        } else {
            None
        };
        AuditEvent {
            at: now,
            actor: Actor::Stranger(address.to_owned()),
            action,
            device,
            details: vec![
                ("address", address.to_owned()),
                ("reason", self.to_string()),
            ],
        }
    }
}

fn certificate(issued: &Issued) -> Certificate {
    Certificate {
        fingerprint: Fingerprint::of(&issued.certificate),
        not_after: issued.not_after,
    }
}

/// A new id: UUIDv7 (RFC 9562), so that ids sort by the time of enrolment.
fn device_id(now: Timestamp) -> DeviceId {
    let millis = u64::try_from(now.0).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    let at = uuid::Timestamp::from_unix(NoContext, millis / 1000, nanos);
    DeviceId::from_bytes(Uuid::new_v7(at).into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
