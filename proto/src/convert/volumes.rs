//! The volumes section.
//!
//! Touches nothing. Must never read an alien state of encryption as encrypted.

use sekisho_policy::facts::{Encryption, Place, PlainReason, Volume};
use sekisho_policy::limits::VOLUMES_MAX;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, evidence_from, evidence_to, text};
use crate::wire;

impl From<&[Volume]> for wire::Volumes {
    fn from(volumes: &[Volume]) -> Self {
        Self {
            volumes: volumes.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Volumes> for Vec<Volume> {
    type Error = InvalidMessage;

    fn try_from(wire::Volumes { volumes }: wire::Volumes) -> Result<Self, Self::Error> {
        at_most(volumes, "volumes", VOLUMES_MAX)?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    }
}

impl From<&Volume> for wire::Volume {
    fn from(volume: &Volume) -> Self {
        let Volume {
            place,
            device,
            source,
            filesystem,
            size_bytes,
            removable,
            exemption,
            encryption,
            evidence,
        } = volume;
        let (place, name) = match place {
            Place::Mounted(name) => (wire::volume::Place::Mounted, name),
            Place::Swap(name) => (wire::volume::Place::Swap, name),
            Place::Unmounted(name) => (wire::volume::Place::Unmounted, name),
        };
        Self {
            place: place.into(),
            name: cut(name),
            device: cut(device),
            source: cut(source),
            filesystem: cut(filesystem),
            size_bytes: *size_bytes,
            removable: Some(removable.into()),
            exemption: exemption
                .map_or(wire::volume::Exemption::Unspecified, Into::into)
                .into(),
            encryption: Some(encryption.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Volume> for Volume {
    type Error = InvalidMessage;

    fn try_from(volume: wire::Volume) -> Result<Self, Self::Error> {
        let wire::Volume {
            place,
            name,
            device,
            source,
            filesystem,
            size_bytes,
            removable,
            exemption,
            encryption,
            evidence,
        } = volume;
        let name = text(name, "name of a volume")?;
        Ok(Self {
            place: match wire::volume::Place::try_from(place) {
                Ok(wire::volume::Place::Mounted) => Place::Mounted(name),
                Ok(wire::volume::Place::Swap) => Place::Swap(name),
                Ok(wire::volume::Place::Unmounted) => Place::Unmounted(name),
                Ok(wire::volume::Place::Unspecified) | Err(_) => {
                    return Err(InvalidMessage::UnknownValue {
                        what: "place of a volume",
                        value: place,
                    });
                }
            },
            device: text(device, "device of a volume")?,
            source: text(source, "source of a volume")?,
            filesystem: text(filesystem, "file system of a volume")?,
            size_bytes,
            removable: removable.reading("removable medium of a volume")?,
            exemption: enums::optional::<wire::volume::Exemption, _>(
                exemption,
                "exemption of a volume",
            )?,
            encryption: encryption.reading("encryption of a volume")?,
            evidence: evidence_from(evidence, "evidence of a volume")?,
        })
    }
}

impl From<&Encryption> for wire::Encryption {
    fn from(encryption: &Encryption) -> Self {
        let (state, plain_leg) = match encryption {
            Encryption::Encrypted(kind) => (
                wire::encryption::State::Encrypted(wire::EncryptionKind::from(*kind).into()),
                String::new(),
            ),
            Encryption::Plain(reason) => {
                let (reason, leg) = plain_reason(reason);
                (wire::encryption::State::Plain(reason.into()), leg)
            }
        };
        Self {
            state: Some(state),
            plain_leg,
        }
    }
}

impl TryFrom<wire::Encryption> for Encryption {
    type Error = InvalidMessage;

    fn try_from(encryption: wire::Encryption) -> Result<Self, Self::Error> {
        let wire::Encryption { state, plain_leg } = encryption;
        let plain_leg = text(plain_leg, "plain leg of a volume")?;
        match state.ok_or(InvalidMessage::Missing("state of an encryption"))? {
            wire::encryption::State::Encrypted(kind) => {
                enums::known::<wire::EncryptionKind, _>(kind, "kind of an encryption")
                    .map(Encryption::Encrypted)
            }
            wire::encryption::State::Plain(value) => {
                Ok(Self::Plain(match wire::PlainReason::try_from(value) {
                    Ok(wire::PlainReason::NoEncryption) => PlainReason::NoEncryption,
                    Ok(wire::PlainReason::PlainLeg) => PlainReason::PlainLeg(plain_leg),
                    Ok(wire::PlainReason::CipherNull) => PlainReason::CipherNull,
                    Ok(wire::PlainReason::IntegrityOnly) => PlainReason::IntegrityOnly,
                    Ok(wire::PlainReason::UnderWay) => PlainReason::UnderWay,
                    Ok(wire::PlainReason::Suspended) => PlainReason::Suspended,
                    Ok(wire::PlainReason::Unspecified) | Err(_) => {
                        let what = "reason of a plain volume";
                        return Err(InvalidMessage::UnknownValue { what, value });
                    }
                }))
            }
        }
    }
}

fn plain_reason(reason: &PlainReason) -> (wire::PlainReason, String) {
    let code = match reason {
        PlainReason::PlainLeg(leg) => return (wire::PlainReason::PlainLeg, cut(leg)),
        PlainReason::NoEncryption => wire::PlainReason::NoEncryption,
        PlainReason::CipherNull => wire::PlainReason::CipherNull,
        PlainReason::IntegrityOnly => wire::PlainReason::IntegrityOnly,
        PlainReason::UnderWay => wire::PlainReason::UnderWay,
        PlainReason::Suspended => wire::PlainReason::Suspended,
    };
    (code, String::new())
}
