//! One volume weighed: encrypted as asked, broken, not to be told, or not asked of.
//!
//! Touches nothing. Must never excuse a volume for its name, nor for what could not be told of it.

use std::fmt;

use super::{Demand, Parameters};
use crate::facts::{Encryption, EncryptionKind, Exemption, Place, PlainReason, Volume};
use crate::finding::Message;
use crate::reading::{Reading, Why};
use crate::register::DataClass;

/// What one volume comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Weight<'a> {
    /// It breaks the rule.
    Broken(Break<'a>),
    /// Whether it is encrypted could not be told.
    Untold(&'a Why),
    /// It is encrypted as the policy asks.
    Encrypted(EncryptionKind),
    /// The rule does not ask it of this volume, for this reason.
    Listed(&'static str),
}

/// How a volume breaks the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Break<'a> {
    /// Something on the way down to a disk is plain.
    Plain(&'a PlainReason),
    /// It is encrypted by a kind that the policy does not accept.
    Kind(EncryptionKind),
}

impl Parameters {
    pub(super) fn weigh<'a>(&self, volume: &'a Volume, class: DataClass) -> Weight<'a> {
        if let Some(reason) = self.excuse(volume) {
            return Weight::Listed(reason);
        }
        match &volume.encryption {
            Reading::Known(Encryption::Encrypted(kind)) if self.accepts(*kind, volume, class) => {
                Weight::Encrypted(*kind)
            }
            Reading::Known(Encryption::Encrypted(kind)) => Weight::Broken(Break::Kind(*kind)),
            Reading::Known(Encryption::Plain(reason)) => Weight::Broken(Break::Plain(reason)),
            Reading::Absent => Weight::Broken(Break::Plain(&PlainReason::NoEncryption)),
            Reading::Unknown(why) => Weight::Untold(why),
        }
    }

    fn excuse(&self, volume: &Volume) -> Option<&'static str> {
        match (volume.exemption, self.boot) {
            (Some(Exemption::Boot), Demand::Require) | (None, _) => {}
            (Some(exemption), _) => return Some(exemption.name()),
        }
        if let (Place::Unmounted(_), demand) = (&volume.place, self.unmounted) {
            let small = volume
                .size_bytes
                .is_some_and(|size| size < self.unmounted_from_bytes);
            if small || demand == Demand::Report {
                return Some("unmounted");
            }
        }
        // A medium of which it is not known whether it can be carried away stays with the machine.
        let removable = volume.removable.known() == Some(&true);
        (removable && self.removable == Demand::Report).then_some("removable")
    }

    fn accepts(&self, kind: EncryptionKind, volume: &Volume, class: DataClass) -> bool {
        let swap = matches!(volume.place, Place::Swap(_));
        self.accepted_kinds(class).contains(&kind) || (swap && self.accept_for_swap.contains(&kind))
    }
}

impl Weight<'_> {
    /// What decides comes first.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Broken(_) => 0,
            Self::Untold(_) => 1,
            Self::Encrypted(_) => 2,
            Self::Listed(_) => 3,
        }
    }
}

impl Break<'_> {
    /// The cause, and the key of the remedy.
    pub(super) fn messages(&self, volume: &Volume) -> (Message, &'static str) {
        let reason = match self {
            Self::Kind(kind) => {
                let cause = Message::new("disk-encrypted-kind").with("kind", kind.name());
                return (cause, "disk-encrypted-kind-fix");
            }
            Self::Plain(reason) => reason,
        };
        match reason {
            PlainReason::NoEncryption => plain(volume),
            PlainReason::PlainLeg(leg) => (
                Message::new("disk-encrypted-plain-leg").with("leg", leg.as_str()),
                "disk-encrypted-plain-leg-fix",
            ),
            PlainReason::CipherNull => (
                Message::new("disk-encrypted-cipher-null"),
                "disk-encrypted-plain-fix",
            ),
            PlainReason::IntegrityOnly => (
                Message::new("disk-encrypted-integrity-only"),
                "disk-encrypted-plain-fix",
            ),
            PlainReason::UnderWay => (
                Message::new("disk-encrypted-under-way"),
                "disk-encrypted-under-way-fix",
            ),
            PlainReason::Suspended => (
                Message::new("disk-encrypted-suspended"),
                "disk-encrypted-suspended-fix",
            ),
        }
    }
}

fn plain(volume: &Volume) -> (Message, &'static str) {
    let removable = volume.removable.known() == Some(&true);
    match &volume.place {
        Place::Swap(_) => (
            Message::new("disk-encrypted-swap"),
            "disk-encrypted-swap-fix",
        ),
        Place::Mounted(_) | Place::Unmounted(_) if removable => (
            Message::new("disk-encrypted-removable"),
            "disk-encrypted-removable-fix",
        ),
        Place::Unmounted(_) => (
            Message::new("disk-encrypted-unmounted"),
            "disk-encrypted-unmounted-fix",
        ),
        Place::Mounted(_) => (
            Message::new("disk-encrypted-plain"),
            "disk-encrypted-plain-fix",
        ),
    }
}

/// Where the volume is in use and from what, as people know it.
pub(in crate::rules) fn name(volume: &Volume) -> String {
    let (Place::Mounted(place) | Place::Swap(place) | Place::Unmounted(place)) = &volume.place;
    if volume.source.is_empty() || volume.source == *place {
        place.clone()
    } else {
        format!("{place} ({})", volume.source)
    }
}

/// Writes the weight as evidence holds it.
impl fmt::Display for Weight<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(Break::Plain(PlainReason::PlainLeg(leg))) => {
                write!(f, "plain: plain_leg {leg}")
            }
            Self::Broken(Break::Plain(reason)) => write!(f, "plain: {}", reason.code()),
            Self::Broken(Break::Kind(kind)) => write!(f, "not accepted: {}", kind.name()),
            Self::Untold(why) => write!(f, "unknown: {why}"),
            Self::Encrypted(kind) => write!(f, "encrypted: {}", kind.name()),
            Self::Listed(reason) => write!(f, "not asked: {reason}"),
        }
    }
}
