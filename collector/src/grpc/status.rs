//! Errors of the core as gRPC statuses: the one place where they are.
//!
//! Touches nothing. Must never tell a peer more than what it can do about it.

use tonic::Status;

use crate::admit::{AdmitError, Refusal};
use crate::attach::AttachError;
use crate::enrol::{EnrolError, NonceError};
use crate::hub::End;
use crate::intake::IntakeError;
use crate::store::StoreError;

/// What a peer is told when the collector's disk or clock is the trouble.
const OWN_TROUBLE: &str = "the collector cannot do this at this moment; its log says why";

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::NoCertificate
            | Refusal::NamesNoDevice
            | Refusal::UnknownDevice(_)
            | Refusal::Revoked(_)
            | Refusal::Expired { .. } => Self::unauthenticated(text),
            Refusal::NotAllowed { .. } | Refusal::PeerClaimsOther { .. } => {
                Self::permission_denied(text)
            }
        }
    }
}

impl From<StoreError> for Status {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { .. } => Self::resource_exhausted(error.to_string()),
            StoreError::Conflict(_) => {
                Self::aborted("somebody else changed the same thing first; try again")
            }
            StoreError::NotFound { .. } | StoreError::Disk { .. } | StoreError::Corrupt { .. } => {
                tracing::error!(%error, "the store failed");
                Self::unavailable(OWN_TROUBLE)
            }
        }
    }
}

impl From<AdmitError> for Status {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Refused(refusal) => refusal.into(),
            AdmitError::Store(error) => error.into(),
        }
    }
}

impl From<AttachError> for Status {
    fn from(error: AttachError) -> Self {
        match error {
            AttachError::Protocol(_) => Self::failed_precondition(error.to_string()),
            AttachError::Refused(refusal) => refusal.into(),
            AttachError::TooOften => Self::resource_exhausted(error.to_string()),
            AttachError::Store(error) => error.into(),
            AttachError::Random => {
                tracing::error!(%error, "a stream could not begin");
                Self::unavailable(OWN_TROUBLE)
            }
        }
    }
}

impl From<EnrolError> for Status {
    fn from(error: EnrolError) -> Self {
        let text = error.to_string();
        match error {
            EnrolError::Nonce(NonceError::Full) | EnrolError::TooOften => {
                Self::resource_exhausted(text)
            }
            EnrolError::Nonce(NonceError::Alien | NonceError::Stale | NonceError::Used)
            | EnrolError::NoProof
            | EnrolError::TokenUnknown
            | EnrolError::TokenWithdrawn
            | EnrolError::TokenEnded(_)
            | EnrolError::AlienCertificate
            | EnrolError::TooLate { .. } => Self::unauthenticated(text),
            EnrolError::TokenUsedUp => Self::resource_exhausted(text),
            EnrolError::Request(_) => Self::invalid_argument(text),
            EnrolError::KeyTaken(_) => Self::already_exists(text),
            EnrolError::Cloned(_) => Self::failed_precondition(text),
            EnrolError::Refused(refusal) => refusal.into(),
            EnrolError::Store(error) => error.into(),
            EnrolError::Nonce(NonceError::Random) | EnrolError::Authority(_) => {
                tracing::error!(error = text, "a certificate could not be made");
                Self::unavailable(OWN_TROUBLE)
            }
        }
    }
}

impl From<IntakeError> for Status {
    fn from(error: IntakeError) -> Self {
        let text = if let IntakeError::Section { section, .. } = &error {
            format!("{error}: {section}")
        } else {
            error.to_string()
        };
        match error {
            IntakeError::Section { .. }
            | IntakeError::NoSequence
            | IntakeError::Leap { .. }
            | IntakeError::ChunkOutOfOrder { .. }
            | IntakeError::TooManyChunked(_) => Self::invalid_argument(text),
            IntakeError::Crowded | IntakeError::TooOften { .. } => Self::resource_exhausted(text),
            IntakeError::Store(error) => error.into(),
            IntakeError::NoPosture(_) => {
                tracing::error!(error = text, "the store is not whole");
                Self::unavailable(OWN_TROUBLE)
            }
        }
    }
}

impl From<End> for Status {
    fn from(end: End) -> Self {
        match end {
            End::Replaced => Self::aborted("the device has opened another stream"),
            End::Cut(reason) => Self::permission_denied(reason),
            End::NotDraining => {
                Self::resource_exhausted("the device does not read what it is sent")
            }
            End::Stopping => Self::unavailable("the collector is stopping; come back"),
        }
    }
}
