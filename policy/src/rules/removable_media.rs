//! M3: media that can be carried away are attached as the policy allows.
//!
//! Touches the volumes as they were walked. Must never take a list of volumes that was not told for one without
//! such media.

use std::collections::BTreeSet;

use super::disk_encrypted::{self, name};
use super::{Case, Found, Rule};
use crate::facts::{Encryption, EncryptionKind, Evidence, Exemption, Place, Volume};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};
use crate::register::DataClass;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "removable-media",
    clause: Clause {
        promise: "M3",
        edition_2013: "A.6.2.1(3)",
        edition_2022: "8.1, 8.24",
    },
};

/// Where a system keeps what it starts by.
const BOOT: [&str; 3] = ["/boot", "/boot/efi", "/efi"];

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The class of data from which on the rule concerns a device.
    pub from_class: DataClass,
    /// Which media may be attached.
    pub media: Media,
    /// The kinds of encryption that are accepted.
    pub accept: BTreeSet<EncryptionKind>,
}

/// Which media may be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Media {
    /// Any.
    Allow,
    /// Those that are encrypted, and those that cannot be written to.
    EncryptedOnly,
    /// None.
    Refuse,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            from_class: DataClass::Public,
            media: Media::EncryptedOnly,
            accept: disk_encrypted::Parameters::default().accept,
        }
    }
}

/// What one medium comes to.
enum Weight<'a> {
    Refused,
    Plain,
    Kind(EncryptionKind),
    Untold(&'a Why),
    Good(&'static str),
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let class = case.data_class;
        if class < self.from_class {
            let cause = Message::new("removable-media-below").with("class", class.name());
            return Found::new(Outcome::NotApplicable, cause);
        }
        if self.media == Media::Allow {
            return Found::new(
                Outcome::NotApplicable,
                Message::new("removable-media-allowed"),
            );
        }
        let volumes = match &case.facts.volumes {
            Reading::Known(volumes) => volumes.as_slice(),
            Reading::Absent => &[],
            Reading::Unknown(why) => {
                let cause = Message::new("disk-encrypted-unknown").because(why);
                return Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why));
            }
        };
        // Every laptop has a volume: where none was found, nothing shows that no medium is there.
        if volumes.is_empty() {
            let cause = Message::new("removable-media-none-found");
            return Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-unknown"));
        }
        let from_a_medium = volumes
            .iter()
            .any(|volume| can_be_carried_away(volume) && is_at(volume, &["/"]));
        let media: Vec<(Weight<'_>, &Volume)> = volumes
            .iter()
            .filter(|volume| can_be_carried_away(volume))
            .map(|volume| {
                let is_system = from_a_medium && is_part_of_the_system(volume);
                (self.weigh(volume, is_system), volume)
            })
            .collect();
        let evidence = media.iter().flat_map(|(weight, volume)| {
            std::iter::once(Evidence::new(name(volume), weight.said()))
                .chain(volume.evidence.iter().cloned())
        });
        self.conclude(&media).resting_on(evidence)
    }

    fn weigh<'a>(&self, volume: &'a Volume, is_system: bool) -> Weight<'a> {
        // The system itself, started from a disk on USB, was not attached to the laptop: it only must be encrypted.
        if self.media == Media::Refuse && !is_system {
            return Weight::Refused;
        }
        // Anybody can give a stick's partition the type of an EFI system partition, and write to it.
        let holds_no_data = match volume.exemption {
            Some(Exemption::ReadOnlyImage) => true,
            Some(Exemption::EfiSystem) => is_at(volume, &BOOT),
            // Without it the system does not start, and no key opens it before.
            Some(Exemption::Boot) => is_system && is_at(volume, &BOOT),
            Some(Exemption::Memory | Exemption::Network) | None => false,
        };
        if holds_no_data {
            return Weight::Good("holds no data that could be written");
        }
        match &volume.encryption {
            Reading::Known(Encryption::Encrypted(kind)) if self.accept.contains(kind) => {
                Weight::Good("encrypted")
            }
            // Swap under a random key has no header and is lost with the power.
            Reading::Known(Encryption::Encrypted(EncryptionKind::PlainDmCrypt))
                if matches!(volume.place, Place::Swap(_)) =>
            {
                Weight::Good("encrypted")
            }
            Reading::Known(Encryption::Encrypted(kind)) => Weight::Kind(*kind),
            Reading::Known(Encryption::Plain(_)) | Reading::Absent => Weight::Plain,
            Reading::Unknown(why) => Weight::Untold(why),
        }
    }

    fn conclude(&self, media: &[(Weight<'_>, &Volume)]) -> Found {
        let Some((worst, volume)) = media.iter().min_by_key(|(weight, _)| weight.rank()) else {
            return Found::new(Outcome::Pass, Message::new("removable-media-none"));
        };
        let alike: Vec<String> = media
            .iter()
            .filter(|(weight, other)| weight.rank() == worst.rank() && *other != *volume)
            .map(|(_, other)| name(other))
            .collect();
        let others: Vec<&str> = alike.iter().map(String::as_str).collect();
        let said = |key: &'static str| {
            Message::new(key)
                .with("volume", name(volume))
                .and_also(&others)
        };
        let fix = |key: &'static str| {
            let kinds: Vec<&str> = self.accept.iter().map(|kind| kind.name()).collect();
            let remedy = Message::new(key).with("volume", name(volume));
            remedy.with("accepted", kinds.join(", "))
        };
        match worst {
            Weight::Refused => Found::new(Outcome::Fail, said("removable-media-refused"))
                .mended_by(fix("removable-media-refused-fix")),
            Weight::Plain => Found::new(Outcome::Fail, said("disk-encrypted-removable"))
                .mended_by(fix("disk-encrypted-removable-fix")),
            Weight::Kind(kind) => {
                let cause = said("removable-media-kind").with("kind", kind.name());
                Found::new(Outcome::Fail, cause).mended_by(fix("removable-media-kind-fix"))
            }
            Weight::Untold(why) => {
                let cause = said("disk-encrypted-volume-unknown").because(why);
                Found::new(Outcome::Unknown, cause).mended_by(fix("removable-media-unknown-fix"))
            }
            Weight::Good(_) => {
                let cause =
                    Message::new("removable-media-ok").with("count", media.len().to_string());
                Found::new(Outcome::Pass, cause)
            }
        }
    }
}

/// What lies in memory or on another machine is nobody's to carry, and of which it is not known stays with the
/// machine: `disk-encrypted` looks at it.
fn can_be_carried_away(volume: &Volume) -> bool {
    let is_medium = !matches!(
        volume.exemption,
        Some(Exemption::Memory | Exemption::Network)
    );
    volume.removable == Reading::Known(true) && is_medium
}

fn is_at(volume: &Volume, paths: &[&str]) -> bool {
    matches!(&volume.place, Place::Mounted(path) if paths.contains(&path.as_str()))
}

/// Whether it belongs to the system that runs, where that was started from a medium.
fn is_part_of_the_system(volume: &Volume) -> bool {
    is_at(volume, &BOOT) || is_at(volume, &["/", "/home"]) || matches!(volume.place, Place::Swap(_))
}

impl Weight<'_> {
    /// What decides comes first.
    const fn rank(&self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Plain => 1,
            Self::Kind(_) => 2,
            Self::Untold(_) => 3,
            Self::Good(_) => 4,
        }
    }

    fn said(&self) -> String {
        match self {
            Self::Refused => "attached".to_owned(),
            Self::Plain => "plain".to_owned(),
            Self::Kind(kind) => format!("not accepted: {}", kind.name()),
            Self::Untold(why) => format!("unknown: {why}"),
            Self::Good(why) => (*why).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
