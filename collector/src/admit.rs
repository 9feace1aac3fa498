//! Peer certificate in, device or refusal out.
//!
//! Touches the store, to read. Must never take a device's word for who it is: the certificate that the
//! connection was made with says it, and the register says whether it still holds.

mod certificate;
mod refusals;
#[cfg(test)]
mod tests;

use thiserror::Error;

use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::register::Registration;
use sekisho_policy::time::Timestamp;

use crate::record::{Actor, AuditEvent, Device};
use crate::store::{Store, StoreError};

pub use certificate::Presented;
pub use refusals::{Refusals, network};

/// Why a peer is not let in. The peer, or an administrator's decision about it, is the cause.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The connection came without a certificate.
    #[error("no client certificate was shown")]
    NoCertificate,
    /// The certificate is not one that this collector makes.
    #[error("the client certificate names no device")]
    NamesNoDevice,
    /// The register has no such device: it was enrolled at another collector, or at this one before it
    /// was restored from an older backup.
    #[error("device {0} is not in the register; enrol it anew")]
    UnknownDevice(DeviceId),
    /// The device has another certificate by now, or this one was revoked.
    #[error("this certificate of device {0} is revoked; enrol the device anew")]
    Revoked(DeviceId),
    /// The certificate has ended.
    #[error("the certificate of device {device} ended at {ended}; renew it")]
    Expired {
        /// The device.
        device: DeviceId,
        /// The end.
        ended: Timestamp,
    },
    /// The device may not connect in its present state.
    #[error("device {device} is {}; ask its administrator", registration.name())]
    NotAllowed {
        /// The device.
        device: DeviceId,
        /// Its state.
        registration: Registration,
    },
    /// A message says that it comes from another device than the certificate does.
    #[error("the message names device {claimed}, and the certificate device {device}")]
    PeerClaimsOther {
        /// The device of the certificate.
        device: DeviceId,
        /// The device the message names.
        claimed: DeviceId,
    },
}

/// Why a peer was not admitted.
#[derive(Debug, Error)]
pub enum AdmitError {
    /// It may not come in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Admits the holder of a certificate, or refuses it.
///
/// # Errors
/// [`AdmitError`].
pub async fn admit(
    store: &dyn Store,
    certificate: Option<&[u8]>,
    now: Timestamp,
) -> Result<(Presented, Device), AdmitError> {
    let presented = Presented::read(certificate.ok_or(Refusal::NoCertificate)?)?;
    let device = store
        .device_fetch(presented.device)
        .await?
        .ok_or(Refusal::UnknownDevice(presented.device))?;
    decide(&presented, &device, now)?;
    Ok((presented, device))
}

/// Whether the device of the register lets this certificate in.
///
/// # Errors
/// [`Refusal`].
pub fn decide(presented: &Presented, device: &Device, now: Timestamp) -> Result<(), Refusal> {
    may_connect(device)?;
    if !is_held(device, presented.fingerprint) {
        return Err(Refusal::Revoked(device.id));
    }
    if presented.not_after <= now {
        return Err(Refusal::Expired {
            device: device.id,
            ended: presented.not_after,
        });
    }
    Ok(())
}

/// Whether the device may connect in its present state.
///
/// # Errors
/// [`Refusal::NotAllowed`].
pub const fn may_connect(device: &Device) -> Result<(), Refusal> {
    if device.registration.may_attach() {
        Ok(())
    } else {
        Err(Refusal::NotAllowed {
            device: device.id,
            registration: device.registration,
        })
    }
}

/// Whether the certificate is one of the device's own.
#[must_use]
pub fn is_held(device: &Device, certificate: Fingerprint) -> bool {
    device
        .certificates
        .iter()
        .any(|held| held.fingerprint == certificate)
}

impl Refusal {
    /// The device it concerns, as far as a certificate of ours named one.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        match self {
            Self::NoCertificate | Self::NamesNoDevice => None,
            Self::UnknownDevice(device)
            | Self::Revoked(device)
            | Self::Expired { device, .. }
            | Self::NotAllowed { device, .. }
            | Self::PeerClaimsOther { device, .. } => Some(*device),
        }
    }

    /// What the audit log says of it.
    #[must_use]
    pub fn event(&self, address: &str, now: Timestamp) -> AuditEvent {
        AuditEvent {
            at: now,
            actor: self
                .device()
                .map_or_else(|| Actor::Stranger(address.to_owned()), Actor::Device),
            action: "connection.refused",
            device: self.device(),
            details: vec![
                ("address", address.to_owned()),
                ("reason", self.to_string()),
            ],
        }
    }
}
