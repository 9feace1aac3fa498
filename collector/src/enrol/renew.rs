//! Renewal: in time, over the device's own connection; and late, by proof of the old key.
//!
//! Touches the store through the enrolment desk. Must never renew what was revoked, and never let a
//! stolen certificate without its key do anything.

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::{Span, Timestamp};

use super::request::{proves, request_key};
use super::{EnrolError, Enrolled, Enrolment, RENEW_LABEL};
use crate::admit::{Presented, Refusal, is_held};
use crate::limits::{CERTIFICATES_MAX, RENEWAL_MONTHS_MAX};
use crate::record::{Certificate, Device};

/// A device asks for a new certificate with one that has ended.
#[derive(Debug, Clone, Copy)]
pub struct LateRenewal<'a> {
    /// The nonce it was given.
    pub nonce: &'a [u8],
    /// The certificate that has ended, in DER.
    pub certificate: &'a [u8],
    /// PKCS #10 in DER.
    pub csr: &'a [u8],
    /// Signature by the old certificate's key over [`RENEW_LABEL`], the nonce and the request.
    pub proof: &'a [u8],
}

impl Enrolment {
    /// Renews the certificate of a device that was admitted by the one `presented`.
    ///
    /// # Errors
    /// [`EnrolError`]; nothing has changed then.
    pub async fn renew(
        &self,
        device: Device,
        presented: Fingerprint,
        csr: &[u8],
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        let key = request_key(csr)?;
        self.refuse_taken(&device, key.fingerprint()).await?;
        let by = Some(presented);
        self.reissue(device, &key, None, by, "device.renewed", now)
            .await
    }

    /// Renews a certificate that has ended, up to [`RENEWAL_MONTHS_MAX`] months after its end.
    ///
    /// # Errors
    /// [`EnrolError`]; nothing has changed then, but that the nonce may be used.
    pub async fn renew_expired(
        &self,
        renewal: LateRenewal<'_>,
        now: Timestamp,
    ) -> Result<Enrolled, EnrolError> {
        self.nonces.check(renewal.nonce, now)?;
        let key = request_key(renewal.csr)?;
        let old = Presented::read(renewal.certificate).map_err(|_| EnrolError::AlienCertificate)?;
        let parts = [RENEW_LABEL, renewal.nonce, renewal.csr];
        if !proves(&old.key, &parts, renewal.proof) {
            return Err(EnrolError::NoProof);
        }
        let device = self
            .store
            .device_fetch(old.device)
            .await?
            .ok_or(Refusal::UnknownDevice(old.device))?;
        // A certificate in the register was made here: its fingerprint covers the signature too.
        if !is_held(&device, old.fingerprint) {
            return Err(Refusal::Revoked(device.id).into());
        }
        let months = Span::from_days(RENEWAL_MONTHS_MAX * 30);
        if old.not_after.after(months) <= now {
            return Err(EnrolError::TooLate {
                device: device.id,
                ended: old.not_after,
            });
        }
        self.refuse_taken(&device, key.fingerprint()).await?;
        let (nonce, by) = (Some(renewal.nonce), Some(old.fingerprint));
        self.reissue(device, &key, nonce, by, "device.renewed_late", now)
            .await
    }

    async fn refuse_taken(&self, device: &Device, key: Fingerprint) -> Result<(), EnrolError> {
        match self.store.device_by_key(key).await? {
            Some(other) if other.id != device.id => Err(EnrolError::KeyTaken(other.id)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Makes room for one more certificate by taking out the oldest that may go. The first is the one that the
/// device was last attached by, or its very first, and it now shows the one `presented`: without either it
/// would be locked out when the answer is lost. A device cannot fill the register or the log by renewing:
/// what was issued within the hour does not go.
///
/// # Errors
/// [`EnrolError::TooOften`].
pub(super) fn make_room(
    certificates: &mut Vec<Certificate>,
    presented: Option<Fingerprint>,
    now: Timestamp,
) -> Result<(), EnrolError> {
    if certificates.len() < CERTIFICATES_MAX {
        return Ok(());
    }
    let newest_end = now.after(crate::authority::DEVICE_VALIDITY);
    // What a clock that ran ahead has issued ends later than what could be issued now.
    let hour = Span(0)..Span::from_hours(1);
    let mut numbered = certificates.iter().enumerate().skip(1);
    let oldest = numbered
        .find(|(_, held)| Some(held.fingerprint) != presented)
        .filter(|(_, held)| !hour.contains(&newest_end.since(held.not_after)));
    let (oldest, _) = oldest.ok_or(EnrolError::TooOften)?;
    certificates.remove(oldest);
    Ok(())
}
